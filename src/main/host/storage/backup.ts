/** A backup: one folder with the database, its files and the sealed keys, from which a clinic comes back on any computer. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { syncFile, syncFolder } from '../runtime/files.ts';
import { seal } from '../runtime/sealing.ts';
import type { Secrets } from '../runtime/secrets.ts';
import { copyDatabase, databaseFileName } from './database-file.ts';

/** Folders of the data folder that belong to the clinic's data. What is in them is encrypted and never changes once written. */
export const dataFolders = ['files'] as const;
export const sealedKeysFileName = 'keys.json';
const manifestName = 'manifest.json';
const partialSuffix = '.partial';

const manifestSchema = z.object({
  format: z.literal(1),
  createdAt: z.string(),
  /** Made by the clock, and removed by it when newer ones are enough. */
  automatic: z.boolean(),
  files: z.array(z.object({ path: z.string(), bytes: z.number().int(), sha256: z.string() })),
});
export type Manifest = z.infer<typeof manifestSchema>;

export interface Backup {
  readonly folder: string;
  readonly createdAt: string;
  readonly automatic: boolean;
  readonly bytes: number;
}

export interface BackupSource {
  readonly dataDir: string;
  readonly secrets: Secrets;
}

/**
 * Makes a backup while the host works, or without a host. It has its final name only once it is whole and on the disk.
 * @param parent the folder to make the backup's folder in.
 */
export async function makeBackup(
  { dataDir, secrets }: BackupSource,
  parent: string,
  { now, automatic }: { now: number; automatic: boolean },
): Promise<Backup> {
  const createdAt = new Date(now).toISOString();
  const folder = join(parent, `clinic-${createdAt.replaceAll(/[:.]/g, '')}`);
  const partial = `${folder}${partialSuffix}`;
  try {
    await mkdir(partial, { recursive: true, mode: 0o700 });
    // The database first: a file that it names was there before it was named.
    await copyDatabase(join(dataDir, databaseFileName), secrets.databaseKey, join(partial, databaseFileName));
    await writeFile(
      join(partial, sealedKeysFileName),
      JSON.stringify(seal(JSON.stringify(secrets), secrets.recoveryKey)),
      { mode: 0o600 },
    );
    const files = [await describe(partial, databaseFileName), await describe(partial, sealedKeysFileName)];
    for (const path of await listData(dataDir)) {
      const copied = await copyFile(join(dataDir, path), join(partial, path));
      // Deleted by its owner meanwhile; the restored database says that it is gone or the same as if it were.
      if (copied !== undefined) files.push({ path, ...copied });
    }
    const manifest: Manifest = { format: 1, createdAt, automatic, files };
    await writeFile(join(partial, manifestName), JSON.stringify(manifest, undefined, 2), { mode: 0o600 });
    await syncFile(join(partial, sealedKeysFileName));
    await syncFile(join(partial, manifestName));
    syncFolder(partial);
    await rename(partial, folder);
    syncFolder(parent);
    return toBackup(folder, manifest);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/** The whole backups of a folder, newest first. */
export async function listBackups(parent: string): Promise<Backup[]> {
  const names = await readdir(parent).catch(() => []);
  const backups: Backup[] = [];
  for (const name of names) {
    if (!name.startsWith('clinic-') || name.endsWith(partialSuffix)) continue;
    const folder = join(parent, name);
    const manifest = await readManifest(folder).catch(() => undefined);
    if (manifest !== undefined) backups.push(toBackup(folder, manifest));
  }
  return backups.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** @throws Error that says that this is no backup. */
export async function readManifest(folder: string): Promise<Manifest> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(folder, manifestName), 'utf8')));
  } catch (cause) {
    throw new Error(
      `There is no backup in ${folder}. Name a folder like clinic-2026-01-31T120000000Z, with a ${manifestName} in it.`,
      { cause },
    );
  }
}

/**
 * Copies a file durably and says what was copied.
 * @returns undefined when there is no such file.
 */
export async function copyFile(
  from: string,
  to: string,
): Promise<{ bytes: number; sha256: string } | undefined> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await pipeline(createReadStream(from), count, createWriteStream(to, { mode: 0o600 }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  await syncFile(to);
  return { bytes, sha256: hash.digest('hex') };
}

async function describe(folder: string, path: string): Promise<Manifest['files'][number]> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(folder, path)), hash);
  return { path, bytes: (await stat(join(folder, path))).size, sha256: hash.digest('hex') };
}

/** Paths below the data folder, with `/` on every system. */
async function listData(dataDir: string): Promise<string[]> {
  const below = async (folder: string): Promise<string[]> => {
    const entries = await readdir(join(dataDir, folder), { withFileTypes: true }).catch(() => []);
    const lists = await Promise.all(
      entries.map((entry) => {
        const path = `${folder}/${entry.name}`;
        if (entry.isDirectory()) return below(path);
        return entry.isFile() ? [path] : [];
      }),
    );
    return lists.flat();
  };
  return (await Promise.all(dataFolders.map(below))).flat();
}

function toBackup(folder: string, { createdAt, automatic, files }: Manifest): Backup {
  return { folder, createdAt, automatic, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}
