/**
 * Files in the age format (C2SP age v1) that a muxer can write, who goes back to fill in sizes, and that can be read from any
 * byte on. Nothing but ciphertext reaches the disk, and no chunk is ever encrypted twice: that would put two contents under one nonce.
 */
import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Decrypter, Encrypter } from 'age-encryption';
import { syncFolder } from '../runtime/files.ts';
import {
  type ChunkCipher,
  chunkBytes,
  chunkCipher,
  chunkCount,
  payloadNonceBytes,
  plainSize,
  sealedChunkBytes,
  sealedOffset,
  tagBytes,
} from './age-chunks.ts';

/**
 * `wrong-key`: encrypted for somebody else. `damaged`: not the bytes that were written. `truncated`: its end is missing.
 * `sealed`: a write to what is encrypted already. `missing`: something in the middle was never written.
 */
export type AgeFileProblem = 'wrong-key' | 'damaged' | 'truncated' | 'sealed' | 'missing';

export class AgeFileError extends Error {
  override readonly name = 'AgeFileError';
  readonly problem: AgeFileProblem;
  /** The chunk it is about, from 0. */
  readonly chunk: number | undefined;
  /** Where that chunk begins in the encrypted file, bytes. */
  readonly offset: number | undefined;

  constructor(problem: AgeFileProblem, message: string, chunk?: number, offset?: number) {
    super(message);
    this.problem = problem;
    this.chunk = chunk;
    this.offset = offset;
  }
}

/** What is needed of the file system; a test's may be full. */
export type OpenFile = (path: string, flags: string, mode?: number) => Promise<FileHandle>;

export interface AgeFileWriter {
  /** Puts plain bytes in a place. What is written twice before it is sealed counts as it was written last. */
  write(position: number, data: Uint8Array): Promise<void>;
  /** Seals what is left; the file is at its path, whole and durable, when this is answered. */
  close(): Promise<{ sizeBytes: number; sha256: string; plainBytes: number }>;
  /** Leaves nothing behind. */
  abandon(): Promise<void>;
}

/** How far a muxer may go back, beside the first chunk, bytes: several clusters of the largest picture we record. */
const defaultHeldBytes = 8 * 1024 * 1024;

/**
 * Begins a file. Until it is closed it lies beside its path as `<path>.part`, and one that was left there is replaced.
 * After a write has failed there is no going on: abandon it.
 * @param recipients age public keys (`age1…`).
 */
export async function createAgeFile(
  path: string,
  recipients: readonly string[],
  { heldBytes = defaultHeldBytes, openFile = open }: { heldBytes?: number; openFile?: OpenFile } = {},
): Promise<AgeFileWriter> {
  const { header, fileKey } = await newHeader(recipients);
  const nonce = randomBytes(payloadNonceBytes);
  const start = Buffer.concat([header, nonce]);
  const part = `${path}.part`;
  const handle = await openFile(part, 'w+', 0o600);
  try {
    await writeAll(handle, start, 0);
  } catch (error) {
    await handle.close();
    await rm(part, { force: true });
    throw error;
  }
  return new Writer(path, part, handle, start.length, chunkCipher(fileKey, nonce), heldBytes);
}

class Writer implements AgeFileWriter {
  readonly #path: string;
  readonly #part: string;
  readonly #handle: FileHandle;
  readonly #payloadStart: number;
  readonly #cipher: ChunkCipher;
  readonly #heldBytes: number;
  readonly #held = new Map<number, HeldChunk>();
  /** The next chunk to be sealed; the first one waits until the end. */
  #next = 1;
  /** Plain bytes up to the furthest write. */
  #frontier = 0;
  /** Everything in turn, so that a failure stops what comes after it. */
  #turn: Promise<unknown> = Promise.resolve();
  #over = false;

  constructor(
    path: string,
    part: string,
    handle: FileHandle,
    payloadStart: number,
    cipher: ChunkCipher,
    heldBytes: number,
  ) {
    this.#path = path;
    this.#part = part;
    this.#handle = handle;
    this.#payloadStart = payloadStart;
    this.#cipher = cipher;
    this.#heldBytes = Math.max(heldBytes, chunkBytes);
  }

  write(position: number, data: Uint8Array): Promise<void> {
    if (this.#over) return Promise.reject(new Error('The file is closed'));
    return this.#inTurn(() => this.#write(position, data));
  }

  close(): Promise<{ sizeBytes: number; sha256: string; plainBytes: number }> {
    if (this.#over) return Promise.reject(new Error('The file is closed'));
    this.#over = true;
    return this.#inTurn(async () => {
      const chunks = chunkCount(this.#frontier);
      while (this.#next < chunks) await this.#seal(this.#next, this.#next === chunks - 1);
      await this.#seal(0, chunks === 1);
      await this.#handle.sync();
      const digest = await sha256Of(this.#handle);
      await this.#handle.close();
      await rename(this.#part, this.#path);
      syncFolder(dirname(this.#path));
      return { ...digest, plainBytes: this.#frontier };
    });
  }

  async abandon(): Promise<void> {
    this.#over = true;
    await this.#turn.catch(() => {});
    this.#held.clear();
    await this.#handle.close().catch(() => {});
    await rm(this.#part, { force: true });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const own = this.#turn.then(work);
    this.#turn = own;
    // Whoever asked hears of a failure; this only keeps a rejection that nobody waits for from ending the process.
    own.catch(() => {});
    return own;
  }

  async #write(position: number, data: Uint8Array): Promise<void> {
    if (!Number.isSafeInteger(position) || position < 0) throw new RangeError('Not a position in a file');
    for (let done = 0; done < data.length; ) {
      const at = position + done;
      const index = Math.floor(at / chunkBytes);
      const from = at % chunkBytes;
      const length = Math.min(data.length - done, chunkBytes - from);
      this.#hold(index).put(from, data.subarray(done, done + length));
      done += length;
      this.#frontier = Math.max(this.#frontier, at + length);
      while ((this.#next + 1) * chunkBytes <= this.#frontier - this.#heldBytes)
        await this.#seal(this.#next, false);
    }
  }

  #hold(index: number): HeldChunk {
    if (index !== 0 && index < this.#next)
      throw new AgeFileError(
        'sealed',
        `Chunk ${index} is encrypted already: a write may go back at most ${this.#heldBytes} bytes, or into the first ${chunkBytes}`,
        index,
        this.#offset(index),
      );
    const held = this.#held.get(index) ?? new HeldChunk();
    this.#held.set(index, held);
    return held;
  }

  async #seal(index: number, last: boolean): Promise<void> {
    const length = last ? this.#frontier - index * chunkBytes : chunkBytes;
    const held = this.#held.get(index) ?? new HeldChunk();
    if (!held.isWhole(length))
      throw new AgeFileError(
        'missing',
        `Something in chunk ${index} was never written`,
        index,
        this.#offset(index),
      );
    this.#held.delete(index);
    if (index === this.#next) this.#next += 1;
    await writeAll(
      this.#handle,
      this.#cipher.seal(index, last, held.bytes.subarray(0, length)),
      this.#offset(index),
    );
  }

  #offset(index: number): number {
    return this.#payloadStart + sealedOffset(index);
  }
}

/** A chunk that may still be written to, and which parts of it were. */
class HeldChunk {
  readonly bytes = Buffer.alloc(chunkBytes);
  /** Parts that are there, in order and apart from each other. */
  #there: [from: number, to: number][] = [];

  put(from: number, data: Uint8Array): void {
    this.bytes.set(data, from);
    let added: [number, number] = [from, from + data.length];
    const apart: [number, number][] = [];
    for (const one of this.#there) {
      if (one[1] < added[0] || one[0] > added[1]) apart.push(one);
      else added = [Math.min(one[0], added[0]), Math.max(one[1], added[1])];
    }
    this.#there = [...apart, added].sort((a, b) => a[0] - b[0]);
  }

  isWhole(length: number): boolean {
    if (length === 0) return true;
    const [first] = this.#there;
    return first !== undefined && first[0] === 0 && first[1] >= length;
  }
}

/** The bytes of an age file, wherever they are. */
export interface EncryptedBytes {
  readonly size: number;
  /** The bytes from one place to before another, in pieces of any length. */
  open(from: number, to: number): AsyncIterable<Uint8Array>;
}

export interface AgeReader {
  /** Plain bytes. */
  readonly size: number;
  /**
   * The plain bytes of a range, in parts.
   * @param to the first byte that is not wanted any more.
   * @throws AgeFileError while reading, with the chunk and its offset, when something is not what was written.
   */
  read(from: number, to: number): AsyncGenerator<Uint8Array>;
}

/**
 * Opens encrypted bytes for reading, and looks at their header and at their end.
 * @param identity the private key (`AGE-SECRET-KEY-1…`).
 * @throws AgeFileError `wrong-key`, `damaged` or `truncated`.
 */
export async function openAge(bytes: EncryptedBytes, identity: string): Promise<AgeReader> {
  const header = headerOf(await readAll(bytes, 0, Math.min(bytes.size, longestHeader)));
  const fileKey = await unwrap(header, identity);
  const payloadStart = header.length + payloadNonceBytes;
  const nonce = await readAll(bytes, header.length, Math.min(bytes.size, payloadStart));
  const size = plainSize(bytes.size - payloadStart);
  if (nonce.length < payloadNonceBytes || size === undefined)
    throw new AgeFileError('truncated', `The file breaks off after ${bytes.size} bytes`);
  const reader = new Reader(bytes, payloadStart, size, chunkCipher(fileKey, nonce));
  await reader.checkEnd();
  return reader;
}

/** The same for a file of this disk, which stays open until it is closed. */
export async function openAgeFile(
  path: string,
  identity: string,
): Promise<AgeReader & { close(): Promise<void> }> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const reader = await openAge({ size, open: (from, to) => readPieces(handle, from, to) }, identity);
    return {
      size: reader.size,
      read: (from, to) => reader.read(from, to),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * What can be seen of an age file without its key: that it begins as one and has the length of one.
 * @throws AgeFileError `damaged` or `truncated`.
 */
export async function looksLikeAge(bytes: EncryptedBytes): Promise<void> {
  const header = headerOf(await readAll(bytes, 0, Math.min(bytes.size, longestHeader)));
  if (plainSize(bytes.size - header.length - payloadNonceBytes) === undefined)
    throw new AgeFileError('truncated', `The file breaks off after ${bytes.size} bytes`);
}

class Reader implements AgeReader {
  readonly #bytes: EncryptedBytes;
  readonly #payloadStart: number;
  readonly #chunks: number;
  readonly #cipher: ChunkCipher;
  readonly size: number;

  constructor(bytes: EncryptedBytes, payloadStart: number, size: number, cipher: ChunkCipher) {
    this.#bytes = bytes;
    this.#payloadStart = payloadStart;
    this.#chunks = chunkCount(size);
    this.#cipher = cipher;
    this.size = size;
  }

  async *read(from: number, to: number): AsyncGenerator<Uint8Array> {
    if (!(from >= 0 && from <= to && to <= this.size)) throw new RangeError('Not a range of this file');
    if (from === to) return;
    let index = Math.floor(from / chunkBytes);
    const last = Math.floor((to - 1) / chunkBytes);
    for await (const sealed of this.#sealed(index, last)) {
      const plain = this.#cipher.open(index, index === this.#chunks - 1, sealed);
      if (!plain) throw this.#damaged(index);
      const start = index * chunkBytes;
      yield plain.subarray(Math.max(0, from - start), Math.min(plain.length, to - start));
      index += 1;
    }
  }

  /** A file that was cut between two chunks has a right length and ends with one that is not the last. */
  async checkEnd(): Promise<void> {
    const index = this.#chunks - 1;
    for await (const sealed of this.#sealed(index, index)) {
      if (this.#cipher.open(index, true, sealed)) continue;
      if (this.#cipher.open(index, false, sealed)) throw this.#brokenOff(index);
      throw this.#damaged(index);
    }
  }

  /** The chunks from one to another, as they lie there, each whole. */
  async *#sealed(first: number, last: number): AsyncGenerator<Uint8Array> {
    const end = Math.min(this.#offset(last + 1), this.#bytes.size);
    let parts: Uint8Array[] = [];
    let held = 0;
    let index = first;
    for await (const part of this.#bytes.open(this.#offset(first), end)) {
      parts.push(part);
      held += part.length;
      while (index <= last && held >= this.#sealedLength(index)) {
        const length = this.#sealedLength(index);
        const all = Buffer.concat(parts);
        yield all.subarray(0, length);
        parts = [all.subarray(length)];
        held -= length;
        index += 1;
      }
    }
    if (index <= last) throw this.#brokenOff(index);
  }

  #sealedLength(index: number): number {
    return Math.min(chunkBytes, this.size - index * chunkBytes) + tagBytes;
  }

  #damaged(index: number): AgeFileError {
    const offset = this.#offset(index);
    const end = offset + this.#sealedLength(index);
    return new AgeFileError(
      'damaged',
      `Chunk ${index} is not what was written: bytes ${offset} to ${end} of the file`,
      index,
      offset,
    );
  }

  #brokenOff(index: number): AgeFileError {
    const offset = this.#offset(index);
    return new AgeFileError('truncated', `The file breaks off in or after chunk ${index}`, index, offset);
  }

  #offset(index: number): number {
    return this.#payloadStart + sealedOffset(index);
  }
}

/** A header for these recipients, and the key that it wraps. */
async function newHeader(recipients: readonly string[]): Promise<{ header: Buffer; fileKey: Uint8Array }> {
  if (recipients.length === 0) throw new Error('A file needs a recipient');
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  let fileKey: Uint8Array | undefined;
  encrypter.addRecipient({
    wrapFileKey(key) {
      fileKey = Uint8Array.from(key);
      return [];
    },
  });
  const empty = await encrypter.encrypt(new Uint8Array());
  if (!fileKey) throw new Error('age-encryption gave no key');
  return { header: Buffer.from(empty.subarray(0, empty.length - payloadNonceBytes - tagBytes)), fileKey };
}

/** Longest header that is read: hundreds of recipients. */
const longestHeader = 64 * 1024;
const firstLine = Buffer.from('age-encryption.org/v1\n');

/** The header at the start of a file, up to the end of its line with the authentication code. */
function headerOf(start: Buffer): Buffer {
  const lastLine = start.indexOf('\n--- ');
  const end = lastLine < 0 ? -1 : start.indexOf('\n', lastLine + 1);
  if (!start.subarray(0, firstLine.length).equals(firstLine) || end < 0)
    throw new AgeFileError('damaged', 'The file does not begin with the header of an age file', undefined, 0);
  return start.subarray(0, end + 1);
}

async function unwrap(header: Buffer, identity: string): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  try {
    return await decrypter.decryptHeader(header);
  } catch (cause) {
    // The library has no codes; a test holds its words to these.
    if (cause instanceof Error && cause.message.startsWith('no identity matched'))
      throw new AgeFileError('wrong-key', 'The file is encrypted for another key');
    throw Object.assign(
      new AgeFileError('damaged', 'The header of the file is not what was written', undefined, 0),
      {
        cause,
      },
    );
  }
}

async function readAll(bytes: EncryptedBytes, from: number, to: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes.open(from, to)) parts.push(part);
  return Buffer.concat(parts);
}

/** What is read of a disk at once. */
const pieceBytes = 4 * sealedChunkBytes;

async function* readPieces(handle: FileHandle, from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; ) {
    const piece = Buffer.allocUnsafe(Math.min(pieceBytes, to - at));
    const { bytesRead } = await handle.read(piece, 0, piece.length, at);
    if (bytesRead === 0) return;
    yield piece.subarray(0, bytesRead);
    at += bytesRead;
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

/** The digest of a file as it lies on the disk. */
async function sha256Of(handle: FileHandle): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  let sizeBytes = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, sizeBytes);
    if (bytesRead === 0) return { sizeBytes, sha256: hash.digest('hex') };
    hash.update(buffer.subarray(0, bytesRead));
    sizeBytes += bytesRead;
  }
}
