import { randomBytes } from 'node:crypto';
import { compactDecrypt } from 'jose';
import type { Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { ParticipantTokens } from '../../src/main/host/admission/tokens.ts';
import { RtcTokens } from '../../src/main/host/livekit/tokens.ts';
import { loadSecrets } from '../../src/main/host/runtime/secrets.ts';
import {
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

async function redeemObserver(consultationId: string) {
  return redeem(host, await inviteTo(host, consultationId, { role: 'observer' }), 'Lucía');
}

const admit = (consultationId: string, identity: string) =>
  host.call('POST', `/api/consultations/${consultationId}/participants/${identity}/admit`);

const offer = { connection: 'a', description: { type: 'offer', sdp: 'v=0\r\n' } };
const candidate = {
  connection: 'a',
  candidate: { candidate: 'candidate:1 1 udp 1 127.0.0.1 9 typ host', sdpMid: '0' },
};

test('a patient who says to share a screen is not believed, nor an observer who says to send at all', async () => {
  const { consultationId, doctorToken, patientToken, patientId } = await host.createConsultation();
  const observer = await redeemObserver(consultationId);
  const all = { microphone: true, camera: true, screen: true };
  await join(patientToken, { media: all });
  await join(observer.token, { media: all });
  const doctor = await join(doctorToken);
  const mediaOf = (identity: string) =>
    doctor.state.participants.find((one) => one.identity === identity)?.media;
  expect(mediaOf(patientId)).toEqual({ microphone: true, camera: true, screen: false });
  expect(mediaOf(observer.identity)).toEqual({ microphone: false, camera: false, screen: false });
});

describe('joining', () => {
  test('a doctor is in at once, a patient waits, and each is told of the other', async () => {
    const { doctorToken, patientToken, patientId, doctorId } = await host.createConsultation();
    const doctor = await join(doctorToken);
    expect(doctor.state.self).toMatchObject({ identity: doctorId, role: 'doctor', state: 'admitted' });
    const patient = await join(patientToken);
    expect(patient.state.self).toMatchObject({ identity: patientId, role: 'patient', state: 'waiting' });
    expect(patient.state.participants.map(({ identity }) => identity)).toEqual([doctorId]);
    expect((await doctor.client.event('participant-joined')).participant).toMatchObject({
      identity: patientId,
      state: 'waiting',
    });
  });

  test('being admitted is told to both, survives leaving, and the same link brings the patient back', async () => {
    const { consultationId, doctorToken, patientToken, patientId, doctorId } =
      await host.createConsultation();
    const doctor = await join(doctorToken);
    const patient = await join(patientToken);
    expect((await admit(consultationId, patientId)).status).toBe(200);
    const admitted = await patient.client.event('admitted');
    expect(admitted.self.state).toBe('admitted');
    expect(admitted.participants.map(({ identity }) => identity)).toEqual([doctorId]);
    await doctor.client.until(
      () =>
        doctor.client.events.some(
          ({ event }) => event.type === 'participant-updated' && event.participant.state === 'admitted',
        ),
      'the patient was admitted',
    );
    await patient.client.request('leave');
    expect((await doctor.client.event('participant-left')).identity).toBe(patientId);
    expect((await join(patientToken)).state.self.state).toBe('admitted');
  });

  test('missed events are told again, once, in order', async () => {
    const { consultationId, doctorToken, patientToken, patientId } = await host.createConsultation();
    const doctor = await join(doctorToken);
    const since = doctor.state.lastEventId;
    doctor.client.close();
    await doctor.client.disconnected();
    const patient = await join(patientToken);
    await patient.client.request('media', { microphone: true, camera: true, screen: false });
    await admit(consultationId, patientId);
    const again = await join(doctorToken, { since });
    expect(again.missed.map(({ event }) => event.type)).toEqual([
      'participant-joined',
      'participant-updated',
      'participant-updated',
    ]);
    expect(again.missed.map(({ id }) => id - since)).toEqual([1, 2, 3]);
    expect(again.state.lastEventId).toBe(since + 3);
  });

  test('a second window of the same person takes over; the first is told and stays out', async () => {
    const { doctorToken } = await host.createConsultation();
    const first = await join(doctorToken);
    await join(doctorToken);
    expect((await first.client.event('ended')).reason).toBe('replaced');
    await first.client.disconnected();
  });

  test('closing the consultation ends it for everybody, and its tokens', async () => {
    const { consultationId, doctorToken, patientToken } = await host.createConsultation();
    const people = [await join(doctorToken), await join(patientToken)];
    await host.call('POST', `/api/consultations/${consultationId}/close`);
    for (const { client } of people) expect((await client.event('ended')).reason).toBe('closed');
    await expect(new HandMadeClient(host.url, patientToken).connected()).rejects.toThrow(
      'CONSULTATION_CLOSED',
    );
  });
});

describe('a host that was restarted', () => {
  test('knows who was admitted and takes everybody back', async () => {
    const first = await startTestHost();
    const { doctorToken, patientToken, consultationId, patientId } = await first.createConsultation();
    const { client, state } = await join(doctorToken, {}, first.url);
    await join(patientToken, {}, first.url);
    await first.call('POST', `/api/consultations/${consultationId}/participants/${patientId}/admit`);
    await client.until(() => client.events.length >= 2, 'admitted');
    await first.close();
    const second = await startTestHost({ DATA_DIR: first.dataDir });
    try {
      const back = await join(patientToken, { since: state.lastEventId }, second.url);
      expect(back.state.self.state).toBe('admitted');
      expect(back.missed).toEqual([]);
      expect(back.state.lastEventId).toBeGreaterThan(state.lastEventId);
    } finally {
      await closeTestHost(second);
    }
  });
});

describe('signals', () => {
  test('travel between a waiting patient and the open doctor window, stamped by the host', async () => {
    const { doctorToken, patientToken, doctorId, patientId } = await host.createConsultation();
    const doctor = await join(doctorToken);
    const patient = await join(patientToken);
    await doctor.client.request('signal', { to: patientId, signal: offer, from: 'somebody-else' });
    await patient.client.until(() => patient.client.signals.length === 1, 'an offer');
    expect(patient.client.signals[0]).toEqual({ from: doctorId, signal: offer });
    await patient.client.request('signal', { to: doctorId, signal: candidate });
    await doctor.client.until(() => doctor.client.signals.length === 1, 'a candidate');
    expect(doctor.client.signals[0]).toEqual({ from: patientId, signal: candidate });
  });

  test('reach nobody in another room, nobody unknown, and no doctor whose window is closed', async () => {
    const a = await host.createConsultation();
    const b = await host.createConsultation();
    const patient = await join(a.patientToken);
    const otherDoctor = await join(b.doctorToken);
    for (const to of [b.doctorId, b.patientId, 'nobody', a.patientId, a.doctorId]) {
      const answer = await patient.client.send('signal', { to, signal: offer });
      expect(answer.ok === false && answer.error.code, to).toBe('PARTICIPANT_NOT_FOUND');
    }
    await otherDoctor.client.request('echo');
    expect(otherDoctor.client.signals).toEqual([]);
  });

  test('a waiting observer reaches nobody and is reached by nobody', async () => {
    const { consultationId, doctorToken, patientToken, doctorId, patientId } =
      await host.createConsultation();
    const doctor = await join(doctorToken);
    const patient = await join(patientToken);
    await admit(consultationId, patientId);
    const { identity, token } = await redeemObserver(consultationId);
    const observer = await join(token);
    expect(observer.state.participants).toEqual([]);
    for (const to of [doctorId, patientId]) {
      const answer = await observer.client.send('signal', { to, signal: offer });
      expect(answer.ok === false && answer.error.code).toBe('PARTICIPANT_NOT_FOUND');
    }
    for (const { client } of [doctor, patient]) {
      const answer = await client.send('signal', { to: identity, signal: offer });
      expect(answer.ok === false && answer.error.code).toBe('PARTICIPANT_NOT_FOUND');
    }
    expect(
      patient.client.events.some(
        ({ event }) => event.type === 'participant-joined' && event.participant.identity === identity,
      ),
    ).toBe(false);
  });

  test('to somebody whose connection is lost are answered so', async () => {
    const { doctorToken, patientToken, patientId } = await host.createConsultation();
    const doctor = await join(doctorToken);
    const patient = await join(patientToken);
    patient.client.close();
    await doctor.client.until(
      () =>
        doctor.client.events.some(
          ({ event }) => event.type === 'participant-updated' && !event.participant.connected,
        ),
      'the patient was lost',
    );
    const answer = await doctor.client.send('signal', { to: patientId, signal: offer });
    expect(answer.ok === false && answer.error.code).toBe('RECIPIENT_UNREACHABLE');
  });
});

describe('bad messages change nothing', () => {
  test.each([
    ['an unknown message', 'explode', {}, 'NOT_FOUND'],
    ['a message named like an inherited property', 'constructor', {}, 'NOT_FOUND'],
    ['a signal without a receiver', 'signal', { signal: offer }, 'BAD_REQUEST'],
    ['a signal that is both', 'signal', { to: 'x', signal: { ...offer, ...candidate } }, 'BAD_REQUEST'],
    [
      'a description of another type',
      'signal',
      { to: 'x', signal: { connection: 'a', description: { type: 'evil', sdp: '' } } },
      'BAD_REQUEST',
    ],
    [
      'a huge description',
      'signal',
      { to: 'x', signal: { connection: 'a', description: { type: 'offer', sdp: 'x'.repeat(200_000) } } },
      'BAD_REQUEST',
    ],
    ['text for an object', 'media', 'on', 'BAD_REQUEST'],
    ['a list', 'readiness', [], 'BAD_REQUEST'],
    ['a quality beyond the scale', 'quality', { level: 9 }, 'BAD_REQUEST'],
    ['null', 'join', null, 'accepted'],
  ])('%s', async (_, name, payload, expected) => {
    const { doctorToken } = await host.createConsultation();
    const { client, state } = await join(doctorToken);
    const answer = await client.send(name, payload);
    expect(answer.ok ? 'accepted' : answer.error.code).toBe(expected);
    const { state: after } = await client.request('join');
    expect({ ...after, lastEventId: 0 }).toEqual({ ...state, lastEventId: 0 });
  });

  test('messages before joining are out of turn', async () => {
    const { doctorToken } = await host.createConsultation();
    const client = await new HandMadeClient(host.url, doctorToken).connected();
    clients.keep(client);
    for (const [name, payload] of [
      ['signal', { to: 'x', signal: offer }],
      ['media', { microphone: true, camera: true, screen: true }],
      ['leave', {}],
      ['quality', { level: 1 }],
    ] as const) {
      const answer = await client.send(name, payload);
      expect(answer.ok === false && answer.error.code, name).toBe('OUT_OF_TURN');
    }
  });

  test('a message of several megabytes ends the connection and nothing else', async () => {
    const { doctorToken } = await host.createConsultation();
    const { client } = await join(doctorToken);
    (client.socket as unknown as Socket).emit('signal', { to: 'x', signal: 'x'.repeat(3_000_000) });
    await client.disconnected();
    expect((await host.call('GET', '/health')).status).toBe(200);
  });

  test('what is written down may be said so often and no more, over any connection; the rest goes on', async () => {
    const { doctorToken, patientToken } = await host.createConsultation();
    const { client } = await join(patientToken);
    const codes: string[] = [];
    for (let time = 0; time < 350; time += 1) {
      const answer = await client.send('media', { microphone: time % 2 === 0, camera: false, screen: false });
      codes.push(answer.ok ? 'ok' : answer.error.code);
    }
    expect(codes.filter((code) => code === 'ok').length).toBeLessThan(300);
    expect(codes.at(-1)).toBe('TOO_MANY_REQUESTS');
    const again = await new HandMadeClient(host.url, patientToken).connected();
    clients.keep(again);
    expect(await again.send('renew')).toMatchObject({ ok: false, error: { code: 'TOO_MANY_REQUESTS' } });
    await client.request('echo');
    await join(doctorToken);
  });

  test('a flood is refused and then cut off', async () => {
    const { doctorToken } = await host.createConsultation();
    const { client } = await join(doctorToken);
    const answers: string[] = [];
    for (let sent = 0; sent < 2_000; sent += 1) {
      (
        client.socket as unknown as {
          emit(
            name: string,
            payload: object,
            answer: (a: { ok: boolean; error?: { code: string } }) => void,
          ): void;
        }
      ).emit('echo', {}, (answer) => answers.push(answer.ok ? 'ok' : (answer.error?.code ?? '')));
    }
    await client.disconnected();
    expect(answers.filter((answer) => answer === 'ok').length).toBeLessThan(600);
    expect(answers).toContain('TOO_MANY_REQUESTS');
  });
});

describe('who shows no token', () => {
  const ask = async (path: string, body?: string) => {
    const response = await fetch(`${host.url}/socket.io/?EIO=4&transport=polling${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    return { status: response.status, text: await response.text() };
  };
  const begin = async () => {
    const { status, text } = await ask('');
    return { status, sid: status === 200 ? String(JSON.parse(text.slice(1)).sid) : '' };
  };
  const refused = async (sid: string) => (await ask(`&sid=${sid}`, '3')).status !== 200;

  test('may say little: what would be kept until it is whole ends the connection', async () => {
    const { sid } = await begin();
    const part = `b${Buffer.alloc(50_000).toString('base64')}`;
    await ask(`&sid=${sid}`, '459-["x",{"_placeholder":true,"num":0}]');
    await ask(`&sid=${sid}`, part);
    expect(await refused(sid)).toBe(true);
  });

  test('begins a hundred connections and no more; when they are gone, and for who is known, there is room again', async () => {
    const { doctorToken } = await host.createConsultation();
    const { client } = await join(doctorToken);
    const begun: string[] = [];
    for (;;) {
      const { status, sid } = await begin();
      if (status !== 200) break;
      begun.push(sid);
      expect(begun.length).toBeLessThan(110);
    }
    expect(begun.length).toBeGreaterThan(90);
    await client.request('echo');
    for (const sid of begun) await ask(`&sid=${sid}`, '1');
    const again = await join(doctorToken);
    again.client.close();
  });
});

describe('tokens', () => {
  test.each([
    ['none', undefined, 'UNAUTHENTICATED'],
    ['not text', { a: 1 }, 'UNAUTHENTICATED'],
    ['nonsense', 'x.y.z', 'TOKEN_INVALID'],
  ])('%s is refused', async (_, token, code) => {
    await expect(new HandMadeClient(host.url, token).connected()).rejects.toThrow(code);
  });

  test('one of another clinic is refused', async () => {
    const other = await startTestHost();
    try {
      const { patientToken } = await other.createConsultation();
      await expect(new HandMadeClient(host.url, patientToken).connected()).rejects.toThrow('TOKEN_INVALID');
    } finally {
      await closeTestHost(other);
    }
  });

  test('an expired one is refused, and says so', async () => {
    const { consultationId, patientId } = await host.createConsultation();
    const { secrets } = loadSecrets(host.dataDir);
    const keys = { key: secrets.tokenKey, secret: secrets.tokenSecret, metadataKey: secrets.metadataKey };
    const { token } = await new ParticipantTokens(keys).mint({
      consultationId,
      identity: patientId,
      role: 'patient',
      displayName: '',
    });
    const threeHoursLater = new ParticipantTokens(keys, () => Date.now() + 3 * 3_600_000);
    await expect(threeHoursLater.verify(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    await expect(new ParticipantTokens(keys).verify(token)).resolves.toMatchObject({ identity: patientId });
  });

  test('one whose algorithm was changed to none is refused', async () => {
    const { patientToken } = await host.createConsultation();
    const [, payload] = patientToken.split('.');
    const header = Buffer.from('{"alg":"none"}').toString('base64url');
    await expect(new HandMadeClient(host.url, `${header}.${payload}.`).connected()).rejects.toThrow(
      'TOKEN_INVALID',
    );
  });

  test('a removed participant is out, and the token, the link and a renewal do not bring them back', async () => {
    const { roomName, consultationId, doctorToken, patientToken, patientId, invitationUrl } =
      await host.createConsultation();
    const doctor = await join(doctorToken);
    const patient = await join(patientToken);
    await admit(consultationId, patientId);
    const renewed = await patient.client.request('renew');
    const removed = await host.call('DELETE', `/api/rooms/${roomName}/participants/${patientId}`, {
      token: doctorToken,
    });
    expect(removed.status).toBe(200);
    expect((await patient.client.event('ended')).reason).toBe('removed');
    expect((await doctor.client.event('participant-left')).reason).toBe('removed');
    await patient.client.disconnected();
    for (const token of [patientToken, renewed.token]) {
      await expect(new HandMadeClient(host.url, token).connected()).rejects.toThrow('REMOVED');
    }
    const again = await host.call('POST', `/api/invitations/${invitationUrl.split('/').at(-1)}/redeem`, {
      body: { displayName: 'x' },
    });
    expect(again.body.error?.code).toBe('INVITATION_REVOKED');
    // Only the clinic can ask them back, and then they wait again.
    const back = await redeem(host, await inviteTo(host, consultationId, { role: 'patient' }), 'x');
    expect((await join(back.token)).state.self.state).toBe('waiting');
  });

  test("one that the video server's door gave out before a removal stays refused after a new invitation", async () => {
    const { consultationId, patientId, doctorId, roomName } = await host.createConsultation();
    const { livekitKey, livekitSecret } = loadSecrets(host.dataDir).secrets;
    const tokens = new RtcTokens({ key: livekitKey, secret: livekitSecret });
    const before = await tokens.forReturn({ roomName, identity: patientId, issuedAt: Date.now() });
    const knock = async (token: string) =>
      (await host.call('GET', `/rtc/validate?access_token=${token}`)).body.error?.code;
    // Let in, to where a video server would be.
    expect(await knock(before)).toBe('LIVEKIT_UNAVAILABLE');

    await host.call('DELETE', `/api/rooms/${roomName}/participants/${patientId}`);
    const removedAt = Date.now();
    expect(await knock(before)).toBe('REMOVED');
    await vi.waitUntil(() => Date.now() > removedAt);
    const again = await host.createConsultation({ consultationId, patientId, doctorId });
    await join(again.patientToken);
    await admit(consultationId, patientId);
    expect(await knock(again.patientToken)).toBe('LIVEKIT_UNAVAILABLE');
    expect(await knock(before)).toBe('REMOVED');
  });

  test('a removed doctor who enters again does not wait, because nobody could admit them', async () => {
    const { consultationId, doctorId, doctorToken } = await host.createConsultation();
    await host.call('DELETE', `/api/rooms/consultation-${consultationId}/participants/${doctorId}`);
    await expect(new HandMadeClient(host.url, doctorToken).connected()).rejects.toThrow('REMOVED');
    const entered = await host.call('POST', `/api/consultations/${consultationId}/enter`);
    const { state } = await join(String(entered.body.data?.token));
    expect(state.self.state).toBe('admitted');
  });

  test('a patient who already waits is in with a token that needs no waiting', async () => {
    const { consultationId, patientId, doctorId, patientToken, doctorToken } =
      await host.createConsultation();
    const { client: doctor } = await join(doctorToken);
    await join(patientToken);
    const again = await host.createConsultation({ consultationId, patientId, doctorId, waitingRoom: false });
    const { state } = await join(again.patientToken);
    expect(state.self.state).toBe('admitted');
    expect(state.participants).toHaveLength(1);
    await doctor.until(
      () =>
        doctor.events.some(
          ({ event }) => event.type === 'participant-updated' && event.participant.state === 'admitted',
        ),
      'the patient is in',
    );
  });

  test('the grant in a token is the one of its role', async () => {
    const { doctorToken, patientToken, consultationId } = await host.createConsultation();
    const { token: observerToken } = await redeemObserver(consultationId);
    const video = (token: string) =>
      JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).video;
    const room = `consultation-${consultationId}`;
    expect(video(doctorToken)).toEqual({
      room,
      roomJoin: true,
      canSubscribe: true,
      canPublish: true,
      canPublishSources: ['camera', 'microphone', 'screen_share', 'screen_share_audio'],
      canPublishData: true,
      canUpdateOwnMetadata: false,
      roomRecord: true,
      roomAdmin: true,
    });
    expect(video(patientToken)).toEqual({
      room,
      roomJoin: true,
      canSubscribe: true,
      canPublish: true,
      canPublishSources: ['camera', 'microphone'],
      canPublishData: true,
      canUpdateOwnMetadata: false,
      roomRecord: false,
      roomAdmin: false,
    });
    expect(video(observerToken)).toMatchObject({
      room,
      roomJoin: true,
      canSubscribe: true,
      canPublish: false,
      canPublishData: false,
    });
  });

  test('role and name are in a token for its own clinic only', async () => {
    const { patientToken, consultationId } = await host.createConsultation({ patientName: 'Elena Ruiz' });
    const text = Buffer.from(patientToken.split('.')[1] ?? '', 'base64url').toString();
    expect(text).not.toMatch(/Elena|Ruiz|"patient"/);
    const key = Buffer.from(loadSecrets(host.dataDir).secrets.metadataKey, 'base64url');
    const { plaintext } = await compactDecrypt(JSON.parse(text).metadata, key);
    expect(JSON.parse(new TextDecoder().decode(plaintext))).toEqual({
      consultationId,
      role: 'patient',
      displayName: 'Elena Ruiz',
    });
    await expect(compactDecrypt(JSON.parse(text).metadata, randomBytes(32))).rejects.toThrow();
  });
});
