/** Small durable writes that arrive together share one commit, because a commit waits for the disk and most of its cost is that wait. */
import type { Transaction } from 'kysely';
import type { Database, Tables } from './database.ts';

type Write<R> = (transaction: Transaction<Tables>) => Promise<R>;

interface Waiting {
  readonly write: Write<unknown>;
  readonly done: (result: unknown) => void;
  readonly failed: (error: unknown) => void;
}

export class GroupCommit {
  readonly #database: Database;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Done when the write is durable. Writes are carried out in the order they were asked for. */
  run<R>(write: Write<R>): Promise<R> {
    return new Promise<R>((done, failed) => {
      this.#waiting.push({ write, done: done as (result: unknown) => void, failed });
      if (this.#running) return;
      this.#running = true;
      // After everything that has already arrived was read, so that it is one commit.
      setImmediate(() => void this.#drain());
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0));
    this.#running = false;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      const results = await this.#database.transaction().execute(async (transaction) => {
        const all: unknown[] = [];
        for (const { write } of group) all.push(await write(transaction));
        return all;
      });
      for (const [index, { done }] of group.entries()) done(results[index]);
    } catch (error) {
      const [only] = group;
      if (group.length === 1 && only) only.failed(error);
      // One of them fails: alone, it fails alone.
      else for (const one of group) await this.#commit([one]);
    }
  }
}
