/** Everything that happens at the clinic arrives in its Supabase exactly once and in order, whoever goes away meanwhile. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ConsultationStore } from '../../src/main/host/consultations/store.ts';
import { createLog } from '../../src/main/host/runtime/log.ts';
import { loadSecrets } from '../../src/main/host/runtime/secrets.ts';
import { type Database, openDatabase } from '../../src/main/host/storage/database.ts';
import { GroupCommit } from '../../src/main/host/storage/group-commit.ts';
import { Outbox } from '../../src/main/host/sync/outbox.ts';
import { Sender } from '../../src/main/host/sync/sender.ts';
import { connectSupabase } from '../../src/main/host/sync/supabase.ts';
import type { TrackingStatus } from '../../src/shared/contract/tracking.ts';
import { type KillableHost, startHostProcess } from '../support/killable-host.ts';
import { untilWithin } from '../support/until.ts';
import { keys, SupabaseStandIn } from './supabase-stand-in.ts';

// Long enough for a computer that has much else to do; nothing here waits for a time to pass.
vi.setConfig({ testTimeout: 180_000 });
const until = untilWithin(90_000);

let supabase: SupabaseStandIn;
let dataDir: string;
let hosts: KillableHost[] = [];
beforeAll(async () => {
  supabase = await SupabaseStandIn.start();
});
afterAll(() => supabase?.close());
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'autamedica-test-'));
  supabase.change({});
  await supabase.sql('truncate public.consultation_events');
});
afterEach(async () => {
  for (const host of hosts) await host.kill();
  hosts = [];
  await rm(dataDir, { recursive: true, force: true });
});

const environment = () => ({ SUPABASE_URL: supabase.url, SUPABASE_SERVICE_KEY: keys.service });

async function startHost(settings: Record<string, string> = environment()): Promise<KillableHost> {
  const host = await startHostProcess(dataDir, settings);
  hosts.push(host);
  return host;
}

async function call<T>(host: KillableHost, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${host.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as { success: boolean; data: T; error?: { code: string } };
  if (!answer.success) throw new Error(`${path}: ${answer.error?.code}`);
  return answer.data;
}

const status = (host: KillableHost) => call<TrackingStatus>(host, 'GET', '/api/tracking');
const create = (host: KillableHost, id: string) =>
  call(host, 'POST', '/api/consultations/create', {
    consultationId: id,
    patientId: `patient-of-${id}`,
    doctorId: 'doctor',
    patientName: 'Ana Pérez',
  });
const close = (host: KillableHost, id: string) => call(host, 'POST', `/api/consultations/${id}/close`);

const drained = (host: KillableHost) =>
  until('everything is sent', async () => (await status(host)).pending === 0);

interface Arrived {
  readonly id: string;
  readonly consultation_id: string;
  readonly generation: number;
  readonly sequence: number;
  readonly kind: string;
  readonly data: Record<string, unknown>;
}
const arrived = () =>
  supabase.query<Arrived>(
    'select * from public.consultation_events order by consultation_id, generation, sequence',
  );

/** For each consultation its events in the order of their numbers: 1, 2, 3, none missing and none twice. */
async function arrivedInOrder(): Promise<Map<string, Arrived[]>> {
  const rows = await arrived();
  const consultations = new Map<string, Arrived[]>();
  for (const row of rows) {
    consultations.set(row.consultation_id, [...(consultations.get(row.consultation_id) ?? []), row]);
  }
  for (const events of consultations.values()) {
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  }
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  return consultations;
}

/** A clinic whose outbox holds many events, as after a long time offline. @returns their ids, in order. */
async function fill(consultations: number, changes: number): Promise<string[]> {
  const { secrets } = loadSecrets(dataDir, {});
  const database = await openDatabase(join(dataDir, 'clinic.db'), secrets.databaseKey);
  const commits = new GroupCommit(database);
  const outbox = await Outbox.open(database, commits, supabase.url, Date.now);
  const store = new ConsultationStore(database, commits);
  await Promise.all(
    Array.from({ length: consultations }, (_, index) =>
      store.insert({
        consultationId: `c-${index}`,
        roomName: `consultation-c-${index}`,
        roomSid: 'RM_x',
        patientId: `patient-${index}`,
        doctorId: 'doctor',
        state: 'planned',
        transport: 'auto',
        scheduledAt: '2099-03-01T10:00:00.000Z',
        createdAt: '2026-03-01T10:00:00.000Z',
        version: 1,
      }),
    ),
  );
  // Consultation by consultation in turn, so that each batch holds some of all.
  for (let change = 1; change < changes; change += 1) {
    await commits.run((transaction) =>
      transaction.updateTable('consultations').set({ duration_minutes: change }).execute(),
    );
  }
  const ids = (await outbox.next(1_000_000)).map(({ id }) => id);
  await database.destroy();
  return ids;
}

test('a consultation is told of as it happens, and can be asked for as it is now', async () => {
  const host = await startHost();
  await create(host, 'one');
  await create(host, 'two');
  await close(host, 'one');
  await until('all of it is there', async () => (await arrived()).length >= 3);
  const consultations = await arrivedInOrder();
  expect(consultations.get('one')?.map(({ kind }) => kind)).toEqual([
    'consultation.created',
    'consultation.closed',
  ]);
  expect(
    await supabase.query('select consultation_id, state, patient_id from public.consultations_now'),
  ).toEqual([
    { consultation_id: 'one', state: 'closed', patient_id: 'patient-of-one' },
    { consultation_id: 'two', state: 'planned', patient_id: 'patient-of-two' },
  ]);
  expect(JSON.stringify(await arrived())).not.toContain('Ana');
  await until('the outbox is empty', async () => (await status(host)).pending === 0);
  expect(await status(host)).toEqual({
    project: supabase.url,
    pending: 0,
    refused: 0,
    refusedEvents: [],
    lastSentAt: expect.stringMatching(/^2/),
  });
});

test('Supabase is down, the clinic goes on and is started again; when Supabase is back everything is there once', async () => {
  await supabase.shut();
  const first = await startHost();
  await create(first, 'one');
  await until('it is said', async () => (await status(first)).problem?.kind === 'unreachable');
  expect((await status(first)).pending).toBe(1);
  await first.kill();
  const second = await startHost();
  await close(second, 'one');
  expect((await status(second)).pending).toBe(2);
  await supabase.open();
  await drained(second);
  const consultations = await arrivedInOrder();
  expect(consultations.get('one')?.map(({ kind }) => kind)).toEqual([
    'consultation.created',
    'consultation.closed',
  ]);
});

test('Supabase is slow: the clinic is not, and nothing arrives twice', async () => {
  let answer = () => {};
  const slowly = new Promise<void>((resolve) => {
    answer = resolve;
  });
  supabase.change({ before: () => slowly });
  const host = await startHost();
  for (let index = 0; index < 20; index += 1) await create(host, `c-${index}`);
  // All of that while the first request waits.
  expect(supabase.requests).toBe(1);
  expect((await status(host)).pending).toBe(20);
  answer();
  await drained(host);
  expect((await arrivedInOrder()).size).toBe(20);
  expect(supabase.requests).toBeLessThan(10);
});

test('lines that are cut when the rows are there and the answer is not: they are sent again and stay one each', async () => {
  supabase.change({ after: (number) => (number < 3 ? 'cut' : undefined) });
  const ids = await fill(50, 4);
  const host = await startHost();
  await drained(host);
  await arrivedInOrder();
  expect((await arrived()).map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(supabase.requests).toBeGreaterThan(3);
  expect((await status(host)).refused).toBe(0);
});

test('Supabase refuses one row: it is set aside with the reason, the others go on, and once it is taken it has its place', async () => {
  await supabase.sql(
    `alter table public.consultation_events add constraint no_such_people check (data ->> 'patientId' <> 'patient-7' or sequence <> 2)`,
  );
  const ids = await fill(20, 5);
  const host = await startHost();
  await drained(host);
  const { refused, refusedEvents } = await status(host);
  expect(refused).toBe(1);
  expect(refusedEvents).toMatchObject([
    {
      consultationId: 'c-7',
      kind: 'consultation.changed',
      because: expect.stringContaining('no_such_people'),
    },
  ]);
  const seven = (await arrived()).filter((row) => row.consultation_id === 'c-7');
  expect(seven.map(({ sequence }) => sequence)).toEqual([1, 3, 4, 5]);
  expect(await arrived()).toHaveLength(99);

  await supabase.sql('alter table public.consultation_events drop constraint no_such_people');
  await call(host, 'POST', '/api/tracking/retry');
  await drained(host);
  expect((await status(host)).refused).toBe(0);
  await arrivedInOrder();
  expect((await arrived()).map(({ id }) => id).sort()).toEqual([...ids].sort());
});

test('a key that may not write, and tables that are not there, are said; nothing is set aside, and it goes on by itself', async () => {
  const wrong = await startHost({ ...environment(), SUPABASE_SERVICE_KEY: keys.anon });
  await create(wrong, 'one');
  await until('the key is named', async () => (await status(wrong)).problem?.kind === 'key');
  await wrong.kill();

  await supabase.sql('alter table public.consultation_events rename to gone');
  await supabase.sql(`notify pgrst, 'reload schema'`);
  const host = await startHost();
  await until('the schema is named', async () => (await status(host)).problem?.kind === 'schema');
  expect(await status(host)).toMatchObject({ pending: 1, refused: 0 });
  await supabase.sql('alter table public.gone rename to consultation_events');
  await supabase.sql(`notify pgrst, 'reload schema'`);
  await drained(host);
  expect(await arrived()).toHaveLength(1);
});

describe('10,000 events', () => {
  const consultations = 100;
  const changes = 100;

  test('arrive in order, and how long it takes', async () => {
    const ids = await fill(consultations, changes);
    expect(ids).toHaveLength(10_000);
    const begun = performance.now();
    const host = await startHost();
    await drained(host);
    const seconds = (performance.now() - begun) / 1_000;
    process.stdout.write(`10,000 events were sent within ${seconds.toFixed(1)} s of the host's start\n`);
    await arrivedInOrder();
    // Also by arrival, because nothing was set aside: a batch has one time.
    const received = new Map(
      (
        await supabase.query<{ id: string; at: number }>(
          'select id, extract(epoch from received_at) as at from public.consultation_events',
        )
      ).map(({ id, at }) => [id, at]),
    );
    const times = ids.map((id) => received.get(id) ?? 0);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(times[0]).toBeGreaterThan(0);
  });

  test('Supabase and the host are killed at the same time in the middle, again and again; afterwards each is there once', async () => {
    const ids = await fill(consultations, changes);
    let host = await startHost();
    let kills = 0;
    // With rows on their way, or there and not yet known to be.
    for (const where of ['before', 'after', 'before', 'after'] as const) {
      const enough = new Promise<void>((resolve) => {
        const fourth = (number: number) => {
          if (number === 3) resolve();
          return number >= 3 ? ('cut' as const) : undefined;
        };
        supabase.change(where === 'before' ? { before: (number) => void fourth(number) } : { after: fourth });
      });
      await enough;
      await Promise.all([
        host.kill(),
        supabase.killDatabase(),
        kills % 2 === 1 ? supabase.killFront() : undefined,
      ]);
      kills += 1;
      // The clinic comes back before its Supabase does, and works.
      host = await startHost();
      await create(host, `live-${kills}`);
      await supabase.startDatabase();
      if (kills % 2 === 0) await supabase.startFront();
      const there = await supabase.query<{ count: number }>(
        'select count(*)::int as count from public.consultation_events',
      );
      expect(there[0]?.count).toBeGreaterThan(0);
      expect(there[0]?.count).toBeLessThan(10_000);
    }
    supabase.change({});
    await call(host, 'POST', '/api/tracking/retry');
    for (let kill = 1; kill <= kills; kill += 1) await close(host, `live-${kill}`);
    await drained(host);

    const events = await arrivedInOrder();
    expect(events.size).toBe(consultations + kills);
    for (let index = 0; index < consultations; index += 1)
      expect(events.get(`c-${index}`)).toHaveLength(changes);
    for (let kill = 1; kill <= kills; kill += 1) {
      expect(events.get(`live-${kill}`)?.map(({ kind }) => kind)).toEqual([
        'consultation.created',
        'consultation.closed',
      ]);
    }
    const rows = await arrived();
    expect(rows).toHaveLength(10_000 + 2 * kills);
    const told = new Set(rows.map(({ id }) => id));
    expect(ids.every((id) => told.has(id))).toBe(true);
    expect(await status(host)).toMatchObject({ pending: 0, refused: 0 });
  });
});

describe('an answer that takes too long', () => {
  let database: Database;
  let sender: Sender | undefined;
  afterEach(async () => {
    await sender?.close();
    await database?.destroy();
  });

  test('counts as none: fewer are sent at a time, and nothing arrives twice', async () => {
    const ids = await fill(20, 10);
    const { secrets } = loadSecrets(dataDir, {});
    database = await openDatabase(join(dataDir, 'clinic.db'), secrets.databaseKey);
    const outbox = await Outbox.open(database, new GroupCommit(database), supabase.url, Date.now);
    supabase.change({
      after: async (number) => {
        if (number < 2) await new Promise((resolve) => setTimeout(resolve, 1_000));
        return undefined;
      },
    });
    const pauses: number[] = [];
    sender = new Sender({
      source: outbox,
      destination: await connectSupabase(
        { url: supabase.url, serviceKey: keys.service },
        outbox.clinicId,
        400,
      ),
      log: createLog({ format: 'json', level: 'silent' }),
      now: Date.now,
      chance: () => 0,
      idle: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      pause: async (milliseconds) => {
        pauses.push(milliseconds);
      },
    });
    sender.start();
    await until('everything is sent', async () => (await outbox.counts()).pending === 0);
    expect(pauses.length).toBeGreaterThanOrEqual(2);
    await arrivedInOrder();
    expect((await arrived()).map(({ id }) => id).sort()).toEqual([...ids].sort());
  });
});
