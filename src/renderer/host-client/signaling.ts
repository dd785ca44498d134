/** The signaling socket: joins and joins again for ever, and passes on every event of the room once and in order. */
import { io, type Socket } from 'socket.io-client';
import * as z from 'zod/mini';
import { CatalogueError, type ErrorCode, errorCatalogue } from '../../shared/contract/errors.ts';
import { marksSchema, messageSchema } from '../../shared/signaling/chat.ts';
import {
  type Acknowledgement,
  type ClientToHostEvents,
  type HostToClientEvents,
  joinAnswerSchema,
  type NumberedEvent,
  numberedEventSchema,
  type RequestAnswers,
  type RequestName,
  type RequestPayload,
  receivedSignalSchema,
  renewedTokenSchema,
} from '../../shared/signaling/messages.ts';
import { type Signaling, type SignalingEvent, SignalingUnavailable } from '../call/signaling.ts';

// The pages' content security policy forbids eval, which the validator would otherwise try first.
z.config({ jitless: true });

interface SignalingOptions {
  /** Where the host is, e.g. `https://192.168.1.20:8443`. */
  readonly url: string;
  readonly token: string;
  /** How long the host may take to answer a request, in ms. */
  readonly requestTimeout?: number;
}

/** Refusals that asking again cannot change. */
const finalRefusals: ReadonlySet<ErrorCode> = new Set([
  'UNAUTHENTICATED',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'FORBIDDEN',
  'FOREIGN_ORIGIN',
  'REMOVED',
  'CONSULTATION_NOT_FOUND',
  'CONSULTATION_CLOSED',
  'CONSULTATION_CANCELLED',
  'CONSULTATION_MISSED',
]);

export function createSignaling(options: SignalingOptions): Signaling {
  return new SocketSignaling(options);
}

class SocketSignaling implements Signaling {
  readonly #socket: Socket<HostToClientEvents, ClientToHostEvents>;
  readonly #listeners = new Set<(event: SignalingEvent) => void>();
  readonly #timeout: number;
  #token: string;
  /** The last event passed on; undefined before the first join. */
  #last: number | undefined;
  /** Events that came while the answer to `join` was awaited. */
  #early: NumberedEvent[] | undefined;
  #joinTimer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(options: SignalingOptions) {
    this.#token = options.token;
    this.#timeout = options.requestTimeout ?? 5_000;
    this.#socket = io(options.url, {
      autoConnect: false,
      // A WebSocket at once: polling first would cost a round trip more and is never needed with our own host.
      transports: ['websocket'],
      auth: (give) => give({ token: this.#token }),
      reconnection: true,
      reconnectionAttempts: Number.POSITIVE_INFINITY,
      reconnectionDelay: 200,
      reconnectionDelayMax: 5_000,
      randomizationFactor: 0.5,
      timeout: 10_000,
      // Two calls in one page must not share a connection: each has its own token.
      forceNew: true,
    });
    this.#socket.on('connect', () => void this.#join());
    this.#socket.on('disconnect', (reason) => this.#disconnected(reason));
    this.#socket.on('connect_error', (error) => this.#refusedAtDoor(error));
    this.#socket.on('event', (event) => this.#received(event));
    this.#socket.on('signal', (signal) => {
      const parsed = z.safeParse(receivedSignalSchema, signal);
      if (parsed.success) this.#emit({ type: 'signal', received: parsed.data });
    });
    this.#socket.on('message', (message) => {
      const parsed = z.safeParse(messageSchema, message);
      if (parsed.success) this.#emit({ type: 'message', message: parsed.data });
    });
    this.#socket.on('marks', (marks) => {
      const parsed = z.safeParse(marksSchema, marks);
      if (parsed.success) this.#emit({ type: 'marks', marks: parsed.data });
    });
    this.#socket.on('token', (renewed) => this.#renewed(renewed));
  }

  start(): void {
    if (!this.#over) this.#socket.connect();
  }

  onEvent(listener: (event: SignalingEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async request<N extends RequestName>(name: N, payload: RequestPayload<N>): Promise<RequestAnswers[N]> {
    // Not connected: socket.io would keep the message and send it later, when it may no longer be true.
    if (!this.#socket.connected || this.#over) throw new SignalingUnavailable();
    let answer: Acknowledgement<RequestAnswers[N]>;
    try {
      // The event maps tie each name to its payload, which TypeScript cannot follow through a type parameter.
      const socket = this.#socket.timeout(this.#timeout) as unknown as {
        emitWithAck(name: N, payload: RequestPayload<N>): Promise<Acknowledgement<RequestAnswers[N]>>;
      };
      answer = await socket.emitWithAck(name, payload);
    } catch {
      throw new SignalingUnavailable('The host did not answer in time.');
    }
    if (!answer.ok) throw new CatalogueError(answer.error.code, answer.error.details);
    if (name === 'renew') this.#renewed(answer.data);
    return answer.data;
  }

  token(): string {
    return this.#token;
  }

  close(): void {
    this.#over = true;
    clearTimeout(this.#joinTimer);
    this.#socket.disconnect();
    this.#listeners.clear();
  }

  async #join(): Promise<void> {
    const socketId = this.#socket.id;
    this.#early = [];
    try {
      const raw = await this.request('join', this.#last === undefined ? {} : { since: this.#last });
      if (socketId !== this.#socket.id || this.#over) return;
      const { state, missed } = z.parse(joinAnswerSchema, raw);
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const event of missed) this.#pass(event);
      if (this.#over) return;
      // A host that was started anew counts anew: its state is the truth.
      this.#last = state.lastEventId;
      this.#emit({ type: 'joined', state });
      for (const event of early) this.#pass(event);
    } catch (error) {
      if (socketId !== this.#socket.id || this.#over) return;
      if (error instanceof CatalogueError && finalRefusals.has(error.code)) this.#refuse(error);
      else this.#joinTimer = setTimeout(() => this.#socket.connected && void this.#join(), 1_000);
    }
  }

  #renewed(raw: unknown): void {
    const parsed = z.safeParse(renewedTokenSchema, raw);
    if (parsed.success) this.#token = parsed.data.token;
  }

  #received(raw: unknown): void {
    const parsed = z.safeParse(numberedEventSchema, raw);
    if (!parsed.success) return;
    if (this.#early) this.#early.push(parsed.data);
    else this.#pass(parsed.data);
  }

  #pass({ id, event }: NumberedEvent): void {
    if (this.#over) return;
    // The end is told to one window only, so it has no number of its own in the participant's count.
    if (event.type !== 'ended' && this.#last !== undefined && id <= this.#last) return;
    this.#last = id;
    this.#emit({ type: 'room', event });
    if (event.type === 'ended') this.close();
  }

  #disconnected(reason: Socket.DisconnectReason): void {
    if (this.#over) return;
    this.#emit({ type: 'lost' });
    // The host closed this socket itself (it is stopping): socket.io would not try again on its own.
    if (reason === 'io server disconnect') this.#reconnectLater();
  }

  #refusedAtDoor(error: Error & { data?: unknown }): void {
    if (this.#over) return;
    const body = error.data;
    const code = typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : '';
    const details = typeof body === 'object' && body !== null && 'details' in body ? body.details : undefined;
    if (Object.hasOwn(errorCatalogue, code) && finalRefusals.has(code as ErrorCode)) {
      this.#refuse(new CatalogueError(code as ErrorCode, details));
    } else if (!this.#socket.active) {
      // The host's middleware said no, but not for good (too many requests).
      this.#reconnectLater();
    }
  }

  #reconnectLater(): void {
    this.#joinTimer = setTimeout(() => !this.#over && this.#socket.connect(), 500 + Math.random() * 1_000);
  }

  #refuse(error: CatalogueError): void {
    this.#emit({ type: 'refused', error });
    this.close();
  }

  #emit(event: SignalingEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
