/** The bytes of a finished recording, encrypted as it is kept, wherever they are: on the clinic's disk or in its bucket. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EncryptedBytes } from './age-file.ts';

/** Where the encrypted file of a finished recording lies, while it is on this disk. */
export function recordingPath(dataDir: string, egressId: string): string {
  // Ids are made by the host; whatever else comes here is a mistake that must not become a path.
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(egressId)) throw new Error('Not an id of a recording');
  return join(dataDir, 'recordings', `${egressId}.age`);
}

/** @returns undefined where there is no such file. */
export async function bytesOnDisk(path: string): Promise<EncryptedBytes | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  return {
    size: found.size,
    // A stream counts its end in.
    open: (from, to) => (to <= from ? nothing() : createReadStream(path, { start: from, end: to - 1 })),
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
