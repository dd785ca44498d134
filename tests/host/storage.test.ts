/** The clinic's data on the disk: refused when damaged, moved to new schemas, unreadable for others, there again after a failure. */
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import { afterEach, describe, expect, it } from 'vitest';
import { type HostHandle, startHost } from '../../src/main/host/host.ts';
import { loadConfig } from '../../src/main/host/runtime/config.ts';
import { loadSecrets } from '../../src/main/host/runtime/secrets.ts';
import { type KillableHost, startHostProcess } from '../support/killable-host.ts';

const firstSchema = fileURLToPath(new URL('../fixtures/schema-1', import.meta.url));
const folders: string[] = [];
const hosts: HostHandle[] = [];
const killable: KillableHost[] = [];

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
  for (const host of killable.splice(0)) await host.kill();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'autamedica-storage-'));
  folders.push(folder);
  return folder;
}

async function start(dataDir: string, environment: Record<string, string> = {}): Promise<HostHandle> {
  const host = await startHost(
    loadConfig({
      PORT: '0',
      LOG_LEVEL: 'silent',
      LIVEKIT_EMBEDDED: 'off',
      DATA_DIR: dataDir,
      ...environment,
    }),
  );
  hosts.push(host);
  return host;
}

async function startKillable(dataDir: string, environment: Record<string, string> = {}) {
  const host = await startHostProcess(dataDir, environment);
  killable.push(host);
  return host;
}

async function call(host: { url: string }, method: string, path: string, body?: unknown) {
  const response = await fetch(`${host.url}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

function plan(host: { url: string }, consultationId: string, patientName = 'Ana') {
  const people = { patientId: `patient-${consultationId}`, doctorId: 'doctor-1', patientName };
  return call(host, 'POST', '/api/consultations/create', { consultationId, ...people });
}

/** Every consultation with its state, over all pages of the list. */
async function statesOn(host: { url: string }): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  for (let after = ''; ; ) {
    const { body } = await call(host, 'GET', `/api/consultations?limit=500${after && `&after=${after}`}`);
    const page = body.data as { consultationId: string; state: string }[];
    for (const { consultationId, state } of page) states.set(consultationId, state);
    const last = page.at(-1);
    if (page.length < 500 || last === undefined) return states;
    after = last.consultationId;
  }
}

async function plannedIds(host: { url: string }): Promise<string[]> {
  return [...(await statesOn(host)).keys()];
}

/** A data folder with some consultations and a backup, and no host. */
async function usedFolder(): Promise<string> {
  const dataDir = await newFolder();
  const host = await start(dataDir);
  for (let number = 0; number < 30; number += 1) await plan(host, `planned-${number}`);
  await call(host, 'POST', '/api/backup');
  await hosts.pop()?.close();
  return dataDir;
}

describe('a damaged database', () => {
  it('is refused with the way back, and left as it was', async () => {
    const dataDir = await usedFolder();
    const file = join(dataDir, 'clinic.db');
    const content = await readFile(file);
    content.fill(7, 3 * 4096, 7 * 4096);
    await writeFile(file, content);
    const [backup = ''] = await readdir(join(dataDir, 'backups'));
    await expect(start(dataDir)).rejects.toThrow(
      new RegExp(`damaged.*Nothing was changed.*npm run host -- restore ".*${backup}"`),
    );
    expect((await readFile(file)).equals(content)).toBe(true);
  });

  it('is told apart from a new clinic, also when its first page or its end is gone', async () => {
    const dataDir = await usedFolder();
    const file = join(dataDir, 'clinic.db');
    const content = await readFile(file);
    await writeFile(file, Buffer.concat([Buffer.alloc(4096, 1), content.subarray(4096)]));
    await expect(start(dataDir)).rejects.toMatchObject({
      name: 'DatabaseDamagedError',
      reason: 'database-of-other-keys',
      facts: { path: file, backup: { folder: expect.stringContaining('clinic-') } },
    });
    await writeFile(file, content);
    await truncate(file, content.length - 3 * 4096);
    await expect(start(dataDir)).rejects.toMatchObject({ reason: 'database-damaged' });
  });

  it('is not replaced by an empty one when it is gone or empty', async () => {
    const dataDir = await usedFolder();
    await truncate(join(dataDir, 'clinic.db'), 0);
    await expect(start(dataDir)).rejects.toThrow(/missing or empty.*npm run host -- restore/);
    await rm(join(dataDir, 'clinic.db'));
    await expect(start(dataDir)).rejects.toThrow(/missing or empty.*npm run host -- restore/);
    await expect(start(dataDir)).rejects.toMatchObject({ reason: 'database-missing' });
    expect(await readdir(dataDir)).not.toContain('clinic.db');
  });

  it('is not given new keys when its own are gone', async () => {
    const dataDir = await usedFolder();
    await rm(join(dataDir, 'secrets.json'));
    await expect(start(dataDir)).rejects.toThrow(/keys \(secrets.json\) are missing/);
    await expect(start(dataDir)).rejects.toMatchObject({ reason: 'keys-missing' });
    expect(await readdir(dataDir)).not.toContain('secrets.json');
  });
});

describe('the schema', () => {
  it('moves a database of the first one, with its keys, to this one', async () => {
    const dataDir = await newFolder();
    await cp(firstSchema, dataDir, { recursive: true });
    const host = await start(dataDir);
    const { body } = await call(host, 'GET', '/api/consultations');
    expect(body.data).toMatchObject([
      { consultationId: 'first-schema-2', patientName: 'Bruno Díaz', state: 'closed' },
      { consultationId: 'first-schema-1', patientName: 'Ana Suárez', title: 'Control' },
    ]);
    expect((await plan(host, 'new-1')).status).toBe(200);
  });

  it('refuses a database of a newer version and does not touch it', async () => {
    const dataDir = await usedFolder();
    const file = join(dataDir, 'clinic.db');
    const { databaseKey } = loadSecrets(dataDir).secrets;
    const connection = new Libsql(file, {
      encryptionCipher: 'aes256cbc',
      encryptionKey: databaseKey,
    } as object);
    connection.pragma('user_version = 999');
    connection.pragma('wal_checkpoint(TRUNCATE)');
    connection.close();
    const before = await readFile(file);
    await expect(start(dataDir)).rejects.toThrow('newer version');
    await expect(start(dataDir)).rejects.toMatchObject({ reason: 'newer-schema' });
    expect((await readFile(file)).equals(before)).toBe(true);
  });
});

it('writes no name into any file or log in a form that can be read', async () => {
  const marker = 'Marcadora Legible';
  const dataDir = await newFolder();
  const host = await startKillable(dataDir, { LOG_LEVEL: 'debug' });
  for (let number = 0; number < 20; number += 1) await plan(host, `marked-${number}`, `${marker} ${number}`);
  await call(host, 'POST', '/api/backup');
  // Killed, so that the write-ahead log is still there.
  await host.kill();
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const names = files.map((file) => file.slice(dataDir.length + 1));
  expect(names).toEqual(expect.arrayContaining(['clinic.db', 'clinic.db-wal', 'clinic.db-shm']));
  expect(names.filter((name) => name.startsWith('backups')).length).toBeGreaterThan(2);
  expect((await stat(join(dataDir, 'clinic.db-wal'))).size).toBeGreaterThan(10_000);
  const readable = [];
  for (const file of files) if ((await readFile(file)).includes(marker)) readable.push(file);
  expect(readable).toEqual([]);
  expect(host.output()).toContain('[API]');
  expect(host.output()).not.toContain(marker);
});

describe('a killed host', () => {
  /** The long form: KILLS=200 npx vitest run --project host storage */
  const kills = Number(process.env.KILLS ?? 2);

  it(
    `has a sound database and everything it acknowledged, ${kills} times`,
    async () => {
      const dataDir = await newFolder();
      const acknowledged = new Set<string>();
      const closed = new Set<string>();
      let interrupted = 0;
      for (let round = 0; round < kills; round += 1) {
        // Refuses to start on a database that is not sound.
        const host = await startKillable(dataDir);
        const states = await statesOn(host);
        expect([...acknowledged].filter((id) => !states.has(id))).toEqual([]);
        expect([...closed].filter((id) => states.get(id) !== 'closed')).toEqual([]);
        let killed = false;
        let written = 0;
        let enough = () => {};
        const writtenEnough = new Promise<void>((resolve) => {
          enough = resolve;
        });
        const writer = async (name: string) => {
          for (let number = 0; !killed; number += 1) {
            const id = `${round}-${name}-${number}`;
            try {
              if ((await plan(host, id)).status === 200) acknowledged.add(id);
              written += 1;
              if (written > (round * 5) % 12) enough();
              if (number % 3 === 0) {
                const answer = await call(host, 'POST', `/api/consultations/${id}/close`, {});
                if (answer.status === 200) closed.add(id);
              }
            } catch {
              // Not acknowledged: the host went while it was asked.
              interrupted += 1;
              return;
            }
          }
        };
        const writers = ['a', 'b', 'c', 'd'].map(writer);
        await writtenEnough;
        await host.kill();
        killed = true;
        await Promise.all(writers);
      }
      expect(acknowledged.size).toBeGreaterThan(kills);
      expect(interrupted).toBeGreaterThan(kills);
      const host = await startKillable(dataDir);
      expect(await plannedIds(host)).toEqual(expect.arrayContaining([...acknowledged]));
      if (process.env.KILLS) {
        process.stdout.write(
          `${kills} kills: ${acknowledged.size} consultations and ${closed.size} closings acknowledged, all there; ${interrupted} requests interrupted\n`,
        );
      }
    },
    30_000 + kills * 6_000,
  );
});

describe.runIf(process.platform === 'linux')('a disk that takes no more', () => {
  /** What the host may write to one file: the same to it as a disk that is full. The limit of another process can be lifted again. */
  const limit = (host: KillableHost, bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(host.pid), `--fsize=${bytes}:unlimited`]);

  it('gives an error that says so, keeps what was there, and works again when there is space', async () => {
    const dataDir = await newFolder();
    const host = await startKillable(dataDir);
    await plan(host, 'before');
    limit(host, (await stat(join(dataDir, 'clinic.db-wal'))).size + 20_000);
    const kept = ['before'];
    let refused: Awaited<ReturnType<typeof plan>> | undefined;
    for (let number = 0; number < 50 && refused === undefined; number += 1) {
      const answer = await plan(host, `filling-${number}`);
      if (answer.status === 200) kept.push(`filling-${number}`);
      else refused = answer;
    }
    expect(refused).toMatchObject({
      status: 507,
      body: { success: false, error: { code: 'STORAGE_FULL', message: expect.stringMatching(/Free space/) } },
    });
    limit(host, 8_192);
    expect((await call(host, 'POST', '/api/backup')).body.error?.code).toBe('STORAGE_FULL');
    expect(await plannedIds(host)).toEqual(expect.arrayContaining(kept));
    limit(host, 'unlimited');
    expect((await plan(host, 'after')).status).toBe(200);
    expect((await call(host, 'POST', '/api/backup')).status).toBe(200);
    await host.kill();
    const again = await startKillable(dataDir);
    expect(await plannedIds(again)).toEqual(expect.arrayContaining([...kept, 'after']));
    expect((await readdir(join(dataDir, 'backups'))).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });
});
