/**
 * Recordings whose end the database does not know although their file is there: it was restored from a backup of when they were being
 * made, or the host was killed between the two. What the file says is taken for what is known.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { AuditTrail } from '../audit/trail.ts';
import type { Log } from '../runtime/log.ts';
import { AgeFileError, type EncryptedBytes, looksLikeAge, openAge } from './age-file.ts';
import { type ProbedMedia, probeMedia } from './probe-media.ts';
import { bytesOnDisk, recordingPath } from './recording-bytes.ts';
import { recordingFact } from './recording-fact.ts';
import { segmentLogPath } from './segment-log.ts';
import type { RecordingStore, StoredRecording } from './store.ts';

export interface FoundFilesParts {
  readonly store: Pick<RecordingStore, 'withoutFile' | 'found'>;
  readonly dataDir: string;
  /** The clinic's private key; undefined on a host that can only write. */
  readonly identity: string | undefined;
  readonly trail: Pick<AuditTrail, 'note'>;
  readonly log: Log;
}

/** Before recordings are taken up: one that goes on would write over the file that is there. */
export async function takeFoundFiles(parts: FoundFilesParts): Promise<void> {
  for (const stored of await parts.store.withoutFile()) {
    // One that cannot be read keeps nobody from working.
    await takeOne(stored, parts).catch((error: unknown) =>
      parts.log
        .scope('Recordings')
        .error(`The file of recording ${stored.egressId}, whose end is not known, cannot be taken`, error),
    );
  }
}

async function takeOne(stored: StoredRecording, parts: FoundFilesParts): Promise<void> {
  const { egressId } = stored;
  const path = recordingPath(parts.dataDir, egressId);
  const bytes = await bytesOnDisk(path);
  // Segments are there for as long as the file is not all there is: it is written anew from them.
  if (bytes === undefined || (await isWritten(segmentLogPath(parts.dataDir, egressId)))) return;
  const media = await lookInside(bytes, parts.identity);
  const hash = createHash('sha256');
  for await (const piece of bytes.open(0, bytes.size)) hash.update(piece);
  const { mtime } = await stat(path);
  const file = {
    sizeBytes: bytes.size,
    sha256: hash.digest('hex'),
    writtenAt: mtime.toISOString(),
    media,
  };
  if (await parts.store.found(stored, file)) tellFound(stored, file.sha256, parts);
}

/**
 * @returns undefined where there is no key for it here.
 * @throws AgeFileError or UnplayableError when it is not the file of a recording, or not all of it.
 */
export async function lookInside(
  bytes: EncryptedBytes,
  identity: string | undefined,
): Promise<ProbedMedia | undefined> {
  await looksLikeAge(bytes);
  if (identity === undefined) return undefined;
  try {
    return await probeMedia(await openAge(bytes, identity));
  } catch (error) {
    if (error instanceof AgeFileError && error.problem === 'wrong-key') return undefined;
    throw error;
  }
}

export function tellFound(
  { egressId, consultationId }: Pick<StoredRecording, 'egressId' | 'consultationId'>,
  sha256: string,
  { trail, log }: Pick<FoundFilesParts, 'trail' | 'log'>,
): void {
  log
    .scope('Recordings')
    .warn(`The end of recording ${egressId} was not known; its file was found and taken`);
  trail.note(recordingFact({ egressId, consultationId }, 'found', `sha256:${sha256}`));
}

async function isWritten(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && found.size > 0;
}
