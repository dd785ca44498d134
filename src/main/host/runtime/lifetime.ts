/** Lifetimes: what is started is registered here and stopped in reverse; closed is final. */

type Closer = () => void | Promise<void>;

export class Lifetime {
  #closers: { name: string; close: Closer }[] = [];
  #closing: Promise<void> | undefined;

  /** Registers what must be stopped later. On a closed lifetime it is stopped at once. */
  add(name: string, close: Closer): void {
    if (this.#closing) {
      this.#closing = this.#closing.then(close);
      return;
    }
    this.#closers.push({ name, close });
  }

  /**
   * Stops everything in reverse order. One part that fails to stop does not keep the others from being stopped.
   * @throws AggregateError naming the parts that failed.
   */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const failures: Error[] = [];
    for (const { name, close } of this.#closers.reverse()) {
      try {
        await close();
      } catch (cause) {
        failures.push(new Error(`${name} did not stop`, { cause }));
      }
    }
    this.#closers = [];
    if (failures.length > 0) throw new AggregateError(failures, failures.map((f) => f.message).join('; '));
  }
}
