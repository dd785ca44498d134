/**
 * The only way from outside to the embedded LiveKit's signalling: each connection is decided by the host's admission, and
 * LiveKit is shown a token the host has just made from that decision.
 */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { CatalogueError, type ErrorCode, errorCatalogue } from '../../../shared/contract/errors.ts';
import type { IceServer } from '../../../shared/signaling/messages.ts';
import type { Log } from '../runtime/log.ts';
import type { RtcAdmission } from './livekit.ts';
import { RtcTunnel } from './rtc-tunnel.ts';
import type { Place, Return, RtcTokens } from './tokens.ts';

export interface RtcDoorOptions {
  /** `http://127.0.0.1:port` of the server, after a short wait if it is just starting; undefined when there is none. */
  readonly backend: () => Promise<string | undefined>;
  readonly tokens: RtcTokens;
  readonly authorize: (token: string) => Promise<RtcAdmission>;
  readonly authorizeReturn: (from: Return) => Promise<RtcAdmission>;
  readonly authorizeRecorder: (place: Place) => Promise<RtcAdmission>;
  /** Applies an admission decided while its participant was still connecting. */
  readonly setAdmitted: (admission: RtcAdmission) => Promise<void>;
  readonly removeParticipant: (roomName: string, identity: string) => Promise<void>;
  readonly iceServers: () => readonly IceServer[];
  readonly log: Log;
}

const socketPaths: readonly string[] = ['/rtc', '/rtc/v1'];
const validatePaths: readonly string[] = ['/rtc/validate', '/rtc/v1/validate'];
const connectWithinMs = 10_000;
const tunnelsAtMost = 2_000;
/** The largest message either side may send, in bytes; session descriptions are well below. */
const messageAtMost = 1024 * 1024;
const beatEveryMs = 15_000;
/** What LiveKit's refusals mean to a client; 404: an older server without that path. */
const backendRefusals = new Map<number, ErrorCode>([
  [400, 'BAD_REQUEST'],
  [404, 'NOT_FOUND'],
]);

export class RtcDoor {
  readonly #options: RtcDoorOptions;
  readonly #upgrader = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Small messages over short ways: packing them would cost more than it saves.
    perMessageDeflate: false,
    maxPayload: messageAtMost,
  });
  /** Everything that must end with the door: connections on their way and established tunnels. */
  readonly #open = new Set<{ end(): void }>();
  readonly #tunnels = new Set<RtcTunnel>();
  /** Whose connections LiveKit has accepted. */
  readonly #present = new Set<Place>();
  readonly #heartbeat: NodeJS.Timeout;
  #closed = false;

  constructor(options: RtcDoorOptions) {
    this.#options = options;
    this.#heartbeat = setInterval(() => {
      for (const tunnel of this.#tunnels) tunnel.beat();
    }, beatEveryMs);
    this.#heartbeat.unref();
  }

  ownsPath(pathname: string): boolean {
    return pathname === '/rtc' || pathname.startsWith('/rtc/');
  }

  /** Whether LiveKit has accepted a connection of this participant, which its API may know only a moment later. */
  isPresent(roomName: string, identity: string): boolean {
    for (const place of this.#present)
      if (place.roomName === roomName && place.identity === identity) return true;
    return false;
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // From here on the socket is ours: without a listener its error would end the host.
    socket.on('error', () => socket.destroy());
    this.#connect(request, socket, head).catch((cause: unknown) => {
      refuseSocket(socket, this.#toRefusal(cause));
    });
  }

  async handleRequest(request: Request): Promise<Response> {
    try {
      return await this.#validate(request);
    } catch (cause) {
      const refusal = this.#toRefusal(cause);
      return Response.json({ success: false, error: refusal.toBody() }, { status: refusal.status });
    }
  }

  /** Ends all connections. Final. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    for (const connection of this.#open) connection.end();
  }

  async #validate(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (!validatePaths.includes(url.pathname)) throw new CatalogueError('NOT_FOUND');
    if (request.method !== 'GET') throw new CatalogueError('METHOD_NOT_ALLOWED');
    const admission = await this.#authorize(tokenOf(url, request.headers.get('authorization') ?? undefined));
    const target = await this.#target(url);
    const headers = await this.#headers(admission, request.headers.get('user-agent') ?? undefined);
    const answer = await fetch(target, { headers, signal: AbortSignal.timeout(connectWithinMs) }).catch(
      () => {
        throw new CatalogueError('LIVEKIT_UNAVAILABLE');
      },
    );
    return new Response(await answer.text(), {
      status: answer.status,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
  }

  async #connect(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (this.#closed) throw new CatalogueError('LIVEKIT_UNAVAILABLE');
    if (this.#open.size >= tunnelsAtMost) throw new CatalogueError('TOO_MANY_REQUESTS');
    const url = parseUrl(request.url);
    if (!socketPaths.includes(url.pathname)) throw new CatalogueError('NOT_FOUND');
    if (!isWebSocketHandshake(request)) throw new CatalogueError('BAD_REQUEST');

    const pending = { end: () => socket.destroy() };
    this.#open.add(pending);
    try {
      const admission = await this.#authorize(tokenOf(url, request.headers.authorization));
      const target = await this.#target(url);
      const headers = await this.#headers(admission, request.headers['user-agent']);
      const backend = await this.#openBackend(target.replace(/^http/, 'ws'), headers, socket);
      const place: Place = { roomName: admission.roomName, identity: admission.identity };
      this.#present.add(place);
      backend.once('close', () => this.#present.delete(place));
      try {
        await this.#decideAgain(admission);
      } catch (cause) {
        await this.#options.removeParticipant(place.roomName, place.identity).catch(() => {});
        backend.terminate();
        throw cause;
      }
      if (this.#closed || socket.destroyed) return backend.terminate();
      this.#join(request, socket, head, backend, admission);
    } finally {
      this.#open.delete(pending);
    }
  }

  /** Opens the way to LiveKit, paused: what it says at once must wait until the client is there to hear it. */
  #openBackend(target: string, headers: Record<string, string>, socket: Duplex): Promise<WebSocket> {
    return new Promise((resolve, reject) => {
      const backend = new WebSocket(target, {
        headers,
        handshakeTimeout: connectWithinMs,
        perMessageDeflate: false,
        maxPayload: messageAtMost,
      });
      const giveUp = () => backend.terminate();
      socket.once('close', giveUp);
      backend.once('open', () => {
        socket.off('close', giveUp);
        backend.pause();
        resolve(backend);
      });
      backend.once('unexpected-response', (_request, response) => {
        response.resume();
        backend.terminate();
        this.#options.log.warn(`LiveKit refused a connection with status ${response.statusCode}`);
        reject(new CatalogueError(backendRefusals.get(response.statusCode ?? 0) ?? 'LIVEKIT_UNAVAILABLE'));
      });
      backend.on('error', () => reject(new CatalogueError('LIVEKIT_UNAVAILABLE')));
    });
  }

  /**
   * Connecting took a while: an admission or removal decided meanwhile has not reached this participant, as LiveKit did not
   * know it yet.
   */
  async #decideAgain(before: RtcAdmission): Promise<void> {
    const now =
      before.role === 'recorder'
        ? await this.#options.authorizeRecorder(before)
        : await this.#options.authorizeReturn(before);
    if (now.admitted !== before.admitted) await this.#options.setAdmitted(now);
  }

  #join(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    backend: WebSocket,
    place: RtcAdmission,
  ): void {
    const abandon = () => backend.terminate();
    socket.once('close', abandon);
    this.#upgrader.handleUpgrade(request, socket, head, (client) => {
      socket.off('close', abandon);
      const tunnel = new RtcTunnel(client, backend, {
        returnToken: () => this.#options.tokens.forReturn({ ...place, recorder: place.role === 'recorder' }),
        iceServers: this.#options.iceServers,
      });
      this.#open.add(tunnel);
      this.#tunnels.add(tunnel);
      tunnel.ended.then(() => {
        this.#open.delete(tunnel);
        this.#tunnels.delete(tunnel);
      });
    });
  }

  async #authorize(token: string): Promise<RtcAdmission> {
    const returning = await this.#options.tokens.readReturn(token);
    const recorder = returning?.recorder ? returning : await this.#options.tokens.readRecorder(token);
    if (recorder) return this.#options.authorizeRecorder(recorder);
    if (returning) return this.#options.authorizeReturn(returning);
    return this.#options.authorize(token);
  }

  async #target(url: URL): Promise<string> {
    const backend = await this.#options.backend();
    if (backend === undefined) throw new CatalogueError('LIVEKIT_UNAVAILABLE');
    const query = new URLSearchParams(url.searchParams);
    query.delete('access_token');
    // LiveKit would add it to the identity, and let in somebody whom nobody here knows.
    query.delete('publish');
    return `${backend}${url.pathname}?${query}`;
  }

  /** LiveKit gets no header of the client but the browser's name, by which it chooses codecs. */
  async #headers(admission: RtcAdmission, userAgent: string | undefined): Promise<Record<string, string>> {
    const authorization = `Bearer ${await this.#options.tokens.internal(admission)}`;
    return { authorization, ...(userAgent === undefined ? {} : { 'user-agent': userAgent }) };
  }

  /** livekit-client takes 404 for an older server and tries another way in, so who may not enter hears 401 or 403. */
  #toRefusal(cause: unknown): Refusal {
    if (!(cause instanceof CatalogueError)) {
      this.#options.log.error('A connection to the video server failed', cause);
      return new Refusal('INTERNAL_ERROR');
    }
    const status = passedOn.has(cause.status) || cause.code === 'NOT_FOUND' ? cause.status : 403;
    return new Refusal(cause.code, status, cause.details);
  }
}

const passedOn = new Set([400, 401, 403, 405, 429, 500, 503]);

class Refusal {
  readonly status: number;
  readonly #error: CatalogueError;

  constructor(code: ErrorCode, status: number = errorCatalogue[code].status, details?: unknown) {
    this.status = status;
    this.#error = new CatalogueError(code, details);
  }

  toBody() {
    return this.#error.toBody();
  }
}

function refuseSocket(socket: Duplex, refusal: Refusal): void {
  if (socket.destroyed) return;
  const body = JSON.stringify({ success: false, error: refusal.toBody() });
  const lines = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(refusal.status === 429 ? ['Retry-After: 5'] : []),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/** The handshake of RFC 6455, 4.1; what is wrong with it must be known before LiveKit is asked for a session. */
function isWebSocketHandshake({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-version'] === '13' &&
    /^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')
  );
}

/** Only its path and query are of interest. @throws CatalogueError BAD_REQUEST when it has none. */
function parseUrl(target: string | undefined): URL {
  try {
    return new URL(target ?? '/', 'http://host');
  } catch {
    throw new CatalogueError('BAD_REQUEST');
  }
}

function tokenOf(url: URL, authorization: string | undefined): string {
  const token = authorization?.match(/^Bearer (\S+)$/i)?.[1] ?? url.searchParams.get('access_token');
  if (!token) throw new CatalogueError('UNAUTHENTICATED');
  return token;
}
