/** The one way by which the host writes. What arrives together shares one commit, because a commit waits for the disk and most of its cost is that wait. */
import { AsyncResource } from 'node:async_hooks';
import type { Transaction } from 'kysely';
import type { Database, Tables } from './database.ts';

type Write<R> = (transaction: Transaction<Tables>) => Promise<R>;

/** Whoever is asked, with every write, whether something is to be recorded with it. */
export interface Witness<Pending> {
  /** Asked when a write is asked for, in the context of whoever asks. */
  pending(): Pending | undefined;
  /** In the transaction of the writes. @returns what to do once all of it is durable. */
  record(transaction: Transaction<Tables>, asked: readonly Pending[]): Promise<() => void>;
}

interface Waiting {
  readonly write: Write<unknown>;
  readonly pending: unknown;
  readonly done: (result: unknown) => void;
  readonly failed: (error: unknown) => void;
}

/** How long a write that nobody waits for may wait for others, ms: what a killed host forgets of it at most. */
const laterMs = 250;

export class GroupCommit {
  readonly #database: Database;
  #waiting: Waiting[] = [];
  #running = false;
  /** In no context: writes of others wait too, and what follows a commit is nobody's act. */
  readonly #drainApart = AsyncResource.bind(() => void this.#drain());
  #delay: NodeJS.Timeout | undefined;
  #committed: (() => void) | undefined;
  #witness: Witness<unknown> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** From now on this one is asked. */
  witnessedBy<Pending>(witness: Witness<Pending>): void {
    this.#witness = witness as Witness<unknown>;
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
      const pending = this.#witness?.pending();
      this.#waiting.push({ write, pending, done: done as (result: unknown) => void, failed });
    });
  }

  #start(): void {
    clearTimeout(this.#delay);
    this.#delay = undefined;
    this.#running = true;
    setImmediate(this.#drainApart);
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0));
    this.#running = false;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    let results: readonly unknown[];
    let durable: (() => void) | undefined;
    try {
      results = await this.#database.transaction().execute(async (transaction) => {
        const all: unknown[] = [];
        for (const { write } of group) all.push(await write(transaction));
        const asked = group.map(({ pending }) => pending).filter((pending) => pending !== undefined);
        durable = await this.#witness?.record(transaction, asked);
        return all;
      });
    } catch (error) {
      const [only] = group;
      if (group.length === 1 && only) only.failed(error);
      // One of them fails: alone, it fails alone.
      else for (const one of group) await this.#commit([one]);
      return;
    }
    durable?.();
    for (const [index, { done }] of group.entries()) done(results[index]);
    this.#committed?.();
  }
}
