/** Where LiveKit Egress writes what it records, in clear, until the host has encrypted it: a folder that both see. */
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EgressOutput } from '../livekit/egress.ts';

/** A finished file of Egress, in clear. */
export interface ClearFile {
  readonly sizeBytes: number;
  /** Its bytes from one place to before another. */
  read(from: number, to: number): AsyncIterable<Uint8Array>;
}

export interface EgressFiles {
  /** What Egress is asked for. @throws Error when it cannot be had, in words for whoever looks after it. */
  outputFor(egressId: string): Promise<EgressOutput>;
  /** Whose file it is that Egress writes there; undefined: none of ours. */
  ownerOf(filePath: string): string | undefined;
  /** Undefined: there is none. */
  open(egressId: string): Promise<ClearFile | undefined>;
  /** No error when there is none. */
  remove(egressId: string): Promise<void>;
  /** Of whom there is a file. */
  list(): Promise<string[]>;
  /** Lets go of what is being read. */
  close(): void;
}

const suffix = '.mp4';

/** A folder that has the same path on both sides. Its files are named by the recording, and say nothing of anybody. */
export class EgressFolder implements EgressFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async outputFor(egressId: string): Promise<EgressOutput> {
    await mkdir(this.#folder, { recursive: true });
    return { filePath: this.#path(egressId) };
  }

  ownerOf(filePath: string): string | undefined {
    const egressId = filePath.slice(this.#folder.length + 1, -suffix.length);
    return isId(egressId) && filePath === this.#path(egressId) ? egressId : undefined;
  }

  async open(egressId: string): Promise<ClearFile | undefined> {
    const path = this.#path(egressId);
    const found = await stat(path).catch(ignoreMissing);
    if (found === undefined || found.size === 0) return undefined;
    return {
      sizeBytes: found.size,
      read: (from, to) => createReadStream(path, { start: from, end: to - 1, highWaterMark: 256 * 1024 }),
    };
  }

  async remove(egressId: string): Promise<void> {
    await rm(this.#path(egressId), { force: true });
  }

  async list(): Promise<string[]> {
    const names = (await readdir(this.#folder).catch(ignoreMissing)) ?? [];
    return names.flatMap((name) => this.ownerOf(join(this.#folder, name)) ?? []);
  }

  close(): void {}

  #path(egressId: string): string {
    return join(this.#folder, `${egressId}${suffix}`);
  }
}

function isId(text: string): boolean {
  return /^EG_[A-Za-z0-9_-]+$/.test(text);
}

function ignoreMissing(cause: NodeJS.ErrnoException): undefined {
  if (cause.code !== 'ENOENT') throw cause;
}
