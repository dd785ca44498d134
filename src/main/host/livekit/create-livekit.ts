/** Builds the video server's part of the host from its settings: an embedded server behind our door, or an external one. */
import { WebhookReceiver } from 'livekit-server-sdk';
import type { LiveKitStatus } from '../../../shared/contract/contract.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { IceServer } from '../../../shared/signaling/messages.ts';
import type { Log } from '../runtime/log.ts';
import { EgressService, toEgress } from './egress.ts';
import { watchExternal } from './external-status.ts';
import type { Environment } from './find-server.ts';
import { sourceName } from './grant.ts';
import type { LiveKit, LiveKitEvent, RtcAdmission } from './livekit.ts';
import type { RedisConfig } from './redis.ts';
import type { Release } from './release.ts';
import { RoomService } from './room-service.ts';
import { RtcDoor } from './rtc-door.ts';
import type { ApiKey } from './server-config.ts';
import { Supervisor } from './supervisor.ts';
import { type Place, type Return, RtcTokens } from './tokens.ts';

export interface LiveKitOptions {
  /** The clinic's data folder; the server's configuration and process number are kept in its `livekit` folder. */
  readonly dataDir: string;
  /** Where a fetched server is kept; without it, the data folder. */
  readonly cacheDir?: string | undefined;
  /** Folder with files shipped beside the app. */
  readonly resourcesDir?: string | undefined;
  /** LIVEKIT_SERVER: the program to use instead of looking for one. */
  readonly serverPath?: string | undefined;
  /** The environment, for PATH and for what Go needs. LiveKit itself gets only PATH, home and temporary folder. */
  readonly environment: Environment;
  /** False: no server is run or fetched; the status stays `absent`. Of no meaning with `external`. */
  readonly embedded: boolean;
  /** A server run by somebody else: its ws or wss address and its key, which also signs participant tokens. */
  readonly external?: (ApiKey & { readonly url: string }) | undefined;
  /** Given to the embedded server, so that LiveKit Egress finds it. */
  readonly redis?: RedisConfig | undefined;
  /** The embedded server's key. It must not be the one participant tokens are signed with. */
  readonly internal: ApiKey;
  /** The address media is offered at; asked at each start of the server. */
  readonly nodeIp: () => string;
  /** Base address of the host's loopback door, such as http://127.0.0.1:8888; asked at each start of the server. */
  readonly hostDoorUrl: () => string;
  /** Given to clients in place of LiveKit's list, which would name public servers. Asked at each connection. */
  readonly iceServers: () => readonly IceServer[];
  readonly log: Log;
  /** Who holds a participant token and what it may do now. Throws CatalogueError to refuse. */
  readonly authorize: (token: string) => Promise<RtcAdmission>;
  /** The same for somebody who was let in before and comes back. Throws CatalogueError to refuse. */
  readonly authorizeReturn: (from: Return) => Promise<RtcAdmission>;
  /** The same for LiveKit Egress, in a room under the id of its recording. */
  readonly authorizeRecorder: (place: Place) => Promise<RtcAdmission>;
  /** The server to bring, unless a test has its own. */
  readonly release?: Release | undefined;
}

/** How long a connection waits for a server that is starting. */
const startingWaitMs = 5_000;

/** Nothing is started and no file touched before `start`. */
export function createLiveKit(options: LiveKitOptions): LiveKit {
  const log = options.log.scope('LiveKit');
  const { external } = options;
  const key: ApiKey = external ?? options.internal;
  const statusListeners = new Set<(status: LiveKitStatus) => void>();
  const eventListeners = new Set<(event: LiveKitEvent) => void>();
  const webhooks = new WebhookReceiver(key.key, key.secret);
  const ending = new AbortController();
  let watching: Promise<void> | undefined;
  let announced = false;
  let status: LiveKitStatus = external
    ? { state: 'starting', kind: 'external' }
    : options.embedded
      ? { state: 'starting', kind: 'embedded' }
      : {
          state: 'absent',
          kind: 'embedded',
          detail: 'The video server is switched off by LIVEKIT_EMBEDDED.',
        };

  const setStatus = (next: LiveKitStatus) => {
    if (JSON.stringify(next) === JSON.stringify(status)) return;
    const changed = next.state !== status.state;
    status = next;
    if (changed && next.state === 'ready') {
      log.info(announced ? 'Service available again' : 'Service initialized');
      announced = true;
    }
    if (changed && next.state === 'failed') log.error(next.detail ?? 'The video server failed');
    for (const listener of statusListeners) listener(next);
  };

  const supervisor =
    external || !options.embedded
      ? undefined
      : new Supervisor({
          dataDir: options.dataDir,
          cacheDir: options.cacheDir ?? options.dataDir,
          resourcesDir: options.resourcesDir,
          serverPath: options.serverPath,
          environment: options.environment,
          internal: options.internal,
          nodeIp: options.nodeIp,
          hostDoorUrl: options.hostDoorUrl,
          redis: options.redis,
          log,
          onStatus: setStatus,
          release: options.release,
        });
  const serverUrl = () => (supervisor?.ports ? `http://127.0.0.1:${supervisor.ports.signalling}` : undefined);
  const address = () => external?.url.replace(/^ws/, 'http') ?? serverUrl();
  const addressWhenReady = () => (status.state === 'ready' ? address() : undefined);
  /** A server that was just started again answers in a moment: clients that come back wait for it rather than try again. */
  const addressSoon = async () => {
    if (status.state === 'starting') await nextStatus(statusListeners, startingWaitMs, ending.signal);
    return addressWhenReady();
  };
  const rooms = new RoomService(
    addressWhenReady,
    key,
    log,
    (roomName, identity) => door?.isPresent(roomName, identity) ?? false,
  );
  const door: RtcDoor | undefined = external
    ? undefined
    : new RtcDoor({
        backend: addressSoon,
        tokens: new RtcTokens(options.internal),
        authorize: options.authorize,
        authorizeReturn: options.authorizeReturn,
        authorizeRecorder: options.authorizeRecorder,
        setAdmitted: ({ roomName, identity, role, admitted }) =>
          rooms.setAdmitted(roomName, identity, role, admitted),
        removeParticipant: (roomName, identity) => rooms.removeParticipant(roomName, identity),
        iceServers: options.iceServers,
        log,
      });

  return {
    status: () => status,
    onStatus: (listener) => subscribe(statusListeners, listener),
    onEvent: (listener) => subscribe(eventListeners, listener),
    start() {
      if (ending.signal.aborted) return;
      supervisor?.start();
      if (external) {
        const probe = new RoomService(address, key, log);
        watching ??= watchExternal(() => probe.check(), setStatus, ending.signal);
      }
    },
    addressChanged: () => supervisor?.addressChanged(),
    createRoom: (name) => rooms.createRoom(name),
    deleteRoom: (name) => rooms.deleteRoom(name),
    listRooms: () => rooms.listRooms(),
    listParticipants: (roomName) => rooms.listParticipants(roomName),
    removeParticipant: (roomName, identity) => rooms.removeParticipant(roomName, identity),
    setAdmitted: (roomName, identity, role, admitted) =>
      rooms.setAdmitted(roomName, identity, role, admitted),
    egress: new EgressService(addressWhenReady, key),
    externalUrl: external?.url,
    ownsPath: (pathname) => door?.ownsPath(pathname) ?? false,
    handleUpgrade(request, socket, head) {
      if (door) door.handleUpgrade(request, socket, head);
      else socket.destroy();
    },
    handleRequest: async (request) =>
      door?.handleRequest(request) ??
      Response.json({ success: false, error: new CatalogueError('NOT_FOUND').toBody() }, { status: 404 }),
    async handleWebhook(body, authorization) {
      const event = await webhooks.receive(body, authorization).catch(() => {
        throw new CatalogueError('UNAUTHENTICATED');
      });
      const told = toEvent(event);
      if (told.type === 'room-finished') rooms.forgetRoom(told.roomName);
      for (const listener of eventListeners) listener(told);
    },
    async close() {
      statusListeners.clear();
      eventListeners.clear();
      status = { state: 'absent', kind: status.kind, detail: 'The host is stopping.' };
      ending.abort();
      await supervisor?.close();
      door?.close();
      await watching;
    },
  };
}

/** Resolves when the state is another than `starting`, the time is over, or the signal ends it. */
function nextStatus(
  listeners: Set<(status: LiveKitStatus) => void>,
  withinMs: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, withinMs);
    const stop = subscribe(listeners, ({ state }) => {
      if (state !== 'starting') done();
    });
    signal.addEventListener('abort', done);
  });
}

function subscribe<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function toEvent(event: Awaited<ReturnType<WebhookReceiver['receive']>>): LiveKitEvent {
  const roomName = event.room?.name ?? '';
  const identity = event.participant?.identity ?? '';
  if (event.egressInfo !== undefined) return { type: 'egress', egress: toEgress(event.egressInfo) };
  switch (event.event) {
    case 'participant_joined':
      return { type: 'participant-joined', roomName, identity };
    case 'participant_left':
      return { type: 'participant-left', roomName, identity };
    case 'track_published':
      return { type: 'track-published', roomName, identity, source: sourceName(event.track?.source) };
    case 'track_unpublished':
      return { type: 'track-unpublished', roomName, identity, source: sourceName(event.track?.source) };
    case 'room_started':
      return { type: 'room-started', roomName };
    case 'room_finished':
      return { type: 'room-finished', roomName };
    default:
      return { type: 'other', name: event.event };
  }
}
