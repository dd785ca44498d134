/** Puts a backup in the place of the clinic's data. What was there is moved aside, never deleted. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { type Head, headOf } from '../audit/chain.ts';
import { recordRestore } from '../audit/left-entries.ts';
import { syncFolder } from '../runtime/files.ts';
import {
  loadSecrets,
  type SecretKeepers,
  type Secrets,
  saveSecrets,
  secretsFile,
  unsealForRecovery,
} from '../runtime/secrets.ts';
import { Outbox } from '../sync/outbox.ts';
import { copyFile, dataFolders, readManifest, sealedKeysFileName } from './backup.ts';
import { openDatabase } from './database.ts';
import { databaseFileName, openDatabaseFile } from './database-file.ts';
import { GroupCommit } from './group-commit.ts';

/** The backup cannot be restored; nothing of the clinic's data was changed. */
export class RestoreError extends Error {
  override readonly name = 'RestoreError';
}

export interface Restored {
  readonly createdAt: string;
  /** Where the data is that was there before; undefined when there was none. */
  readonly movedTo: string | undefined;
}

/**
 * Restores a backup. The host must not run. The copy is checked before anything is moved, so that what fails, fails early.
 * @param keepers with the recovery key as `key` on a computer that does not have the clinic's keys.
 * @throws RestoreError or SecretsError
 */
export async function restoreBackup(
  folder: string,
  dataDir: string,
  keepers: SecretKeepers,
  now: number,
): Promise<Restored> {
  const manifest = await readManifest(folder);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const arriving = join(dataDir, '.restoring');
  await rm(arriving, { recursive: true, force: true });
  await mkdir(arriving, { mode: 0o700 });
  try {
    for (const { path, sha256 } of manifest.files) {
      if (isAbsolute(path) || normalize(path).startsWith('..')) {
        throw new RestoreError(`The backup names a file outside of itself (${path}). It was tampered with.`);
      }
      const copied = await copyFile(join(folder, path), join(arriving, path));
      if (copied?.sha256 !== sha256) {
        throw new RestoreError(
          `The backup is damaged: ${path} is missing or not as it was. Use another one.`,
        );
      }
    }
    const { secrets, keptBy } = await findSecrets(arriving, dataDir, keepers);
    // Opens, checks and migrates the copy, as the host will.
    const database = await openDatabase(join(arriving, databaseFileName), secrets.databaseKey);
    // What was told of after the backup was made had numbers that are given again now.
    await Outbox.beginGeneration(new GroupCommit(database));
    await recordRestore(database, readLastHead(dataDir, keepers), now);
    await database.destroy();

    const movedTo = moveAside(dataDir, now);
    for (const name of [databaseFileName, ...dataFolders]) {
      if (existsSync(join(arriving, name))) renameSync(join(arriving, name), join(dataDir, name));
    }
    saveSecrets(dataDir, secrets, keptBy);
    syncFolder(dataDir);
    return { createdAt: manifest.createdAt, movedTo };
  } finally {
    await rm(arriving, { recursive: true, force: true });
  }
}

/**
 * The backup's own keys by the recovery key, or those of this computer when they are the same; and what is to keep them here.
 * The recovery key opens them only: it belongs on paper, and the next start may well not have it.
 */
async function findSecrets(
  arriving: string,
  dataDir: string,
  keepers: SecretKeepers,
): Promise<{ secrets: Secrets; keptBy: SecretKeepers }> {
  const sealed: unknown = JSON.parse(await readFile(join(arriving, sealedKeysFileName), 'utf8'));
  const given = keepers.key === undefined ? undefined : unsealForRecovery(sealed, keepers.key);
  if (given !== undefined) return { secrets: given, keptBy: { box: keepers.box } };
  const present = existsSync(secretsFile(dataDir)) ? readPresent(dataDir, keepers) : undefined;
  const same = present === undefined ? undefined : unsealForRecovery(sealed, present.recoveryKey);
  if (same !== undefined) return { secrets: same, keptBy: keepers };
  throw new RestoreError(
    "This computer does not have the keys of that backup. Set SECRETS_KEY to the clinic's recovery key and restore again.",
  );
}

/** Where the log ends that is about to be replaced; undefined when there is none, or none that can be read. */
function readLastHead(dataDir: string, keepers: SecretKeepers): Head | undefined {
  const file = join(dataDir, databaseFileName);
  const secrets = existsSync(file) ? readPresent(dataDir, keepers) : undefined;
  if (secrets === undefined) return undefined;
  try {
    // As it is: what is put aside is not brought to a newer schema first.
    const connection = openDatabaseFile(file, secrets.databaseKey);
    try {
      const row = connection.prepare('select line from audit order by number desc limit 1').get();
      return headOf(String((row as { line?: string } | undefined)?.line));
    } finally {
      connection.close();
    }
  } catch {
    return undefined;
  }
}

/** Keys that are damaged or locked are no reason against restoring: the recovery key does without them. */
function readPresent(dataDir: string, keepers: SecretKeepers): Secrets | undefined {
  try {
    return loadSecrets(dataDir, keepers).secrets;
  } catch {
    return undefined;
  }
}

function moveAside(dataDir: string, now: number): string | undefined {
  const aside = join(dataDir, `replaced-${new Date(now).toISOString().replaceAll(/[:.]/g, '')}`);
  const present = [
    databaseFileName,
    `${databaseFileName}-wal`,
    `${databaseFileName}-shm`,
    ...dataFolders,
    'secrets.json',
  ].filter((name) => existsSync(join(dataDir, name)));
  if (present.length === 0) return undefined;
  mkdirSync(aside, { mode: 0o700 });
  for (const name of present) renameSync(join(dataDir, name), join(aside, name));
  syncFolder(aside);
  syncFolder(dirname(aside));
  return aside;
}
