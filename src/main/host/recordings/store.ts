/** Recordings as rows. */
import { type Selectable, type SqlBool, sql } from 'kysely';
import { roomNameOf } from '../../../shared/consultation/consultation.ts';
import { longestList, type Recording } from '../../../shared/contract/recordings.ts';
import type { Database, Tables } from '../storage/database.ts';
import type { GroupCommit } from '../storage/group-commit.ts';
import type { ProbedMedia } from './probe-media.ts';

type Row = Selectable<Tables['recordings']>;

/** A recording with what is needed to make it. */
export interface StoredRecording extends Recording {
  readonly recorderIdentity: string | undefined;
  readonly workingIdentity: string | undefined;
  /** JSON. */
  readonly grants: string;
  /** ISO 8601. */
  readonly logUntil: string | undefined;
  readonly logBytes: number;
}

export interface RecordingsQuery {
  readonly consultationId?: string | undefined;
  readonly limit?: number | undefined;
  /** The egressId of the last one of the page before. */
  readonly after?: string | undefined;
}

/** An encrypted file that was found where a recording's belongs. */
export interface FoundFile {
  readonly sizeBytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** ISO 8601. */
  readonly writtenAt: string;
  /** Undefined where this host has no key to look inside. */
  readonly media: ProbedMedia | undefined;
}

export class RecordingStore {
  readonly #database: Database;
  readonly #commits: GroupCommit;

  constructor(database: Database, commits: GroupCommit) {
    this.#database = database;
    this.#commits = commits;
  }

  async find(egressId: string): Promise<StoredRecording | undefined> {
    const row = await this.#row(egressId);
    return row && toStored(row);
  }

  /** As it is shown. */
  async get(egressId: string): Promise<Recording | undefined> {
    const row = await this.#row(egressId);
    return row && toRecording(row);
  }

  /** Newest first; of two at the same time the id decides. */
  async list(
    { consultationId, limit = longestList }: RecordingsQuery,
    after?: Recording,
  ): Promise<Recording[]> {
    let rows = this.#database.selectFrom('recordings').selectAll();
    if (consultationId !== undefined) rows = rows.where('consultation_id', '=', consultationId);
    if (after !== undefined)
      rows = rows.where(sql<SqlBool>`(started_at, id) < (${after.startedAt}, ${after.egressId})`);
    const found = await rows.orderBy('started_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
    return found.map(toRecording);
  }

  /** Those of which something is still awaited, oldest first. */
  async unsettled(): Promise<StoredRecording[]> {
    const rows = await this.#database
      .selectFrom('recordings')
      .selectAll()
      .where('working_identity', 'is not', null)
      .orderBy('started_at')
      .execute();
    return rows.map(toStored);
  }

  /** Those of which no file is known, and which nobody has deleted. */
  async withoutFile(): Promise<StoredRecording[]> {
    const rows = await this.#database
      .selectFrom('recordings')
      .leftJoin('recording_keeping', 'recording_keeping.egress_id', 'recordings.id')
      .selectAll('recordings')
      .where('sha256', 'is', null)
      .where('deleted_at', 'is', null)
      .orderBy('started_at')
      .execute();
    return rows.map(toStored);
  }

  /** Takes what is known of a recording from its file, unless something is known of one by now. @returns whether it did. */
  async found(stored: StoredRecording, file: FoundFile): Promise<boolean> {
    const { media } = file;
    const durationMs = media?.durationMs ?? stored.durationMs;
    const endedAt = media && new Date(Date.parse(stored.startedAt) + media.durationMs).toISOString();
    const changed = await this.#commits.run((transaction) =>
      transaction
        .updateTable('recordings')
        .set({
          status: 'EGRESS_COMPLETE',
          ended_at: stored.endedAt ?? endedAt ?? file.writtenAt,
          // It did not fail after all; how it ended instead, nobody knows.
          ended_as: stored.endedAs === 'failed' ? null : (stored.endedAs ?? null),
          duration_ms: durationMs,
          captured_ms: Math.max(stored.capturedMs, durationMs),
          size_bytes: file.sizeBytes,
          sha256: file.sha256,
          content_type: media?.contentType ?? null,
          working_identity: null,
          log_until: null,
        })
        .where('id', '=', stored.egressId)
        .where('sha256', 'is', null)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('recording_keeping')
                .select('egress_id')
                .whereRef('egress_id', '=', 'recordings.id')
                .where('deleted_at', 'is not', null),
            ),
          ),
        )
        .executeTakeFirst(),
    );
    return changed.numUpdatedRows > 0n;
  }

  /** Those that LiveKit Egress makes, or of which its file is awaited. */
  async unfinishedByEgress(): Promise<StoredRecording[]> {
    const rows = await this.#database
      .selectFrom('recordings')
      .selectAll()
      .where('recorder', '=', 'egress')
      .where('status', 'in', ['EGRESS_ACTIVE', 'EGRESS_ENDING'])
      .execute();
    return rows.map(toStored);
  }

  #row(egressId: string): Promise<Row | undefined> {
    return this.#database.selectFrom('recordings').selectAll().where('id', '=', egressId).executeTakeFirst();
  }

  async insert(row: Tables['recordings']): Promise<void> {
    await this.#commits.run((transaction) => transaction.insertInto('recordings').values(row).execute());
  }

  async change(egressId: string, change: Partial<Tables['recordings']>): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction.updateTable('recordings').set(change).where('id', '=', egressId).execute(),
    );
  }
}

export function toStored(row: Row): StoredRecording {
  return {
    ...toRecording(row),
    recorderIdentity: row.recorder_identity ?? undefined,
    workingIdentity: row.working_identity ?? undefined,
    grants: row.grants,
    logUntil: row.log_until ?? undefined,
    logBytes: row.log_bytes,
  };
}

/** As it is shown. */
export function toRecording(row: Row): Recording {
  return {
    egressId: row.id,
    consultationId: row.consultation_id,
    roomName: roomNameOf(row.consultation_id),
    recorder: row.recorder,
    status: row.status,
    startedAt: row.started_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(row.ended_as === null ? {} : { endedAs: row.ended_as }),
    durationMs: row.duration_ms,
    capturedMs: row.captured_ms,
    ...(row.size_bytes === null ? {} : { sizeBytes: row.size_bytes }),
    ...(row.sha256 === null ? {} : { sha256: row.sha256 }),
    ...(row.content_type === null ? {} : { contentType: row.content_type }),
  };
}
