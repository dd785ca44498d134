import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { largestProbe } from '../../src/shared/signaling/messages.ts';
import {
  agreeToObserver,
  type CreatedConsultation,
  closeTestHost,
  HandMadeClient,
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

const join = (token: string, payload: unknown = {}, url = host.url) => clients.join(url, token, payload);

const at = ({ consultationId }: CreatedConsultation, rest: string) =>
  `/api/consultations/${consultationId}/${rest}`;
const tell = (consultation: CreatedConsultation, message: string | undefined, on = host) =>
  on.call('POST', at(consultation, 'waiting-message'), { body: { message } });
const person = (consultation: CreatedConsultation, what: 'admit' | 'refuse', body: unknown = {}) =>
  host.call('POST', at(consultation, `participants/${consultation.patientId}/${what}`), { body });

const late = 'El doctor se demora 10 minutos.';

describe('a message to who waits', () => {
  test('reaches them and the doctor, and is in what the reception sees', async () => {
    const consultation = await host.createConsultation();
    const doctor = await join(consultation.doctorToken);
    const patient = await join(consultation.patientToken);
    expect((await tell(consultation, `  ${late} `)).body.data).toMatchObject({ message: late });
    for (const { client } of [patient, doctor])
      expect((await client.event('waiting-message')).message?.text).toBe(late);
    const { body } = await host.call('GET', '/api/waiting-room');
    expect(body.data).toContainEqual(
      expect.objectContaining({ identity: consultation.patientId, message: late, transport: 'p2p' }),
    );
  });

  test('is there for who lost the connection, for who comes later, and after the host was restarted', async () => {
    const first = await startTestHost();
    const consultation = await first.createConsultation();
    const patient = await join(consultation.patientToken, {}, first.url);
    const since = patient.state.lastEventId;
    patient.client.close();
    await patient.client.disconnected();
    await tell(consultation, late, first);
    const back = await join(consultation.patientToken, { since }, first.url);
    expect(back.missed.map(({ event }) => event.type)).toEqual(['waiting-message']);
    expect(back.state.waitingMessage?.text).toBe(late);
    await back.client.request('leave');
    expect((await join(consultation.patientToken, {}, first.url)).state.waitingMessage?.text).toBe(late);
    await first.close();
    const second = await startTestHost({ DATA_DIR: first.dataDir });
    try {
      const again = await join(consultation.patientToken, { since }, second.url);
      expect(again.state.waitingMessage?.text).toBe(late);
    } finally {
      await closeTestHost(second);
    }
  });

  test('is replaced by the next, taken back by none, and over when the patient is admitted', async () => {
    const consultation = await host.createConsultation();
    const { client } = await join(consultation.patientToken);
    await tell(consultation, late);
    await tell(consultation, 'Ya casi.');
    const told = () =>
      client.events.flatMap(({ event }) => (event.type === 'waiting-message' ? [event.message?.text] : []));
    await client.until(() => told().length === 2, 'both');
    await tell(consultation, undefined);
    await client.until(() => told().length === 3, 'taken back');
    expect(told()).toEqual([late, 'Ya casi.', undefined]);
    await tell(consultation, late);
    await person(consultation, 'admit');
    const { state } = await join(consultation.patientToken);
    expect(state).not.toHaveProperty('waitingMessage');
  });

  test.each([
    ['empty', ''],
    ['long', 'x'.repeat(201)],
  ])('that is %s is refused', async (_what, message) => {
    expect((await tell(await host.createConsultation(), message)).body.error?.code).toBe('BAD_REQUEST');
  });
});

describe('the order', () => {
  /** The identities of those who wait, as the reception sees them. */
  const order = async (on: TestHost) => {
    const { body } = await on.call('GET', '/api/waiting-room');
    return (body.data as unknown as { identity: string }[]).map(({ identity }) => identity);
  };

  test('is kept by who leaves and comes back, and by who is back last after the host was restarted', async () => {
    const first = await startTestHost();
    const elena = await first.createConsultation();
    const hugo = await first.createConsultation();
    const { client, state } = await join(elena.patientToken, {}, first.url);
    expect(state.self.waitingSince).toBe(state.self.joinedAt);
    await join(hugo.patientToken, {}, first.url);
    await client.request('leave');
    expect(await order(first)).toEqual([hugo.patientId]);
    const back = await join(elena.patientToken, {}, first.url);
    expect(await order(first)).toEqual([elena.patientId, hugo.patientId]);
    expect(back.state.self.waitingSince).toBe(state.self.waitingSince);
    expect(back.state.self.joinedAt).not.toBe(state.self.joinedAt);

    await first.close();
    const second = await startTestHost({ DATA_DIR: first.dataDir });
    try {
      await join(hugo.patientToken, {}, second.url);
      await join(elena.patientToken, {}, second.url);
      expect(await order(second)).toEqual([elena.patientId, hugo.patientId]);
    } finally {
      await closeTestHost(second);
    }
  });

  test('has who was refused and invited again at its end', async () => {
    const elena = await host.createConsultation();
    const hugo = await host.createConsultation();
    await join(elena.patientToken);
    await join(hugo.patientToken);
    await person(elena, 'refuse');
    const again = await redeem(
      host,
      await inviteTo(host, elena.consultationId, { role: 'patient' }),
      'Elena',
    );
    await join(again.token);
    const both = (await order(host)).filter((one) => [elena.patientId, hugo.patientId].includes(one));
    expect(both).toEqual([hugo.patientId, elena.patientId]);
  });
});

describe('another time', () => {
  const reschedule = (consultation: CreatedConsultation, scheduledAt: string, on = host) =>
    on.call('POST', at(consultation, 'reschedule'), { body: { scheduledAt } });
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

  test('is told to who waits and to the doctor, and so is a corrected name', async () => {
    const consultation = await host.createConsultation({ doctorName: 'Dr. Peres', scheduledAt: inHours(1) });
    const doctor = await join(consultation.doctorToken);
    const patient = await join(consultation.patientToken);
    const scheduledAt = inHours(48);
    await reschedule(consultation, scheduledAt);
    for (const { client } of [patient, doctor])
      expect((await client.event('plan-changed')).plan).toEqual({ doctorName: 'Dr. Peres', scheduledAt });
    await host.call('PATCH', `/api/consultations/${consultation.consultationId}`, {
      body: { doctorName: 'Dr. Pérez' },
    });
    await patient.client.request('echo');
    expect(patient.client.events.map(({ event }) => event)).toContainEqual({
      type: 'plan-changed',
      plan: { doctorName: 'Dr. Pérez', scheduledAt },
    });
  });

  test('is among the missed events of who lost the connection, and in the state of who comes later', async () => {
    const consultation = await host.createConsultation({ scheduledAt: inHours(1) });
    const patient = await join(consultation.patientToken);
    const since = patient.state.lastEventId;
    patient.client.close();
    await patient.client.disconnected();
    const scheduledAt = inHours(72);
    await reschedule(consultation, scheduledAt);
    const back = await join(consultation.patientToken, { since });
    expect(back.missed.map(({ event }) => event)).toEqual([{ type: 'plan-changed', plan: { scheduledAt } }]);
    expect(back.state.scheduledAt).toBe(scheduledAt);
    await back.client.request('leave');
    expect((await join(consultation.patientToken)).state.scheduledAt).toBe(scheduledAt);
  });

  test('at the moment somebody comes in is in their state or told after it', async () => {
    for (let round = 0; round < 20; round += 1) {
      const consultation = await host.createConsultation({ scheduledAt: inHours(1) });
      const scheduledAt = inHours(2 + round);
      const [{ client, state }] = await Promise.all([
        join(consultation.patientToken),
        reschedule(consultation, scheduledAt),
      ]);
      await client.request('echo');
      const told = client.events.flatMap(({ event }) =>
        event.type === 'plan-changed' ? [event.plan.scheduledAt] : [],
      );
      expect([state.scheduledAt, ...told].at(-1)).toBe(scheduledAt);
    }
  });
});

describe('being refused', () => {
  const reason = 'El turno es mañana a las 10.';

  test('is told with its reason', async () => {
    const consultation = await host.createConsultation();
    const { client } = await join(consultation.patientToken);
    expect((await person(consultation, 'refuse', { reason })).status).toBe(200);
    expect(await client.event('ended')).toEqual({ type: 'ended', reason: 'refused', note: reason });
  });

  test('is told with its reason also to who was not connected at that moment', async () => {
    const consultation = await host.createConsultation();
    const { client } = await join(consultation.patientToken);
    client.close();
    await client.disconnected();
    await person(consultation, 'refuse', { reason });
    const again = new HandMadeClient(host.url, consultation.patientToken);
    const refusal = await new Promise<unknown>((resolve) => {
      again.socket.once('connect_error', (error) => resolve((error as Error & { data?: unknown }).data));
    });
    expect(refusal).toMatchObject({ code: 'REMOVED', details: { reason: 'refused', note: reason } });
  });
});

describe('measuring the line', () => {
  test('sends as many bytes back as were asked for, and takes as many as fit', async () => {
    const { client } = await join((await host.createConsultation()).patientToken);
    const down = await client.request('probe', { answerBytes: largestProbe });
    expect(down.padding?.byteLength).toBe(largestProbe);
    expect(await client.request('probe', { padding: new Uint8Array(largestProbe) })).toEqual({});
  });

  test.each([
    ['more bytes than one message may have', { answerBytes: largestProbe + 1 }],
    ['too large a message', { padding: new Uint8Array(largestProbe + 1) }],
    ['a negative number of bytes', { answerBytes: -1 }],
    ['text for bytes', { padding: 'x'.repeat(100) }],
  ])('%s is refused', async (_what, payload) => {
    const { client } = await join((await host.createConsultation()).patientToken);
    expect(await client.send('probe', payload)).toMatchObject({ ok: false, error: { code: 'BAD_REQUEST' } });
  });

  test('has an end for one person, also in a new connection, and not for others', async () => {
    const consultation = await host.createConsultation();
    const ask = async (client: HandMadeClient, times: number) => {
      const answers = await Promise.all(
        Array.from({ length: times }, () => client.send('probe', { answerBytes: largestProbe })),
      );
      return answers.filter((answer) => answer.ok).length;
    };
    const first = await join(consultation.patientToken);
    expect(await ask(first.client, 390)).toBe(Math.floor(6_000_000 / largestProbe));
    const second = await join(consultation.patientToken);
    expect(await second.client.send('probe', { answerBytes: largestProbe })).toMatchObject({
      ok: false,
      error: { code: 'TOO_MANY_REQUESTS', details: { retryAfterSeconds: expect.any(Number) } },
    });
    const other = await join((await host.createConsultation()).patientToken);
    expect(await ask(other.client, 1)).toBe(1);
  });

  test('is for who waits: not before joining and not in the call', async () => {
    const consultation = await host.createConsultation();
    const early = await new HandMadeClient(host.url, consultation.patientToken).connected();
    clients.keep(early);
    expect(await early.send('probe', { answerBytes: 1 })).toMatchObject({ error: { code: 'OUT_OF_TURN' } });
    const doctor = await join(consultation.doctorToken);
    expect(await doctor.client.send('probe', { answerBytes: 1 })).toMatchObject({
      error: { code: 'OUT_OF_TURN' },
    });
  });

  test('is on the card that the reception sees', async () => {
    const consultation = await host.createConsultation();
    const { client } = await join(consultation.patientToken);
    const readiness = {
      camera: 'blocked',
      microphone: 'ok',
      speaker: 'ok',
      roundTripMs: 12,
      downKbps: 2_400,
      upKbps: 1_100,
    };
    await client.request('readiness', readiness);
    const { body } = await host.call('GET', '/api/waiting-room');
    expect(body.data).toContainEqual(
      expect.objectContaining({ identity: consultation.patientId, readiness }),
    );
  });
});

describe('decisions about one consultation are made one at a time', () => {
  test('two who are admitted at once do not both get the last place of a direct call', async () => {
    const consultation = await host.createConsultation();
    await join(consultation.doctorToken);
    await join(consultation.patientToken);
    await person(consultation, 'admit');
    const { consultationId } = consultation;
    const observers = await Promise.all(
      ['Lucía', 'Pedro', 'Inés'].map(async (name) => {
        const code = await inviteTo(host, consultationId, { role: 'observer' });
        const observer = await redeem(host, code, name);
        await join(observer.token);
        await agreeToObserver(host, consultation, observer.identity);
        return observer;
      }),
    );
    const answers = await Promise.all(
      observers.map(({ identity }) => host.call('POST', at(consultation, `participants/${identity}/admit`))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 409]);
    const stats = await host.call('GET', `/api/rooms/${consultation.roomName}/stats`);
    const states = ((stats.body.data?.participants ?? []) as unknown as { state: string }[]).map(
      ({ state }) => state,
    );
    expect(states.filter((state) => state === 'admitted')).toHaveLength(4);
  });

  test('who is admitted and removed at once is out, whichever was first', async () => {
    for (let round = 0; round < 20; round += 1) {
      const consultation = await host.createConsultation();
      await join(consultation.patientToken);
      await Promise.all([
        person(consultation, 'admit'),
        host.call('DELETE', `/api/rooms/${consultation.roomName}/participants/${consultation.patientId}`),
      ]);
      const again = await host.createConsultation({
        consultationId: consultation.consultationId,
        patientId: consultation.patientId,
        doctorId: consultation.doctorId,
      });
      expect((await join(again.patientToken)).state.self.state).toBe('waiting');
    }
  });

  test('who is admitted while the consultation is closed is not in it', async () => {
    const consultation = await host.createConsultation();
    await join(consultation.patientToken);
    const [closed, admitted] = await Promise.all([
      host.call('POST', at(consultation, 'close')),
      person(consultation, 'admit'),
    ]);
    expect(closed.status).toBe(200);
    expect([200, 404, 409]).toContain(admitted.status);
    const { body } = await host.call('GET', `/api/consultations/${consultation.consultationId}`);
    expect(body.data?.state).toBe('closed');
    expect((await host.call('GET', `/api/rooms/${consultation.roomName}/stats`)).status).toBe(404);
  });
});
