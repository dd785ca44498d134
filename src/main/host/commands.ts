/** What the headless program can be asked for beside running: back up, restore, show keys, pair, and verify what was exported. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { staffRoles } from '../../shared/access/access.ts';
import { nameSchema } from '../../shared/contract/operation.ts';
import { leaveEntry } from './audit/left-entries.ts';
import { verifyExport } from './audit/offline.ts';
import { SigningKey } from './audit/signing-key.ts';
import { verifyPack } from './packs/verify-pack.ts';
import type { HostConfig } from './runtime/config.ts';
import { listen } from './runtime/listen.ts';
import { loadSecrets } from './runtime/secrets.ts';
import { makeCode } from './staff/devices.ts';
import { StaffStore } from './staff/store.ts';
import { makeBackup } from './storage/backup.ts';
import { openDatabase } from './storage/database.ts';
import { databaseFileName } from './storage/database-file.ts';
import { GroupCommit } from './storage/group-commit.ts';
import { restoreBackup } from './storage/restore.ts';

export const usage = `Usage: npm run host                        runs the host
       npm run host -- backup [folder]     backs up the clinic's data, also while the host runs
       npm run host -- restore <folder>    puts a backup in the place of the clinic's data; stop the host first
       npm run host -- recovery-key        shows the key that opens the backups on another computer
       npm run host -- pair <role> <name>  makes a code that pairs one computer for that person, also while the host
                                           runs; the role is admin, clinician or reception
       npm run host -- audit key           shows the public key that signs the audit log
       npm run host -- audit verify <file> [--key <public key>]
                                           verifies an exported audit log; needs nothing but the file and the key
       npm run host -- verify-pack <file> [--key <public key>]
                                           verifies a consultation pack; needs nothing but the file and the key; the
                                           key is the one of the audit log
       npm run host -- recording-key       shows the key that opens the clinic's recordings with age
`;

/** The parameters mean nothing. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor() {
    super(usage);
  }
}

/**
 * Runs one command and answers what to print.
 * @throws UsageError, or an Error whose message says what to do.
 */
export async function runCommand(parameters: readonly string[], config: HostConfig): Promise<string> {
  const [command, folder, ...more] = parameters;
  if (command === 'audit') return runAuditCommand(parameters.slice(1), config);
  if (command === 'verify-pack') return runVerifyPack(parameters.slice(1));
  if (command === 'pair') return makePairingCode(folder, more.join(' '), config);
  if (more.length > 0) throw new UsageError();
  const { dataDir, secretsKey: key } = config;
  switch (command) {
    case 'backup': {
      const { secrets } = loadSecrets(dataDir, { key });
      const backup = await makeBackup(
        { dataDir, secrets },
        folder === undefined ? config.backups.dir : resolve(folder),
        { now: Date.now(), automatic: false },
      );
      const unrecorded = await recordCommand('backup.create', config);
      return `Backup made: ${backup.folder}\n${unrecorded}It holds no recordings: keep them in S3, or copy the folder ${join(dataDir, 'recordings')} as well.\nTo restore it on another computer you need the recovery key: npm run host -- recovery-key\n`;
    }
    case 'restore': {
      if (folder === undefined) throw new UsageError();
      // Held meanwhile, because the port is what tells two users of the same data apart.
      const door = createServer();
      await listen(door, config.address, config.port);
      try {
        const { createdAt, movedTo } = await restoreBackup(resolve(folder), dataDir, { key }, Date.now());
        const before = movedTo === undefined ? '' : `The data that was there is now in ${movedTo}.\n`;
        return `Restored the backup of ${createdAt}.\n${before}Backups hold no recordings: put copies of their files into ${join(dataDir, 'recordings')}, before the next start. Those in S3 are found there.\n`;
      } finally {
        door.close();
      }
    }
    case 'recovery-key': {
      if (folder !== undefined) throw new UsageError();
      const { secrets } = loadSecrets(dataDir, { key });
      const unrecorded = await recordCommand('recovery-key.show', config);
      return `${secrets.recoveryKey}\n${unrecorded}Keep it on paper, apart from the backups. Whoever has both can read everything.\n`;
    }
    case 'recording-key': {
      if (folder !== undefined) throw new UsageError();
      const { secrets } = loadSecrets(dataDir, { key });
      const unrecorded = await recordCommand('recording-key.show', config);
      return `${secrets.recordingIdentity}\n${unrecorded}Keep it on paper, apart from the recordings. To open one anywhere: age --decrypt --identity <file with this line> <recording>.age\n`;
    }
    default:
      throw new UsageError();
  }
}

/**
 * Has the audit log say that a command was run here. What was asked for is given in any case: whoever needs the recovery key may
 * have no database any more.
 * @returns a line that says why it does not; nothing when it does.
 */
async function recordCommand(event: string, { dataDir, secretsKey: key }: HostConfig): Promise<string> {
  const file = join(dataDir, databaseFileName);
  if (!existsSync(file)) return '';
  try {
    const database = await openDatabase(file, loadSecrets(dataDir, { key }).secrets.databaseKey);
    try {
      await leaveEntry(database, event, Date.now());
    } finally {
      await database.destroy();
    }
    return '';
  } catch (error) {
    return `The audit log could not be told of this: ${error instanceof Error ? error.message : String(error)}\n`;
  }
}

async function runVerifyPack([file, option, key, ...more]: readonly string[]): Promise<string> {
  const keyIsGiven = option === '--key' && key !== undefined;
  if (file === undefined || more.length > 0 || (option !== undefined && !keyIsGiven)) throw new UsageError();
  const { sound, manifest, fault } = await verifyPack(resolve(file), key);
  if (!sound || manifest === undefined) throw new Error(`NOT SOUND (${fault?.kind}): ${fault?.message}`);
  const { consultationId, clinicName, createdAt, parts, publicKey } = manifest;
  const trust = keyIsGiven
    ? 'Signed by the key that you gave.'
    : `Signed by the key in the pack, ${publicKey}. Compare it with the one the clinic gave you, or give that one with --key.`;
  return `SOUND: ${parts.length} parts of consultation ${consultationId}, by ${clinicName}, ${createdAt}.\n${trust}\n`;
}

async function runAuditCommand(
  [command, file, option, key, ...more]: readonly string[],
  { dataDir, secretsKey }: HostConfig,
): Promise<string> {
  if (command === 'key' && file === undefined) {
    const { secrets } = loadSecrets(dataDir, { key: secretsKey });
    return `${SigningKey.of(secrets.databaseKey).publicKey}\nGive it to whoever may want to verify the audit log, before they need it.\n`;
  }
  const keyIsGiven = option === '--key' && key !== undefined;
  if (
    command !== 'verify' ||
    file === undefined ||
    more.length > 0 ||
    (option !== undefined && !keyIsGiven)
  ) {
    throw new UsageError();
  }
  const { sound, entries, signedHeads, head, restored, fault, exportedAt, publicKey } = await verifyExport(
    resolve(file),
    key,
  );
  if (!sound)
    throw new Error(`NOT SOUND (${fault?.kind}): ${fault?.message}\n${entries} entries before it are sound.`);
  const trust = keyIsGiven
    ? 'Signed by the key that you gave.'
    : `Signed by the key in the file, ${publicKey}. Compare it with the one the clinic gave you, or give that one with --key.`;
  const restores = restored.map(
    ({ number, replaced }) =>
      `Entry ${number} goes on from a backup that was restored. ${
        replaced === undefined
          ? 'Where the log ended that was there before is not known.'
          : `The log that was there before ended at entry ${replaced.number}, ${replaced.hash}.`
      }\n`,
  );
  return `SOUND: ${entries} entries and ${signedHeads} signatures, exported ${exportedAt}. The last entry is ${head.hash}.\n${restores.join('')}${trust}\n`;
}

/** For whoever sits at the host's own computer: behind a proxy no request is known to come from there. */
async function makePairingCode(
  roleName: string | undefined,
  name: string,
  { dataDir, secretsKey: key, publicUrl }: HostConfig,
): Promise<string> {
  const role = staffRoles.find((one) => one === roleName);
  const personName = nameSchema.safeParse(name);
  if (role === undefined || !personName.success) throw new UsageError();
  const file = join(dataDir, databaseFileName);
  // A wrong DATA_DIR must not become a new clinic.
  if (!existsSync(file)) {
    throw new Error(`There is no clinic in ${dataDir}. Start the host once, or set DATA_DIR to its folder.`);
  }
  const database = await openDatabase(file, loadSecrets(dataDir, { key }).secrets.databaseKey);
  try {
    const store = new StaffStore(database, new GroupCommit(database));
    // First: no code is made that the log does not know of.
    await leaveEntry(database, 'staff.invite', Date.now());
    const { code, expiresAt } = await makeCode(store, { personName: personName.data, role }, Date.now());
    const where =
      publicUrl === undefined
        ? 'at the address of this host'
        : `at ${publicUrl}, or open ${publicUrl}/pair#${code}`;
    return `${code}\nPairs one computer as ${role}, until ${expiresAt}. Type it ${where}.\n`;
  } finally {
    await database.destroy();
  }
}
