/** Backups: made under load, restored on this computer and another one, useless to whoever finds them. */
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../src/main/host/runtime/log.ts';
import { loadSecrets, type SecretBox, SecretsError } from '../../src/main/host/runtime/secrets.ts';
import { listBackups } from '../../src/main/host/storage/backup.ts';
import { Backups } from '../../src/main/host/storage/backups.ts';
import { restoreBackup } from '../../src/main/host/storage/restore.ts';
import { closeTestHost, startTestHost, type TestHost } from '../support/test-host.ts';

const program = fileURLToPath(new URL('../../src/main/headless.ts', import.meta.url));
const silent = createLog({ format: 'json', level: 'silent' });
const now = Date.parse('2026-03-01T12:00:00Z');

let folder: string;
const hosts: TestHost[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-backup-'));
});
afterEach(async () => {
  for (const host of hosts.splice(0)) await closeTestHost(host);
  await rm(folder, { recursive: true, force: true });
});

async function start(environment: Record<string, string> = {}): Promise<TestHost> {
  const host = await startTestHost(environment);
  hosts.push(host);
  return host;
}

async function backUp(host: TestHost): Promise<string> {
  const { status, body } = await host.call('POST', '/api/backup');
  expect(status).toBe(200);
  return String(body.data?.folder);
}

async function idsOn(host: TestHost): Promise<string[]> {
  const { body } = await host.call('GET', '/api/consultations');
  return (body.data as unknown as { consultationId: string }[]).map(({ consultationId }) => consultationId);
}

/** Runs the headless program with parameters, to its end. */
function run(parameters: readonly string[], environment: Record<string, string>) {
  const child = spawn(process.execPath, [program, ...parameters], {
    env: { ...process.env, LIVEKIT_EMBEDDED: 'off', PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return new Promise<{ code: number | null; output: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, output }));
  });
}

describe('a backup', () => {
  it('made while consultations are written has all that was acknowledged before it, and opens elsewhere', async () => {
    const host = await start();
    const acknowledged: string[] = [];
    const tokens = new Map<string, string>();
    let stop = false;
    const writers = ['a', 'b', 'c'].map(async (name) => {
      for (let number = 0; !stop; number += 1) {
        const { consultationId, doctorToken } = await host.createConsultation({
          consultationId: `${name}-${number}`,
        });
        acknowledged.push(consultationId);
        tokens.set(consultationId, doctorToken);
      }
    });
    while (acknowledged.length < 20) await new Promise((resolve) => setImmediate(resolve));
    const before = [...acknowledged];
    const backup = await backUp(host);
    const during = acknowledged.length - before.length;
    stop = true;
    await Promise.all(writers);
    expect(during).toBeGreaterThan(0);

    const elsewhere = join(folder, 'elsewhere');
    const { recoveryKey } = loadSecrets(host.dataDir).secrets;
    const typed = recoveryKey.toLowerCase().replaceAll('-', ' ');
    expect(await restoreBackup(backup, elsewhere, { key: typed }, now)).toMatchObject({ movedTo: undefined });
    const restored = await start({ DATA_DIR: elsewhere });
    expect(await idsOn(restored)).toEqual(expect.arrayContaining(before));
    // Tokens of the clinic are good there too: its keys came along.
    const token = tokens.get(before[0] ?? '') ?? '';
    expect((await restored.call('GET', `/api/consultations/${before[0]}`, { token })).status).toBe(200);
  });

  it('holds the files, and puts back both when the clinic has gone on', async () => {
    const host = await start();
    await host.createConsultation({ consultationId: 'kept' });
    await mkdir(join(host.dataDir, 'files/ab'), { recursive: true });
    await writeFile(join(host.dataDir, 'files/ab/abcdef'), 'an encrypted file');
    const backup = await backUp(host);
    await host.createConsultation({ consultationId: 'later' });
    await rm(join(host.dataDir, 'files'), { recursive: true });
    await host.close();

    const { movedTo } = await restoreBackup(backup, host.dataDir, {}, now);
    const again = await start({ DATA_DIR: host.dataDir });
    expect(await idsOn(again)).toEqual(['kept']);
    expect(await readFile(join(host.dataDir, 'files/ab/abcdef'), 'utf8')).toBe('an encrypted file');
    expect(await readdir(movedTo ?? '')).toEqual(expect.arrayContaining(['clinic.db', 'secrets.json']));
  });

  it('can be read neither without the key nor with another one', async () => {
    const host = await start();
    await host.createConsultation({ consultationId: 'c-1', patientName: 'Marcadora Legible' });
    const backup = await backUp(host);
    const { databaseKey, tokenSecret } = loadSecrets(host.dataDir).secrets;
    for (const name of await readdir(backup)) {
      const content = await readFile(join(backup, name));
      for (const secret of ['Marcadora', databaseKey, tokenSecret])
        expect(content.includes(secret)).toBe(false);
    }
    const read = (options: object) => {
      const connection = new Libsql(join(backup, 'clinic.db'), options);
      try {
        return connection.prepare('select count(*) as found from consultations').get();
      } finally {
        connection.close();
      }
    };
    const withKey = (encryptionKey: string) => ({ encryptionCipher: 'aes256cbc', encryptionKey });
    expect(read(withKey(databaseKey))).toMatchObject({ found: 1 });
    expect(() => read(withKey('A'.repeat(43)))).toThrow('not a database');
    expect(() => read({})).toThrow('not a database');
    const elsewhere = join(folder, 'elsewhere');
    await expect(restoreBackup(backup, elsewhere, {}, now)).rejects.toThrow(/SECRETS_KEY/);
    await expect(
      restoreBackup(backup, elsewhere, { key: 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA' }, now),
    ).rejects.toThrow(/SECRETS_KEY/);
    expect(await readdir(elsewhere)).toEqual([]);
  });

  it('that was changed is refused before anything is moved', async () => {
    const host = await start();
    await host.createConsultation({ consultationId: 'present' });
    const backup = await backUp(host);
    await host.close();

    const changed = join(folder, 'changed');
    await cp(backup, changed, { recursive: true });
    const content = await readFile(join(changed, 'clinic.db'));
    content[content.length - 100] = (content[content.length - 100] ?? 0) ^ 1;
    await writeFile(join(changed, 'clinic.db'), content);
    await expect(restoreBackup(changed, host.dataDir, {}, now)).rejects.toThrow(
      /clinic.db is missing or not/,
    );

    const escaping = join(folder, 'escaping');
    await cp(backup, escaping, { recursive: true });
    const manifest = JSON.parse(await readFile(join(escaping, 'manifest.json'), 'utf8'));
    manifest.files.push({ path: '../outside', bytes: 1, sha256: '' });
    await writeFile(join(escaping, 'manifest.json'), JSON.stringify(manifest));
    await expect(restoreBackup(escaping, host.dataDir, {}, now)).rejects.toThrow(/outside of itself/);

    await expect(restoreBackup(folder, host.dataDir, {}, now)).rejects.toThrow(/There is no backup/);
    expect(await idsOn(await start({ DATA_DIR: host.dataDir }))).toEqual(['present']);
  });

  it('is made once a day, and as many stay as wanted', async () => {
    const host = await start();
    let time = now;
    const dir = join(folder, 'daily');
    const { secrets } = loadSecrets(host.dataDir);
    const backups = new Backups({
      dataDir: host.dataDir,
      secrets,
      dir,
      keep: 2,
      log: silent,
      now: () => time,
    });
    const byHand = await backups.create();
    for (let hour = 0; hour < 24 * 5; hour += 6) {
      time = now + hour * 60 * 60_000;
      await backups.makeDaily();
    }
    expect(
      (await listBackups(dir)).map(({ createdAt, automatic }) => [createdAt.slice(0, 10), automatic]),
    ).toEqual([
      ['2026-03-05', true],
      ['2026-03-04', true],
      ['2026-03-01', false],
    ]);
    expect((await listBackups(dir)).at(-1)?.folder).toBe(byHand.folder);
  });

  it('is made one at a time', async () => {
    const host = await start();
    const answers = await Promise.all([1, 2, 3].map(() => host.call('POST', '/api/backup')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const { body } = await host.call('GET', '/api/backups');
    expect(body.data).toHaveLength(1);
  });
});

describe('the command', () => {
  it('backs up while the host runs and when it does not, and restores when it does not', async () => {
    const host = await start();
    await host.createConsultation({ consultationId: 'kept' });
    const first = await run(['backup', join(folder, 'running')], { DATA_DIR: host.dataDir });
    expect(first).toMatchObject({ code: 0, output: expect.stringContaining('Backup made') });
    await host.createConsultation({ consultationId: 'later' });

    const [name = ''] = await readdir(join(folder, 'running'));
    const backup = join(folder, 'running', name);
    const busy = await run(['restore', backup], { DATA_DIR: host.dataDir, PORT: String(host.port) });
    expect(busy).toMatchObject({ code: 1, output: expect.stringContaining(`Port ${host.port}`) });
    await host.close();

    const second = await run(['backup', join(folder, 'stopped')], { DATA_DIR: host.dataDir });
    expect(second.code).toBe(0);
    const restored = await run(['restore', backup], { DATA_DIR: host.dataDir });
    expect(restored).toMatchObject({ code: 0, output: expect.stringContaining('Restored') });
    expect(await idsOn(await start({ DATA_DIR: host.dataDir }))).toEqual(['kept']);
  });

  it('shows the recovery key, with which a backup opens on a new computer', async () => {
    const host = await start();
    await host.createConsultation({ consultationId: 'kept' });
    const shown = await run(['recovery-key'], { DATA_DIR: host.dataDir });
    const [recoveryKey = ''] = shown.output.split('\n');
    const elsewhere = join(folder, 'new-computer');
    const backup = await backUp(host);
    const without = await run(['restore', backup], { DATA_DIR: elsewhere });
    expect(without).toMatchObject({ code: 1, output: expect.stringContaining('SECRETS_KEY') });
    const restored = await run(['restore', backup], { DATA_DIR: elsewhere, SECRETS_KEY: recoveryKey });
    expect(restored.code).toBe(0);
    expect(await idsOn(await start({ DATA_DIR: elsewhere }))).toEqual(['kept']);
  });

  it('explains itself when it is not understood', async () => {
    expect(await run(['destroy'], { DATA_DIR: folder })).toMatchObject({
      code: 64,
      output: expect.stringContaining('Usage: npm run host'),
    });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the keys of the clinic', () => {
  /** Stands for the keyring of one user of the system. */
  const keyring = (name: string): SecretBox => ({
    seal: (text) => Buffer.from(`${name}:${text}`).toString('hex'),
    open: (sealed) => {
      const text = Buffer.from(sealed, 'hex').toString();
      if (!text.startsWith(`${name}:`)) throw new Error('sealed by another user');
      return text.slice(name.length + 1);
    },
  });
  const onDisk = () => readFile(join(folder, 'secrets.json'), 'utf8');

  it('move from a clear file into the keyring as soon as there is one, and stay the same', async () => {
    const clear = loadSecrets(folder);
    expect(clear.keptBy).toBe('file');
    expect(await onDisk()).toContain(clear.secrets.databaseKey);
    const sealed = loadSecrets(folder, { box: keyring('ana') });
    expect(sealed).toEqual({ secrets: clear.secrets, keptBy: 'system' });
    expect(await onDisk()).not.toContain(clear.secrets.databaseKey);
    expect(loadSecrets(folder, { box: keyring('ana') })).toEqual(sealed);
  });

  it('are sealed by SECRETS_KEY where there is no keyring', async () => {
    const key = 'a long key of a server';
    const { secrets, keptBy } = loadSecrets(folder, { key });
    expect(keptBy).toBe('key');
    for (const secret of Object.values(secrets)) expect(await onDisk()).not.toContain(secret);
    expect(loadSecrets(folder, { key }).secrets).toEqual(secrets);
    expect(() => loadSecrets(folder)).toThrow(/Set SECRETS_KEY/);
    expect(() => loadSecrets(folder, { key: 'another key of a server' })).toThrow(SecretsError);
    expect(loadSecrets(folder, { key: secrets.recoveryKey }).secrets).toEqual(secrets);
  });

  it('come back by the recovery key when the keyring is lost, and are kept by the new one', async () => {
    const { secrets } = loadSecrets(folder, { box: keyring('ana') });
    const before = await onDisk();
    expect(() => loadSecrets(folder, { box: keyring('bruno') })).toThrow(/recovery key/);
    // A block cipher with another key sees correct padding once in 250 times: noise, and no error.
    const noisy: SecretBox = { ...keyring('bruno'), open: () => 'I\u0002_o\ufffd' };
    expect(() => loadSecrets(folder, { box: noisy })).toThrow(/recovery key/);
    expect(loadSecrets(folder, { box: noisy, key: secrets.recoveryKey }).secrets).toEqual(secrets);
    await writeFile(join(folder, 'secrets.json'), before);
    expect(() => loadSecrets(folder)).toThrow(/Start the desktop app/);
    expect(await onDisk()).toBe(before);
    expect(loadSecrets(folder, { key: secrets.recoveryKey }).secrets).toEqual(secrets);
    expect(await onDisk()).toBe(before);
    expect(loadSecrets(folder, { box: keyring('bruno'), key: secrets.recoveryKey }).secrets).toEqual(secrets);
    expect(loadSecrets(folder, { box: keyring('bruno') }).secrets).toEqual(secrets);
  });

  it('are refused when the file is damaged, and not made anew', async () => {
    loadSecrets(folder, { key: 'a long key of a server' });
    const damaged = (await onDisk()).slice(0, -20);
    await writeFile(join(folder, 'secrets.json'), damaged);
    expect(() => loadSecrets(folder, { key: 'a long key of a server' })).toThrow(/damaged/);
    expect(await onDisk()).toBe(damaged);
  });
});
