/** The door to the embedded video server, tried with real clients. */
import { createConnection } from 'node:net';
import { SignalResponse } from '@livekit/protocol';
import {
  AudioFrame,
  AudioSource,
  AudioStream,
  DisconnectReason,
  LocalAudioTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';
import { AccessToken } from 'livekit-server-sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { videoGrantFor } from '../../src/main/host/livekit/grant.ts';
import { CatalogueError } from '../../src/shared/contract/errors.ts';
import { eventually, internalKey, participantKey, startHost, type TestHost } from './support.ts';

let host: TestHost;
const rooms: Room[] = [];
const sockets: WebSocket[] = [];
const clinicRelay = { urls: ['turn:relay.clinic.example:3478'], username: 'user', credential: 'pass' };
/** Runs between the admission of a newcomer and LiveKit knowing it. */
let afterAuthorize: (() => Promise<void>) | undefined;

beforeAll(async () => {
  host = await startHost({
    iceServerList: [clinicRelay],
    afterAuthorize: async () => {
      await afterAuthorize?.();
      afterAuthorize = undefined;
    },
  });
  await host.until('ready');
});

afterEach(async () => {
  for (const room of rooms.splice(0)) await room.disconnect().catch(() => {});
  for (const socket of sockets.splice(0)) socket.terminate();
});

afterAll(() => host.close());

async function connect(token: string): Promise<Room> {
  const room = new Room();
  rooms.push(room);
  await room.connect(host.url, token, { autoSubscribe: true, dynacast: false });
  return room;
}

async function publishTone(room: Room, as: TrackSource = TrackSource.SOURCE_MICROPHONE): Promise<void> {
  const source = new AudioSource(48_000, 1);
  const track = LocalAudioTrack.createAudioTrack('tone', source);
  const options = new TrackPublishOptions();
  options.source = as;
  await room.localParticipant?.publishTrack(track, options);
  const samples = Int16Array.from(
    { length: 480 },
    (_, index) => 12_000 * Math.sin((index * 2 * Math.PI * 10) / 480),
  );
  void (async () => {
    while (room.isConnected)
      await source.captureFrame(new AudioFrame(samples, 48_000, 1, 480)).catch(() => {});
  })();
}

/** Counts samples louder than silence. */
function listen(room: Room): { loud: number } {
  const heard = { loud: 0 };
  room.on(RoomEvent.TrackSubscribed, async (track) => {
    for await (const frame of new AudioStream(track)) {
      for (const sample of frame.data) if (Math.abs(sample) > 1_000) heard.loud += 1;
    }
  });
  return heard;
}

/** A hand-made client: the bare protocol, without a library's good manners. */
function dial(token: string, path = '/rtc', base = host.url): WebSocket {
  const socket = new WebSocket(
    `${base}${path}?access_token=${token}&protocol=16&auto_subscribe=1&sdk=js&version=2.0.0`,
  );
  socket.on('error', () => {});
  sockets.push(socket);
  return socket;
}

type Message = SignalResponse['message'];

/** The first message of a kind. */
function heard<Case extends NonNullable<Message['case']>>(
  socket: WebSocket,
  kind: Case,
): Promise<Extract<Message, { case: Case }>['value']> {
  return new Promise((resolve, reject) => {
    socket.on('message', (data) => {
      const { message } = SignalResponse.fromBinary(data as Buffer);
      if (message.case === kind) resolve(message.value as never);
    });
    socket.on('close', (code) => reject(new Error(`closed with ${code} before ${kind}`)));
  });
}

function closed(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once('close', resolve));
}

/** What an upgrade was refused with. */
function refused(socket: WebSocket): Promise<{ status: number | undefined; body: unknown }> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => reject(new Error('was let in')));
    socket.once('unexpected-response', async (_request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve({ status: response.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) });
    });
  });
}

async function identities(): Promise<string[]> {
  return (await host.livekit.listParticipants('consultation-1')).map(({ identity }) => identity);
}

describe('the door to the video server', () => {
  it('lets a waiting patient connect, and media start when admitted without connecting again', async () => {
    const doctor = await connect(await host.invite('doctor', 'doctor', true));
    await publishTone(doctor);
    const patient = new Room();
    rooms.push(patient);
    const heardByPatient = listen(patient);
    await patient.connect(host.url, await host.invite('patient', 'patient', false), {
      autoSubscribe: true,
      dynacast: false,
    });
    await eventually(() =>
      host.events.some((event) => event.type === 'participant-joined' && event.identity === 'patient'),
    );
    const toDoctor: string[] = [];
    doctor.on(RoomEvent.DataReceived, (payload) => toDoctor.push(new TextDecoder().decode(payload)));
    const say = (text: string) =>
      patient.localParticipant?.publishData(new TextEncoder().encode(text), { reliable: true });
    await say('while waiting')?.catch(() => {});
    // The library gives up publishing after ten seconds: long enough to hear a tone that should not be there.
    await expect(publishTone(patient)).rejects.toThrow();
    expect(heardByPatient.loud).toBe(0);

    const heardByDoctor = listen(doctor);
    await host.admit('patient');
    // The server once took longer than ten seconds to bind the track, on a busy machine.
    await eventually(() => heardByPatient.loud > 1_000, 30_000);
    await publishTone(patient);
    await eventually(() => heardByDoctor.loud > 1_000);
    await say('once admitted');
    await eventually(() => toDoctor.length > 0);
    expect(toDoctor).toEqual(['once admitted']);
    expect(await host.livekit.listParticipants('consultation-1')).toContainEqual({
      identity: 'patient',
      tracks: ['microphone'],
      joinedAt: expect.closeTo(Date.now(), -5),
    });
  }, 60_000);

  it('lets a patient share no screen and an observer publish nothing', async () => {
    const patient = await connect(await host.invite('patient', 'patient', true));
    const observer = await connect(await host.invite('observer', 'observer', true));
    const attempts = [publishTone(patient, TrackSource.SOURCE_SCREENSHARE_AUDIO), publishTone(observer)];
    for (const attempt of await Promise.allSettled(attempts)) expect(attempt.status).toBe('rejected');
  });

  it('is the only way in: the port of the server itself refuses every token a client ever sees', async () => {
    const token = await host.invite('patient', 'patient', true);
    const socket = dial(token);
    const refreshed = await heard(socket, 'refreshToken');
    expect((await fetch(`${host.url.replace('ws', 'http')}/rtc/validate?access_token=${token}`)).status).toBe(
      200,
    );
    for (const shown of [token, refreshed]) {
      for (const path of ['/rtc/validate', '/rtc/v1/validate']) {
        expect((await fetch(`${await host.rawUrl()}${path}?access_token=${shown}`)).status).toBe(401);
      }
      const direct = dial(shown, '/rtc', (await host.rawUrl()).replace('http', 'ws'));
      await expect(heard(direct, 'join')).rejects.toThrow();
    }
  });

  it("hands out the clinic's ICE servers and no public ones", async () => {
    const join = await heard(dial(await host.invite('patient', 'patient', true)), 'join');
    expect(join.iceServers.map(({ urls, username, credential }) => ({ urls, username, credential }))).toEqual(
      [clinicRelay],
    );
  });

  it('lets somebody come back with the token the server refreshed, and only as long as the host agrees', async () => {
    const first = dial(await host.invite('patient', 'patient', true));
    const refreshed = await heard(first, 'refreshToken');
    first.terminate();
    const again = dial(refreshed);
    expect((await heard(again, 'join')).participant?.identity).toBe('patient');

    host.people.delete('patient');
    expect(await refused(dial(refreshed))).toEqual({
      status: 403,
      body: { success: false, error: new CatalogueError('REMOVED').toBody() },
    });
  });

  it('removes a participant, whose token does not come back', async () => {
    const token = await host.invite('patient', 'patient', true);
    const patient = await connect(token);
    const gone = new Promise<DisconnectReason>((resolve) => patient.once(RoomEvent.Disconnected, resolve));
    host.people.delete('patient');
    await host.livekit.removeParticipant('consultation-1', 'patient');
    // The second is LiveKit's word for somebody whose media was not connected yet.
    expect([DisconnectReason.PARTICIPANT_REMOVED, DisconnectReason.JOIN_FAILURE]).toContain(await gone);
    expect((await refused(dial(token))).status).toBe(403);
    await expect(host.livekit.removeParticipant('consultation-1', 'patient')).resolves.toBeUndefined();
    await expect(
      host.livekit.setAdmitted('consultation-1', 'patient', 'patient', true),
    ).resolves.toBeUndefined();
  });

  it('lets nobody in a second time under another name, who would stay after the first is removed', async () => {
    const socket = new WebSocket(
      `${host.url}/rtc?access_token=${await host.invite('patient', 'patient', true)}&protocol=16&publish=ghost`,
    );
    sockets.push(socket);
    const { participant } = await heard(socket, 'join');
    expect(participant?.identity).toBe('patient');
  });

  it('applies an admission decided while the patient was still connecting', async () => {
    const doctor = await connect(await host.invite('doctor', 'doctor', true));
    const heardByDoctor = listen(doctor);
    const token = await host.invite('patient', 'patient', false);
    afterAuthorize = () => host.admit('patient');
    await publishTone(await connect(token));
    await eventually(() => heardByDoctor.loud > 1_000);
  });

  it('refuses somebody removed while still connecting', async () => {
    const token = await host.invite('intruder', 'patient', true);
    afterAuthorize = async () => void host.people.delete('intruder');
    expect((await refused(dial(token))).status).toBe(403);
    await eventually(async () => !(await identities()).includes('intruder'));
  });

  it('brings a call back by itself after the server was killed', async () => {
    const doctor = await connect(await host.invite('doctor', 'doctor', true));
    const patient = await connect(await host.invite('patient', 'patient', true));
    const heardByDoctor = listen(doctor);
    await publishTone(patient);
    await eventually(() => heardByDoctor.loud > 1_000);
    const before = await host.serverPid();
    process.kill(before, 'SIGKILL');
    await host.until('starting');
    await expect(host.livekit.listRooms()).rejects.toMatchObject({ code: 'LIVEKIT_UNAVAILABLE' });
    // Somebody who comes in that moment waits for the server instead of being turned away.
    await heard(dial(await host.invite('early', 'patient', true)), 'join');
    expect(host.livekit.status().state).toBe('ready');
    heardByDoctor.loud = 0;
    await eventually(() => heardByDoctor.loud > 1_000, 25_000);
    expect(await host.serverPid()).not.toBe(before);
  });

  it.each([
    ['no token', '', 401, 'UNAUTHENTICATED'],
    ['a token of nobody', 'a.b.c', 401, 'TOKEN_INVALID'],
  ] as const)('refuses %s', async (_name, token, status, code) => {
    const answer = { success: false, error: new CatalogueError(code).toBody() };
    expect(await refused(dial(token))).toEqual({ status, body: answer });
    const validated = await fetch(`${host.url.replace('ws', 'http')}/rtc/validate?access_token=${token}`);
    expect([validated.status, await validated.json()]).toEqual([status, answer]);
  });

  it('refuses a token signed with the internal key, which nobody outside can have', async () => {
    const token = new AccessToken(internalKey.key, internalKey.secret, { identity: 'patient', ttl: '1h' });
    await host.invite('patient', 'patient', true);
    token.addGrant(videoGrantFor('consultation-1', 'patient', true));
    expect((await refused(dial(await token.toJwt()))).status).toBe(401);
  });

  it('forwards nothing but signalling', async () => {
    const http = host.url.replace('ws', 'http');
    const token = await host.invite('patient', 'patient', true);
    expect((await refused(dial(token, '/rtc/other'))).status).toBe(404);
    expect((await fetch(`${http}/rtc/other?access_token=${token}`)).status).toBe(404);
    expect((await fetch(`${http}/rtc/validate?access_token=${token}`, { method: 'POST' })).status).toBe(405);
    expect(host.livekit.ownsPath('/rtc')).toBe(true);
    expect(host.livekit.ownsPath('/rtc/v1/validate')).toBe(true);
    expect(host.livekit.ownsPath('/rtcx')).toBe(false);
    expect(host.livekit.ownsPath('/twirp/livekit.RoomService/ListRooms')).toBe(false);
  });

  it('refuses a broken handshake before a session is made', async () => {
    const token = await host.invite('patient', 'patient', true);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = createConnection({ host: '127.0.0.1', port: Number(new URL(host.url).port) });
      let text = '';
      socket.on('data', (chunk) => {
        text += String(chunk);
      });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
      socket.write(
        `GET /rtc?access_token=${token} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n`,
      );
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each([
    ['a huge message', Buffer.alloc(2 * 1024 * 1024), 1009],
    ['a text', '{"ping":1}', 1003],
  ])('ends a client that sends %s', async (_name, message, code) => {
    const socket = dial(await host.invite('patient', 'patient', true));
    await heard(socket, 'join');
    socket.send(message);
    expect(await closed(socket)).toBe(code);
  });

  it('writes no token and no identity into the log', async () => {
    const socket = dial(await host.invite('secretperson', 'patient', true));
    await heard(socket, 'join');
    socket.send(Buffer.from('not a message of the protocol'));
    await closed(socket);
    await host.livekit.createRoom('consultation-2');
    const text = host.log.lines.join('\n');
    expect(text).toContain('Service initialized');
    expect(text).toMatch(/Room created: consultation-2 \(SID: RM_\w+\)/);
    expect(text).not.toMatch(/secretperson|eyJ/);
    for (const { secret } of [internalKey, participantKey]) expect(text).not.toContain(secret);
  });
});

describe('a door without a server behind it', () => {
  it('answers that the video server is not there', async () => {
    const alone = await startHost({ embedded: false });
    try {
      const token = await alone.invite('patient', 'patient', true);
      const answer = { success: false, error: new CatalogueError('LIVEKIT_UNAVAILABLE').toBody() };
      expect(await refused(dial(token, '/rtc/v1', alone.url))).toEqual({ status: 503, body: answer });
      const validated = await fetch(
        `${alone.url.replace('ws', 'http')}/rtc/v1/validate?access_token=${token}`,
      );
      expect([validated.status, await validated.json()]).toEqual([503, answer]);
      await expect(alone.livekit.createRoom('consultation-1')).rejects.toMatchObject({
        code: 'LIVEKIT_UNAVAILABLE',
      });
      expect(alone.livekit.status().state).toBe('absent');
    } finally {
      await alone.close();
    }
  });
});
