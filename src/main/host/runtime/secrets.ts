/** The clinic's own keys: generated on first start, sealed where something can seal them, readable by their owner only. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { ageIdentityFrom, agePattern, newAgeIdentity } from './age-keys.ts';
import { writeWhole } from './files.ts';
import { HostFailureError } from './host-failure.ts';
import { newRecoveryKey, seal, sealedSchema, unseal } from './sealing.ts';

const storedSchema = z.object({
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
  /** What the clinic keeps on paper: opens its backups on another computer, and these keys when the system's keyring is lost. */
  recoveryKey: z.string().min(25).default(newRecoveryKey),
  /** The age identity that opens the clinic's recordings. */
  recordingIdentity: z.string().regex(agePattern).optional(),
});
/** A clinic that was set up before there were recordings has a key for them too, always the same. */
const secretsSchema = storedSchema.transform((stored) => ({
  ...stored,
  recordingIdentity: stored.recordingIdentity ?? ageIdentityFrom(stored.databaseKey),
}));
export type Secrets = z.infer<typeof secretsSchema>;

/** Something outside the host that can keep a text: the keyring of the desktop, for one. */
export interface SecretBox {
  seal(text: string): string;
  /** @throws Error when it was sealed by another one. */
  open(sealed: string): string;
}

/** What can open and seal the keys in this start. */
export interface SecretKeepers {
  /** The system's keyring; the desktop app has one. */
  readonly box?: SecretBox | undefined;
  /** SECRETS_KEY. */
  readonly key?: string | undefined;
}

/** `file`: in clear, protected by the file's permissions alone. */
export type KeptBy = 'system' | 'key' | 'file';

const sealedFileSchema = z.discriminatedUnion('sealedBy', [
  z.object({ sealedBy: z.literal('system'), data: z.string(), recovery: sealedSchema }),
  z.object({ sealedBy: z.literal('key'), data: sealedSchema, recovery: sealedSchema }),
]);

export function secretsFile(dataDir: string): string {
  return join(dataDir, 'secrets.json');
}

/** The keys cannot be read, or not by this start; the message says what to do. New keys would lock the clinic out of its own data. */
export class SecretsError extends HostFailureError {
  override readonly name = 'SecretsError';
}

/**
 * Reads the keys, or makes them where there is no clinic yet. Keys in clear are sealed as soon as something can seal them.
 * @throws SecretsError
 */
export function loadSecrets(
  dataDir: string,
  keepers: SecretKeepers = {},
): { secrets: Secrets; keptBy: KeptBy } {
  const file = secretsFile(dataDir);
  const content = readSecretsFile(file);
  if (content === undefined) {
    if (existsSync(join(dataDir, 'clinic.db'))) {
      throw new SecretsError(
        'keys-missing',
        `The clinic's data is in ${dataDir}, but its keys (secrets.json) are missing. Put the file back, or restore a backup with: npm run host -- restore <folder>`,
        { path: file },
      );
    }
    return saveSecrets(dataDir, makeSecrets(), keepers);
  }
  const sealed = sealedFileSchema.safeParse(content);
  const secrets = parseSecrets(file, sealed.success ? openSealed(file, sealed.data, keepers) : content);
  const keptBy = sealed.success ? sealed.data.sealedBy : 'file';
  const canSealNow = keptBy === 'file' && (keepers.box !== undefined || keepers.key !== undefined);
  const keyringWasLost =
    sealed.success &&
    sealed.data.sealedBy === 'system' &&
    keepers.box !== undefined &&
    openBox(keepers.box, sealed.data.data) === undefined;
  const madeBefore = !sealed.success && !('recoveryKey' in (content as object));
  // Back into a keyring, not under the recovery key that was typed for once.
  if (keyringWasLost) return saveSecrets(dataDir, secrets, { box: keepers.box });
  if (canSealNow || madeBefore) return saveSecrets(dataDir, secrets, keepers);
  return { secrets, keptBy };
}

/** Writes the keys as well protected as this start can: by SECRETS_KEY, by the system, or else by the file's permissions. */
export function saveSecrets(
  dataDir: string,
  secrets: Secrets,
  { box, key }: SecretKeepers,
): { secrets: Secrets; keptBy: KeptBy } {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const text = JSON.stringify(secrets);
  const recovery = () => seal(text, secrets.recoveryKey);
  const file = secretsFile(dataDir);
  if (key !== undefined) {
    writeWhole(file, JSON.stringify({ sealedBy: 'key', data: seal(text, key), recovery: recovery() }));
    return { secrets, keptBy: 'key' };
  }
  if (box !== undefined) {
    writeWhole(file, JSON.stringify({ sealedBy: 'system', data: box.seal(text), recovery: recovery() }));
    return { secrets, keptBy: 'system' };
  }
  writeWhole(file, text);
  return { secrets, keptBy: 'file' };
}

/** The keys as a backup holds them. @returns undefined when the recovery key is another one. */
export function unsealForRecovery(sealed: unknown, recoveryKey: string): Secrets | undefined {
  const text = unseal(sealedSchema.parse(sealed), recoveryKey);
  return text === undefined ? undefined : secretsSchema.parse(JSON.parse(text));
}

function readSecretsFile(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    // It is the folder then: a file stands where it should be.
    if (code === 'ENOTDIR') throw cause;
    throw new SecretsError(
      'keys-unreadable',
      `The clinic's keys in ${file} cannot be read. Give this user access to the file.`,
      { path: file, cause },
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(file, cause);
  }
}

function parseSecrets(file: string, content: unknown): Secrets {
  const parsed = secretsSchema.safeParse(content);
  if (!parsed.success) throw damaged(file, parsed.error);
  return parsed.data;
}

function damaged(file: string, cause: unknown): SecretsError {
  return new SecretsError(
    'keys-damaged',
    `The clinic's keys in ${file} are damaged. Restore a backup with: npm run host -- restore <folder>`,
    { path: file, cause },
  );
}

function openSealed(
  file: string,
  sealed: z.infer<typeof sealedFileSchema>,
  { box, key }: SecretKeepers,
): unknown {
  const byBox = sealed.sealedBy === 'system' && box ? openBox(box, sealed.data) : undefined;
  const byKey = sealed.sealedBy === 'key' && key ? unseal(sealed.data, key) : undefined;
  // The recovery key opens what either has sealed.
  const text = byBox ?? byKey ?? (key === undefined ? undefined : unseal(sealed.recovery, key));
  if (text !== undefined) return JSON.parse(text);
  if (sealed.sealedBy === 'system') {
    throw new SecretsError(
      'keys-in-keyring',
      `The clinic's keys in ${file} are kept by the keyring of this computer's user, which did not give them out. Start the desktop app as the user who installed it, or set SECRETS_KEY to the clinic's recovery key.`,
      { path: file },
    );
  }
  throw new SecretsError(
    'keys-sealed',
    `The clinic's keys in ${file} are sealed. Set SECRETS_KEY to the key they were sealed with, or to the clinic's recovery key.`,
    { path: file },
  );
}

/** A keyring with another password does not always notice: about once in 250 times it gives out noise instead of an error. */
function openBox(box: SecretBox, sealed: string): string | undefined {
  try {
    const text = box.open(sealed);
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

function makeSecrets(): Secrets {
  const key = () => randomBytes(32).toString('base64url');
  return {
    tokenKey: `API${randomBytes(9).toString('hex')}`,
    tokenSecret: key(),
    livekitKey: `API${randomBytes(9).toString('hex')}`,
    livekitSecret: key(),
    metadataKey: key(),
    databaseKey: key(),
    recoveryKey: newRecoveryKey(),
    recordingIdentity: newAgeIdentity(),
  };
}
