/** A small host around a real video server: a door on a free port, and an admission the test decides. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessToken, TokenVerifier } from 'livekit-server-sdk';
import { bringLiveKitServer } from '../../src/main/host/livekit/bring-server.ts';
import { createLiveKit, type LiveKitOptions } from '../../src/main/host/livekit/create-livekit.ts';
import { findInPath } from '../../src/main/host/livekit/find-server.ts';
import { videoGrantFor } from '../../src/main/host/livekit/grant.ts';
import type { LiveKit, LiveKitEvent, RtcAdmission } from '../../src/main/host/livekit/livekit.ts';
import type { Log } from '../../src/main/host/runtime/log.ts';
import type { ParticipantRole } from '../../src/shared/access/access.ts';
import type { LiveKitStatus } from '../../src/shared/contract/contract.ts';
import { CatalogueError } from '../../src/shared/contract/errors.ts';
import type { IceServer } from '../../src/shared/signaling/messages.ts';

export const participantKey = { key: 'participants', secret: 'participants-secret-of-32-characters-or-more' };
export const internalKey = { key: 'internal', secret: 'internal-secret-of-32-characters-or-even-more' };

/** LIVEKIT_SERVER, else PATH, else brought into the cache the other commands use. */
export async function serverBinary(): Promise<string> {
  return (
    process.env.LIVEKIT_SERVER ??
    (await findInPath('livekit-server', process.env)) ??
    bringLiveKitServer({
      cacheDir: process.env.LIVEKIT_CACHE_DIR ?? join(homedir(), '.cache', 'autamedica'),
      environment: process.env,
    })
  );
}

export class RecordedLog implements Log {
  readonly lines: string[];
  constructor(lines: string[] = []) {
    this.lines = lines;
  }
  debug(message: string): void {
    this.lines.push(message);
  }
  info(message: string): void {
    this.lines.push(message);
  }
  warn(message: string): void {
    this.lines.push(message);
  }
  error(message: string, cause?: unknown): void {
    this.lines.push(cause === undefined ? message : `${message} ${String(cause)}`);
  }
  scope(): Log {
    return this;
  }
}

export interface TestHost {
  readonly livekit: LiveKit;
  /** ws://127.0.0.1:port of the door. */
  readonly url: string;
  readonly dataDir: string;
  readonly log: RecordedLog;
  readonly statuses: LiveKitStatus[];
  readonly events: LiveKitEvent[];
  /** Who is known, by identity. A test changes it as a doctor would. */
  readonly people: Map<string, RtcAdmission>;
  /** Enters somebody and returns a participant token as the host would give it. */
  invite(identity: string, role: ParticipantRole, admitted: boolean, roomName?: string): Promise<string>;
  admit(identity: string): Promise<void>;
  until(state: LiveKitStatus['state']): Promise<LiveKitStatus>;
  /** Where the server itself listens. */
  rawUrl(): Promise<string>;
  serverPid(): Promise<number>;
  close(): Promise<void>;
}

export interface TestHostOptions extends Partial<LiveKitOptions> {
  readonly iceServerList?: IceServer[];
  /** Runs after somebody was let in and before the video server knows. */
  readonly afterAuthorize?: () => Promise<void>;
}

/** Builds the host and starts it; `ready` is for the test to wait for. */
export async function startHost(options: TestHostOptions = {}): Promise<TestHost> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'livekit-test-')));
  const log = new RecordedLog();
  const people = new Map<string, RtcAdmission>();
  const events: LiveKitEvent[] = [];
  const statuses: LiveKitStatus[] = [];
  const verifier = new TokenVerifier(participantKey.key, participantKey.secret);
  const authorizeIdentity = async (roomName: string, identity: string): Promise<RtcAdmission> => {
    const person = people.get(identity);
    if (!person || person.roomName !== roomName) throw new CatalogueError('REMOVED');
    return person;
  };

  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const livekit = createLiveKit({
    dataDir,
    environment: process.env,
    embedded: true,
    internal: internalKey,
    nodeIp: () => '127.0.0.1',
    hostDoorUrl: () => `http://${address}`,
    iceServers: () => options.iceServerList ?? [],
    log,
    authorize: async (token) => {
      const claims = await verifier.verify(token).catch(() => {
        throw new CatalogueError('TOKEN_INVALID');
      });
      const admission = await authorizeIdentity(claims.video?.room ?? '', claims.sub ?? '');
      await options.afterAuthorize?.();
      return admission;
    },
    authorizeRecorder: async () => {
      throw new CatalogueError('REMOVED');
    },
    authorizeReturn: ({ roomName, identity }) => authorizeIdentity(roomName, identity),
    ...(options.serverPath || options.external ? {} : { serverPath: await serverBinary() }),
    ...options,
  });
  livekit.onStatus((status) => statuses.push(status));
  livekit.onEvent((event) => events.push(event));
  const sockets = serve(server, livekit, address);
  livekit.start();

  return {
    livekit,
    url: `ws://${address}`,
    dataDir,
    log,
    statuses,
    events,
    people,
    async invite(identity, role, admitted, roomName = 'consultation-1') {
      people.set(identity, { identity, roomName, role, admitted, issuedAt: Date.now() });
      const token = new AccessToken(participantKey.key, participantKey.secret, { identity, ttl: '2h' });
      token.addGrant(videoGrantFor(roomName, role, true));
      return token.toJwt();
    },
    async admit(identity) {
      const person = people.get(identity);
      if (!person) throw new Error(`${identity} was not invited`);
      people.set(identity, { ...person, admitted: true });
      await livekit.setAdmitted(person.roomName, identity, person.role, true);
    },
    until: (state) => statusReached(livekit, state),
    async rawUrl() {
      const config = JSON.parse(await readFile(join(dataDir, 'livekit', 'server.json'), 'utf8')) as {
        port: number;
      };
      return `http://127.0.0.1:${config.port}`;
    },
    serverPid: async () =>
      Number.parseInt(await readFile(join(dataDir, 'livekit', 'server.pid'), 'utf8'), 10),
    async close() {
      await livekit.close();
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function serve(server: Server, livekit: LiveKit, address: string): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => livekit.handleUpgrade(request, socket, head));
  server.on('request', async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.url === '/livekit/webhook') {
      const handled = livekit.handleWebhook(Buffer.concat(chunks).toString(), request.headers.authorization);
      response.statusCode = await handled.then(
        () => 200,
        () => 401,
      );
      response.end();
      return;
    }
    const headers = new Headers();
    if (request.headers.authorization) headers.set('authorization', request.headers.authorization);
    const answer = await livekit.handleRequest(
      new Request(`http://${address}${request.url}`, { method: request.method ?? 'GET', headers }),
    );
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(await answer.text());
  });
  return sockets;
}

export function statusReached(livekit: LiveKit, state: LiveKitStatus['state']): Promise<LiveKitStatus> {
  if (livekit.status().state === state) return Promise.resolve(livekit.status());
  return new Promise((resolve) => {
    const stop = livekit.onStatus((status) => {
      if (status.state !== state) return;
      stop();
      resolve(status);
    });
  });
}

/** Whether a process runs. One that has ended, and whose parent has not asked how, does not. */
export async function isAlive(pid: number): Promise<boolean> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    return stat !== '' && !/\) Z /.test(stat);
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits for a condition, looking every 20 ms. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not so within ${withinMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
