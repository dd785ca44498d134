/** The Socket.io adapter: authenticates, parses, calls the room, acknowledges. Holds no rules of its own. */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server, type Socket } from 'socket.io';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import {
  type Acknowledgement,
  type HostToClientEvents,
  type Plan,
  type RequestAnswers,
  type RequestName,
  type RequestPayload,
  type RoomState,
  requestSchemas,
} from '../../../shared/signaling/messages.ts';
import type { Admission, AuthenticatedParticipant } from '../admission/admission.ts';
import type { Pace } from '../admission/pace.ts';
import type { WatchCredential } from '../audit/credentials.ts';
import { participantCaller } from '../audit/fact.ts';
import type { AuditTrail, Often } from '../audit/trail.ts';
import { type Consultations, planOf } from '../consultations/consultations.ts';
import type { LiveKit } from '../livekit/livekit.ts';
import type { Messages } from '../messages/messages.ts';
import type { IceServers } from '../network/ice-servers.ts';
import type { Recordings } from '../recordings/recordings.ts';
import { type Door, doorHeaders, requestHeaders } from '../rest/door.ts';
import type { Connection, Member } from '../rooms/member.ts';
import { Probes } from '../rooms/probes.ts';
import type { Room } from '../rooms/room.ts';
import type { Log } from '../runtime/log.ts';
import { refusalOf } from '../storage/failures.ts';
import { FloodGate } from './flood-gate.ts';
import { Lobby } from './lobby.ts';

/** Largest message read at all, bytes; a longer one ends the connection. The schemas refuse much earlier, with an answer. */
const maxMessageBytes = 1_000_000;
/** A token is renewed this long before it expires, ms. */
const renewAheadMs = 10 * 60_000;
/** A connection that has not shown who it is after this long is ended, ms. */
const authenticateWithinMs = 15_000;
/** A connection that has not joined after this long is ended, ms. */
const joinWithinMs = 30_000;

export interface SignalingParts {
  readonly admission: Admission;
  readonly consultations: Consultations;
  readonly messages: Messages;
  readonly recordings: Pick<Recordings, 'segment' | 'recorded'>;
  readonly livekit: LiveKit;
  readonly iceServers: IceServers;
  readonly door: Door;
  readonly trail: Pick<AuditTrail, 'during'>;
  readonly pace: Pace;
  readonly watchCredential: WatchCredential;
  readonly log: Log;
  livekitUrl(baseUrl: string): string;
}

type HostSocket = Socket<
  Record<string, (...values: unknown[]) => void>,
  HostToClientEvents,
  Record<string, never>,
  SocketData
>;

/** Who comes, goes, begins and stops is in the audit log. Messages have a pace of their own. */
const writtenDown: ReadonlySet<RequestName> = new Set(['join', 'leave', 'media', 'renew']);

interface SocketData {
  participant: AuthenticatedParticipant;
  baseUrl: string;
}

export class SignalingServer {
  readonly #parts: SignalingParts;
  readonly #probes = new Probes();
  readonly #lobby = new Lobby();
  readonly #log: Log;
  readonly #io: Server<
    Record<string, (...values: unknown[]) => void>,
    HostToClientEvents,
    Record<string, never>,
    SocketData
  >;

  constructor(server: HttpServer, parts: SignalingParts) {
    this.#parts = parts;
    this.#log = parts.log.scope('Signaling');
    this.#io = new Server(server, {
      serveClient: false,
      maxHttpBufferSize: maxMessageBytes,
      connectTimeout: authenticateWithinMs,
      // Other upgrades on this server are the video server's.
      destroyUpgrade: false,
      pingInterval: 10_000,
      pingTimeout: 8_000,
      cors: {
        origin: (origin, answer) => answer(null, origin === undefined || parts.door.allowsOrigin(origin)),
      },
      allowRequest: (request, answer) => {
        if (!parts.door.admits(request)) answer('FOREIGN_ORIGIN', false);
        else if (!this.#lobby.hasRoom(this.#placeOf(request))) answer('TOO_MANY_REQUESTS', false);
        else answer(null, true);
      },
    });
    this.#io.engine.on('connection', (connection: HostSocket['conn']) =>
      this.#lobby.enter(connection, this.#placeOf(connection.request)),
    );
    this.#io.use((socket, next) => {
      this.#authenticate(socket).then(
        () => next(),
        (error: unknown) => next(handshakeError(error)),
      );
    });
    this.#io.on('connection', (socket) => this.#serve(socket));
  }

  /** Whether a request or upgrade is Socket.io's, by the comparison it makes itself. */
  owns(request: IncomingMessage): boolean {
    return request.url?.startsWith('/socket.io/') === true;
  }

  /** Has another server's requests answered, beside the one this was made with. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    this.#io.engine.handleRequest(request, response);
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#io.engine.handleUpgrade(request, socket, head);
  }

  get activeConnections(): number {
    return this.#io.sockets.sockets.size;
  }

  /** Ends all connections. The HTTP server is its owner's to close: other upgrades live on it. */
  close(): void {
    this.#io.disconnectSockets(true);
    this.#io.engine.close();
  }

  async #authenticate(socket: HostSocket): Promise<void> {
    const { token } = socket.handshake.auth;
    const participant = await this.#parts.watchCredential('signaling', async () => {
      if (typeof token !== 'string') throw new CatalogueError('UNAUTHENTICATED');
      return this.#parts.admission.authenticate(token);
    });
    await this.#parts.admission.requireOpen(participant.consultationId);
    this.#lobby.leave(socket.conn);
    socket.data.participant = participant;
    // Not kept: a memory dump should not hold credentials that are no longer needed.
    socket.handshake.auth = {};
    socket.data.baseUrl = this.#parts.door.checkOrigin(
      doorHeaders(socket.handshake, socket.handshake.secure),
    );
  }

  #placeOf(request: IncomingMessage): string {
    return this.#parts.door.remoteAddress(request.socket.remoteAddress, requestHeaders(request));
  }

  #serve(socket: HostSocket): void {
    // Socket.io keeps the handshake's request for as long as the connection lasts; nothing asks for it any more.
    (socket.conn as { request: unknown }).request = null;
    const session = new Session(socket, this.#parts, this.#probes);
    const gate = new FloodGate();
    socket.onAny((name: string, ...values: unknown[]) => {
      const last = values.at(-1);
      const acknowledge =
        typeof last === 'function' ? (last as (answer: Acknowledgement<unknown>) => void) : undefined;
      const payload = acknowledge ? values[0] : values.length > 0 ? values[0] : {};
      const verdict = gate.pass();
      if (verdict !== 'pass') {
        acknowledge?.({ ok: false, error: new CatalogueError('TOO_MANY_REQUESTS').toBody() });
        if (verdict === 'cut') {
          this.#log.warn('A connection was cut off for flooding');
          socket.disconnect(true);
        }
        return;
      }
      this.#answer(session, name, payload === acknowledge ? {} : payload, acknowledge ?? (() => {}));
    });
    socket.on('disconnect', () => session.disconnected());
  }

  /** Most messages are answered in the same turn: a relay that waited for a promise would cost half as much again. */
  #answer(
    session: Session,
    name: string,
    payload: unknown,
    acknowledge: (answer: Acknowledgement<unknown>) => void,
  ): void {
    const refuse = (error: unknown) => {
      if (!(error instanceof CatalogueError)) this.#log.error(`${name} failed`, error);
      acknowledge({ ok: false, error: refusalOf(error).toBody() });
    };
    try {
      if (!Object.hasOwn(requestSchemas, name))
        throw new CatalogueError('NOT_FOUND', { message: name.slice(0, 64) });
      const data = session.handle(name as RequestName, payload);
      if (data instanceof Promise) data.then((value) => acknowledge({ ok: true, data: value }), refuse);
      else acknowledge({ ok: true, data });
    } catch (error) {
      refuse(error);
    }
  }
}

/** One socket's conversation. */
class Session implements Connection {
  readonly #socket: HostSocket;
  readonly #parts: SignalingParts;
  readonly #probes: Probes;
  #room: Room | undefined;
  #renewal: NodeJS.Timeout | undefined;
  readonly #joinDeadline: NodeJS.Timeout;

  constructor(socket: HostSocket, parts: SignalingParts, probes: Probes) {
    this.#socket = socket;
    this.#parts = parts;
    this.#probes = probes;
    this.#scheduleRenewal(socket.data.participant.expiresAt);
    this.#joinDeadline = setTimeout(() => {
      if (this.#room === undefined) this.end();
    }, joinWithinMs);
    this.#joinDeadline.unref();
  }

  event(event: Parameters<HostToClientEvents['event']>[0]): void {
    this.#socket.emit('event', event);
  }

  signal(signal: Parameters<HostToClientEvents['signal']>[0]): void {
    this.#socket.emit('signal', signal);
  }

  token(token: Parameters<HostToClientEvents['token']>[0]): void {
    this.#socket.emit('token', token);
  }

  message(message: Parameters<HostToClientEvents['message']>[0]): void {
    this.#socket.emit('message', message);
  }

  marks(marks: Parameters<HostToClientEvents['marks']>[0]): void {
    this.#socket.emit('marks', marks);
  }

  end(): void {
    clearTimeout(this.#renewal);
    clearTimeout(this.#joinDeadline);
    this.#room = undefined;
    this.#socket.disconnect(true);
  }

  disconnected(): void {
    clearTimeout(this.#renewal);
    clearTimeout(this.#joinDeadline);
    this.#room?.connectionLost(this.#identity, this);
    this.#room = undefined;
  }

  /** @throws CatalogueError */
  handle(
    name: RequestName,
    payload: unknown,
  ): RequestAnswers[RequestName] | Promise<RequestAnswers[RequestName]> {
    const parsed = requestSchemas[name].safeParse(payload ?? {});
    if (!parsed.success) {
      throw new CatalogueError(
        'BAD_REQUEST',
        parsed.error.issues.map(({ path, message }) => ({ path, message })),
      );
    }
    return this.#run(name, parsed.data as RequestPayload<RequestName>);
  }

  #run(
    name: RequestName,
    payload: RequestPayload<RequestName>,
  ): RequestAnswers[RequestName] | Promise<RequestAnswers[RequestName]> {
    if (writtenDown.has(name)) this.#parts.pace.keepAs(this.#socket.data.participant);
    switch (name) {
      case 'join':
        return this.#join(payload as RequestPayload<'join'>);
      case 'renew':
        return this.#recorded('token.renew', 'each', () => this.#renew());
      case 'echo':
        return {};
      case 'leave':
        this.#joined.leave(this.#identity);
        this.#room = undefined;
        return {};
      case 'signal': {
        const { to, signal } = payload as RequestPayload<'signal'>;
        this.#joined.relay(this.#identity, to, signal);
        return {};
      }
      case 'media':
        this.#joined.setMedia(this.#identity, payload as RequestPayload<'media'>);
        return {};
      case 'readiness':
        this.#joined.setReadiness(this.#identity, payload as RequestPayload<'readiness'>);
        return {};
      case 'quality':
        this.#joined.setQuality(this.#identity, payload as RequestPayload<'quality'>);
        return {};
      case 'message':
        return this.#recorded('message.send', 'each', () =>
          this.#parts.messages.send(this.#joined, this.#identity, payload as RequestPayload<'message'>),
        );
      case 'messages': {
        const { after } = payload as RequestPayload<'messages'>;
        return this.#recorded('message.list', 'hourly', () =>
          this.#parts.messages.history(this.#joined, this.#identity, after),
        );
      }
      case 'marks':
        return this.#parts.messages.mark(this.#joined, this.#identity, payload as RequestPayload<'marks'>);
      case 'probe':
        return this.#probes.answer(this.#joined, this.#identity, payload as RequestPayload<'probe'>);
      case 'recorder': {
        const { ready } = payload as RequestPayload<'recorder'>;
        this.#joined.setRecorderReady(this.#identity, ready);
        return {};
      }
      case 'segment':
        return this.#parts.recordings.segment(
          this.#joined,
          this.#identity,
          payload as RequestPayload<'segment'>,
        );
      case 'recorded':
        return this.#parts.recordings.recorded(
          this.#joined,
          this.#identity,
          payload as RequestPayload<'recorded'>,
        );
    }
  }

  /** What shows or changes something of a consultation. Coming and going is recorded by the room. */
  #recorded<R>(event: string, often: Often, work: () => Promise<R>): Promise<R> {
    const { consultationId, role } = this.#socket.data.participant;
    const caller = participantCaller({ role, identity: this.#identity });
    return this.#parts.trail.during({ event, caller, consultationId, outcome: 'ok' }, often, async () =>
      work(),
    );
  }

  async #join({ since, media }: RequestPayload<'join'>): Promise<RequestAnswers['join']> {
    const { admission, consultations } = this.#parts;
    const { consultationId, identity } = this.#socket.data.participant;
    const room = await consultations.openRoom(await admission.requireOpen(consultationId));
    return admission.inTurn(consultationId, async () => {
      // Asked again, and last: somebody may have been admitted or removed since the handshake, also while the room was opened.
      const participant = await admission.current(this.#socket.data.participant);
      const plan = planOf(await admission.require(consultationId));
      if (this.#socket.disconnected) throw new CatalogueError('OUT_OF_TURN');
      const { member, missed } = room.join({ ...participant, identity }, this, since, media);
      this.#room = room;
      return { state: this.#state(room, member, plan), missed };
    });
  }

  #state(room: Room, member: Member, plan: Plan): RoomState {
    const sfuAvailable = this.#parts.livekit.status().state === 'ready';
    return {
      consultationId: room.settings.consultationId,
      roomName: room.settings.roomName,
      ...plan,
      self: member.toParticipant(),
      participants: room.visibleTo(member),
      transport: room.transport,
      sfuAvailable,
      livekitUrl: this.#parts.livekitUrl(this.#socket.data.baseUrl),
      iceServers: this.#parts.iceServers.forParticipant(),
      consents: room.consentsFor(member),
      ...(room.waitingMessage !== undefined && room.hearsWaitingMessage(member)
        ? { waitingMessage: room.waitingMessage }
        : {}),
      ...optional('recording', room.recordingFor(member)),
      ...optional('recorderOrders', room.recorderOrdersFor(member)),
      lastEventId: member.lastEventId,
      tokenExpiresAt: new Date(this.#socket.data.participant.expiresAt).toISOString(),
    };
  }

  async #renew(): Promise<RequestAnswers['renew']> {
    await this.#parts.admission.requireOpen(this.#socket.data.participant.consultationId);
    const participant = await this.#parts.admission.current(this.#socket.data.participant);
    const renewed = await this.#parts.admission.renew(participant);
    this.#socket.data.participant = { ...participant, expiresAt: Date.parse(renewed.expiresAt) };
    this.#scheduleRenewal(this.#socket.data.participant.expiresAt);
    return renewed;
  }

  /** The call goes on past the token's two hours: a new one is sent before. */
  #scheduleRenewal(expiresAt: number): void {
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(
      () => {
        this.#recorded('token.renew', 'each', () => this.#renew()).then(
          (renewed) => this.token(renewed),
          () => this.end(),
        );
      },
      Math.max(1_000, expiresAt - Date.now() - renewAheadMs),
    );
    this.#renewal.unref();
  }

  get #identity(): string {
    return this.#socket.data.participant.identity;
  }

  get #joined(): Room {
    if (this.#room === undefined) throw new CatalogueError('OUT_OF_TURN');
    return this.#room;
  }
}

/** Socket.io hands `data` to the client's `connect_error`. */
function handshakeError(error: unknown): Error {
  const refused = error instanceof CatalogueError ? error : new CatalogueError('INTERNAL_ERROR');
  return Object.assign(new Error(refused.code), { data: refused.toBody() });
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [N in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [N in Name]: Value });
}
