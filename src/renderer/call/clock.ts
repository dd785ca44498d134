/** Time as the call core sees it: it has no browser and no Node of its own, and tests turn the hands. */

export interface Clock {
  /** ms since the epoch. */
  now(): number;
  /** Runs once, in so many ms. Returns how to call it off. */
  after(ms: number, run: () => void): () => void;
}
