/**
 * Brings one recording into the bucket: in parts, from where an earlier try was stopped, and compared before it counts.
 * Whatever is killed in the middle, the next try finds the object, or the upload and its parts, and sends what is missing.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { comparedBy, type FileSums, type PartSums, sumsOf } from './checksums.ts';
import {
  type ObjectPlace,
  type ObjectStore,
  StorageError,
  type StoredObject,
  type StoredPart,
} from './object-store.ts';

const mebibyte = 1024 * 1024;
/** The protocol allows no more. */
const mostParts = 10_000;

/** By what an object was known to be the file; `read-back`: it was downloaded and hashed, because the server's checksums say too little. */
export type Comparison = 'sha256' | 'md5' | 'read-back';

export interface FileToUpload {
  readonly path: string;
  readonly sizeBytes: number;
  /** As it was when it was recorded, hexadecimal. */
  readonly sha256: string;
}

/** What of an upload outlives a kill. */
export interface UploadMemory {
  uploadId(): Promise<string | undefined>;
  /** Of the parts that were sent, by their numbers. */
  etags(): Promise<ReadonlyMap<number, string>>;
  /** Forgets the parts of an upload before it. */
  begun(uploadId: string): Promise<void>;
  sent(part: number, etag: string): Promise<void>;
  /** There is no such upload any more. */
  over(): Promise<void>;
}

export interface Uploaded {
  readonly comparedBy: Comparison;
  readonly etag: string | undefined;
}

export interface UploadOptions {
  readonly store: ObjectStore;
  readonly place: ObjectPlace;
  readonly file: FileToUpload;
  readonly memory: UploadMemory;
  readonly signal: AbortSignal;
  /** Told how much of it is there. @param fresh whether it was sent just now. */
  progress(sentBytes: number, fresh: boolean): void;
}

/**
 * The size of parts: what is lost when one breaks off, and what is held in memory. The same for the same file, so that a later try
 * cuts it as an earlier one did.
 */
export function partBytesOf(sizeBytes: number): number {
  return sizeBytes <= mostParts * 8 * mebibyte ? 8 * mebibyte : 16 * mebibyte;
}

/** Done when the object is there and was compared. @throws StorageError */
export async function upload(options: UploadOptions): Promise<Uploaded> {
  const { store, place, file, memory, signal } = options;
  const known = await memory.uploadId();
  // First, because a refusal of it says why: that of a HEAD has no words.
  for (const id of await store.unfinished(place, signal))
    if (id !== known) await store.abandon(place, id, signal);
  const sums = await sumsOfUnchanged(file, signal);
  const there = await store.find(place, signal);
  if (there !== undefined) {
    const same = await compare(options, there, sums);
    if (same !== undefined) {
      await forget(options);
      return { comparedBy: same, etag: there.etag };
    }
  }
  if (sums === undefined)
    throw new StorageError('missing', `${place.key} is neither on this disk nor in the bucket`);

  await send(options, sums);
  const arrived = await store.find(place, signal);
  const same = arrived && (await compare(options, arrived, sums));
  if (arrived === undefined || same === undefined) {
    throw new StorageError('different', `${place.key} in the bucket is not the file that was sent`);
  }
  return { comparedBy: same, etag: arrived.etag };
}

/** @returns undefined where the file is not here. @throws StorageError `damaged` when it is not what was recorded. */
async function sumsOfUnchanged(file: FileToUpload, signal: AbortSignal): Promise<FileSums | undefined> {
  let sums: FileSums;
  try {
    sums = await sumsOf(file.path, partBytesOf(file.sizeBytes), signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (signal.aborted) throw error;
    throw new StorageError('damaged', String(error), { cause: error });
  }
  if (sums.sha256 !== file.sha256)
    throw new StorageError(
      'damaged',
      `Its SHA-256 was ${file.sha256} and is ${sums.sha256} (${sums.sizeBytes} bytes)`,
    );
  return sums;
}

/** By what the object is the file, or undefined when it is not. */
async function compare(
  { store, place, file, signal }: UploadOptions,
  object: StoredObject,
  sums: FileSums | undefined,
): Promise<Comparison | undefined> {
  if (object.sizeBytes !== file.sizeBytes) return undefined;
  const by = sums && comparedBy(object, sums);
  if (by !== undefined) return by;
  const hash = createHash('sha256');
  for await (const piece of store.read(place, 0, file.sizeBytes, signal)) hash.update(piece);
  return hash.digest('hex') === file.sha256 ? 'read-back' : undefined;
}

/** An object is there without it. */
async function forget({ store, place, memory, signal }: UploadOptions): Promise<void> {
  const uploadId = await memory.uploadId();
  if (uploadId === undefined) return;
  await store.abandon(place, uploadId, signal);
  await memory.over();
}

async function send(options: UploadOptions, sums: FileSums): Promise<void> {
  const { store, place, file, memory, signal, progress } = options;
  const { uploadId, there } = await resume(options);
  const etags = await memory.etags();
  const parts: StoredPart[] = [];
  let sentBytes = 0;
  // One for all parts: what waits to be collected would be hundreds of megabytes.
  const room = Buffer.allocUnsafe(Math.min(file.sizeBytes, partBytesOf(file.sizeBytes)));
  const handle = await open(file.path, 'r');
  try {
    for (const [index, sum] of sums.parts.entries()) {
      const number = index + 1;
      const kept = there.get(number);
      const isThere = kept !== undefined && isPart(kept, sum, etags.get(number));
      if (isThere) {
        parts.push(kept);
      } else {
        const bytes = room.subarray(0, sum.sizeBytes);
        await readAll(handle, bytes, sum.from);
        const part = await store.send(place, uploadId, { number, bytes, ...sum }, signal);
        await memory.sent(number, part.etag);
        parts.push(part);
      }
      sentBytes += sum.sizeBytes;
      progress(sentBytes, !isThere);
    }
  } finally {
    await handle.close();
  }
  await store.finish(place, uploadId, parts, signal);
  await memory.over();
}

/** The upload that an earlier try began, with what is there of it, or a new one. */
async function resume({ store, place, file, memory, signal }: UploadOptions): Promise<{
  uploadId: string;
  there: ReadonlyMap<number, StoredPart>;
}> {
  const known = await memory.uploadId();
  const listed = known === undefined ? 'unknown' : await store.parts(place, known, signal);
  if (known === undefined || listed === 'unknown') {
    const uploadId = await store.begin(place, file.sha256, signal);
    await memory.begun(uploadId);
    return { uploadId, there: new Map() };
  }
  const parts =
    listed === 'unsaid'
      ? [...(await memory.etags())].map(([number, etag]) => ({ number, etag, sha256: undefined }))
      : listed;
  return { uploadId: known, there: new Map(parts.map((part) => [part.number, part])) };
}

/** Whether a part that is there is that of our file: by its checksum, or because it is still the one that we sent. */
function isPart(kept: StoredPart, sum: PartSums, sentAs: string | undefined): boolean {
  if (kept.sha256 !== undefined) return kept.sha256 === sum.sha256.toString('base64');
  return kept.etag === sum.md5.toString('hex') || kept.etag === sentAs;
}

async function readAll(
  handle: Awaited<ReturnType<typeof open>>,
  bytes: Buffer,
  position: number,
): Promise<void> {
  for (let read = 0; read < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, read, bytes.length - read, position + read);
    if (bytesRead === 0) throw new StorageError('damaged', 'The file became shorter while it was sent');
    read += bytesRead;
  }
}
