/** Rows read again and again by their key, kept in memory. This process is the only writer, so a write just forgets the row. */

const keptRows = 4_096;

export class RowCache<Row> {
  readonly #rows = new Map<string, Row>();
  /** Grows with every write, so that a read that began before a write does not bring the old row back. */
  #writes = 0;

  async read(key: string, load: () => Promise<Row | undefined>): Promise<Row | undefined> {
    const kept = this.#rows.get(key);
    if (kept !== undefined) return kept;
    const writes = this.#writes;
    const row = await load();
    if (row !== undefined && writes === this.#writes) this.#keep(key, row);
    return row;
  }

  /**
   * Runs a write and forgets the row, whether it succeeds or not.
   * A write that answers the row as it is now has it kept at once, because who was just written is about to be read.
   */
  async write(key: string, run: () => Promise<Row | undefined>): Promise<Row | undefined> {
    this.#forget(key);
    let written: Row | undefined;
    try {
      written = await run();
    } finally {
      this.#forget(key);
    }
    if (written !== undefined) this.#keep(key, written);
    return written;
  }

  /** After a write that changed other rows than one. */
  forget(keys: readonly string[]): void {
    for (const key of keys) this.#forget(key);
  }

  #keep(key: string, row: Row): void {
    const oldest = this.#rows.keys().next();
    if (this.#rows.size >= keptRows && !oldest.done) this.#rows.delete(oldest.value);
    this.#rows.set(key, row);
  }

  #forget(key: string): void {
    this.#writes += 1;
    this.#rows.delete(key);
  }
}
