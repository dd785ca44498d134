/**
 * Keeps finished recordings in the clinic's bucket: one at a time, for as many weeks as it takes, and only what was compared counts
 * as stored. Without a bucket it knows the disk alone.
 */
import { rm } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import type { AuditDetail } from '../../../shared/contract/audit.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { KeptRecording } from '../../../shared/contract/recording-library.ts';
import type {
  RecordingStorageStatus,
  StorageProblem,
  StorageProblemKind,
} from '../../../shared/contract/recording-storage.ts';
import { hostItself } from '../audit/fact.ts';
import type { AuditTrail } from '../audit/trail.ts';
import { pauseAfter } from '../runtime/backoff.ts';
import type { Log } from '../runtime/log.ts';
import { AgeFileError, type EncryptedBytes } from './age-file.ts';
import { lookInside, tellFound } from './found-files.ts';
import { type ObjectPlace, type ObjectStore, StorageError } from './object-store.ts';
import { UnplayableError } from './probe-media.ts';
import { bytesOnDisk, recordingPath } from './recording-bytes.ts';
import type { S3Settings } from './s3-bucket.ts';
import type { RecordingStore } from './store.ts';
import { upload } from './upload.ts';
import type { StorageTask, UploadStore } from './upload-store.ts';

/** A recording that is set aside is tried again after this. */
const setAsideForMs = 60 * 60_000;
/** Looks by itself after this, whether it heard of something or not. */
const longestIdleMs = 60_000;

export interface RecordingStorageParts {
  readonly dataDir: string;
  readonly uploads: UploadStore;
  readonly recordings: Pick<RecordingStore, 'withoutFile' | 'found'>;
  /** The clinic's private key; undefined on a host that can only write. */
  readonly identity: string | undefined;
  readonly trail: Pick<AuditTrail, 'note'>;
  readonly log: Log;
  now(): number;
  /** 0 to 1. */
  chance(): number;
  /** Done after a time, or on abort. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export interface Bucket {
  readonly settings: Pick<S3Settings, 'endpoint' | 'bucket' | 'prefix' | 'keepLocalDays'>;
  readonly store: ObjectStore;
}

interface Underway {
  readonly egressId: string;
  readonly sizeBytes: number;
  sentBytes: number;
  readonly stop: AbortController;
}

export class RecordingStorage {
  readonly #parts: RecordingStorageParts;
  readonly #bucket: Bucket | undefined;
  readonly #log: Log;
  readonly #stop = new AbortController();
  #wake = new AbortController();
  #ended: Promise<void> | undefined;
  /** One after the other, without anything that came through in between. */
  #failures = 0;
  #problem: StorageProblem | undefined;
  #underway: Underway | undefined;
  /** Recordings of which no file was known, and for which this run has looked in the bucket. */
  readonly #sought = new Set<string>();

  /** @param bucket undefined: recordings stay on this disk. */
  constructor(parts: RecordingStorageParts, bucket: Bucket | undefined) {
    this.#parts = parts;
    this.#bucket = bucket;
    this.#log = parts.log.scope('Recordings');
  }

  start(): void {
    if (this.#bucket !== undefined) this.#ended ??= this.#run(this.#bucket);
  }

  /** There is something new to do: a recording is finished. */
  look(): void {
    this.#wake.abort();
  }

  /** What was set aside is tried at once, and a pause is cut short. */
  async retry(): Promise<RecordingStorageStatus> {
    await this.#parts.uploads.retryAll();
    this.#failures = 0;
    this.look();
    return this.status();
  }

  async status(): Promise<RecordingStorageStatus> {
    const { settings } = this.#bucket ?? {};
    const counts = await this.#parts.uploads.counts();
    return {
      ...(settings === undefined
        ? {}
        : {
            place: { endpoint: settings.endpoint, bucket: settings.bucket, prefix: settings.prefix },
            ...(settings.keepLocalDays === undefined ? {} : { keepLocalDays: settings.keepLocalDays }),
          }),
      pending: counts.pending,
      pendingBytes: counts.pendingBytes ?? 0,
      ...(this.#underway === undefined
        ? {}
        : {
            current: {
              egressId: this.#underway.egressId,
              sentBytes: this.#underway.sentBytes,
              sizeBytes: this.#underway.sizeBytes,
            },
          }),
      stored: counts.stored,
      storedOnly: counts.storedOnly,
      ...(counts.lastStoredAt === null ? {} : { lastStoredAt: counts.lastStoredAt }),
      removing: counts.removing,
      heldHereOnly: counts.heldHereOnly,
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
      troubled: await this.#parts.uploads.troubledRecordings(),
    };
  }

  /** Where there is a copy. @param inBucket whether it is known to be in the bucket. */
  async copiesOf(egressId: string, inBucket: boolean): Promise<KeptRecording['copies']> {
    const here = (await bytesOnDisk(recordingPath(this.#parts.dataDir, egressId))) !== undefined;
    // Nobody gets at it without the settings of the bucket.
    const there = inBucket && this.#bucket !== undefined;
    if (here) return there ? 'here-and-bucket' : 'here';
    return there ? 'bucket' : 'missing';
  }

  /**
   * The encrypted bytes of a recording: from this disk, or from the bucket where they are only there.
   * @throws CatalogueError RECORDING_GONE when they are in neither; RECORDING_AWAY while reading, when the bucket does not answer.
   */
  async bytes(egressId: string): Promise<EncryptedBytes> {
    const path = recordingPath(this.#parts.dataDir, egressId);
    const known = await this.#parts.uploads.find(egressId);
    const stored = known?.state === 'stored' && known.place !== undefined && this.#bucket !== undefined;
    const here = await bytesOnDisk(path);
    // A file that lost its end is no better than none.
    if (here !== undefined && (!stored || here.size === known.sizeBytes)) {
      if (!stored) return here;
      const there = this.#bytesThere(this.#bucket as Bucket, known.place as ObjectPlace, known.sizeBytes);
      // The copy here may go between one piece and the next.
      return { size: here.size, open: (from, to) => fromEither(path, there, from, to) };
    }
    if (!stored) throw new CatalogueError('RECORDING_GONE');
    return this.#bytesThere(this.#bucket as Bucket, known.place as ObjectPlace, known.sizeBytes);
  }

  /** Puts a recording under a legal hold, or ends that: nothing of it goes while it is, here or in a bucket that can keep it. */
  async hold(egressId: string, held: boolean): Promise<void> {
    await this.#parts.uploads.hold(egressId, held);
    this.look();
  }

  /**
   * Deletes every version of a recording in the bucket, as soon as it answers; the file here is deleted by whoever asks for this.
   * @throws CatalogueError RECORDING_HELD while it is under a legal hold.
   */
  async remove(egressId: string): Promise<void> {
    if (!(await this.#parts.uploads.remove(egressId))) throw new CatalogueError('RECORDING_HELD');
    if (this.#underway?.egressId === egressId) this.#underway.stop.abort();
    this.look();
  }

  /** Lets go of what is on its way: it goes on after the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#underway?.stop.abort();
    this.#wake.abort();
    await this.#ended;
  }

  async #run(bucket: Bucket): Promise<void> {
    const { keepLocalDays } = bucket.settings;
    while (!this.#stop.signal.aborted) {
      // Before looking, so that what comes in the meantime is looked at again.
      const waking = this.#waking();
      let task: StorageTask | undefined;
      try {
        await this.#parts.uploads.learn();
        task = await this.#parts.uploads.next(keepLocalDays);
        if (task === undefined) {
          if (await this.#seekOne(bucket)) continue;
          const at = await this.#parts.uploads.nextAt(keepLocalDays);
          const now = this.#parts.now();
          await this.#parts.pause(
            Math.max(0, Math.min(longestIdleMs, (at ?? Number.POSITIVE_INFINITY) - now)),
            waking,
          );
          continue;
        }
        await this.#carryOut(task, bucket);
        this.#well();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        await this.#unwell(error, task, bucket, waking);
      }
    }
  }

  /**
   * After a backup was restored the bucket may have what the database takes for lost. Its size and the SHA-256 beside it are taken, and
   * then it is one that is to be uploaded: which finds it there and compares it.
   * @returns whether there was something to look for.
   */
  async #seekOne({ settings, store }: Bucket): Promise<boolean> {
    const { recordings, identity } = this.#parts;
    const lost = (await recordings.withoutFile()).find(
      ({ egressId, status }) => status === 'EGRESS_FAILED' && !this.#sought.has(egressId),
    );
    if (lost === undefined) return false;
    const place = placeIn(settings, lost.egressId);
    const { signal } = this.#stop;
    const object = await store.find(place, signal).catch((error: unknown) => {
      // Of what is not there, a key that may not list is told no more.
      if (error instanceof StorageError && error.kind === 'denied') return undefined;
      throw error;
    });
    if (object?.saidSha256 !== undefined) {
      const bytes = {
        size: object.sizeBytes,
        open: (from: number, to: number) => store.read(place, from, to, signal),
      };
      try {
        const file = {
          sizeBytes: object.sizeBytes,
          sha256: object.saidSha256,
          writtenAt: lost.startedAt,
          media: await lookInside(bytes, identity),
        };
        if (await recordings.found(lost, file)) tellFound(lost, file.sha256, this.#parts);
      } catch (error) {
        if (!(error instanceof AgeFileError || error instanceof UnplayableError)) throw error;
        this.#log.warn(`${place.key} in the bucket is not what was recorded: ${error.message}`);
      }
    }
    this.#sought.add(lost.egressId);
    return true;
  }

  async #carryOut(task: StorageTask, bucket: Bucket): Promise<void> {
    const underway: Underway = {
      egressId: task.egressId,
      sizeBytes: task.sizeBytes,
      sentBytes: 0,
      stop: new AbortController(),
    };
    this.#underway = underway;
    if (this.#stop.signal.aborted) underway.stop.abort();
    try {
      switch (task.task) {
        case 'upload':
          return await this.#upload(task, bucket, underway);
        case 'drop':
          return await this.#drop(task, bucket, underway.stop.signal);
        case 'hold':
          return await this.#hold(task, task.held, bucket, underway.stop.signal);
        case 'remove':
          return await this.#remove(task, bucket, underway.stop.signal);
      }
    } finally {
      this.#underway = undefined;
    }
  }

  async #upload(task: StorageTask, { settings, store }: Bucket, underway: Underway): Promise<void> {
    const { egressId, sizeBytes, sha256 } = task;
    const { uploads } = this.#parts;
    const { signal } = underway.stop;
    const memory = uploads.memoryOf(egressId);
    const place = task.place?.bucket === settings.bucket ? task.place : placeIn(settings, egressId);
    if (place !== task.place) {
      const uploadId = await memory.uploadId();
      // The bucket it was begun in is not ours any more; it may not even be there.
      if (task.place !== undefined && uploadId !== undefined)
        await store.abandon(task.place, uploadId, signal).catch(() => undefined);
      await uploads.placed(egressId, place);
    }
    const path = recordingPath(this.#parts.dataDir, egressId);
    const uploaded = await upload({
      store,
      place,
      file: { path, sizeBytes, sha256 },
      memory,
      signal,
      progress: (sentBytes, fresh) => {
        underway.sentBytes = sentBytes;
        // Slow and often cut is not the same as away.
        if (fresh) this.#failures = 0;
      },
    });
    if (!(await uploads.stored(egressId, uploaded))) return;
    this.#note(task, 'recording.stored', uploaded.comparedBy);
    this.#log.info(
      `Recording ${egressId} is in the bucket (${sizeBytes} bytes, compared by ${uploaded.comparedBy})`,
    );
  }

  /** Looks once more whether the object is there: what a rule of the bucket deleted is uploaded again instead. */
  async #drop(task: StorageTask, { store }: Bucket, signal: AbortSignal): Promise<void> {
    const { egressId, place, sizeBytes, etag } = task;
    const there = place && (await store.find(place, signal));
    if (there === undefined || there.sizeBytes !== sizeBytes || there.etag !== etag) {
      this.#log.warn(`Recording ${egressId} is not in the bucket any more; it is uploaded again`);
      this.#note(task, 'recording.lost-in-bucket');
      await this.#parts.uploads.lost(egressId);
      return;
    }
    const path = recordingPath(this.#parts.dataDir, egressId);
    if (!(await this.#parts.uploads.dropping(egressId, () => rm(path, { force: true })))) return;
    this.#note(task, 'recording.local-copy-deleted');
    this.#log.info(`The copy of recording ${egressId} on this disk is deleted; the bucket has it`);
  }

  async #hold(task: StorageTask, held: boolean, { store }: Bucket, signal: AbortSignal): Promise<void> {
    const { egressId, place } = task;
    const answer = place === undefined ? 'unsupported' : await store.hold(place, held, signal);
    if (held && answer === 'unsupported')
      this.#log.warn(`The bucket has no Object Lock: recording ${egressId} is held by this host alone`);
    await this.#parts.uploads.heldThere(egressId, held, answer);
    if (answer === 'done')
      this.#note(task, held ? 'recording.held-in-bucket' : 'recording.released-in-bucket');
  }

  async #remove(
    task: StorageTask & { readonly task: 'remove' },
    bucket: Bucket,
    signal: AbortSignal,
  ): Promise<void> {
    const { egressId, place, heldThere } = task;
    const { store } = bucket;
    if (place !== undefined) {
      // The hold was lifted a moment ago, or while the bucket was away.
      if (heldThere) await this.#hold(task, false, bucket, signal);
      for (const uploadId of await store.unfinished(place, signal))
        await store.abandon(place, uploadId, signal);
      const versions = await store.removeVersions(place, signal);
      this.#note(task, 'recording.deleted-in-bucket', `${versions}`);
    }
    await this.#parts.uploads.removed(egressId);
  }

  #bytesThere({ store }: Bucket, place: ObjectPlace, size: number): EncryptedBytes {
    const { signal } = this.#stop;
    return {
      size,
      async *open(from, to) {
        try {
          yield* store.read(place, from, to, signal);
        } catch (error) {
          const gone = error instanceof StorageError && error.kind === 'missing';
          throw Object.assign(new CatalogueError(gone ? 'RECORDING_GONE' : 'RECORDING_AWAY'), {
            cause: error,
          });
        }
      },
    };
  }

  #well(): void {
    this.#failures = 0;
    if (this.#problem !== undefined) this.#log.info('The bucket takes recordings again');
    this.#problem = undefined;
  }

  async #unwell(
    error: unknown,
    task: StorageTask | undefined,
    { settings }: Bucket,
    waking: AbortSignal,
  ): Promise<void> {
    // Deleted while it was being uploaded.
    if (task !== undefined && (await this.#isOver(task).catch(() => false))) return;
    const problem = error instanceof StorageError ? error : new StorageError('unwell', String(error));
    if (problem !== error) this.#log.error('A recording could not be stored', error);
    const now = this.#parts.now();
    const aside = task !== undefined && isItsOwn(problem.kind, task, settings.bucket);
    const since = await (task === undefined
      ? undefined
      : this.#parts.uploads
          .troubled(task.egressId, problem, aside ? now + setAsideForMs : undefined)
          // A disk that takes nothing is no reason to stop trying.
          .catch(() => undefined));
    if (aside) {
      this.#log.warn(`Recording ${task.egressId} is set aside (${task.task}): ${problem.message}`);
      return;
    }
    const pauseMs = pauseAfter(this.#failures, this.#parts.chance());
    this.#failures += 1;
    if (this.#problem?.kind !== problem.kind)
      this.#log.warn(`The bucket does not take recordings: ${problem.message}`);
    this.#problem = {
      kind: problem.kind,
      detail: problem.detail,
      since: this.#problem?.since ?? since ?? new Date(now).toISOString(),
      nextTryAt: new Date(now + pauseMs).toISOString(),
    };
    await this.#parts.pause(pauseMs, waking);
  }

  /** What was begun is not wanted any more. */
  async #isOver({ egressId, task }: StorageTask): Promise<boolean> {
    return task !== 'remove' && (await this.#parts.uploads.find(egressId))?.state === 'removing';
  }

  #waking(): AbortSignal {
    if (this.#wake.signal.aborted && !this.#stop.signal.aborted) this.#wake = new AbortController();
    return this.#wake.signal;
  }

  #note({ egressId, consultationId }: StorageTask, event: string, detail?: AuditDetail): void {
    this.#parts.trail.note({
      event,
      caller: hostItself,
      consultationId,
      target: egressId,
      ...(detail === undefined ? {} : { detail }),
      outcome: 'ok',
    });
  }
}

function placeIn({ bucket, prefix }: Bucket['settings'], egressId: string): ObjectPlace {
  return { bucket, key: `${prefix}${egressId}.age` };
}

const ofOneRecording: readonly StorageProblemKind[] = ['damaged', 'missing', 'different', 'locked'];

/** Whether it is about this recording alone, so that the others go on. */
function isItsOwn(kind: StorageProblemKind, { task, place }: StorageTask, bucket: string): boolean {
  if (ofOneRecording.includes(kind)) return true;
  // Storing may be allowed where deleting or holding is not.
  if (kind === 'denied') return task === 'remove' || task === 'hold';
  return kind === 'bucket' && place !== undefined && place.bucket !== bucket && task !== 'upload';
}

async function* fromEither(
  path: string,
  there: EncryptedBytes,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  const here = await bytesOnDisk(path);
  yield* (here ?? there).open(from, to);
}

export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return after(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
}
