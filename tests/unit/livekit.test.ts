/** The small parts of the video server's side of the host, each alone. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { JoinResponse, SignalResponse } from '@livekit/protocol';
import { AccessToken, TrackSource } from 'livekit-server-sdk';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createLiveKit, type LiveKitOptions } from '../../src/main/host/livekit/create-livekit.ts';
import { sourceName, videoGrantFor } from '../../src/main/host/livekit/grant.ts';
import type { LiveKit } from '../../src/main/host/livekit/livekit.ts';
import { redisConfig } from '../../src/main/host/livekit/redis.ts';
import { RoomService } from '../../src/main/host/livekit/room-service.ts';
import { RtcTunnel } from '../../src/main/host/livekit/rtc-tunnel.ts';
import { egressConfig, serverConfig } from '../../src/main/host/livekit/server-config.ts';
import { readServerLine } from '../../src/main/host/livekit/server-log.ts';
import { filterSignal } from '../../src/main/host/livekit/signal-filter.ts';
import { restartDelay } from '../../src/main/host/livekit/supervisor.ts';
import { RtcTokens } from '../../src/main/host/livekit/tokens.ts';
import type { Log } from '../../src/main/host/runtime/log.ts';

const internal = { key: 'internal', secret: 'internal-secret-of-32-characters-or-even-more' };
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('the grant LiveKit is shown', () => {
  it('gives a waiting participant of any role a connection and nothing else', () => {
    for (const role of ['doctor', 'patient', 'observer'] as const) {
      expect(videoGrantFor('room', role, false)).toEqual({
        room: 'room',
        roomJoin: true,
        canSubscribe: false,
        canPublish: false,
        canPublishSources: [],
        canPublishData: false,
        canUpdateOwnMetadata: false,
        roomRecord: false,
        roomAdmin: false,
      });
    }
  });

  it('gives an admitted one what the table says', () => {
    const { CAMERA, MICROPHONE, SCREEN_SHARE, SCREEN_SHARE_AUDIO } = TrackSource;
    expect(videoGrantFor('room', 'doctor', true)).toMatchObject({
      canPublish: true,
      canPublishSources: [CAMERA, MICROPHONE, SCREEN_SHARE, SCREEN_SHARE_AUDIO],
      roomAdmin: true,
    });
    expect(videoGrantFor('room', 'patient', true)).toMatchObject({
      canPublish: true,
      canPublishSources: [CAMERA, MICROPHONE],
      canPublishData: true,
      roomAdmin: false,
    });
    // LiveKit takes an empty list of sources for all of them: publishing itself must be off.
    expect(videoGrantFor('room', 'observer', true)).toMatchObject({
      canPublish: false,
      canSubscribe: true,
      canPublishData: false,
    });
    expect([CAMERA, SCREEN_SHARE_AUDIO, TrackSource.UNKNOWN].map(sourceName)).toEqual([
      'camera',
      'screen_share_audio',
      'unknown',
    ]);
  });
});

describe('return tokens', () => {
  const place = { roomName: 'consultation-1', identity: 'patient', issuedAt: 1_700_000_000_000 };

  it('say who comes back, also to a host that was started again, and to no other clinic', async () => {
    const token = await new RtcTokens(internal).forReturn(place);
    expect(await new RtcTokens(internal).readReturn(token)).toEqual(place);
    const other = new RtcTokens({ ...internal, secret: 'another-secret-of-32-characters-or-even-more' });
    expect(await other.readReturn(token)).toBeUndefined();
    expect(await other.readReturn('nonsense')).toBeUndefined();
  });

  it('say that it is a recorder that comes back', async () => {
    const tokens = new RtcTokens(internal);
    const recorder = { ...place, identity: 'EG_1', recorder: true };
    expect(await tokens.readReturn(await tokens.forReturn(recorder))).toEqual(recorder);
  });

  it('are none of the tokens LiveKit is shown', async () => {
    const tokens = new RtcTokens(internal);
    const token = await tokens.internal({ ...place, role: 'patient', admitted: true });
    expect(await tokens.readReturn(token)).toBeUndefined();
  });

  it('expire after two hours', async () => {
    const tokens = new RtcTokens(internal);
    const token = await tokens.forReturn(place);
    vi.useFakeTimers({ now: Date.now() + 2 * 60 * 60_000 - 5_000, toFake: ['Date'] });
    expect(await tokens.readReturn(token)).toEqual(place);
    vi.setSystemTime(Date.now() + 10_000);
    await expect(tokens.readReturn(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
  });
});

describe('what a client hears of LiveKit', () => {
  const filter = { returnToken: async () => 'ours', iceServers: () => [{ urls: ['turn:clinic'] }] };

  it('has our token and our ICE servers in it, and is otherwise untouched', async () => {
    const refresh = new SignalResponse({ message: { case: 'refreshToken', value: 'internal token' } });
    const heard = SignalResponse.fromBinary(await filterSignal(refresh.toBinary(), filter));
    expect(heard.message).toEqual({ case: 'refreshToken', value: 'ours' });

    const value = new JoinResponse({
      serverVersion: '1.13.5',
      iceServers: [{ urls: ['stun:stun.example.org'] }],
    });
    const join = new SignalResponse({ message: { case: 'join', value } });
    const joined = SignalResponse.fromBinary(await filterSignal(join.toBinary(), filter));
    expect(joined.toJson()).toMatchObject({
      join: { serverVersion: '1.13.5', iceServers: [{ urls: ['turn:clinic'] }] },
    });

    const other = new SignalResponse({ message: { case: 'pong', value: 1n } }).toBinary();
    expect(await filterSignal(other, filter)).toBe(other);
    await expect(filterSignal(Buffer.from('not a message'), filter)).rejects.toThrow();
  });
});

describe('the log of livekit-server', () => {
  it('loses identities, addresses and tokens', () => {
    const line = JSON.stringify({
      level: 'warn',
      msg: 'error handling request',
      error: 'invalid token: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln, of maria-1 at 10.0.0.7',
      participant: 'maria-1',
      remoteAddr: '10.0.0.7',
    });
    expect(readServerLine(line)).toEqual({
      level: 'warn',
      text: 'error handling request: invalid token: [token], of [participant] at [remoteAddr]',
    });
    expect(readServerLine('{"level":"error","msg":"broken"}')).toEqual({ level: 'error', text: 'broken' });
    expect(readServerLine('could not parse config')).toEqual({
      level: 'warn',
      text: 'could not parse config',
    });
    expect(readServerLine(' ')).toBeUndefined();
  });
});

describe('what LiveKit Egress is started with', () => {
  const redis = redisConfig(new URL('rediss://user:p%40ss@redis.clinic.example:7000/3'));

  it('names the Redis of REDIS_URL as LiveKit does', () => {
    expect(redis).toEqual({
      address: 'redis.clinic.example:7000',
      username: 'user',
      password: 'p@ss',
      db: 3,
      use_tls: true,
    });
    expect(redisConfig(new URL('redis://[::1]'))).toEqual({ address: '[::1]:6379' });
  });

  it("is the host's door, and a key that opens nothing else", async () => {
    const config = JSON.parse(egressConfig('http://127.0.0.1:8888', internal, redis));
    expect(config).toMatchObject({ ws_url: 'ws://127.0.0.1:8888', redis });
    const sign = (key: string, secret: string) => {
      const token = new AccessToken(key, secret, { identity: 'EG_1' });
      token.addGrant({ roomJoin: true, room: 'consultation-1', recorder: true });
      return token.toJwt();
    };
    const tokens = new RtcTokens(internal);
    const place = { identity: 'EG_1', roomName: 'consultation-1' };
    expect(await tokens.readRecorder(await sign(config.api_key, config.api_secret))).toEqual(place);
    expect(await tokens.readRecorder(await sign(config.api_key, internal.secret))).toBeUndefined();
    expect(await tokens.readRecorder(await sign(internal.key, internal.secret))).toBeUndefined();
    expect(config.api_secret).not.toBe(internal.secret);
  });

  it('lets it be seen by nobody, and receive only while it may record', () => {
    expect(videoGrantFor('room', 'recorder', false)).toMatchObject({
      canSubscribe: false,
      canPublish: false,
      canPublishData: false,
      hidden: true,
      roomAdmin: false,
      roomRecord: false,
    });
    expect(videoGrantFor('room', 'recorder', true)).toMatchObject({ canSubscribe: true, canPublish: false });
  });
});

describe('the configuration of livekit-server', () => {
  const make = (nodeIp: string) =>
    JSON.parse(
      serverConfig({ ports: { signalling: 1, media: 2 }, internal, nodeIp, webhookUrl: 'http://h/w' }),
    );

  it('listens for signalling on loopback only and names no public server', () => {
    expect(make('127.0.0.1')).toMatchObject({
      bind_addresses: ['127.0.0.1'],
      rtc: {
        tcp_port: 0,
        use_external_ip: false,
        enable_loopback_candidate: true,
        ips: { includes: ['127.0.0.1/32'] },
        stun_servers: ['127.0.0.1:2'],
      },
      keys: { internal: internal.secret },
      webhook: { api_key: 'internal', urls: ['http://h/w'] },
    });
    expect(make('192.168.1.5').rtc).toMatchObject({
      node_ip: '192.168.1.5',
      enable_loopback_candidate: false,
      ips: { includes: ['192.168.1.5/32'] },
    });
  });

  it('is used again after ever longer waits, up to ten seconds', () => {
    expect([1, 2, 3, 6, 7, 50].map(restartDelay)).toEqual([200, 400, 800, 6_400, 10_000, 10_000]);
  });
});

async function webSockets(options: { autoPong: boolean }): Promise<{ near: WebSocket; far: WebSocket }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const far = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, options);
  far.on('error', () => {});
  const [near] = (await accepted) as [WebSocket];
  cleanups.push(
    () => far.terminate(),
    () => server.close(),
  );
  return { near, far };
}

describe('a tunnel through the door', () => {
  const filter = { returnToken: async () => '', iceServers: () => [] };

  it('ends a client that is gone without a word, and keeps one that answers', async () => {
    const backend = await webSockets({ autoPong: true });
    const silent = await webSockets({ autoPong: false });
    const tunnel = new RtcTunnel(silent.near, backend.near, filter);
    tunnel.beat();
    expect(silent.near.readyState).toBe(WebSocket.OPEN);
    tunnel.beat();
    await tunnel.ended;

    const answering = await webSockets({ autoPong: true });
    const other = await webSockets({ autoPong: true });
    const kept = new RtcTunnel(answering.near, other.near, filter);
    for (let beat = 0; beat < 3; beat += 1) {
      const pong = once(answering.near, 'pong');
      kept.beat();
      await pong;
    }
    expect(answering.near.readyState).toBe(WebSocket.OPEN);
    kept.end();
    await kept.ended;
  });

  it('tells the client when the server broke off, and says what LiveKit said when it ended', async () => {
    for (const [end, expected] of [
      [(socket: WebSocket) => socket.terminate(), 1012],
      [(socket: WebSocket) => socket.close(1000, 'bye'), 1000],
    ] as const) {
      const backend = await webSockets({ autoPong: true });
      const client = await webSockets({ autoPong: true });
      const tunnel = new RtcTunnel(client.near, backend.near, filter);
      const closed = once(client.far, 'close');
      end(backend.far);
      expect((await closed)[0]).toBe(expected);
      await tunnel.ended;
    }
  });
});

describe('the room service', () => {
  const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, scope: () => silent };

  /** An API that knows nobody for its first answers. */
  async function apiThatLearns(after: number): Promise<{ address: string; asked: () => string[] }> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      request.resume();
      asked.push(request.url ?? '');
      response.writeHead(asked.length > after ? 200 : 404, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(asked.length > after ? {} : { code: 'not_found', msg: 'participant does not exist' }),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked };
  }

  it('asks again for somebody whose connection is there already, until LiveKit knows them', async () => {
    const { address, asked } = await apiThatLearns(2);
    const rooms = new RoomService(
      () => address,
      internal,
      silent,
      (roomName, identity) => roomName === 'room' && identity === 'patient',
    );
    await rooms.setAdmitted('room', 'patient', 'patient', true);
    expect(asked()).toEqual(Array(3).fill('/twirp/livekit.RoomService/UpdateParticipant'));
  });

  it('takes the word of LiveKit for somebody who is not there', async () => {
    const { address, asked } = await apiThatLearns(2);
    const rooms = new RoomService(() => address, internal, silent);
    await rooms.removeParticipant('room', 'patient');
    expect(asked()).toEqual(['/twirp/livekit.RoomService/RemoveParticipant']);
    expect(await rooms.listParticipants('room')).toEqual([]);
  });

  it('answers with an error of the catalogue when LiveKit is not reachable', async () => {
    const gone = new RoomService(() => 'http://127.0.0.1:1', internal, silent);
    await expect(gone.createRoom('room')).rejects.toMatchObject({ code: 'LIVEKIT_UNAVAILABLE' });
    await expect(gone.deleteRoom('room')).rejects.toMatchObject({ code: 'LIVEKIT_UNAVAILABLE' });
  });
});

describe('an external LiveKit', () => {
  const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, scope: () => silent };
  const unused = () => Promise.reject(new Error('unused'));

  function create(url: string, changes: Partial<LiveKitOptions> = {}): LiveKit {
    const livekit = createLiveKit({
      dataDir: '/nowhere',
      environment: {},
      embedded: true,
      external: { url, key: 'key', secret: 'secret-of-at-least-32-characters-or-more' },
      internal,
      nodeIp: () => '127.0.0.1',
      hostDoorUrl: () => '',
      iceServers: () => [],
      log: silent,
      authorize: unused,
      authorizeReturn: unused,
      authorizeRecorder: unused,
      ...changes,
    });
    cleanups.push(() => livekit.close());
    return livekit;
  }

  async function api(status: number, body: unknown): Promise<string> {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('is ready once its API answers, and is reached without our door', async () => {
    const url = await api(200, { rooms: [] });
    const livekit = create(url);
    expect(livekit.externalUrl).toBe(url);
    expect(livekit.ownsPath('/rtc')).toBe(false);
    expect(livekit.status()).toMatchObject({ state: 'starting', kind: 'external' });
    await expect(livekit.listRooms()).rejects.toMatchObject({ code: 'LIVEKIT_UNAVAILABLE' });
    livekit.start();
    await vi.waitUntil(() => livekit.status().state === 'ready');
    expect(await livekit.listRooms()).toEqual([]);
    await livekit.close();
    await expect(livekit.listRooms()).rejects.toMatchObject({ code: 'LIVEKIT_UNAVAILABLE' });
  });

  it('says what is wrong with the key or the address, without showing the secret', async () => {
    const refusing = create(await api(401, { code: 'unauthenticated', msg: 'invalid API key: key' }));
    refusing.start();
    await vi.waitUntil(() => refusing.status().state === 'failed');
    expect(refusing.status().detail).toContain('LIVEKIT_API_SECRET');
    const absent = create('ws://127.0.0.1:1');
    absent.start();
    await vi.waitUntil(() => absent.status().state === 'failed');
    expect(absent.status().detail).toContain('LIVEKIT_API_URL');
    expect(`${refusing.status().detail}${absent.status().detail}`).not.toMatch(/secret-of/);
  });
});
