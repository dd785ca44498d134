/** Work on one thing at a time: what is asked of the same key runs in turn, other keys do not wait. */

export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Waits for its turn; a failure before it does not concern it. Work must not ask for a turn of its own key. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const own = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const settled = own.catch(() => undefined);
    this.#last.set(key, settled);
    try {
      return await own;
    } finally {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    }
  }
}
