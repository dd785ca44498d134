/** What is known of each finished recording and its object in the bucket, so that a host that is killed goes on where it was. */
import { type Selectable, type SqlBool, sql, type Transaction } from 'kysely';
import type { TroubledRecording } from '../../../shared/contract/recording-storage.ts';
import type { Database, Tables } from '../storage/database.ts';
import type { GroupCommit } from '../storage/group-commit.ts';
import type { ObjectPlace, StorageError } from './object-store.ts';
import type { Uploaded, UploadMemory } from './upload.ts';

/** `drop`: the copy on this disk may go. */
export type StorageTask = {
  readonly egressId: string;
  readonly consultationId: string;
  /** Of the encrypted file. */
  readonly sizeBytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Where it is or was tried; undefined: nowhere yet. */
  readonly place: ObjectPlace | undefined;
  readonly etag: string | undefined;
} & (
  | { readonly task: 'upload' | 'drop' }
  | { readonly task: 'hold'; readonly held: boolean }
  /** `heldThere`: the bucket has not heard yet that it is not held any more. */
  | { readonly task: 'remove'; readonly heldThere: boolean }
);

type Row = Selectable<Tables['recording_uploads']>;

/** Shown of those that are set aside. */
const shownTroubled = 20;

export class UploadStore {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #now: () => number;

  constructor(database: Database, commits: GroupCommit, now: () => number) {
    this.#database = database;
    this.#commits = commits;
    this.#now = now;
  }

  /**
   * Learns of recordings that were finished, or whose file is another one by now, and of legal holds: also of those that nobody could
   * tell of before a crash.
   */
  async learn(): Promise<void> {
    const [finished, held] = await Promise.all([this.#unknownFinished(), this.#unknownHolds()]);
    if (finished.length === 0 && held.length === 0) return;
    await this.#commits.run(async (transaction) => {
      for (const { id, consultation_id, size_bytes, sha256, held_since } of finished) {
        const file = { size_bytes: size_bytes ?? 0, sha256: sha256 ?? '', state: 'waiting' as const };
        await transaction.deleteFrom('recording_upload_parts').where('egress_id', '=', id).execute();
        await transaction
          .insertInto('recording_uploads')
          .values({
            egress_id: id,
            consultation_id,
            added_at: this.#timestamp(),
            held: held_since === null ? 0 : 1,
            ...file,
          })
          .onConflict((conflict) =>
            conflict.doUpdateSet({
              ...file,
              ...notThere,
              ...untroubled,
              upload_id: null,
              dropped_at: null,
            }),
          )
          .execute();
      }
      for (const { egress_id, held_since } of held)
        await setHold(transaction, egress_id, held_since !== null);
    });
  }

  /** What to do next: deleting first, and what failed before after what was not tried yet. */
  async next(keepLocalDays: number | undefined): Promise<StorageTask | undefined> {
    const row = await this.#tasks(keepLocalDays)
      .where((is) => is.or([is('retry_at', 'is', null), is('retry_at', '<=', this.#timestamp())]))
      .selectAll()
      .orderBy(sql`state = 'removing'`, 'desc')
      .orderBy('tried_at')
      .orderBy('added_at')
      .orderBy('egress_id')
      .executeTakeFirst();
    return row && toTask(row);
  }

  /** When something will be to do that is not now, ms since the epoch. */
  async nextAt(keepLocalDays: number | undefined): Promise<number | undefined> {
    const retried = await this.#tasks(keepLocalDays)
      .select(({ fn }) => fn.min('retry_at').as('at'))
      .executeTakeFirst();
    const kept =
      keepLocalDays === undefined
        ? undefined
        : await this.#database
            .selectFrom('recording_uploads')
            .select(({ fn }) => fn.min('stored_at').as('at'))
            .where('state', '=', 'stored')
            .where('dropped_at', 'is', null)
            .where('held', '=', 0)
            .executeTakeFirst();
    const times = [
      retried?.at ? Date.parse(retried.at) : undefined,
      kept?.at ? Date.parse(kept.at) + days(keepLocalDays ?? 0) : undefined,
    ].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Remembers where it is tried. An upload that was begun elsewhere is forgotten. */
  async placed(egressId: string, { bucket, key }: ObjectPlace): Promise<void> {
    await this.#commits.run(async (transaction) => {
      await transaction.deleteFrom('recording_upload_parts').where('egress_id', '=', egressId).execute();
      await transaction
        .updateTable('recording_uploads')
        .set({ bucket, object_key: key, upload_id: null })
        .where('egress_id', '=', egressId)
        .execute();
    });
  }

  memoryOf(egressId: string): UploadMemory {
    return {
      uploadId: async () => (await this.#row(egressId))?.upload_id ?? undefined,
      etags: async () => {
        const rows = await this.#database
          .selectFrom('recording_upload_parts')
          .select(['number', 'etag'])
          .where('egress_id', '=', egressId)
          .execute();
        return new Map(rows.map(({ number, etag }) => [number, etag]));
      },
      begun: (uploadId) => this.#setUpload(egressId, uploadId),
      sent: async (number, etag) => {
        await this.#commits.run((transaction) =>
          transaction
            .insertInto('recording_upload_parts')
            .values({ egress_id: egressId, number, etag })
            .onConflict((conflict) => conflict.doUpdateSet({ etag }))
            .execute(),
        );
      },
      over: () => this.#setUpload(egressId, null),
    };
  }

  /** @returns false when it is to be removed by now. */
  async stored(egressId: string, { comparedBy, etag }: Uploaded): Promise<boolean> {
    const changed = await this.#commits.run((transaction) =>
      transaction
        .updateTable('recording_uploads')
        .set({
          state: 'stored',
          compared_by: comparedBy,
          etag: etag ?? null,
          stored_at: this.#timestamp(),
          ...untroubled,
        })
        .where('egress_id', '=', egressId)
        .where('state', '=', 'waiting')
        .executeTakeFirst(),
    );
    return changed.numUpdatedRows > 0n;
  }

  /** It is not in the bucket after all. */
  async lost(egressId: string): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction
        .updateTable('recording_uploads')
        .set({ state: 'waiting', ...notThere })
        .where('egress_id', '=', egressId)
        .where('state', '=', 'stored')
        .execute(),
    );
  }

  /** Deletes the copy on this disk, unless it is under a legal hold by now. @returns whether it did. */
  dropping(egressId: string, drop: () => Promise<void>): Promise<boolean> {
    return this.#commits.run(async (transaction) => {
      const changed = await transaction
        .updateTable('recording_uploads')
        .set({ dropped_at: this.#timestamp(), ...untroubled })
        .where('egress_id', '=', egressId)
        .where('state', '=', 'stored')
        .where('held', '=', 0)
        .executeTakeFirst();
      if (changed.numUpdatedRows === 0n) return false;
      // Within, so that a hold that is asked for now comes before or after.
      await drop();
      return true;
    });
  }

  async heldThere(egressId: string, held: boolean, answer: 'done' | 'unsupported'): Promise<void> {
    const heldThere = answer === 'done' ? 'held' : 'unsupported';
    await this.#update(egressId, { held_there: held ? heldThere : null, ...untroubled });
  }

  /** Wishes a legal hold on it, or its end. */
  async hold(egressId: string, held: boolean): Promise<void> {
    await this.#commits.run((transaction) => setHold(transaction, egressId, held));
  }

  /** Wishes its object gone. @returns false when it is under a legal hold. */
  async remove(egressId: string): Promise<boolean> {
    return this.#commits.run(async (transaction) => {
      const row = await transaction
        .selectFrom('recording_uploads')
        .select(['held', 'bucket'])
        .where('egress_id', '=', egressId)
        .executeTakeFirst();
      if (row?.held === 1) return false;
      if (row?.bucket === null) {
        // Nothing of it was ever sent.
        await transaction.deleteFrom('recording_uploads').where('egress_id', '=', egressId).execute();
        return true;
      }
      await transaction
        .updateTable('recording_uploads')
        .set({ state: 'removing', ...untroubled })
        .where('egress_id', '=', egressId)
        .execute();
      return true;
    });
  }

  /** Nothing of it is left. */
  async removed(egressId: string): Promise<void> {
    await this.#commits.run(async (transaction) => {
      for (const table of ['recording_upload_parts', 'recording_uploads'] as const)
        await transaction.deleteFrom(table).where('egress_id', '=', egressId).execute();
    });
  }

  /** @param retryAt when it is tried again, if it is set aside until then; otherwise it is as soon as anything is. */
  async troubled(egressId: string, error: StorageError, retryAt: number | undefined): Promise<string> {
    const now = this.#timestamp();
    const before = await this.#row(egressId);
    const since = before?.problem_since ?? now;
    await this.#update(egressId, {
      problem: error.kind,
      problem_detail: error.detail,
      problem_since: since,
      tried_at: now,
      retry_at: retryAt === undefined ? null : new Date(retryAt).toISOString(),
    });
    return since;
  }

  /** Whatever was set aside is tried now. */
  async retryAll(): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction
        .updateTable('recording_uploads')
        .set({ retry_at: null })
        .where('retry_at', 'is not', null)
        .execute(),
    );
  }

  async find(egressId: string): Promise<(StorageTask & { readonly state: Row['state'] }) | undefined> {
    const row = await this.#row(egressId);
    return row && { ...toTask(row), state: row.state };
  }

  async counts() {
    const counted = await this.#database
      .selectFrom('recording_uploads')
      .select(({ fn }) => [
        fn.countAll<number>().filterWhere('state', '=', 'waiting').as('pending'),
        fn.sum<number | null>('size_bytes').filterWhere('state', '=', 'waiting').as('pendingBytes'),
        fn.countAll<number>().filterWhere('state', '=', 'stored').as('stored'),
        fn
          .countAll<number>()
          .filterWhere('state', '=', 'stored')
          .filterWhere('dropped_at', 'is not', null)
          .as('storedOnly'),
        fn.countAll<number>().filterWhere('state', '=', 'removing').as('removing'),
        fn
          .countAll<number>()
          .filterWhere('held', '=', 1)
          .filterWhere('held_there', '=', 'unsupported')
          .as('heldHereOnly'),
        fn.max('stored_at').as('lastStoredAt'),
      ])
      .executeTakeFirstOrThrow();
    return counted;
  }

  /** The first of those that are set aside. */
  async troubledRecordings(): Promise<TroubledRecording[]> {
    const rows = await this.#database
      .selectFrom('recording_uploads')
      .selectAll()
      .where('retry_at', 'is not', null)
      .orderBy('problem_since')
      .limit(shownTroubled)
      .execute();
    return rows.map((row) => {
      const { task } = toTask(row);
      return {
        egressId: row.egress_id,
        task: task === 'drop' ? 'upload' : task,
        kind: row.problem ?? 'unwell',
        detail: row.problem_detail ?? '',
        since: row.problem_since ?? '',
        nextTryAt: row.retry_at ?? '',
      };
    });
  }

  #tasks(keepLocalDays: number | undefined) {
    const droppable =
      keepLocalDays === undefined
        ? sql<SqlBool>`false`
        : sql<SqlBool>`dropped_at is null and held = 0 and stored_at <= ${new Date(
            this.#now() - days(keepLocalDays),
          ).toISOString()}`;
    return this.#database.selectFrom('recording_uploads').where(
      sql<SqlBool>`(state != 'stored' or (held = 1 and held_there is null)
        or (held = 0 and held_there is not null) or (${droppable}))`,
    );
  }

  #unknownFinished() {
    return (
      this.#database
        .selectFrom('recordings')
        .leftJoin('recording_uploads', 'recording_uploads.egress_id', 'recordings.id')
        .leftJoin('recording_keeping', 'recording_keeping.egress_id', 'recordings.id')
        .select(['recordings.id', 'recordings.consultation_id', 'recordings.size_bytes', 'recordings.sha256'])
        .select('recording_keeping.held_since')
        .where('recordings.sha256', 'is not', null)
        .where('recordings.status', 'in', ['EGRESS_COMPLETE', 'EGRESS_FAILED'])
        // One of which segments may still come would be written anew.
        .where('recordings.working_identity', 'is', null)
        .where('recording_keeping.deleted_at', 'is', null)
        .where(({ eb, or, ref }) =>
          or([
            eb('recording_uploads.egress_id', 'is', null),
            eb('recording_uploads.sha256', '!=', ref('recordings.sha256')),
          ]),
        )
        .execute()
    );
  }

  #unknownHolds() {
    return this.#database
      .selectFrom('recording_uploads')
      .innerJoin('recording_keeping', 'recording_keeping.egress_id', 'recording_uploads.egress_id')
      .select(['recording_uploads.egress_id', 'held_since'])
      .where('state', '!=', 'removing')
      .where(sql<SqlBool>`held != (held_since is not null)`)
      .execute();
  }

  async #row(egressId: string): Promise<Row | undefined> {
    return this.#database
      .selectFrom('recording_uploads')
      .selectAll()
      .where('egress_id', '=', egressId)
      .executeTakeFirst();
  }

  async #update(egressId: string, change: Partial<Row>): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction.updateTable('recording_uploads').set(change).where('egress_id', '=', egressId).execute(),
    );
  }

  async #setUpload(egressId: string, uploadId: string | null): Promise<void> {
    await this.#commits.run(async (transaction) => {
      await transaction.deleteFrom('recording_upload_parts').where('egress_id', '=', egressId).execute();
      await transaction
        .updateTable('recording_uploads')
        .set({ upload_id: uploadId })
        .where('egress_id', '=', egressId)
        .execute();
    });
  }

  #timestamp(): string {
    return new Date(this.#now()).toISOString();
  }
}

async function setHold(transaction: Transaction<Tables>, egressId: string, held: boolean): Promise<void> {
  await transaction
    .updateTable('recording_uploads')
    .set((is) => ({
      held: held ? 1 : 0,
      // One that the bucket does not have need not be ended there.
      held_there: is.fn<Row['held_there']>('nullif', ['held_there', sql.lit('unsupported')]),
      ...untroubled,
    }))
    .where('egress_id', '=', egressId)
    .execute();
}

/** What is said of an object that is in the bucket. */
const notThere = { etag: null, compared_by: null, stored_at: null, held_there: null } as const;

const untroubled = {
  problem: null,
  problem_detail: null,
  problem_since: null,
  tried_at: null,
  retry_at: null,
} as const;

const days = (count: number): number => count * 24 * 60 * 60_000;

function toTask(row: Row): StorageTask {
  const common = {
    egressId: row.egress_id,
    consultationId: row.consultation_id,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    place:
      row.bucket === null || row.object_key === null
        ? undefined
        : { bucket: row.bucket, key: row.object_key },
    etag: row.etag ?? undefined,
  };
  if (row.state === 'removing') return { ...common, task: 'remove', heldThere: row.held_there === 'held' };
  if (row.state === 'waiting') return { ...common, task: 'upload' };
  const held = row.held === 1;
  return held === (row.held_there !== null) ? { ...common, task: 'drop' } : { ...common, task: 'hold', held };
}
