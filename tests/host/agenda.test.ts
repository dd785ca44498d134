import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ConsultationParts, Consultations } from '../../src/main/host/consultations/consultations.ts';
import { ConsultationStore } from '../../src/main/host/consultations/store.ts';
import type { RoomManager } from '../../src/main/host/rooms/room-manager.ts';
import { createLog } from '../../src/main/host/runtime/log.ts';
import { openDatabase } from '../../src/main/host/storage/database.ts';
import { GroupCommit } from '../../src/main/host/storage/group-commit.ts';
import { consentVersions } from '../../src/shared/consent/consent.ts';
import type { AgendaPage, Consultation } from '../../src/shared/contract/contract.ts';
import { closeTestHost, HandMadeClient, joinBy, startTestHost, type TestHost } from '../support/test-host.ts';

const hour = 60 * 60_000;

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => closeTestHost(host));
afterEach(() => vi.restoreAllMocks());

let patients = 0;
const newPatient = () => `someone-${++patients}`;

async function find(query: Record<string, string | readonly string[]>, on = host): Promise<AgendaPage> {
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, String(one)]),
  );
  const { status, body } = await on.call('GET', `/api/agenda?${new URLSearchParams(parameters)}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.data as unknown as AgendaPage;
}
const idsOf = ({ consultations }: AgendaPage) => consultations.map(({ consultationId }) => consultationId);

async function get(consultationId: string, on = host): Promise<Consultation> {
  return (await on.call('GET', `/api/consultations/${consultationId}`)).body.data as unknown as Consultation;
}

async function change(method: string, path: string, body: unknown = {}, on = host) {
  const answer = await on.call(method, `/api/consultations/${path}`, { body });
  return {
    status: answer.status,
    code: answer.body.error?.code,
    details: answer.body.error?.details,
    consultation: answer.body.data as unknown as Consultation,
  };
}

describe('the agenda', () => {
  const patientId = newPatient();
  const ids = ['a-8', 'a-9', 'a-10', 'a-12', 'a-next-day'];
  beforeAll(async () => {
    const times = [
      '2031-03-03T08:00:00-03:00',
      '2031-03-03T12:00:00Z',
      '2031-03-03T10:00:00-03:00',
      '2031-03-03T12:00:00-03:00',
      '2031-03-04T08:00:00-03:00',
    ];
    for (const [index, consultationId] of ids.entries()) {
      await host.createConsultation({ consultationId, patientId, scheduledAt: times[index] });
    }
  });

  test('has the consultations from one time until before another, in the order of their times, wherever the clock was read', async () => {
    const from = '2031-03-03T11:00:00.000Z';
    expect(idsOf(await find({ from, to: '2031-03-03T15:00:00Z' }))).toEqual(['a-8', 'a-9', 'a-10']);
    expect(idsOf(await find({ from: '2031-03-03T08:00:00-03:00', to: '2031-03-03T12:00:01-03:00' }))).toEqual(
      ['a-8', 'a-9', 'a-10', 'a-12'],
    );
    expect((await get('a-8')).scheduledAt).toBe('2031-03-03T11:00:00.000Z');
  });

  test('comes in pages that leave nothing out and repeat nothing, also of consultations at one time', async () => {
    const together = newPatient();
    for (let index = 0; index < 5; index += 1) {
      await host.createConsultation({
        consultationId: `together-${index}`,
        patientId: together,
        scheduledAt: '2031-06-01T12:00:00Z',
      });
    }
    for (const order of ['earliest', 'latest'] as const) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await find({ patientId: together, limit: '2', order, ...(cursor ? { cursor } : {}) });
        expect(page.consultations.length).toBeLessThanOrEqual(2);
        seen.push(...idsOf(page));
        cursor = page.nextCursor;
      } while (cursor);
      const expected = [0, 1, 2, 3, 4].map((index) => `together-${index}`);
      expect(seen).toEqual(order === 'earliest' ? expected : expected.reverse());
    }
  });

  test('is the history of one patient, latest first', async () => {
    expect(idsOf(await find({ patientId, order: 'latest' }))).toEqual([...ids].reverse());
  });

  test('refuses a cursor that it did not hand out, and limits that are none', async () => {
    for (const query of [
      'cursor=nonsense',
      `cursor=${Buffer.from('["x","y"]').toString('base64url')}`,
      `cursor=${Buffer.from('{}').toString('base64url')}`,
      'limit=0',
      'limit=501',
      'limit=ten',
      'state=asleep',
      'from=yesterday',
      'order=random',
    ]) {
      const { status, body } = await host.call('GET', `/api/agenda?${query}`);
      expect(status, query).toBe(400);
      expect(body.error?.code).toBe('BAD_REQUEST');
    }
  });
});

describe('the list for outside programs', () => {
  test('stays an array, newest first, and goes on after the last one received', async () => {
    const own = await startTestHost();
    try {
      for (const consultationId of ['one', 'two', 'three', 'four', 'five']) {
        await own.createConsultation({ consultationId });
      }
      const list = async (query: string) =>
        ((await own.call('GET', `/api/consultations${query}`)).body.data as unknown as Consultation[]).map(
          ({ consultationId }) => consultationId,
        );
      const all = await list('');
      expect([...all].sort()).toEqual(['five', 'four', 'one', 'three', 'two']);
      expect(await list('?limit=2')).toEqual(all.slice(0, 2));
      expect(await list(`?limit=2&after=${all[1]}`)).toEqual(all.slice(2, 4));
      expect(await list(`?limit=2&after=${all[3]}`)).toEqual(all.slice(4));
      expect((await own.call('GET', '/api/consultations?after=unknown')).status).toBe(404);
    } finally {
      await closeTestHost(own);
    }
  });
});

describe('searching', () => {
  beforeAll(async () => {
    const people = {
      's-maria': { patientName: 'María de los Ángeles Núñez', doctorName: 'Dr. Pérez', title: 'Control' },
      's-jose': { patientName: 'JOSÉ  Muñoz', doctorName: 'Dra. Añasco', title: 'Estudio 100%' },
      's-bobby': { patientName: "Robert'); DROP TABLE consultations;--", doctorName: 'Dr. Pérez' },
      's-under': { patientName: 'Ana_Paz "x" *', doctorName: 'Dr. Gómez' },
    };
    for (const [consultationId, names] of Object.entries(people)) {
      await host.createConsultation({ consultationId, ...names });
    }
  });
  const search = async (words: string) => idsOf(await find({ search: words })).sort();

  test.each([
    ['maria', ['s-maria']],
    ['MARÍA', ['s-maria']],
    ['nunez angeles', ['s-maria']],
    ['Núñez', ['s-maria']],
    ['jose munoz', ['s-jose']],
    ['José Muñoz', ['s-jose']],
    ['anasco', ['s-jose']],
    ['perez control', ['s-maria']],
    ['  estudio  ', ['s-jose']],
    ['ñ', ['s-bobby', 's-jose', 's-maria', 's-under']],
    ['nobody of that name', []],
  ])('finds by %o', async (words, expected) => {
    expect(await search(words)).toEqual(expect.arrayContaining(expected));
    if (words !== 'ñ') expect(await search(words)).toEqual(expected);
  });

  test.each([
    ['%', ['s-jose']],
    ['100%', ['s-jose']],
    ['_', ['s-under']],
    ['*', ['s-under']],
    ['"x"', ['s-under']],
    ["'", ['s-bobby']],
    ["'); drop table consultations;--", ['s-bobby']],
    ["' or '1'='1", []],
    ['\\', []],
    ['a%z', []],
    ['maria" OR "jose', []],
    ['NEAR(maria jose)', []],
  ])('takes %o as plain text', async (words, expected) => {
    expect(await search(words)).toEqual(expected);
  });

  test('finds by a name that was corrected, and no longer by the old one', async () => {
    await host.createConsultation({ consultationId: 's-corrected', patientName: 'Vilma Ibáñez' });
    await change('PATCH', 's-corrected', { patientName: 'Wilma Ibáñez' });
    expect(await search('wilma ibanez')).toEqual(['s-corrected']);
    expect(await search('vilma')).toEqual([]);
  });
});

describe('changing a consultation', () => {
  test('corrects what is named, takes away what is null and keeps the rest', async () => {
    await host.createConsultation({
      consultationId: 'u-1',
      patientName: 'Elena',
      doctorName: 'Dr. Pérez',
      title: 'Control',
      durationMinutes: 30,
    });
    const { consultation } = await change('PATCH', 'u-1', { title: null, patientName: 'Elena Ruiz' });
    expect(consultation).toMatchObject({
      patientName: 'Elena Ruiz',
      doctorName: 'Dr. Pérez',
      durationMinutes: 30,
      version: 2,
    });
    expect(consultation.title).toBeUndefined();
    expect(await get('u-1')).toEqual(consultation);
  });

  test('tells the second of two windows that the first was quicker, and keeps the first', async () => {
    await host.createConsultation({ consultationId: 'u-2', patientName: 'Elena' });
    const { version } = await get('u-2');
    const answers = await Promise.all([
      change('PATCH', 'u-2', { version, patientName: 'Elena A' }),
      change('PATCH', 'u-2', { version, patientName: 'Elena B' }),
      change('POST', 'u-2/reschedule', { version, scheduledAt: new Date(Date.now() + hour).toISOString() }),
      change('POST', 'u-2/cancel', { version }),
    ]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const [won] = answers.filter(({ status }) => status === 200);
    for (const { status, code } of answers.filter((answer) => answer !== won)) {
      expect(status).toBe(409);
      expect(['CONSULTATION_CHANGED', 'CONSULTATION_CANCELLED']).toContain(code);
    }
    expect(await get('u-2')).toEqual(won?.consultation);
    const late = await change('PATCH', 'u-2', { version, patientName: 'Elena C' });
    expect(late.code).toMatch(/CONSULTATION_(CHANGED|CANCELLED)/);
  });

  test('says which version there is now', async () => {
    await host.createConsultation({ consultationId: 'u-3' });
    await change('PATCH', 'u-3', { title: 'One' });
    const { code, details } = await change('PATCH', 'u-3', { version: 1, title: 'Two' });
    expect(code).toBe('CONSULTATION_CHANGED');
    expect(details).toEqual({ version: 2 });
    expect((await change('PATCH', 'u-3', { version: 2, title: 'Two' })).status).toBe(200);
  });

  test('moves its transport only where that is possible, and then changes nothing else either', async () => {
    await host.createConsultation({ consultationId: 'u-4', title: 'Before' });
    expect(await change('PATCH', 'u-4', { title: 'After', transport: 'sfu' })).toMatchObject({
      status: 503,
      code: 'LIVEKIT_UNAVAILABLE',
    });
    expect(await get('u-4')).toMatchObject({ title: 'Before', transport: 'auto', version: 1 });
    expect((await change('PATCH', 'u-4', { transport: 'p2p' })).consultation.transport).toBe('p2p');
  });

  test('is refused for one that has ended, with what it is', async () => {
    await host.createConsultation({ consultationId: 'u-closed' });
    await change('POST', 'u-closed/close');
    await host.createConsultation({ consultationId: 'u-cancelled' });
    await change('POST', 'u-cancelled/cancel');
    const wishes = [
      ['PATCH', '', { title: 'Late' }],
      ['POST', '/reschedule', { scheduledAt: new Date(Date.now() + hour).toISOString() }],
      ['POST', '/transport', { transport: 'p2p' }],
      ['POST', '/enter', {}],
      ['POST', '/invitations', { role: 'patient' }],
    ] as const;
    for (const [method, path, body] of wishes) {
      expect((await change(method, `u-closed${path}`, body)).code, path).toBe('CONSULTATION_CLOSED');
      expect((await change(method, `u-cancelled${path}`, body)).code, path).toBe('CONSULTATION_CANCELLED');
    }
    expect((await change('POST', 'u-closed/cancel')).code).toBe('CONSULTATION_CLOSED');
    expect((await change('POST', 'u-cancelled/close')).code).toBe('CONSULTATION_CANCELLED');
    expect((await change('PATCH', 'u-nothing', { title: 'x' })).code).toBe('CONSULTATION_NOT_FOUND');
  });

  test('to a time that has long passed is refused', async () => {
    await host.createConsultation({ consultationId: 'u-past' });
    const scheduledAt = new Date(Date.now() - 13 * hour).toISOString();
    expect((await change('POST', 'u-past/reschedule', { scheduledAt })).code).toBe('BAD_REQUEST');
  });
});

describe('cancelling', () => {
  test('tells the patient who waits, and whoever comes by the link afterwards', async () => {
    const made = await host.createConsultation({ consultationId: 'x-1' });
    const code = made.invitationUrl.split('/').at(-1);
    const { client } = await joinBy(host.url, made.patientToken);
    expect((await get('x-1')).state).toBe('waiting');
    const { consultation } = await change('POST', 'x-1/cancel', { reason: 'La doctora está enferma' });
    expect(consultation).toMatchObject({ state: 'cancelled', cancelReason: 'La doctora está enferma' });
    expect(consultation.closedAt).toBeDefined();
    expect(consultation.invitation).toBeUndefined();
    expect((await client.event('ended')).reason).toBe('cancelled');
    await client.disconnected();

    await expect(new HandMadeClient(host.url, made.patientToken).connected()).rejects.toThrow(
      'CONSULTATION_CANCELLED',
    );
    const greeting = await host.call('GET', `/api/invitations/${code}`);
    expect(greeting.body.data).toMatchObject({ closed: true, over: 'cancelled' });
    // Why is the clinic's own business.
    expect(JSON.stringify(greeting.body)).not.toContain('enferma');
    const redeemed = await host.call('POST', `/api/invitations/${code}/redeem`, {
      body: { displayName: 'Elena' },
    });
    expect(redeemed.status).toBe(409);
    expect(redeemed.body.error?.code).toBe('CONSULTATION_CANCELLED');
    expect(redeemed.body.error?.message).toContain('cancelled');
  });

  test('twice is once', async () => {
    await host.createConsultation({ consultationId: 'x-2' });
    const first = await change('POST', 'x-2/cancel', { reason: 'First' });
    const second = await change('POST', 'x-2/cancel', { reason: 'Second' });
    expect(second.status).toBe(200);
    expect(second.consultation).toEqual(first.consultation);
  });

  test('never takes a consultation from people who talk: it is closed instead', async () => {
    const made = await host.createConsultation({ consultationId: 'x-3' });
    const { client } = await joinBy(host.url, made.patientToken);
    await change('POST', `x-3/participants/${made.patientId}/admit`);
    expect((await get('x-3')).startedAt).toBeDefined();
    expect((await change('POST', 'x-3/cancel')).code).toBe('CONSULTATION_LIVE');
    const scheduledAt = new Date(Date.now() + hour).toISOString();
    expect((await change('POST', 'x-3/reschedule', { scheduledAt })).code).toBe('CONSULTATION_LIVE');
    expect(client.socket.connected).toBe(true);
    expect((await change('POST', 'x-3/close')).consultation.state).toBe('closed');
    client.close();
  });

  test('and admitting at the same moment end as one of the two, for everybody', async () => {
    for (let round = 0; round < 20; round += 1) {
      const consultationId = `x-race-${round}`;
      const made = await host.createConsultation({ consultationId });
      const { client } = await joinBy(host.url, made.patientToken);
      const wishes = [
        () => change('POST', `${consultationId}/participants/${made.patientId}/admit`),
        () => change('POST', `${consultationId}/cancel`),
      ];
      if (round % 2 === 1) wishes.reverse();
      const answers = await Promise.all(wishes.map((wish) => wish()));
      const { state } = await get(consultationId);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(['live', 'cancelled']).toContain(state);
      if (state === 'cancelled') expect((await client.event('ended')).reason).toBe('cancelled');
      else await client.event('admitted');
      client.close();
    }
  });
});

describe('states', () => {
  test('are found by what they look like now: waiting is somebody at the door', async () => {
    const patientId = newPatient();
    const waiting = await host.createConsultation({ consultationId: 'f-waiting', patientId });
    for (const consultationId of ['f-planned', 'f-closed', 'f-cancelled']) {
      await host.createConsultation({ consultationId, patientId });
    }
    const { client } = await joinBy(host.url, waiting.patientToken);
    await change('POST', 'f-closed/close');
    await change('POST', 'f-cancelled/cancel');
    const byState = async (...state: string[]) => idsOf(await find({ patientId, state })).sort();
    expect(await byState('waiting')).toEqual(['f-waiting']);
    expect(await byState('planned')).toEqual(['f-planned']);
    expect(await byState('waiting', 'cancelled')).toEqual(['f-cancelled', 'f-waiting']);
    expect(await byState('closed', 'cancelled', 'missed')).toEqual(['f-cancelled', 'f-closed']);
    client.close();
  });
});

describe('a consultation whose time passed', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'autamedica-test-'));
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  test('is missed when nobody was admitted, says so by the link, and opens again with a new time', async () => {
    const scheduledAt = new Date(Date.now() + hour).toISOString();
    const first = await startTestHost({ DATA_DIR: dataDir });
    const made = await first.createConsultation({
      consultationId: 'm-1',
      patientId: 'm',
      doctorId: 'd',
      scheduledAt,
    });
    const code = made.invitationUrl.split('/').at(-1);
    await first.createConsultation({
      consultationId: 'm-later',
      scheduledAt: new Date(Date.now() + 24 * hour).toISOString(),
    });
    const talking = await first.createConsultation({ consultationId: 'm-live', scheduledAt });
    const { client } = await joinBy(first.url, talking.patientToken);
    await change('POST', `m-live/participants/${talking.patientId}/admit`, {}, first);
    client.close();
    await first.close();

    // Half an hour before the grace ends, and half an hour after.
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 12.5 * hour);
    const soon = await startTestHost({ DATA_DIR: dataDir });
    expect((await get('m-1', soon)).state).toBe('planned');
    await soon.close();
    vi.mocked(Date.now).mockReturnValue(Date.now() + hour);
    const late = await startTestHost({ DATA_DIR: dataDir });
    try {
      expect(await get('m-1', late)).toMatchObject({ state: 'missed' });
      expect((await get('m-later', late)).state).toBe('planned');
      expect((await get('m-live', late)).state).toBe('live');
      expect(idsOf(await find({ state: 'missed' }, late))).toEqual(['m-1']);

      expect((await late.call('GET', `/api/invitations/${code}`)).body.data).toMatchObject({
        over: 'missed',
      });
      const redeem = () =>
        late.call('POST', `/api/invitations/${code}/redeem`, {
          body: { displayName: 'Elena', termsVersion: consentVersions.terms },
        });
      expect((await redeem()).body.error?.code).toBe('CONSULTATION_MISSED');
      expect((await change('POST', 'm-1/enter', {}, late)).code).toBe('CONSULTATION_MISSED');

      const again = new Date(Date.now() + 2 * hour).toISOString();
      const { consultation } = await change('POST', 'm-1/reschedule', { scheduledAt: again }, late);
      expect(consultation).toMatchObject({ state: 'planned', scheduledAt: again });
      expect(consultation.closedAt).toBeUndefined();
      expect((await redeem()).status).toBe(200);
    } finally {
      await late.close();
    }
  });

  test('opens again when an outside program creates it once more', async () => {
    const own = await startTestHost();
    const input = { consultationId: 'm-2', patientId: 'm', doctorId: 'd' };
    await own.createConsultation(input);
    await own.close();
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 13 * hour);
    const late = await startTestHost({ DATA_DIR: own.dataDir });
    try {
      expect((await get('m-2', late)).state).toBe('missed');
      expect((await late.createConsultation(input)).roomName).toBe('consultation-m-2');
      expect((await get('m-2', late)).state).toBe('planned');
    } finally {
      await closeTestHost(late);
    }
  });

  test('is not missed while somebody is in its room', async () => {
    const database = await openDatabase(join(dataDir, 'rooms.db'), 'k'.repeat(43));
    const store = new ConsultationStore(database, new GroupCommit(database));
    const now = Date.now();
    for (const consultationId of ['inhabited', 'left', 'deserted']) {
      await store.insert({
        consultationId,
        roomName: `consultation-${consultationId}`,
        roomSid: 'RM_x',
        patientId: 'p',
        doctorId: 'd',
        state: 'planned',
        transport: 'auto',
        createdAt: new Date(now - 13 * hour).toISOString(),
        version: 1,
      });
    }
    const roomOf = (consultationId: string, emptySince?: number) => ({
      settings: { consultationId },
      emptySince,
    });
    const parts: Partial<ConsultationParts> = {
      store,
      now: () => now,
      log: createLog({ format: 'json', level: 'silent' }),
      rooms: { rooms: [roomOf('inhabited'), roomOf('left', now)] } as unknown as RoomManager,
    };
    // The row is read first, so that it would be answered from memory if nobody forgot it.
    expect((await store.find('deserted'))?.state).toBe('planned');
    await new Consultations(parts as ConsultationParts).passTime();
    expect((await store.find('inhabited'))?.state).toBe('planned');
    expect((await store.find('left'))?.state).toBe('missed');
    expect((await store.find('deserted'))?.state).toBe('missed');
    await database.destroy();
  });
});
