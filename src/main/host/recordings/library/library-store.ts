/** What is decided about kept recordings, as rows beside them: how long they are kept, what holds them, and which are gone. */
import { type Selectable, type SqlBool, sql, type Transaction } from 'kysely';
import type { AuditCaller } from '../../../../shared/contract/audit.ts';
import type {
  KeepingRule,
  KeptRecording,
  RecordingFilter,
} from '../../../../shared/contract/recording-library.ts';
import type { Database, Tables } from '../../storage/database.ts';
import { foldText } from '../../storage/fold-text.ts';
import type { GroupCommit } from '../../storage/group-commit.ts';
import { toRecording } from '../store.ts';

export interface LibraryQuery {
  /** UTC; `from` is included, `to` is not. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly search?: string | undefined;
  readonly patientId?: string | undefined;
  readonly consultationId?: string | undefined;
  readonly egressId?: string | undefined;
  readonly filter?: RecordingFilter | undefined;
  readonly after?: LibraryPlace | undefined;
  readonly limit: number;
}

/** A place in the order of the library. */
export interface LibraryPlace {
  readonly startedAt: string;
  readonly egressId: string;
}

/** A recording as it is kept, without what depends on the clinic's settings and on its disk. */
export type StoredKept = Omit<KeptRecording, 'deletesAt' | 'copies'> & {
  /** It was compared there, and not lost since. */
  readonly inBucket: boolean;
};

export type DecisionAct = 'hold' | 'release' | 'keep' | 'delete' | 'expire';

/** Who decides, and why. */
export interface Decider {
  readonly caller: AuditCaller;
  readonly reason?: string;
}

export interface Decision extends Decider {
  readonly at: string;
  readonly act: DecisionAct;
}

/** What stood in the way of a decision. */
export type Refusal = 'unknown' | 'deleted' | 'held' | 'not-finished' | 'not-due';

const over = ['EGRESS_COMPLETE', 'EGRESS_FAILED'] as const;

export class LibraryStore {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #now: () => number;

  constructor(database: Database, commits: GroupCommit, now: () => number) {
    this.#database = database;
    this.#commits = commits;
    this.#now = now;
  }

  async get(egressId: string): Promise<StoredKept | undefined> {
    return getFrom(this.#database, egressId, this.#timestamp());
  }

  /** Newest first; of two at the same time the id decides. */
  async find(query: LibraryQuery): Promise<StoredKept[]> {
    let rows = selectKept(this.#database, this.#timestamp());
    if (query.from !== undefined) rows = rows.where('recordings.started_at', '>=', query.from);
    if (query.to !== undefined) rows = rows.where('recordings.started_at', '<', query.to);
    if (query.patientId !== undefined) rows = rows.where('patient_id', '=', query.patientId);
    if (query.consultationId !== undefined)
      rows = rows.where('recordings.consultation_id', '=', query.consultationId);
    if (query.egressId !== undefined) rows = rows.where('recordings.id', '=', query.egressId);
    switch (query.filter) {
      case 'deleted':
        rows = rows.where('deleted_at', 'is not', null);
        break;
      case 'held':
        rows = rows.where('held_since', 'is not', null);
        break;
      case 'kept':
        rows = rows.where('deleted_at', 'is', null);
        break;
      case undefined:
    }
    for (const word of foldText(query.search ?? '').split(' ')) {
      // Not LIKE, so that the words hold no signs of its language.
      if (word !== '') rows = rows.where(sql<SqlBool>`instr(search_text, ${word}) > 0`);
    }
    if (query.after) {
      const { startedAt, egressId } = query.after;
      rows = rows.where(sql<SqlBool>`(recordings.started_at, recordings.id) < (${startedAt}, ${egressId})`);
    }
    const found = await rows
      .orderBy('recordings.started_at', 'desc')
      .orderBy('recordings.id', 'desc')
      .limit(query.limit)
      .execute();
    return found.map(toKept);
  }

  async total(): Promise<{ count: number; sizeBytes: number }> {
    const { count, bytes } = await this.#database
      .selectFrom('recordings')
      .leftJoin('recording_keeping', 'recording_keeping.egress_id', 'recordings.id')
      .where('deleted_at', 'is', null)
      .select(({ fn }) => [
        fn.countAll<number>().as('count'),
        fn.sum<number | null>('size_bytes').as('bytes'),
      ])
      .executeTakeFirstOrThrow();
    return { count, sizeBytes: bytes ?? 0 };
  }

  /** Those whose time may be over, by the rule of each; the decision looks again. */
  async due(retentionDays: number | undefined): Promise<string[]> {
    const rows = await this.#database
      .selectFrom('recordings')
      .leftJoin('recording_keeping', 'recording_keeping.egress_id', 'recordings.id')
      .where('deleted_at', 'is', null)
      .where('held_since', 'is', null)
      .where('status', 'in', over)
      .where(dueBy(retentionDays, this.#now()))
      .select('recordings.id')
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Those that were decided about, and whose content may still be there. */
  async unfinishedDeletions(): Promise<string[]> {
    const rows = await this.#database
      .selectFrom('recording_keeping')
      .where('deleted_at', 'is not', null)
      .where('shredded_at', 'is', null)
      .select('egress_id')
      .execute();
    return rows.map(({ egress_id }) => egress_id);
  }

  /**
   * Decides that a recording goes. From then on nothing opens it, and no hold saves it.
   * @param deletion the clock's, by the days that the clinic keeps recordings, or somebody's wish.
   */
  async decideDeletion(
    egressId: string,
    deletion:
      | (Decider & { readonly as: 'asked' })
      | (Decider & { readonly as: 'retention'; readonly retentionDays: number | undefined }),
  ): Promise<StoredKept | Refusal> {
    return this.#commits.run(async (transaction) => {
      const now = this.#timestamp();
      const kept = await getFrom(transaction, egressId, now);
      if (kept === undefined) return 'unknown';
      if (kept.deleted) return 'deleted';
      if (kept.hold) return 'held';
      if (!over.some((status) => status === kept.status)) return 'not-finished';
      if (deletion.as === 'retention') {
        const due = deletesAt(kept, deletion.retentionDays);
        if (due === undefined || due > now) return 'not-due';
      }
      await change(transaction, egressId, {
        deleted_at: now,
        deleted_as: deletion.as,
        delete_reason: deletion.reason ?? null,
      });
      await note(transaction, egressId, now, deletion.as === 'asked' ? 'delete' : 'expire', deletion);
      await transaction
        .updateTable('recording_links')
        .set({ revoked_at: now })
        .where('egress_id', '=', egressId)
        .where('revoked_at', 'is', null)
        .execute();
      return (await getFrom(transaction, egressId, now)) ?? 'unknown';
    });
  }

  /** The content is gone from this disk. */
  async finishDeletion(egressId: string): Promise<void> {
    await this.#commits.run((transaction) =>
      change(transaction, egressId, { shredded_at: this.#timestamp() }),
    );
  }

  hold(egressId: string, decider: Decider): Promise<StoredKept | Refusal> {
    return this.#decide(egressId, 'hold', decider, (kept, now) => ({
      held_since: kept.hold?.since ?? now,
      hold_reason: decider.reason ?? null,
    }));
  }

  release(egressId: string, decider: Decider): Promise<StoredKept | Refusal> {
    return this.#decide(egressId, 'release', decider, () => ({ held_since: null, hold_reason: null }));
  }

  keep(egressId: string, keeping: KeepingRule, decider: Decider): Promise<StoredKept | Refusal> {
    return this.#decide(egressId, 'keep', decider, () => ({
      rule: keeping.rule,
      keep_until: keeping.rule === 'until' ? new Date(keeping.until).toISOString() : null,
    }));
  }

  /** In the order they were made. */
  async decisions(egressId: string): Promise<Decision[]> {
    const rows = await this.#database
      .selectFrom('recording_decisions')
      .selectAll()
      .where('egress_id', '=', egressId)
      .orderBy('number')
      .execute();
    return rows.map(({ at, act, reason, caller }) => ({
      at,
      act,
      ...(reason === null ? {} : { reason }),
      caller: JSON.parse(caller) as AuditCaller,
    }));
  }

  async #decide(
    egressId: string,
    act: DecisionAct,
    decider: Decider,
    next: (kept: StoredKept, now: string) => Partial<Tables['recording_keeping']>,
  ): Promise<StoredKept | Refusal> {
    return this.#commits.run(async (transaction) => {
      const now = this.#timestamp();
      const kept = await getFrom(transaction, egressId, now);
      if (kept === undefined) return 'unknown';
      if (kept.deleted) return 'deleted';
      await change(transaction, egressId, next(kept, now));
      await note(transaction, egressId, now, act, decider);
      return (await getFrom(transaction, egressId, now)) ?? 'unknown';
    });
  }

  #timestamp(): string {
    return new Date(this.#now()).toISOString();
  }
}

const dayMs = 24 * 60 * 60_000;

/** When a recording is deleted by itself, by its own rule or the clinic's; undefined: never. */
export function deletesAt(
  { keeping, endedAt, startedAt }: Pick<StoredKept, 'keeping' | 'endedAt' | 'startedAt'>,
  retentionDays: number | undefined,
): string | undefined {
  switch (keeping.rule) {
    case 'until':
      return keeping.until;
    case 'forever':
      return undefined;
    case 'clinic':
      return retentionDays === undefined
        ? undefined
        : new Date(Date.parse(endedAt ?? startedAt) + retentionDays * dayMs).toISOString();
  }
}

function dueBy(retentionDays: number | undefined, now: number) {
  const own = sql<SqlBool>`(rule = 'until' and keep_until <= ${new Date(now).toISOString()})`;
  if (retentionDays === undefined) return own;
  const before = new Date(now - retentionDays * dayMs).toISOString();
  return sql<SqlBool>`(${own} or (coalesce(rule, 'clinic') = 'clinic' and coalesce(ended_at, recordings.started_at) <= ${before}))`;
}

async function change(
  transaction: Transaction<Tables>,
  egressId: string,
  values: Partial<Tables['recording_keeping']>,
): Promise<void> {
  await transaction
    .insertInto('recording_keeping')
    .values({ egress_id: egressId, rule: 'clinic', ...values })
    .onConflict((conflict) => conflict.column('egress_id').doUpdateSet(values))
    .execute();
}

async function note(
  transaction: Transaction<Tables>,
  egressId: string,
  at: string,
  act: DecisionAct,
  { caller, reason }: Decider,
): Promise<void> {
  await transaction
    .insertInto('recording_decisions')
    .values({ egress_id: egressId, at, act, reason: reason ?? null, caller: JSON.stringify(caller) })
    .execute();
}

async function getFrom(
  database: Database | Transaction<Tables>,
  egressId: string,
  now: string,
): Promise<StoredKept | undefined> {
  const row = await selectKept(database, now).where('recordings.id', '=', egressId).executeTakeFirst();
  return row && toKept(row);
}

function selectKept(database: Database | Transaction<Tables>, now: string) {
  return database
    .selectFrom('recordings')
    .innerJoin('consultations', 'consultations.id', 'recordings.consultation_id')
    .leftJoin('recording_keeping', 'recording_keeping.egress_id', 'recordings.id')
    .leftJoin('recording_uploads', 'recording_uploads.egress_id', 'recordings.id')
    .selectAll('recordings')
    .select(({ selectFrom, fn }) => [
      'patient_id',
      'patient_name',
      'doctor_name',
      'rule',
      'keep_until',
      'held_since',
      'hold_reason',
      'deleted_at',
      'deleted_as',
      'delete_reason',
      'recording_uploads.state as upload_state',
      selectFrom('recording_links')
        .whereRef('recording_links.egress_id', '=', 'recordings.id')
        .where('revoked_at', 'is', null)
        .where('expires_at', '>', now)
        .select(fn.countAll<number>().as('count'))
        .as('links'),
      selectFrom('consents')
        .whereRef('consents.consultation_id', '=', 'recordings.consultation_id')
        .where('purpose', '=', 'recording')
        .where('act', '=', 'agreed')
        .select(sql<number>`count(distinct identity)`.as('count'))
        .as('agreed'),
    ]);
}

type KeptRow = Awaited<ReturnType<ReturnType<typeof selectKept>['executeTakeFirstOrThrow']>>;

function toKept(row: KeptRow): StoredKept {
  return {
    ...toRecording(row as Selectable<Tables['recordings']>),
    patientId: row.patient_id,
    ...(row.patient_name === null ? {} : { patientName: row.patient_name }),
    ...(row.doctor_name === null ? {} : { doctorName: row.doctor_name }),
    agreed: row.agreed ?? 0,
    links: row.links ?? 0,
    inBucket: row.upload_state === 'stored',
    keeping:
      row.rule === 'until' && row.keep_until !== null
        ? { rule: 'until', until: row.keep_until }
        : { rule: row.rule === 'forever' ? 'forever' : 'clinic' },
    ...(row.held_since === null ? {} : { hold: { since: row.held_since, reason: row.hold_reason ?? '' } }),
    ...(row.deleted_at === null
      ? {}
      : {
          deleted: {
            at: row.deleted_at,
            as: row.deleted_as ?? 'asked',
            ...(row.delete_reason === null ? {} : { reason: row.delete_reason }),
          },
        }),
  };
}
