/** A real host on a free port with its data in a folder of its own, and hand-made clients that speak to it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { type HostHandle, startHost } from '../../src/main/host/host.ts';
import { type HostConfig, loadConfig } from '../../src/main/host/runtime/config.ts';
import type { StaffRole } from '../../src/shared/access/access.ts';
import { consentVersions } from '../../src/shared/consent/consent.ts';
import type { PairingCode } from '../../src/shared/contract/staff.ts';
import type {
  Acknowledgement,
  HostToClientEvents,
  NumberedEvent,
  ReceivedSignal,
  RequestAnswers,
  RequestName,
  RoomEvent,
} from '../../src/shared/signaling/messages.ts';

export interface TestHost extends HostHandle {
  readonly dataDir: string;
  /** Calls REST and reads the whole answer. */
  call(method: string, path: string, options?: CallOptions): Promise<RestAnswer>;
  /** Creates a consultation and answers its data. */
  createConsultation(input?: Record<string, unknown>): Promise<CreatedConsultation>;
  /** Makes a code with the rights of the clinic. */
  makePairingCode(role: StaffRole): Promise<PairingCode>;
  /** Pairs a computer. */
  pairDevice(role: StaffRole): Promise<PairedDevice>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly rawBody?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  // Answers are what the tests are about; they look into them by name.
  readonly body: {
    success?: boolean;
    data?: Record<string, never>;
    error?: { code: string; message: string; details?: unknown };
  } & Record<string, unknown>;
}

export interface CreatedConsultation {
  readonly consultationId: string;
  readonly roomName: string;
  readonly roomSid: string;
  readonly patientId: string;
  readonly doctorId: string;
  readonly patientToken: string;
  readonly doctorToken: string;
  readonly invitationUrl: string;
  readonly [name: string]: unknown;
}

export interface PairedDevice {
  readonly deviceId: string;
  readonly credential: string;
}

let consultations = 0;

/** @param url of the host, asked for at each call: it may be another one after a restart. */
export function restCaller(url: () => string): TestHost['call'] {
  return async (method, path, { body, rawBody, token, headers } = {}) => {
    const text = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${url()}${path}`, {
      method,
      headers: {
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(text === undefined ? {} : { body: text }),
    });
    const answer = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: answer === '' ? {} : JSON.parse(answer),
    };
  };
}

/** Starts a host without a video server unless the environment says otherwise. The caller closes it with `closeTestHost`. */
export async function startTestHost(
  environment: Readonly<Record<string, string>> = {},
  overrides: Partial<HostConfig> = {},
): Promise<TestHost> {
  const dataDir = environment.DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'autamedica-test-')));
  const host = await startHost(
    loadConfig(
      { PORT: '0', LOG_LEVEL: 'silent', LIVEKIT_EMBEDDED: 'off', DATA_DIR: dataDir, ...environment },
      overrides,
    ),
  );
  const call = restCaller(() => host.url);
  const clinic = environment.API_KEY ? { token: environment.API_KEY } : {};
  const makePairingCode: TestHost['makePairingCode'] = async (role) => {
    const { status, body } = await call('POST', '/api/staff/pairing-codes', {
      body: { personName: `A person in ${role}`, role },
      ...clinic,
    });
    if (status !== 200) throw new Error(`pairing-codes answered ${status}: ${JSON.stringify(body)}`);
    return body.data as unknown as PairingCode;
  };
  return {
    ...host,
    dataDir,
    call,
    makePairingCode,
    pairDevice: async (role) => {
      const { code } = await makePairingCode(role);
      const { status, body } = await call('POST', '/api/staff/pair', {
        body: { code, deviceName: 'A computer' },
      });
      if (status !== 200) throw new Error(`pair answered ${status}: ${JSON.stringify(body)}`);
      const { credential, device } = body.data as unknown as {
        credential: string;
        device: { deviceId: string };
      };
      return { credential, deviceId: device.deviceId };
    },
    createConsultation: async (input = {}) => {
      const number = ++consultations;
      const { status, body } = await call('POST', '/api/consultations/create', {
        body: {
          consultationId: `c-${number}`,
          patientId: `patient-${number}`,
          doctorId: `doctor-${number}`,
          ...input,
        },
        ...clinic,
      });
      if (status !== 200) throw new Error(`create answered ${status}: ${JSON.stringify(body)}`);
      return body.data as unknown as CreatedConsultation;
    },
  };
}

/** Stops the host and deletes its data. */
export async function closeTestHost(host: TestHost): Promise<void> {
  await host.close();
  await rm(host.dataDir, { recursive: true, force: true });
}

/** Comes by an invitation as a page would, agreeing to the terms. */
export async function redeem(
  host: TestHost,
  code: string,
  displayName: string,
): Promise<{ readonly identity: string; readonly token: string; readonly role: string }> {
  const { status, body } = await host.call('POST', `/api/invitations/${code}/redeem`, {
    body: { displayName, termsVersion: consentVersions.terms },
  });
  if (status !== 200) throw new Error(`redeem answered ${status}: ${JSON.stringify(body)}`);
  return body.data as unknown as { identity: string; token: string; role: string };
}

/** The patient says yes to an observer, who can be admitted then. */
export async function agreeToObserver(
  host: TestHost,
  { consultationId, patientToken }: Pick<CreatedConsultation, 'consultationId' | 'patientToken'>,
  observer: string,
): Promise<void> {
  const { status, body } = await host.call('POST', `/api/consultations/${consultationId}/consents`, {
    token: patientToken,
    body: { purpose: 'observer', subject: observer, answer: 'agreed', version: consentVersions.observer },
  });
  if (status !== 200) throw new Error(`consents answered ${status}: ${JSON.stringify(body)}`);
}

/** Makes an invitation and answers its code. */
export async function inviteTo(
  host: TestHost,
  consultationId: string,
  wish: Record<string, unknown>,
): Promise<string> {
  const { status, body } = await host.call('POST', `/api/consultations/${consultationId}/invitations`, {
    body: wish,
  });
  if (status !== 200) throw new Error(`invitations answered ${status}: ${JSON.stringify(body)}`);
  return String(body.data?.code);
}

/** A participant without a browser: everything it was told is kept, and can be waited for. */
export class HandMadeClient {
  readonly socket: Socket<HostToClientEvents>;
  readonly events: NumberedEvent[] = [];
  readonly signals: ReceivedSignal[] = [];
  #waiting: (() => void)[] = [];

  constructor(
    url: string,
    token: unknown,
    options: { extraHeaders?: Record<string, string>; ca?: string } = {},
  ) {
    this.socket = io(url, {
      auth: { token },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      ...options,
    }) as unknown as Socket<HostToClientEvents>;
    this.socket.on('event', (event) => {
      this.events.push(event);
      this.#tell();
    });
    this.socket.on('signal', (signal) => {
      this.signals.push(signal);
      this.#tell();
    });
    this.socket.on('disconnect', () => this.#tell());
  }

  /** Resolves once connected; rejects with the catalogue code of the refusal. */
  connected(): Promise<this> {
    return new Promise((resolve, reject) => {
      this.socket.once('connect', () => resolve(this));
      this.socket.once('connect_error', (error) => {
        reject(new Error((error as Error & { data?: { code: string } }).data?.code ?? error.message));
      });
    });
  }

  /** Sends any message, well-formed or not. */
  send(name: string, payload: unknown = {}): Promise<Acknowledgement<Record<string, unknown>>> {
    return (this.socket as unknown as Socket).timeout(5_000).emitWithAck(name, payload);
  }

  /** Sends a message that must be accepted. */
  async request<N extends RequestName>(name: N, payload: unknown = {}): Promise<RequestAnswers[N]> {
    const answer = await this.send(name, payload);
    if (!answer.ok) throw new Error(answer.error.code);
    return answer.data as RequestAnswers[N];
  }

  /** Waits until something told so far, or from now on, is as wanted. */
  async until<T>(find: () => T | undefined | false, what: string): Promise<T> {
    const deadline = Date.now() + 5_000;
    for (;;) {
      const found = find();
      if (found) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`Not told in time: ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  event<T extends RoomEvent['type']>(type: T): Promise<Extract<RoomEvent, { type: T }>> {
    return this.until(
      () =>
        this.events
          .map(({ event }) => event)
          .find((event): event is Extract<RoomEvent, { type: T }> => event.type === type),
      type,
    );
  }

  disconnected(): Promise<true> {
    return this.until(() => (this.socket.connected ? undefined : (true as const)), 'disconnected');
  }

  close(): void {
    this.socket.disconnect();
  }

  #tell(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** Connects and joins. */
export async function joinBy(url: string, token: string, payload: unknown = {}) {
  const client = await new HandMadeClient(url, token).connected();
  const { state, missed } = await client.request('join', payload);
  return { client, state, missed };
}

/** The clients of one test, to be closed together after it. */
export class OpenClients {
  readonly #clients: HandMadeClient[] = [];

  keep(client: HandMadeClient): HandMadeClient {
    this.#clients.push(client);
    return client;
  }

  /** Joins, and is closed with the others. */
  async join(...parameters: Parameters<typeof joinBy>): ReturnType<typeof joinBy> {
    const joined = await joinBy(...parameters);
    this.keep(joined.client);
    return joined;
  }

  closeAll(): void {
    for (const client of this.#clients.splice(0)) client.close();
  }
}
