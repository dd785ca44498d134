/** The chat by hand-made clients: its order, its durability, and everybody who tries to read or write what is not theirs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Marks, type Message, maxMessageLength } from '../../src/shared/signaling/chat.ts';
import {
  agreeToObserver,
  type CreatedConsultation,
  closeTestHost,
  inviteTo,
  OpenClients,
  redeem,
  startTestHost,
  type TestHost,
} from '../support/test-host.ts';

let host: TestHost;
const clients = new OpenClients();

beforeAll(async () => {
  host = await startTestHost();
});
afterEach(() => clients.closeAll());
afterAll(() => closeTestHost(host));

/** Joined, and everything of the chat that it is told. */
async function enter(token: string, url = host.url) {
  const { client } = await clients.join(url, token);
  const told: Message[] = [];
  const marks: Marks[] = [];
  client.socket.on('message', (message) => told.push(message));
  client.socket.on('marks', (one) => marks.push(one));
  return {
    client,
    told,
    marks,
    say: async (id: string, text: string) => (await client.request('message', { id, text })).message,
    refusal: async (name: string, payload: unknown) => {
      const answer = await client.send(name, payload);
      return answer.ok ? 'done' : answer.error.code;
    },
    /** What was sent to it before this is now in `told` and `marks`. */
    settled: () => client.request('echo'),
  };
}

const admit = (consultationId: string, identity: string, on = host) =>
  on.call('POST', `/api/consultations/${consultationId}/participants/${identity}/admit`);

async function meet(on = host) {
  const consultation = await on.createConsultation();
  const doctor = await enter(consultation.doctorToken, on.url);
  const patient = await enter(consultation.patientToken, on.url);
  expect((await admit(consultation.consultationId, consultation.patientId, on)).status).toBe(200);
  return { consultation, doctor, patient };
}

async function observe(consultation: CreatedConsultation, admitted: boolean) {
  const { consultationId } = consultation;
  const code = await inviteTo(host, consultationId, { role: 'observer' });
  const { token, identity } = await redeem(host, code, 'Lucía');
  const observer = await enter(token);
  if (admitted) {
    await agreeToObserver(host, consultation, identity);
    expect((await admit(consultationId, identity)).status).toBe(200);
  }
  return observer;
}

describe('what is said', () => {
  test('reaches the other side with a number, a name and the time of the host, and is acknowledged', async () => {
    const { consultation, doctor, patient } = await meet();
    const said = await patient.say('message-1', '¿Me escucha?\nSí 😀');
    expect(said).toEqual({
      number: 1,
      id: 'message-1',
      from: consultation.patientId,
      role: 'patient',
      name: expect.any(String),
      sentAt: expect.stringMatching(/^\d{4}-.*Z$/),
      text: '¿Me escucha?\nSí 😀',
    });
    await doctor.settled();
    expect(doctor.told).toEqual([said]);
    expect(patient.told).toEqual([]);
  });

  test('is one message however often its id is sent, also at once, and told once', async () => {
    const { doctor, patient } = await meet();
    const answers = await Promise.all([
      patient.say('message-1', 'one'),
      patient.say('message-1', 'one'),
      patient.say('message-1', 'another text under the same id'),
    ]);
    expect(answers.map(({ number, text }) => ({ number, text }))).toEqual(
      Array.from({ length: 3 }, () => ({ number: 1, text: 'one' })),
    );
    await doctor.settled();
    expect(doctor.told).toHaveLength(1);
    expect((await patient.client.request('messages', { after: 0 })).last).toBe(1);
  });

  test('is kept apart when two people use the same id', async () => {
    const { doctor, patient } = await meet();
    await Promise.all([patient.say('message-1', 'mine'), doctor.say('message-1', 'yours')]);
    const { messages } = await doctor.client.request('messages', { after: 0 });
    expect(messages.map(({ text }) => text).sort()).toEqual(['mine', 'yours']);
  });

  test('is numbered without holes when both write at once, the same for both and by consultation', async () => {
    const { doctor, patient } = await meet();
    const other = await meet();
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => [
        doctor.say(`from-doctor-${index}`, 'd'),
        patient.say(`from-patient-${index}`, 'p'),
        other.patient.say(`elsewhere-${index}`, 'x'),
      ]).flat(),
    );
    const { messages, last } = await patient.client.request('messages', { after: 0 });
    expect(last).toBe(40);
    expect(messages.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(messages.some(({ text }) => text === 'x')).toBe(false);
    expect((await other.doctor.client.request('messages', { after: 0 })).last).toBe(20);
  });

  test('comes in pages for somebody who was away', async () => {
    const { doctor, patient, consultation } = await meet();
    // Two people, because one may not write so much at once.
    for (let index = 0; index < 30; index += 1) {
      await Promise.all([doctor.say(`from-doctor-${index}`, 'd'), patient.say(`from-patient-${index}`, 'p')]);
    }
    const observers = await observe(consultation, true);
    const first = await observers.client.request('messages', { after: 0 });
    expect(first).toMatchObject({ last: 60 });
    const rest = await observers.client.request('messages', { after: 57 });
    expect(rest.messages.map(({ number }) => number)).toEqual([58, 59, 60]);
    expect(await observers.client.request('messages', { after: 60 })).toMatchObject({
      messages: [],
      last: 60,
    });
    expect(await observers.client.request('messages', { after: 9_999 })).toMatchObject({
      messages: [],
      last: 60,
    });
  });

  test.each([
    ['no text', { id: 'message-1' }],
    ['nothing to read', { id: 'message-1', text: ' \n\t ' }],
    ['too long a text', { id: 'message-1', text: 'x'.repeat(maxMessageLength + 1) }],
    ['control characters', { id: 'message-1', text: 'a\u0000b' }],
    ['half a character', { id: 'message-1', text: 'a\ud800b' }],
    ['no id', { text: 'a' }],
    ['too short an id', { id: 'a', text: 'a' }],
    ['an id with anything in it', { id: "a'; drop table messages; --", text: 'a' }],
    ['an object as text', { id: 'message-1', text: { toString: 'a' } }],
  ])('is refused with %s', async (_what, payload) => {
    const { patient } = await meet();
    expect(await patient.refusal('message', payload)).toBe('BAD_REQUEST');
    expect((await patient.client.request('messages', { after: 0 })).last).toBe(0);
  });

  test('may be as long as is allowed, and comes back to the letter, SQL and markup included', async () => {
    const { doctor, patient } = await meet();
    const texts = [
      'ñ'.repeat(maxMessageLength),
      `<img src=x onerror="alert(1)"><script>alert(1)</script>`,
      `'); delete from messages; --`,
      '\u202egnp.exe',
    ];
    for (const [index, text] of texts.entries()) await patient.say(`message-${index}`, text);
    const { messages } = await doctor.client.request('messages', { after: 0 });
    expect(messages.map(({ text }) => text)).toEqual(texts);
  });

  test('is slowed down for somebody who writes faster than anybody types, with when to go on', async () => {
    const { patient } = await meet();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        patient.client.send('message', { id: `message-${index}`, text: 'x' }),
      ),
    );
    const refused = answers.flatMap((answer) => (answer.ok ? [] : [answer.error]));
    expect(refused).toHaveLength(10);
    expect(refused[0]).toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      details: { retryAfterSeconds: expect.any(Number) },
    });
  });
});

describe('who may', () => {
  test('somebody who waits neither reads nor writes nor is told anything', async () => {
    const consultation = await host.createConsultation();
    const doctor = await enter(consultation.doctorToken);
    const waiting = await enter(consultation.patientToken);
    await doctor.say('message-1', 'private');
    expect(await waiting.refusal('message', { id: 'message-2', text: 'x' })).toBe('NOT_ADMITTED');
    expect(await waiting.refusal('messages', { after: 0 })).toBe('NOT_ADMITTED');
    expect(await waiting.refusal('marks', { delivered: 1, read: 1 })).toBe('NOT_ADMITTED');
    await waiting.settled();
    expect(waiting.told).toEqual([]);
  });

  test('an observer reads and is told, and neither writes nor leaves marks', async () => {
    const { consultation, doctor } = await meet();
    const observer = await observe(consultation, true);
    const said = await doctor.say('message-1', 'for everybody');
    await observer.settled();
    expect(observer.told).toEqual([said]);
    expect((await observer.client.request('messages', { after: 0 })).messages).toEqual([said]);
    expect(await observer.refusal('message', { id: 'message-2', text: 'x' })).toBe('FORBIDDEN');
    expect(await observer.refusal('marks', { delivered: 1, read: 1 })).toBe('FORBIDDEN');
  });

  test('nobody before joining', async () => {
    const consultation = await host.createConsultation();
    const joined = await enter(consultation.doctorToken);
    await joined.client.request('leave');
    expect(await joined.refusal('message', { id: 'message-1', text: 'x' })).toBe('OUT_OF_TURN');
    expect(await joined.refusal('messages', { after: 0 })).toBe('OUT_OF_TURN');
  });

  test('a removed patient is told nothing more', async () => {
    const { consultation, doctor, patient } = await meet();
    await host.call('DELETE', `/api/rooms/${consultation.roomName}/participants/${consultation.patientId}`);
    await doctor.say('message-1', 'after you left');
    await patient.client.disconnected();
    expect(patient.told).toEqual([]);
  });

  test('the clinic reads it afterwards by operation, a page at a time; other consultations and reception do not', async () => {
    const { consultation, doctor, patient } = await meet();
    await patient.say('message-1', 'one');
    await doctor.say('message-2', 'two');
    await host.call('POST', `/api/consultations/${consultation.consultationId}/close`);
    const path = `/api/consultations/${consultation.consultationId}/messages`;
    const { body } = await host.call('GET', path);
    expect(body.data).toMatchObject({ messages: [{ text: 'one' }, { text: 'two' }], more: false });
    expect((await host.call('GET', `${path}?after=1`)).body.data).toMatchObject({
      messages: [{ text: 'two' }],
    });
    expect((await host.call('GET', `${path}?after=x`)).status).toBe(400);
    expect((await host.call('GET', '/api/consultations/unknown/messages')).status).toBe(404);
    const reception = await host.pairDevice('reception');
    expect((await host.call('GET', path, { token: reception.credential })).status).toBe(403);
    const foreign = await host.createConsultation();
    expect((await host.call('GET', path, { token: foreign.doctorToken })).status).toBe(403);
    expect((await host.call('GET', path, { token: consultation.patientToken })).status).toBe(403);
  });
});

describe('marks', () => {
  test('tell the other side how far somebody has come, only forward and never past the newest', async () => {
    const { consultation, doctor, patient } = await meet();
    await doctor.say('message-1', 'one');
    await doctor.say('message-2', 'two');
    await patient.client.request('marks', { delivered: 2, read: 1 });
    await patient.client.request('marks', { delivered: 1, read: 0 });
    await patient.client.request('marks', { delivered: 999, read: 999 });
    await doctor.settled();
    const identity = consultation.patientId;
    expect(doctor.marks).toEqual([
      { identity, delivered: 2, read: 1 },
      { identity, delivered: 2, read: 2 },
    ]);
    expect(patient.marks).toEqual([]);
    expect((await doctor.client.request('messages', { after: 0 })).marks).toEqual([
      { identity, delivered: 2, read: 2 },
    ]);
  });

  test('what is read has been received', async () => {
    const { consultation, doctor, patient } = await meet();
    await doctor.say('message-1', 'one');
    await patient.client.request('marks', { delivered: 0, read: 1 });
    await doctor.settled();
    expect(doctor.marks).toEqual([{ identity: consultation.patientId, delivered: 1, read: 1 }]);
  });
});

test('what was acknowledged is there after the host was started anew, with its numbers and marks, and unreadable on the disk', async () => {
  const secret = 'una palabra que nadie más escribe';
  const first = await startTestHost();
  const { consultation, doctor, patient } = await meet(first);
  await patient.say('message-1', secret);
  await doctor.say('message-2', 'two');
  await doctor.client.request('marks', { delivered: 1, read: 1 });
  await first.close();
  for (const { name } of readdirSync(first.dataDir, { withFileTypes: true }).filter((one) => one.isFile())) {
    expect(readFileSync(join(first.dataDir, name)).includes(secret), name).toBe(false);
  }
  const second = await startTestHost({ DATA_DIR: first.dataDir });
  try {
    const again = await enter(consultation.patientToken, second.url);
    expect(await again.say('message-1', secret)).toMatchObject({ number: 1 });
    expect(await again.say('message-3', 'three')).toMatchObject({ number: 3 });
    const { messages, marks } = await again.client.request('messages', { after: 0 });
    expect(messages.map(({ text }) => text)).toEqual([secret, 'two', 'three']);
    expect(marks).toEqual([{ identity: consultation.doctorId, delivered: 1, read: 1 }]);
  } finally {
    await closeTestHost(second);
  }
});
