/** Follows a wish: runs one at a time, and again only for the latest value wished meanwhile. */

export class Latest<T> {
  readonly #run: (value: T) => Promise<void>;
  #next: { readonly value: T } | undefined;
  #running: Promise<void> | undefined;

  /** @param run must not reject: what fails is for it to judge. */
  constructor(run: (value: T) => Promise<void>) {
    this.#run = run;
  }

  /** Done when this wish, or a later one, was followed. */
  wish(value: T): Promise<void> {
    this.#next = { value };
    this.#running ??= this.#follow();
    return this.#running;
  }

  async #follow(): Promise<void> {
    try {
      while (this.#next) {
        const { value } = this.#next;
        this.#next = undefined;
        await this.#run(value);
      }
    } finally {
      this.#running = undefined;
    }
  }
}
