/** The audit log as rows that are only ever added: each entry and each signed head as the line it is exported as. */
import type { Transaction } from 'kysely';
import type { Database, Tables } from '../storage/database.ts';
import { type Head, noHead, readEntry } from './chain.ts';
import { type Fact, factSchema } from './fact.ts';

export interface AuditQuery {
  /** UTC; `from` is included, `to` is not. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly consultationId?: string | undefined;
  readonly event?: string | undefined;
  /** An id or a role. */
  readonly caller?: string | undefined;
  /** Only entries with smaller numbers. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Rows of one statement: each takes two of the parameters that SQLite has 32,766 of. */
const rowsAtOnce = 5_000;

export class AuditStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws Error when the last line is none. */
  async last(): Promise<{ readonly head: Head; readonly event: string | undefined }> {
    const row = await this.#database
      .selectFrom('audit')
      .select(['number', 'line'])
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) return { head: noHead, event: undefined };
    const read = readEntry(row.line);
    // What follows is chained to what is there, whole or not: the log says that it is broken, and the host goes on.
    if (read === undefined) return { head: { number: row.number, hash: noHead.hash }, event: undefined };
    return { head: { number: row.number, hash: read.hash }, event: read.entry.event };
  }

  async append(
    transaction: Transaction<Tables>,
    rows: readonly { readonly number: number; readonly line: string }[],
  ): Promise<void> {
    for (let from = 0; from < rows.length; from += rowsAtOnce) {
      await transaction
        .insertInto('audit')
        .values(rows.slice(from, from + rowsAtOnce))
        .execute();
    }
  }

  /** Newest first. */
  async search(query: AuditQuery): Promise<{ number: number; line: string }[]> {
    const { from, to, consultationId, event, caller, before } = query;
    let rows = this.#database.selectFrom('audit').select(['number', 'line']);
    if (from !== undefined) rows = rows.where('at', '>=', from);
    if (to !== undefined) rows = rows.where('at', '<', to);
    if (consultationId !== undefined) rows = rows.where('consultation_id', '=', consultationId);
    if (event !== undefined) rows = rows.where('event', '=', event);
    if (caller !== undefined) {
      rows = rows.where(({ or, eb }) => or([eb('caller_id', '=', caller), eb('caller_role', '=', caller)]));
    }
    if (before !== undefined) rows = rows.where('number', '<', before);
    return rows.orderBy('number', 'desc').limit(query.limit).execute();
  }

  /** Entries and the heads that were signed after them, in the order of the chain. */
  async lines(after: number, until: number): Promise<string[]> {
    const [entries, signed] = await Promise.all(
      (['audit', 'audit_heads'] as const).map((table) =>
        this.#database
          .selectFrom(table)
          .select(['number', 'line'])
          .where('number', '>', after)
          .where('number', '<=', until)
          .orderBy('number')
          .execute(),
      ),
    );
    const heads = new Map(signed?.map(({ number, line }) => [number, line]));
    return (entries ?? []).flatMap(({ number, line }) => {
      const head = heads.get(number);
      return head === undefined ? [line] : [line, head];
    });
  }

  /** The entries of one consultation after a number, oldest first, at most a page of them. */
  async ofConsultation(
    consultationId: string,
    after: number,
    until: number,
  ): Promise<{ number: number; line: string }[]> {
    return this.#database
      .selectFrom('audit')
      .select(['number', 'line'])
      .where('consultation_id', '=', consultationId)
      .where('number', '>', after)
      .where('number', '<=', until)
      .orderBy('number')
      .limit(rowsAtOnce)
      .execute();
  }

  async addHead(transaction: Transaction<Tables>, number: number, line: string): Promise<void> {
    await transaction
      .insertInto('audit_heads')
      .values({ number, line })
      // Signed already, a moment ago.
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  /** Leaves what was done by somebody who does not keep the log, for the host that does. */
  async leave(transaction: Transaction<Tables>, at: string, fact: Fact): Promise<void> {
    await transaction
      .insertInto('audit_waiting')
      .values({ at, fact: JSON.stringify(fact) })
      .execute();
  }

  /** What was left and is not in the log yet, in its order. */
  async left(): Promise<{ readonly number: number; readonly at: string; readonly fact: Fact }[]> {
    const rows = await this.#database.selectFrom('audit_waiting').selectAll().orderBy('number').execute();
    return rows.map(({ fact, ...row }) => ({ ...row, fact: factSchema.parse(JSON.parse(fact)) }));
  }

  async forgetLeft(transaction: Transaction<Tables>, number: number): Promise<void> {
    await transaction.deleteFrom('audit_waiting').where('number', '=', number).execute();
  }

  /** The number of the last head that was signed. */
  async lastSigned(): Promise<number> {
    const row = await this.#database
      .selectFrom('audit_heads')
      .select(({ fn }) => fn.max('number').as('number'))
      .executeTakeFirst();
    return row?.number ?? 0;
  }
}
