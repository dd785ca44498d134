/** What the outbox is told of consultations, and that this is one with the change itself. Supabase itself is in tests/services. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConsultationStore, type StoredConsultation } from '../../src/main/host/consultations/store.ts';
import { loadSecrets } from '../../src/main/host/runtime/secrets.ts';
import { type Database, openDatabase } from '../../src/main/host/storage/database.ts';
import { GroupCommit } from '../../src/main/host/storage/group-commit.ts';
import { restoreBackup } from '../../src/main/host/storage/restore.ts';
import { Outbox } from '../../src/main/host/sync/outbox.ts';
import { closeTestHost, OpenClients, startTestHost, type TestHost } from '../support/test-host.ts';
import { untilWithin } from '../support/until.ts';

const until = untilWithin(5_000);
const key = 'k'.repeat(43);
const project = 'https://a-clinic.supabase.co';
/** Nobody listens there: a project that is away. */
const away = { SUPABASE_URL: 'http://127.0.0.1:9', SUPABASE_SERVICE_KEY: 'a-service-key' };
const now = () => Date.parse('2026-03-01T12:00:00Z');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function consultation(id: string, change: Partial<StoredConsultation> = {}): StoredConsultation {
  return {
    consultationId: id,
    roomName: `consultation-${id}`,
    roomSid: 'RM_x',
    patientId: `patient-of-${id}`,
    doctorId: 'doctor',
    patientName: 'Ana Pérez',
    doctorName: 'Dr. Gómez',
    title: 'Presión alta',
    state: 'planned',
    transport: 'auto',
    createdAt: '2026-03-01T10:00:00.000Z',
    version: 1,
    ...change,
  };
}

describe('in the database', () => {
  let database: Database;
  let commits: GroupCommit;
  let store: ConsultationStore;
  const open = (url: string | undefined) => Outbox.open(database, commits, url, now);
  beforeEach(async () => {
    database = await openDatabase(join(folder, 'clinic.db'), key);
    commits = new GroupCommit(database);
    store = new ConsultationStore(database, commits);
  });
  afterEach(() => database.destroy());

  test('without Supabase nothing is written for it', async () => {
    const outbox = await open(undefined);
    await store.insert(consultation('one'));
    await store.setTransport('one', 'p2p');
    expect(await outbox.counts()).toEqual({ pending: 0, refused: 0, lastSentAt: undefined });
    expect(await outbox.next(10)).toEqual([]);
  });

  test('each change is one event, numbered within its consultation, with ids, states and times but no words', async () => {
    const outbox = await open(project);
    await store.insert(consultation('one'));
    await store.insert(consultation('two'));
    const one = await store.find('one');
    if (one === undefined) throw new Error('not kept');
    const live = await store.replace(one, { state: 'live', startedAt: '2026-03-01T10:05:00.000Z' }, false);
    if (live === undefined) throw new Error('not live');
    await store.replace(live, { title: 'Otra cosa' }, true);
    await store.setTransport('one', 'p2p');
    await store.setRoomSid('one', 'RM_y');

    const events = await outbox.next(10);
    expect(
      events.map((event) => [event.consultationId, event.generation, event.sequence, event.kind]),
    ).toEqual([
      ['one', 1, 1, 'consultation.created'],
      ['two', 1, 1, 'consultation.created'],
      ['one', 1, 2, 'consultation.started'],
      ['one', 1, 3, 'consultation.changed'],
    ]);
    expect(events[2]?.data).toEqual({
      state: 'live',
      patientId: 'patient-of-one',
      doctorId: 'doctor',
      transport: 'auto',
      scheduledAt: null,
      durationMinutes: null,
      createdAt: '2026-03-01T10:00:00.000Z',
      startedAt: '2026-03-01T10:05:00.000Z',
      endedAt: null,
      version: 1,
      messages: 0,
      files: 0,
    });
    expect(new Set(events.map(({ id }) => id)).size).toBe(4);
    for (const { id, at } of events) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(new Date(at).toISOString()).toBe(at);
    }
    expect(JSON.stringify(events)).not.toMatch(/Ana|Pérez|Gómez|Presión|Otra/);
  });

  test('a change that is rolled back is not told of', async () => {
    const outbox = await open(project);
    await store.insert(consultation('one'));
    const failed = commits.run(async (transaction) => {
      await transaction.updateTable('consultations').set({ state: 'closed' }).execute();
      throw new Error('power cut');
    });
    await expect(failed).rejects.toThrow('power cut');
    expect((await outbox.next(10)).map(({ kind }) => kind)).toEqual(['consultation.created']);
  });

  test('a project that is new is told once how every consultation is, and not again at each start', async () => {
    await open(undefined);
    await store.insert(consultation('one'));
    await store.insert(consultation('two', { createdAt: '2026-03-01T11:00:00.000Z' }));
    const told = async (url: string | undefined) => {
      const events = await (await open(url)).next(10);
      return events.map((event) => `${event.consultationId} ${event.sequence} ${event.kind}`);
    };
    const snapshots = ['one 1 consultation.snapshot', 'two 1 consultation.snapshot'];
    expect(await told(project)).toEqual(snapshots);
    expect(await told(project)).toEqual(snapshots);
    await open(undefined);
    await store.setTransport('one', 'p2p');
    expect((await told('https://another.supabase.co')).slice(2)).toEqual([
      'one 2 consultation.snapshot',
      'two 2 consultation.snapshot',
    ]);
  });

  test('what was sent goes; what was refused waits apart with its reason until it is tried again, in its old place', async () => {
    const outbox = await open(project);
    for (const id of ['one', 'two', 'three']) await store.insert(consultation(id));
    const [first, second, third] = await outbox.next(10);
    await outbox.refused(first?.number ?? 0, '23514: violates a check');
    await outbox.sent([second?.number ?? 0]);
    expect(await outbox.counts()).toEqual({
      pending: 1,
      refused: 1,
      lastSentAt: '2026-03-01T12:00:00.000Z',
    });
    expect(await outbox.refusedEvents()).toEqual([
      {
        id: first?.id,
        consultationId: 'one',
        kind: 'consultation.created',
        at: first?.at,
        refusedAt: '2026-03-01T12:00:00.000Z',
        because: '23514: violates a check',
      },
    ]);
    expect(await outbox.next(10)).toEqual([third]);
    expect(await outbox.retryRefused()).toBe(1);
    expect(await outbox.next(10)).toEqual([first, third]);
  });

  test('numbers go on after everything was sent', async () => {
    const outbox = await open(project);
    await store.insert(consultation('one'));
    await outbox.sent((await outbox.next(10)).map(({ number }) => number));
    await store.setTransport('one', 'p2p');
    expect((await outbox.next(10)).map(({ number, sequence }) => [number, sequence])).toEqual([[2, 2]]);
  });
});

describe('in a host', () => {
  const clients = new OpenClients();
  const hosts: TestHost[] = [];
  const start = async (environment: Record<string, string>) => {
    const host = await startTestHost(environment);
    hosts.push(host);
    return host;
  };
  afterEach(async () => {
    clients.closeAll();
    for (const host of hosts.splice(0)) await closeTestHost(host);
  });
  const status = async (host: TestHost) => (await host.call('GET', '/api/tracking')).body.data as unknown;
  /** The outbox as it was left by a host that has stopped. */
  async function eventsIn(dataDir: string) {
    const { secrets } = loadSecrets(dataDir, {});
    const database = await openDatabase(join(dataDir, 'clinic.db'), secrets.databaseKey);
    const outbox = await Outbox.open(database, new GroupCommit(database), away.SUPABASE_URL, now);
    const events = await outbox.next(100);
    await database.destroy();
    return events;
  }

  test('a whole consultation is told of: planned, people and consents, closed', async () => {
    const host = await start(away);
    const { consultationId, patientId, doctorId, patientToken, doctorToken } = await host.createConsultation({
      patientName: 'Ana Pérez',
    });
    const patient = await clients.join(host.url, patientToken);
    const doctor = await clients.join(host.url, doctorToken);
    const admit = await host.call(
      'POST',
      `/api/consultations/${consultationId}/participants/${patientId}/admit`,
    );
    expect(admit.status).toBe(200);
    await patient.client.event('admitted');
    await doctor.client.request('message', { id: 'message-1', text: 'Buen día' });
    await patient.client.request('leave');
    await host.call('POST', `/api/consultations/${consultationId}/close`);
    await host.close();

    const events = await eventsIn(host.dataDir);
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
    const told = events.map(({ kind, data }) => (data.identity ? `${kind} ${data.identity}` : kind));
    expect(told).toEqual(
      expect.arrayContaining([
        'consultation.created',
        `participant.joined ${patientId}`,
        `participant.joined ${doctorId}`,
        `participant.admitted ${patientId}`,
        'consultation.started',
        `participant.left ${patientId}`,
        `participant.left ${doctorId}`,
        'consultation.closed',
      ]),
    );
    expect(events.find(({ kind }) => kind === 'consultation.closed')?.data).toMatchObject({
      state: 'closed',
      messages: 1,
    });
    expect(JSON.stringify(events)).not.toMatch(/Ana|Buen/);
  });

  test('while Supabase is away everything else works, and the status says what waits and why', async () => {
    const host = await start(away);
    await host.createConsultation();
    const said = await until('a problem is said', async () => {
      const now = (await status(host)) as { pending: number; problem?: { kind: string } };
      return now.problem && now;
    });
    expect(said).toMatchObject({
      project: 'http://127.0.0.1:9',
      pending: 1,
      refused: 0,
      problem: { kind: 'unreachable' },
    });
    expect((await host.call('GET', '/health')).body.status).toBe('ok');
  });

  test('without Supabase there is no project and nothing waits', async () => {
    const host = await start({});
    await host.createConsultation();
    expect(await status(host)).toEqual({ pending: 0, refused: 0, refusedEvents: [] });
  });

  test('a backup that is restored begins a new generation, because its next numbers were used before', async () => {
    const host = await start(away);
    const { consultationId } = await host.createConsultation();
    const { body } = await host.call('POST', '/api/backup');
    await host.call('POST', `/api/consultations/${consultationId}/close`);
    await host.close();
    await restoreBackup(String(body.data?.folder), host.dataDir, {}, now());
    const again = await startTestHost({ ...away, DATA_DIR: host.dataDir });
    await again.call('POST', `/api/consultations/${consultationId}/close`);
    await again.close();
    expect(
      (await eventsIn(host.dataDir)).map((event) => [event.generation, event.sequence, event.kind]),
    ).toEqual([
      [1, 1, 'consultation.created'],
      [2, 2, 'consultation.closed'],
    ]);
  });
});
