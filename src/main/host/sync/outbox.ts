/** What the clinic's Supabase has still to be told, as rows that triggers write (see `outbox-schema.ts`) and that go once they are there. */
import { type SqlBool, sql } from 'kysely';
import type { RefusedEvent } from '../../../shared/contract/tracking.ts';
import type { Database } from '../storage/database.ts';
import type { GroupCommit } from '../storage/group-commit.ts';

/** Something that happened to one consultation. */
export interface OutboxEvent {
  /** Its place in the order of everything that happened here. */
  readonly number: number;
  /** The same whenever it is sent. */
  readonly id: string;
  readonly consultationId: string;
  /** How many lives the clinic's data has had: a backup that is restored begins another. */
  readonly generation: number;
  /** 1, 2, 3 … within its consultation. */
  readonly sequence: number;
  readonly kind: string;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface OutboxCounts {
  readonly pending: number;
  readonly refused: number;
  readonly lastSentAt: string | undefined;
}

/** The sender's view of it. */
export interface EventSource {
  /** The first ones in order, without those set aside. */
  next(limit: number): Promise<OutboxEvent[]>;
  /** They are there: forgets them here. */
  sent(numbers: readonly number[]): Promise<void>;
  /** Sets one aside, so that the others can go on. */
  refused(number: number, because: string): Promise<void>;
}

const shownRefused = 50;

export class Outbox implements EventSource {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #now: () => number;
  /** What tells this clinic's rows from another's in the same project. */
  readonly clinicId: string;

  private constructor(database: Database, commits: GroupCommit, now: () => number, clinicId: string) {
    this.#database = database;
    this.#commits = commits;
    this.#now = now;
    this.clinicId = clinicId;
  }

  /**
   * Switches tracking on or off, before anything else is written.
   * @param project the address of the Supabase project; undefined: off. One it was not on for before is told how every
   * consultation is now. What was not sent yet stays, and goes to the project that is on next.
   */
  static async open(
    database: Database,
    commits: GroupCommit,
    project: string | undefined,
    now: () => number,
  ): Promise<Outbox> {
    const { clinic_id } = await commits.run(async (transaction) => {
      const kept = await transaction.selectFrom('tracking').selectAll().executeTakeFirstOrThrow();
      if (kept.project !== (project ?? null)) {
        await transaction
          .updateTable('tracking')
          .set({ project: project ?? null, last_sent_at: null })
          .execute();
      }
      return kept;
    });
    return new Outbox(database, commits, now, clinic_id);
  }

  /** For data that a backup was put in the place of. */
  static async beginGeneration(commits: GroupCommit): Promise<void> {
    await commits.run((transaction) =>
      transaction
        .updateTable('tracking')
        .set((is) => ({ generation: is('generation', '+', 1) }))
        .execute(),
    );
  }

  async next(limit: number): Promise<OutboxEvent[]> {
    const rows = await this.#database
      .selectFrom('tracking_outbox')
      .selectAll()
      .where('refused_at', 'is', null)
      .orderBy('number')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      number: row.number,
      id: row.id,
      consultationId: row.consultation_id,
      generation: row.generation,
      sequence: row.sequence,
      kind: row.kind,
      at: row.at,
      data: JSON.parse(row.data),
    }));
  }

  async sent(numbers: readonly number[]): Promise<void> {
    await this.#commits.run(async (transaction) => {
      await transaction
        .deleteFrom('tracking_outbox')
        .where(sql<SqlBool>`number in (select value from json_each(${JSON.stringify(numbers)}))`)
        .execute();
      await transaction.updateTable('tracking').set({ last_sent_at: this.#timestamp() }).execute();
    });
  }

  async refused(number: number, because: string): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction
        .updateTable('tracking_outbox')
        .set({ refused_at: this.#timestamp(), refused_because: because })
        .where('number', '=', number)
        .execute(),
    );
  }

  /** Those set aside are to be sent again. @returns how many. */
  async retryRefused(): Promise<number> {
    const changed = await this.#commits.run((transaction) =>
      transaction
        .updateTable('tracking_outbox')
        .set({ refused_at: null, refused_because: null })
        .where('refused_at', 'is not', null)
        .executeTakeFirst(),
    );
    return Number(changed.numUpdatedRows);
  }

  async counts(): Promise<OutboxCounts> {
    const count = (refused: boolean) =>
      this.#database
        .selectFrom('tracking_outbox')
        .select((expression) => expression.fn.countAll<number>().as('count'))
        .where('refused_at', refused ? 'is not' : 'is', null)
        .executeTakeFirstOrThrow();
    const kept = await this.#database.selectFrom('tracking').select('last_sent_at').executeTakeFirstOrThrow();
    return {
      pending: (await count(false)).count,
      refused: (await count(true)).count,
      lastSentAt: kept.last_sent_at ?? undefined,
    };
  }

  /** The first of those set aside. */
  async refusedEvents(): Promise<RefusedEvent[]> {
    const rows = await this.#database
      .selectFrom('tracking_outbox')
      .select(['id', 'consultation_id', 'kind', 'at', 'refused_at', 'refused_because'])
      .where('refused_at', 'is not', null)
      .orderBy('number')
      .limit(shownRefused)
      .execute();
    return rows.map((row) => ({
      id: row.id,
      consultationId: row.consultation_id,
      kind: row.kind,
      at: row.at,
      refusedAt: row.refused_at ?? '',
      because: row.refused_because ?? '',
    }));
  }

  #timestamp(): string {
    return new Date(this.#now()).toISOString();
  }
}
