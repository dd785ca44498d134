/**
 * The segments of one recording on the disk, one after the other as they came, each in age format behind a short head: enough to know
 * after a kill, without any key, what is there and whole.
 *
 * A head: length of the age file, number, grant (4 bytes each, big-endian), from and to in the recording (8 bytes each, µs), and the
 * first 16 bytes of the SHA-256 of all that and of the age file.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { largestSegment } from '../../../shared/recording/segment.ts';
import { syncFolder } from '../runtime/files.ts';
import type { OpenFile } from './age-file.ts';
import { recordingPath } from './recording-bytes.ts';

const fieldBytes = 28;
const hashBytes = 16;
export const headBytes = fieldBytes + hashBytes;
/** How every age file begins: where a record may begin after one whose length cannot be believed. */
const ageMagic = Buffer.from('age-encryption.org/v1\n');

/** Where the log of a recording lies while it is kept. */
export function segmentLogPath(dataDir: string, egressId: string): string {
  return recordingPath(dataDir, egressId).replace(/\.age$/, '.log');
}

/** What is known of a segment without opening it. */
export interface SegmentHead {
  readonly number: number;
  readonly grant: number;
  readonly fromUs: number;
  readonly toUs: number;
}

export interface LoggedSegment extends SegmentHead {
  /** Where its age file lies in the log, and how long it is, bytes. */
  readonly position: number;
  readonly length: number;
}

/** Bytes of a log that are not what was written. */
export interface LogDamage {
  readonly from: number;
  readonly to: number;
}

interface Waiting {
  readonly head: SegmentHead;
  readonly parts: readonly Uint8Array[];
  readonly length: number;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

export class SegmentLog {
  readonly #handle: FileHandle;
  readonly #segments: LoggedSegment[];
  readonly #damage: readonly LogDamage[];
  #size: number;
  #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;

  private constructor(
    handle: FileHandle,
    segments: LoggedSegment[],
    damage: readonly LogDamage[],
    size: number,
  ) {
    this.#handle = handle;
    this.#segments = segments;
    this.#damage = damage;
    this.#size = size;
  }

  /** Opens a log, or begins one, and cuts off what was not written to its end. */
  static async open(path: string, openFile: OpenFile = open): Promise<SegmentLog> {
    let handle: FileHandle;
    try {
      handle = await openFile(path, 'r+');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      handle = await openFile(path, 'wx+', 0o600);
      syncFolder(dirname(path));
    }
    try {
      const { size } = await handle.stat();
      const { segments, damage, end } = await scan(handle, size);
      if (end < size) {
        await handle.truncate(end);
        await handle.datasync();
      }
      return new SegmentLog(handle, segments, damage, end);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Bytes that are durable. */
  get size(): number {
    return this.#size;
  }

  /** In the order they came. */
  get segments(): readonly LoggedSegment[] {
    return this.#segments;
  }

  /** What was found changed when it was opened. */
  get damage(): readonly LogDamage[] {
    return this.#damage;
  }

  /**
   * Done when it is durable. What arrives while the disk is waited for shares the next wait.
   * @throws the file system's error, for instance of a full disk; the log is then as it was before.
   */
  append({ number, grant, fromUs, toUs }: SegmentHead, age: Uint8Array): Promise<void> {
    // No more than that: what comes in may hold the content too, and the log remembers every head.
    const head = { number, grant, fromUs, toUs };
    const fields = Buffer.alloc(fieldBytes);
    fields.writeUInt32BE(age.byteLength, 0);
    fields.writeUInt32BE(number, 4);
    fields.writeUInt32BE(grant, 8);
    fields.writeBigUInt64BE(BigInt(fromUs), 12);
    fields.writeBigUInt64BE(BigInt(toUs), 20);
    return new Promise((done, failed) => {
      const parts = [fields, hashOf(fields, age), age];
      this.#waiting.push({ head, parts, length: age.byteLength, done, failed });
      this.#draining ??= this.#drain();
    });
  }

  /** The age file of a segment, as it lies there now. */
  async read({ position, length }: LoggedSegment): Promise<Buffer> {
    return readAt(this.#handle, position, length);
  }

  /** Everything that was asked for is written before. */
  async close(): Promise<void> {
    await this.#draining;
    await this.#handle.close();
  }

  async #drain(): Promise<void> {
    // After everything that has already arrived was read, so that it is one wait.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) await this.#write(this.#waiting.splice(0));
    this.#draining = undefined;
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    const bytes = Buffer.concat(group.flatMap(({ parts }) => parts));
    try {
      await writeAll(this.#handle, bytes, this.#size);
      await this.#handle.datasync();
    } catch (error) {
      // Half a record on a full disk would only take the room that is missing.
      await this.#handle.truncate(this.#size).catch(() => {});
      for (const { failed } of group) failed(error);
      return;
    }
    for (const { head, length, done } of group) {
      const position = this.#size + headBytes;
      this.#segments.push({ ...head, position, length });
      this.#size = position + length;
      done();
    }
  }
}

/** Everything that is whole, what is not, and where the last whole record ends. */
async function scan(
  handle: FileHandle,
  size: number,
): Promise<{ segments: LoggedSegment[]; damage: LogDamage[]; end: number }> {
  const segments: LoggedSegment[] = [];
  const damage: LogDamage[] = [];
  let end = 0;
  for (let at = 0; at < size; ) {
    const segment = await recordAt(handle, at, size);
    if (segment !== undefined) {
      if (at > end) damage.push({ from: end, to: at });
      segments.push(segment);
      end = segment.position + segment.length;
      at = end;
    } else {
      at = await nextBegin(handle, at + 1, size);
    }
  }
  // What lies behind the last whole record was being written when the host was killed, and was never acknowledged.
  return { segments, damage, end };
}

async function recordAt(handle: FileHandle, at: number, size: number): Promise<LoggedSegment | undefined> {
  if (at + headBytes > size) return undefined;
  const head = await readAt(handle, at, headBytes);
  const length = head.readUInt32BE(0);
  const position = at + headBytes;
  if (length > largestSegment || position + length > size) return undefined;
  const age = await readAt(handle, position, length);
  const fields = head.subarray(0, fieldBytes);
  if (!hashOf(fields, age).equals(head.subarray(fieldBytes))) return undefined;
  return {
    number: head.readUInt32BE(4),
    grant: head.readUInt32BE(8),
    fromUs: Number(head.readBigUInt64BE(12)),
    toUs: Number(head.readBigUInt64BE(20)),
    position,
    length,
  };
}

/** The next place from which a record may begin; the log's size when there is none. */
async function nextBegin(handle: FileHandle, from: number, size: number): Promise<number> {
  const pieceBytes = 1024 * 1024;
  for (let at = from; at < size; at += pieceBytes) {
    // Overlapping, so that one is found that lies across the edge.
    const piece = await readAt(handle, at, Math.min(pieceBytes + headBytes + ageMagic.length, size - at));
    const found = piece.indexOf(ageMagic, headBytes);
    if (found >= 0) return at + found - headBytes;
  }
  return size;
}

function hashOf(fields: Uint8Array, age: Uint8Array): Buffer {
  return createHash('sha256').update(fields).update(age).digest().subarray(0, hashBytes);
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  for (let read = 0; read < length; ) {
    const { bytesRead } = await handle.read(bytes, read, length - read, position + read);
    if (bytesRead === 0) throw new Error('The log is shorter than it was');
    read += bytesRead;
  }
  return bytes;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}
