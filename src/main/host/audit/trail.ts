/**
 * Records what is done. An operation runs inside a context that carries its entry; the first commit it asks for takes the entry
 * with it, so that nothing is ever changed without one.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Transaction } from 'kysely';
import type { AuditDetail } from '../../../shared/contract/audit.ts';
import type { Log } from '../runtime/log.ts';
import type { Database, Tables } from '../storage/database.ts';
import type { GroupCommit, Witness } from '../storage/group-commit.ts';
import { chainEntry, type Head, signExport, signHead } from './chain.ts';
import { type Fact, hostItself, restoreEvent } from './fact.ts';
import { outcomeOf } from './outcome.ts';
import { Repeats } from './repeats.ts';
import type { SigningKey } from './signing-key.ts';
import { AuditStore } from './store.ts';

/** A head is signed after this many entries, and after this time when there is a new one, ms. */
const signEvery = 1_000;
const signEveryMs = 5 * 60_000;
const sweepEveryMs = 60_000;
const takeLeftEveryMs = 60_000;
/** Entries that a disk would not take are kept for later, this many. */
const mostOwed = 10_000;

/** An entry on its way to the log. */
class Pending {
  fact: Fact;
  readonly at: string;
  recorded = false;
  /** Its operation is over; what was begun by it and goes on is not it any more. */
  over = false;

  constructor(fact: Fact, at: number | string) {
    this.fact = fact;
    this.at = new Date(at).toISOString();
  }
}

export interface TrailParts {
  readonly database: Database;
  readonly commits: GroupCommit;
  readonly key: SigningKey;
  readonly log: Log;
  now(): number;
}

export type Often = 'each' | 'hourly' | 'never';

export class AuditTrail implements Witness<Pending> {
  readonly #parts: TrailParts;
  readonly #store: AuditStore;
  readonly #log: Log;
  readonly #context = new AsyncLocalStorage<Pending | undefined>();
  readonly #repeats: Repeats;
  readonly #timers: readonly NodeJS.Timeout[];
  /** The last entry that is durable. */
  #head: Head;
  #signed: number;
  #owed: Pending[] = [];
  #taking: Promise<void> = Promise.resolve();

  private constructor(parts: TrailParts, store: AuditStore, head: Head, signed: number) {
    this.#parts = parts;
    this.#store = store;
    this.#log = parts.log.scope('Audit');
    this.#head = head;
    this.#signed = signed;
    this.#repeats = new Repeats(() => parts.now());
    this.#timers = [
      setInterval(() => this.#signInBackground(), signEveryMs),
      setInterval(() => this.#sweep(), sweepEveryMs),
      setInterval(() => void this.takeLeft(), takeLeftEveryMs),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  /** Goes on with the log that is there; from now on every commit is witnessed. */
  static async open(parts: TrailParts): Promise<AuditTrail> {
    const store = new AuditStore(parts.database);
    const { head, event } = await store.last();
    const signed = await store.lastSigned();
    const trail = new AuditTrail(parts, store, head, signed);
    parts.commits.witnessedBy(trail);
    if (signed > head.number) {
      trail.#log.error(
        `The audit log ends at entry ${head.number}, but ${signed} was signed: entries are missing`,
      );
    }
    await trail.takeLeft();
    const how = head.number === 0 ? 'first' : howAfter(event);
    const started: Fact = { event: 'host.started', caller: hostItself, detail: how, outcome: 'ok' };
    await trail.#record(new Pending(started, parts.now()));
    return trail;
  }

  /** The public key, for whoever is to verify. */
  get publicKey(): string {
    return this.#parts.key.publicKey;
  }

  /** Does something and records it: with its first change, or when it is done and before anybody hears of it. */
  async during<R>(fact: Fact, often: Often, work: () => Promise<R>): Promise<R> {
    if (often === 'never') return work();
    const pending = new Pending(fact, this.#parts.now());
    const known = often === 'hourly' && this.#repeats.isRead(fact);
    let result: R;
    try {
      // Also when its entry is there already: a read that changes something after all has one of its own.
      result = await this.#context.run(pending, work);
    } catch (error) {
      await this.#failed(pending, outcomeOf(error));
      throw error;
    }
    if (!known) {
      await this.#settle(pending);
      if (often === 'hourly') this.#repeats.read(fact);
    }
    pending.over = true;
    return result;
  }

  /** Says more of what is being done, once it is known: which consultation a code was for. */
  about(more: { readonly consultationId?: string; readonly target?: string }): void {
    const pending = this.#context.getStore();
    if (pending !== undefined && !pending.recorded) pending.fact = { ...pending.fact, ...more };
  }

  /** Records that somebody was refused before anything was done; counted when it comes again and again. */
  refused(fact: Fact): void {
    if (this.#repeats.refused(fact)) this.note(fact);
  }

  /** Records what happened by itself, or what was already done; nobody waits for it. */
  note(fact: Fact): void {
    const pending = new Pending(fact, this.#parts.now());
    this.#context
      .run(pending, () => this.#parts.commits.later(async () => undefined))
      .catch((error: unknown) => this.#owe(pending, error));
  }

  /** Takes into the log what commands have left for it, each once: it is forgotten in the commit of its entry. */
  takeLeft(): Promise<void> {
    this.#taking = this.#taking
      .then(() => this.#takeLeft())
      .catch((error: unknown) => this.#log.error('What commands did could not be recorded yet', error));
    return this.#taking;
  }

  pending(): Pending | undefined {
    const pending = this.#context.getStore();
    return pending === undefined || pending.recorded || pending.over ? undefined : pending;
  }

  /** Inside the transaction of a commit. @returns what to do once it is durable, and not if it is rolled back. */
  async record(transaction: Transaction<Tables>, asked: readonly Pending[]): Promise<() => void> {
    const owed = this.#owed;
    const news = [...new Set([...owed, ...asked])].filter(({ recorded }) => !recorded);
    if (news.length === 0) return () => {};
    let head = this.#head;
    const rows = news.map(({ fact, at }) => {
      const chained = chainEntry(head, { ...fact, at });
      head = chained.head;
      return { number: head.number, line: chained.line };
    });
    await this.#store.append(transaction, rows);
    return () => {
      this.#head = head;
      for (const pending of news) pending.recorded = true;
      this.#owed = this.#owed.filter(({ recorded }) => !recorded);
      if (this.#head.number - this.#signed >= signEvery) {
        // At once, so that the entries of the meantime do not ask again.
        this.#signed = this.#head.number;
        this.#signInBackground(true);
      }
    };
  }

  /** Signs the newest entry's hash, so that nobody can cut off what is before it. */
  async sign(): Promise<Head> {
    return this.#parts.commits.run(async (transaction) => {
      const head = this.#head;
      if (head.number > 0) {
        await this.#store.addHead(
          transaction,
          head.number,
          signHead(this.#parts.key, head, this.#timestamp()),
        );
      }
      this.#signed = head.number;
      return head;
    });
  }

  /** The opening line of an export that ends at a head. */
  signExport(head: Head): string {
    return signExport(this.#parts.key, head, this.#timestamp());
  }

  /** Records the stop and signs the end. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const fact of this.#repeats.sweep(true)) this.note(fact);
    await this.#settle(
      new Pending({ event: 'host.stopped', caller: hostItself, outcome: 'ok' }, this.#parts.now()),
    );
    await this.sign().catch((error: unknown) => this.#log.error('The audit log could not be signed', error));
  }

  async #takeLeft(): Promise<void> {
    for (const { number, at, fact } of await this.#store.left()) {
      await this.#context.run(new Pending(fact, at), () =>
        this.#parts.commits.run((transaction) => this.#store.forgetLeft(transaction, number)),
      );
    }
  }

  async #failed(pending: Pending, outcome: string): Promise<void> {
    const fact = { ...pending.fact, outcome };
    const news = this.#repeats.refused(fact);
    if (pending.recorded) {
      // It had changed something before it failed: that has its entry, and the failure one of its own.
      if (news) await this.#settle(new Pending(fact, this.#parts.now()));
      return;
    }
    pending.fact = fact;
    if (news) await this.#settle(pending);
    pending.over = true;
  }

  /** Done when the entry is durable. Where the disk takes nothing, people can still read; the entry is owed then. */
  async #settle(pending: Pending): Promise<void> {
    try {
      await this.#record(pending);
    } catch (error) {
      this.#owe(pending, error);
    } finally {
      pending.over = true;
    }
  }

  async #record(pending: Pending): Promise<void> {
    if (pending.recorded) return;
    await this.#context.run(pending, () => this.#parts.commits.run(async () => undefined));
  }

  #owe(pending: Pending, error: unknown): void {
    this.#log.error('An entry of the audit log could not be written yet', error);
    if (this.#owed.length < mostOwed) this.#owed.push(pending);
  }

  #sweep(): void {
    for (const fact of this.#repeats.sweep()) this.note(fact);
  }

  #signInBackground(now = false): void {
    if (!now && this.#head.number === this.#signed) return;
    this.sign().catch((error: unknown) => this.#log.error('The audit log could not be signed', error));
  }

  #timestamp(): string {
    return new Date(this.#parts.now()).toISOString();
  }
}

/** @param event of the last entry before a start. */
function howAfter(event: string | undefined): AuditDetail {
  switch (event) {
    case 'host.stopped':
      return 'after-stop';
    case restoreEvent:
      return 'after-restore';
    default:
      return 'after-failure';
  }
}
