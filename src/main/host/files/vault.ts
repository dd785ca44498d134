/**
 * Contents on the disk, encrypted: each file in frames of 64 KiB under a random key of its own (AES-256-GCM), so that it can be
 * written on and read as a stream, and a changed, moved or missing frame is noticed.
 * A frame on the disk: 12 bytes nonce, the ciphertext, 16 bytes tag. Its place in the file is authenticated with it.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { constants, mkdirSync } from 'node:fs';
import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import { syncFolder } from '../runtime/files.ts';

/** Plain bytes in a frame; the last one of a file may have fewer. */
export const frameBytes = 64 * 1024;
const nonceBytes = 12;
const tagBytes = 16;
const overhead = nonceBytes + tagBytes;

export interface Sealed {
  readonly fileId: string;
  /** 32 bytes. */
  readonly key: Buffer;
  /** Plain bytes of the whole file. */
  readonly size: number;
}

/** What a vault needs of the file system; a test's may be full. */
export type OpenFile = (path: string, flags: number, mode: number) => Promise<FileHandle>;

export class FileVault {
  readonly #folder: string;
  readonly #open: OpenFile;

  constructor(folder: string, openFile: OpenFile = open) {
    this.#folder = folder;
    this.#open = openFile;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /**
   * Writes on from where the file ends, and drops anything after it: what was written before a crash but never acknowledged.
   * Whole frames are kept, also when the content breaks off; what is too little for a frame is not.
   * @param from plain bytes that are already there: whole frames.
   * @returns how many plain bytes are durable then, and what broke the content off, if something did.
   */
  async append(
    file: Sealed,
    from: number,
    content: AsyncIterable<Uint8Array>,
    check: (frame: Buffer, index: number) => void,
  ): Promise<{ received: number; failure?: unknown }> {
    const handle = await this.#open(this.#path(file.fileId), constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      await handle.truncate(diskBytes(from));
      let received = from;
      let failure: unknown;
      try {
        for await (const frame of frames(content, file.size - from)) {
          const index = received / frameBytes;
          check(frame, index);
          const sealed = seal(file, index, frame);
          await writeAll(handle, sealed, diskBytes(received));
          received += frame.length;
        }
      } catch (error) {
        failure = error;
        // Half a frame on a full disk would only take the room that is missing.
        await handle.truncate(diskBytes(received)).catch(() => {});
      }
      await handle.datasync();
      // A new file's name must survive a power cut too.
      if (from === 0) syncFolder(this.#folder);
      return { received, ...(failure === undefined ? {} : { failure }) };
    } finally {
      await handle.close();
    }
  }

  /** @throws CatalogueError FILE_DAMAGED while reading, when the content is not what was written. */
  async *read(file: Sealed): AsyncGenerator<Buffer> {
    const handle = await this.#open(this.#path(file.fileId), constants.O_RDONLY, 0).catch(() => {
      throw new CatalogueError('FILE_DAMAGED');
    });
    try {
      for (let at = 0; at < file.size; at += frameBytes) {
        const sealed = Buffer.allocUnsafe(Math.min(frameBytes, file.size - at) + overhead);
        await readAll(handle, sealed, diskBytes(at));
        yield unseal(file, at / frameBytes, sealed);
      }
    } finally {
      await handle.close();
    }
  }

  async remove(fileId: string): Promise<void> {
    await rm(this.#path(fileId), { force: true });
  }

  /** Bytes on the disk of every file there is. */
  async list(): Promise<string[]> {
    const names = await readdir(this.#folder);
    return names.map((name) => name.replace(/\.sealed$/, ''));
  }

  #path(fileId: string): string {
    // Ids are made by the host; whatever else comes here is a mistake that must not become a path.
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(fileId)) throw new Error('Not an id of a file');
    return join(this.#folder, `${fileId}.sealed`);
  }
}

/** Where the frame that begins at this plain byte lies; so many bytes are before it. */
function diskBytes(plain: number): number {
  return plain + Math.ceil(plain / frameBytes) * overhead;
}

function place(fileId: string, index: number): Buffer {
  return Buffer.from(`${fileId}:${index}`);
}

function seal({ fileId, key }: Sealed, index: number, frame: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(place(fileId, index));
  return Buffer.concat([nonce, cipher.update(frame), cipher.final(), cipher.getAuthTag()]);
}

function unseal({ fileId, key }: Sealed, index: number, sealed: Buffer): Buffer {
  const nonce = sealed.subarray(0, nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce)
    .setAAD(place(fileId, index))
    .setAuthTag(sealed.subarray(-tagBytes));
  const plain = decipher.update(sealed.subarray(nonceBytes, -tagBytes));
  try {
    decipher.final();
  } catch (cause) {
    throw Object.assign(new CatalogueError('FILE_DAMAGED'), { cause });
  }
  return plain;
}

/** A content cut into whole frames and, once all of it has come, the rest. @throws CatalogueError BODY_TOO_LARGE for more than `expected`. */
async function* frames(content: AsyncIterable<Uint8Array>, expected: number): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = [];
  let held = 0;
  let come = 0;
  for await (const part of content) {
    come += part.length;
    if (come > expected) throw new CatalogueError('BODY_TOO_LARGE', { maxBytes: expected });
    parts.push(part);
    held += part.length;
    while (held >= frameBytes) {
      const all = Buffer.concat(parts);
      yield all.subarray(0, frameBytes);
      parts = [all.subarray(frameBytes)];
      held -= frameBytes;
    }
  }
  if (held > 0 && come === expected) yield Buffer.concat(parts);
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

async function readAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let read = 0; read < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, read, bytes.length - read, position + read);
    if (bytesRead === 0) throw new CatalogueError('FILE_DAMAGED');
    read += bytesRead;
  }
}
