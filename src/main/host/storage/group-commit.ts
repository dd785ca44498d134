/** The one way by which the host writes. What arrives together shares one commit, because a commit waits for the disk and most of its cost is that wait. */
import type { Transaction } from 'kysely';
import type { Database, Tables } from './database.ts';

type Write<R> = (transaction: Transaction<Tables>) => Promise<R>;

interface Waiting {
  readonly write: Write<unknown>;
  readonly done: (result: unknown) => void;
  readonly failed: (error: unknown) => void;
}

/** How long a write that nobody waits for may wait for others, ms: what a killed host forgets of it at most. */
const laterMs = 250;

export class GroupCommit {
  readonly #database: Database;
  #waiting: Waiting[] = [];
  #running = false;
  #delay: NodeJS.Timeout | undefined;
  #committed: (() => void) | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Done when the write is durable. Writes are carried out in the order they were asked for. */
  run<R>(write: Write<R>): Promise<R> {
    const written = this.#add(write);
    // After everything that has already arrived was read, so that it is one commit.
    if (!this.#running) this.#start();
    return written;
  }

  /** The same for what nobody waits for: it goes with the next commit, or with one of its own soon. */
  later<R>(write: Write<R>): Promise<R> {
    const written = this.#add(write);
    if (!this.#running) this.#delay ??= setTimeout(() => this.#start(), laterMs);
    return written;
  }

  /** Done when everything asked for so far is carried out. */
  async hurry(): Promise<void> {
    await this.run(async () => undefined);
  }

  /** Calls after each commit, for the one who follows what was written. */
  onCommit(committed: () => void): void {
    this.#committed = committed;
  }

  #add<R>(write: Write<R>): Promise<R> {
    return new Promise<R>((done, failed) => {
      this.#waiting.push({ write, done: done as (result: unknown) => void, failed });
    });
  }

  #start(): void {
    clearTimeout(this.#delay);
    this.#delay = undefined;
    this.#running = true;
    setImmediate(() => void this.#drain());
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0));
    this.#running = false;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    let results: readonly unknown[];
    try {
      results = await this.#database.transaction().execute(async (transaction) => {
        const all: unknown[] = [];
        for (const { write } of group) all.push(await write(transaction));
        return all;
      });
    } catch (error) {
      const [only] = group;
      if (group.length === 1 && only) only.failed(error);
      // One of them fails: alone, it fails alone.
      else for (const one of group) await this.#commit([one]);
      return;
    }
    for (const [index, { done }] of group.entries()) done(results[index]);
    this.#committed?.();
  }
}
