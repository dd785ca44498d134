/** Tells windows that something they may show has changed: each asks with the number it knows, and is answered once there is another. */

/** A question that nothing answers is answered with the same number after this long, ms, before anything between gives up on it. */
const longestWaitMs = 25_000;

export class Changes {
  // Of the clock, so that a host that was restarted does not come to a number that a window knows.
  #number = Date.now();
  readonly #waiting = new Set<() => void>();

  tell(): void {
    this.#number += 1;
    this.#wakeAll();
  }

  /** The number as it is, at once or when it is another than the one known. */
  async after(known: number | undefined, signal?: AbortSignal): Promise<number> {
    if (known === this.#number && signal?.aborted !== true) await this.#wait(signal);
    return this.#number;
  }

  /** Answers everybody who waits. */
  close(): void {
    this.#wakeAll();
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, longestWaitMs);
      timer.unref();
      signal?.addEventListener('abort', wake);
      this.#waiting.add(wake);
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
