/** The clinic's own keys: generated on first start, kept in a file only its owner can read. */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const secretsSchema = z.object({
  /** Signs participant tokens when no LIVEKIT_API_KEY is set. */
  tokenKey: z.string().min(1),
  tokenSecret: z.string().min(32),
  /** Known to this host and its embedded video server only. */
  livekitKey: z.string().min(1),
  livekitSecret: z.string().min(32),
  /** Encrypts token metadata (A256GCM), base64url of 32 bytes. */
  metadataKey: z.string().length(43),
  /** Encrypts the database, base64url of 32 bytes. */
  databaseKey: z.string().length(43),
});
export type Secrets = z.infer<typeof secretsSchema>;

/**
 * Reads the keys, or makes them when there are none yet.
 * @throws Error when the file is there but not usable: making new keys would lock the clinic out of its own data.
 */
export function loadSecrets(dataDir: string): Secrets {
  const file = join(dataDir, 'secrets.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new Error(`The clinic's keys in ${file} cannot be read. Give this user access to the file.`, {
        cause,
      });
    }
    return createSecrets(dataDir, file);
  }
  try {
    return secretsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`The clinic's keys in ${file} are damaged. Restore the file from a backup.`, { cause });
  }
}

function createSecrets(dataDir: string, file: string): Secrets {
  const key = () => randomBytes(32).toString('base64url');
  const secrets: Secrets = {
    tokenKey: `API${randomBytes(9).toString('hex')}`,
    tokenSecret: key(),
    livekitKey: `API${randomBytes(9).toString('hex')}`,
    livekitSecret: key(),
    metadataKey: key(),
    databaseKey: key(),
  };
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  const descriptor = openSync(temporary, 'wx', 0o600);
  writeSync(descriptor, JSON.stringify(secrets));
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(temporary, file);
  return secrets;
}
