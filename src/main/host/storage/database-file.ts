/** The encrypted file behind the database: opened with the clinic's key, checked, never made anew over a damaged one. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Libsql from 'libsql';
import LibsqlPromise from 'libsql/promise';
import { syncFile } from '../runtime/files.ts';
import { HostFailureError } from '../runtime/host-failure.ts';

export const databaseFileName = 'clinic.db';

/** The file cannot be used as it is; nothing of it was changed. */
export class DatabaseDamagedError extends HostFailureError {
  override readonly name = 'DatabaseDamagedError';
}

/** @param encryptionKey base64url of 32 bytes. */
const encryption = (encryptionKey: string) => ({ encryptionCipher: 'aes256cbc', encryptionKey }) as const;

/**
 * Opens a connection to a sound file, or to a new one.
 * @throws DatabaseDamagedError
 */
export function openDatabaseFile(file: string, encryptionKey: string): Libsql.Database {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const existed = existsSync(file);
  // The driver's types do not list the encryption options of its own documentation.
  const connection = new Libsql(file, encryption(encryptionKey) as object);
  try {
    // Before anything is written: also switching the journal would touch a damaged file.
    if (existed) assertSound(connection, file);
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = FULL');
    connection.pragma('foreign_keys = ON');
    connection.pragma('busy_timeout = 5000');
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * Reads every page and its place in the trees; about 2 ms a megabyte.
 * @throws DatabaseDamagedError
 */
function assertSound(connection: Libsql.Database, file: string): void {
  let found: string;
  try {
    const [row] = connection.pragma('quick_check(1)') as readonly { quick_check: string }[];
    found = row?.quick_check ?? 'no answer';
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'SQLITE_NOTADB') {
      throw new DatabaseDamagedError(
        'database-of-other-keys',
        `The clinic's database ${file} does not open with the clinic's keys: the file is damaged, or it belongs to other keys than those in secrets.json. Nothing was changed.`,
        { path: file, cause },
      );
    }
    if (code !== 'SQLITE_CORRUPT') throw cause;
    found = (cause as Error).message;
  }
  if (found !== 'ok') {
    throw new DatabaseDamagedError(
      'database-damaged',
      `The clinic's database ${file} is damaged (${found.replaceAll(/\s+/g, ' ')}). Nothing was changed.`,
      { path: file },
    );
  }
}

/**
 * Copies the database as it is at one moment, while others write to it. The copy has the same key. Runs on a thread of the driver's own.
 * @param target a file that does not exist yet.
 */
export async function copyDatabase(file: string, encryptionKey: string, target: string): Promise<void> {
  const connection = new LibsqlPromise(file, encryption(encryptionKey));
  try {
    await connection.exec('pragma busy_timeout = 5000');
    await connection.exec(`vacuum into '${target.replaceAll("'", "''")}'`);
  } finally {
    connection.close();
  }
  await syncFile(target);
}
