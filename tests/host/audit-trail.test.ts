/** The audit log over time, on a real database: when its end is signed, and what becomes of entries that the disk does not take. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clinicItself, type Fact } from '../../src/main/host/audit/fact.ts';
import { SigningKey } from '../../src/main/host/audit/signing-key.ts';
import { AuditStore } from '../../src/main/host/audit/store.ts';
import { AuditTrail } from '../../src/main/host/audit/trail.ts';
import { createLog } from '../../src/main/host/runtime/log.ts';
import { type Database, openDatabase } from '../../src/main/host/storage/database.ts';
import { GroupCommit } from '../../src/main/host/storage/group-commit.ts';
import type { AuditEntry } from '../../src/shared/contract/audit.ts';
import { startHostProcess } from '../support/killable-host.ts';

const key = 'k'.repeat(43);
const log = createLog({ format: 'json', level: 'silent' });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-trail-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the end of the log is signed', () => {
  let database: Database;
  let commits: GroupCommit;
  let trail: AuditTrail;
  const done: Fact = { event: 'backup.create', caller: clinicItself, outcome: 'ok' };
  const act = () => trail.during(done, 'each', async () => undefined);
  const lastSigned = () => new AuditStore(database).lastSigned();

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    database = await openDatabase(join(folder, 'clinic.db'), key);
    commits = new GroupCommit(database);
    trail = await AuditTrail.open({ database, commits, key: SigningKey.of(key), log, now: () => Date.now() });
  });
  afterEach(async () => {
    await trail.close();
    await database.destroy();
    vi.useRealTimers();
  });

  it('after each thousand entries', async () => {
    // One entry is the start.
    for (let number = 1; number < 999; number += 1) await act();
    await commits.hurry();
    expect(await lastSigned()).toBe(0);
    await act();
    await commits.hurry();
    expect(await lastSigned()).toBe(1_000);
    await Promise.all(Array.from({ length: 2_500 }, act));
    await commits.hurry();
    expect(await lastSigned()).toBeGreaterThanOrEqual(2_500);
  });

  it('every five minutes, when something was added', async () => {
    await act();
    vi.advanceTimersByTime(299_000);
    await commits.hurry();
    expect(await lastSigned()).toBe(0);
    vi.advanceTimersByTime(1_000);
    await commits.hurry();
    expect(await lastSigned()).toBe(2);
    vi.advanceTimersByTime(300_000);
    await act();
    expect(await lastSigned()).toBe(2);
    vi.advanceTimersByTime(300_000);
    await commits.hurry();
    expect(await lastSigned()).toBe(3);
  });
});

describe.runIf(process.platform === 'linux')('while the disk takes nothing', () => {
  it('people can read, and each look is in the log, in its order and with its time, as soon as there is space', async () => {
    const dataDir = join(folder, 'data');
    const host = await startHostProcess(dataDir);
    const limit = (bytes: number | 'unlimited') =>
      execFileSync('prlimit', ['--pid', String(host.pid), `--fsize=${bytes}:unlimited`]);
    const call = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(`${host.url}${path}`, {
        method,
        ...(body === undefined
          ? {}
          : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      return { status: response.status, data: ((await response.json()) as { data?: unknown }).data };
    };
    const create = (consultationId: string) =>
      call('POST', '/api/consultations/create', { consultationId, patientId: 'p', doctorId: 'd' });
    try {
      for (const id of ['one', 'two', 'three']) expect((await create(id)).status).toBe(200);
      limit((await stat(join(dataDir, 'clinic.db-wal'))).size);
      const before = new Date().toISOString();
      for (const id of ['one', 'two', 'three']) {
        expect((await call('GET', `/api/consultations/${id}/notes`)).status).toBe(200);
      }
      expect((await create('four')).status).toBe(507);
      const full = new Date().toISOString();
      limit('unlimited');
      expect((await create('five')).status).toBe(200);

      const { data } = await call('GET', '/api/audit?limit=500');
      const added = (data as { entries: AuditEntry[] }).entries
        .filter(({ at, event }) => at >= before && !event.startsWith('room.'))
        .map(({ event, consultationId, outcome }) => `${event} ${consultationId} ${outcome}`)
        .reverse();
      expect(added).toEqual([
        'note.get one ok',
        'note.get two ok',
        'note.get three ok',
        'consultation.create four STORAGE_FULL',
        'consultation.create five ok',
      ]);
      const waited = (data as { entries: AuditEntry[] }).entries.filter(({ event }) => event === 'note.get');
      expect(waited.every(({ at }) => at >= before && at <= full)).toBe(true);
      expect((await call('POST', '/api/audit/verify')).data).toMatchObject({ sound: true });
    } finally {
      await host.kill();
    }
  });
});
