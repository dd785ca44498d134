/** The life of a call at one participant: a pure function from state and event to the next state and what to do. */
import { grantFor } from '../../shared/access/access.ts';
import type { CatalogueError } from '../../shared/contract/errors.ts';
import type {
  ConsentState,
  MediaState,
  Participant,
  RoomEvent,
  RoomState,
  TransportKind,
} from '../../shared/signaling/messages.ts';
import type { CallPhase, CallSnapshot, LinkState, NetworkMeasure } from './call.ts';
import type { Peer, RemoteTrack, TransportQuality, TransportState } from './transport.ts';

/** An open transport as it last described itself. */
export interface Line {
  readonly state: TransportState;
  readonly tracks: readonly RemoteTrack[];
  readonly quality: readonly TransportQuality[];
}

export interface CallState {
  readonly phase: CallPhase;
  readonly room: Omit<RoomState, 'self' | 'participants'> | null;
  readonly self: Participant | null;
  /** Everybody else, in order of arrival. */
  readonly others: readonly Participant[];
  readonly signaling: LinkState;
  readonly media: MediaState;
  readonly network: NetworkMeasure | null;
  /** Whose media is shown; null before the first join. */
  readonly active: TransportKind | null;
  readonly moving: TransportKind | null;
  readonly moveFailed: boolean;
  /** Counts attempts to move, so that a late timer of an older one is told apart. */
  readonly move: number;
  readonly lines: Readonly<Partial<Record<TransportKind, Line>>>;
  /** Since when the transport that is shown does not work, ms since the epoch. */
  readonly brokenSince: number | null;
  /** Since when nothing arrives from whom, ms since the epoch. */
  readonly silentSince: Readonly<Record<string, number>>;
  readonly liveSince: number | null;
  /** When the host last said how far the recording is, ms since the epoch. */
  readonly recordingToldAt: number;
}

export type CallEvent =
  | { readonly type: 'joined'; readonly state: RoomState }
  | { readonly type: 'lost' }
  | { readonly type: 'room'; readonly event: RoomEvent }
  | { readonly type: 'refused'; readonly error: CatalogueError }
  | { readonly type: 'media'; readonly media: MediaState }
  | { readonly type: 'network'; readonly network: NetworkMeasure }
  | { readonly type: 'line'; readonly kind: TransportKind; readonly line: Line }
  | { readonly type: 'leave' }
  | { readonly type: 'move-late'; readonly move: number }
  | { readonly type: 'move-again'; readonly move: number }
  | { readonly type: 'linger-over'; readonly kind: TransportKind }
  | { readonly type: 'connect-again'; readonly kind: TransportKind }
  | { readonly type: 'absence-over'; readonly identity: string };

export type CallEffect =
  | { readonly type: 'open'; readonly kind: TransportKind }
  | { readonly type: 'connect-again'; readonly kind: TransportKind }
  | { readonly type: 'close'; readonly kind: TransportKind }
  /** Tell the machine this event in so many milliseconds. */
  | { readonly type: 'after'; readonly ms: number; readonly event: CallEvent }
  /** Leave the host, close everything. */
  | { readonly type: 'finish'; readonly goodbye: boolean };

export interface Step {
  readonly state: CallState;
  readonly effects: readonly CallEffect[];
}

const idleLine: Line = { state: { name: 'idle' }, tracks: [], quality: [] };
const noConsents: ConsentState = { observers: [] };
const healthy = { brokenSince: null, silentSince: {} };

/** How long a move may take before the call stays where it is, in ms. */
export const moveTimeout = 15_000;
/** How long after a failed move the host's wish is tried again, in ms. */
export const moveRetryDelay = 10_000;
/** How long the old transport goes on after a move, for those who have not switched yet, in ms. */
export const lingerTime = 1_500;
/** How long a failed transport rests before it connects again, in ms. */
export const reconnectDelay = 2_000;
/** How long somebody whom a restarted host has not seen yet is kept, in ms. */
export const absenceTime = 20_000;

export const initialCallState: CallState = {
  phase: { name: 'joining' },
  room: null,
  self: null,
  others: [],
  signaling: { name: 'ok' },
  media: { microphone: false, camera: false, screen: false },
  network: null,
  active: null,
  moving: null,
  moveFailed: false,
  move: 0,
  lines: {},
  ...healthy,
  liveSince: null,
  recordingToldAt: 0,
};

/**
 * The state after an event and what must be done. Total: every event has an answer in every state.
 * @param now ms since the epoch
 */
export function next(state: CallState, event: CallEvent, now: number): Step {
  if (state.phase.name === 'ended') return stay(state);
  switch (event.type) {
    case 'joined':
      return joined(state, event.state, now);
    case 'lost':
      return stay(
        state.signaling.name === 'lost' ? state : { ...state, signaling: { name: 'lost', since: now } },
      );
    case 'room':
      return roomEvent(state, event.event, now);
    case 'refused':
      return end(state, refusal(event.error), false);
    case 'leave':
      return end(state, { name: 'ended', reason: 'left' }, true);
    case 'media':
      return stay({ ...state, media: event.media });
    case 'network':
      return stay({ ...state, network: event.network });
    case 'line':
      return lineChanged(state, event.kind, event.line, now);
    case 'move-late':
      return state.moving !== null && event.move === state.move
        ? moveFails(state, state.moving)
        : stay(state);
    case 'move-again':
      return event.move === state.move ? considerMove({ ...state, moveFailed: false }) : stay(state);
    case 'linger-over':
      return event.kind === state.active || event.kind === state.moving
        ? stay(state)
        : close(state, event.kind);
    case 'connect-again':
      return state.lines[event.kind]?.state.name === 'failed'
        ? { state, effects: [{ type: 'connect-again', kind: event.kind }] }
        : stay(state);
    case 'absence-over':
      return stay({
        ...state,
        others: state.others.filter((other) => other.identity !== event.identity || other.connected),
      });
  }
}

/** Sent away, or over, while the connection was lost: the door says how, as the event would have. */
function refusal({ code, details }: CatalogueError): CallPhase {
  const told = (details ?? {}) as { readonly reason?: unknown; readonly note?: unknown };
  if (code === 'CONSULTATION_CLOSED') return { name: 'ended', reason: 'closed' };
  if (code === 'CONSULTATION_CANCELLED') return { name: 'ended', reason: 'cancelled' };
  if (code !== 'REMOVED') return { name: 'ended', reason: 'error', error: code };
  const reason = told.reason === 'refused' || told.reason === 'consent-withdrawn' ? told.reason : 'removed';
  return { name: 'ended', reason, ...(typeof told.note === 'string' ? { note: told.note } : {}) };
}

function stay(state: CallState): Step {
  return { state, effects: [] };
}

function end(state: CallState, phase: CallPhase, goodbye: boolean): Step {
  return { state: { ...state, phase, moving: null, lines: {} }, effects: [{ type: 'finish', goodbye }] };
}

function joined(state: CallState, answer: RoomState, now: number): Step {
  const { self, participants, ...room } = answer;
  // A host that was restarted knows only who has come back: the others are not gone, they are about to return.
  const absent = state.others
    .filter(
      (one) => one.state === 'admitted' && !participants.some((other) => other.identity === one.identity),
    )
    .map((one) => ({ ...one, connected: false }));
  const present = {
    ...state,
    room,
    others: [...participants, ...absent],
    signaling: { name: 'ok' },
    recordingToldAt: now,
  } as const;
  const opened =
    state.active === null ? open({ ...present, active: room.transport }, room.transport) : stay(present);
  const after = considerMove(withSelf(opened.state, self, now));
  return {
    state: after.state,
    effects: [
      ...opened.effects,
      ...after.effects,
      ...absent.map(
        ({ identity }) =>
          ({ type: 'after', ms: absenceTime, event: { type: 'absence-over', identity } }) as const,
      ),
    ],
  };
}

function withSelf(state: CallState, self: Participant, now: number): CallState {
  const live = self.state === 'admitted';
  return {
    ...state,
    self,
    phase: { name: live ? 'live' : 'waiting' },
    liveSince: live ? (state.liveSince ?? now) : state.liveSince,
  };
}

function roomEvent(state: CallState, event: RoomEvent, now: number): Step {
  switch (event.type) {
    case 'participant-joined':
    case 'participant-updated':
      return stay(
        event.participant.identity === state.self?.identity
          ? withSelf(state, event.participant, now)
          : { ...state, others: upsert(state.others, event.participant) },
      );
    case 'participant-left':
      return stay({ ...state, others: state.others.filter((other) => other.identity !== event.identity) });
    case 'admitted':
      return stay({ ...withSelf(state, event.self, now), others: event.participants });
    case 'transport-changed':
      return state.room === null
        ? stay(state)
        : considerMove({ ...state, moveFailed: false, room: { ...state.room, transport: event.transport } });
    case 'sfu-availability':
      return state.room === null
        ? stay(state)
        : stay({ ...state, room: { ...state.room, sfuAvailable: event.sfuAvailable } });
    case 'consents-changed':
      return stay(
        state.room === null ? state : { ...state, room: { ...state.room, consents: event.consents } },
      );
    case 'plan-changed': {
      if (state.room === null) return stay(state);
      const { title: _title, doctorName: _doctorName, scheduledAt: _scheduledAt, ...room } = state.room;
      return stay({ ...state, room: { ...room, ...event.plan } });
    }
    case 'waiting-message': {
      if (state.room === null) return stay(state);
      const { waitingMessage: _old, ...room } = state.room;
      return stay({
        ...state,
        room: event.message === undefined ? room : { ...room, waitingMessage: event.message },
      });
    }
    case 'recording-changed': {
      if (state.room === null) return stay(state);
      const { recording: _old, ...room } = state.room;
      const { recording } = event;
      return stay({
        ...state,
        recordingToldAt: now,
        room: recording === undefined ? room : { ...room, recording },
      });
    }
    // Said to the person, beside the call.
    case 'recording-trouble':
      return stay(state);
    case 'recorder-orders': {
      if (state.room === null) return stay(state);
      const { recorderOrders: _old, ...room } = state.room;
      const { orders } = event;
      return stay({ ...state, room: orders === undefined ? room : { ...room, recorderOrders: orders } });
    }
    case 'ended':
      return end(
        state,
        {
          name: 'ended',
          reason: event.reason,
          ...(event.note === undefined ? {} : { note: event.note }),
        },
        false,
      );
  }
}

function upsert(list: readonly Participant[], one: Participant): readonly Participant[] {
  return list.some((other) => other.identity === one.identity)
    ? list.map((other) => (other.identity === one.identity ? one : other))
    : [...list, one];
}

/** Starts, redirects or calls off a move so that the call goes where the host wants it. */
function considerMove(state: CallState): Step {
  const wanted = state.room?.transport;
  if (wanted === undefined || state.active === null) return stay(state);
  if (wanted === (state.moving ?? state.active)) return stay(state);
  if (wanted === state.active) {
    const calledOff = { ...state, moving: null, moveFailed: false, move: state.move + 1 };
    return state.moving === null ? stay(calledOff) : close(calledOff, state.moving);
  }
  const move = state.move + 1;
  const opened = open({ ...state, moving: wanted, move }, wanted);
  const started = moveIfReady(opened.state);
  const late = { type: 'after', ms: moveTimeout, event: { type: 'move-late', move } } as const;
  return { state: started.state, effects: [...opened.effects, late, ...started.effects] };
}

function lineChanged(state: CallState, kind: TransportKind, line: Line, now: number): Step {
  const before = state.lines[kind]?.state.name;
  const changed: CallState = { ...state, lines: { ...state.lines, [kind]: line } };
  const failed = line.state.name === 'failed' && before !== 'failed';
  if (failed && kind === state.moving) return moveFails(changed, kind);
  if (kind !== state.active) return moveIfReady(changed);
  const again = { type: 'after', ms: reconnectDelay, event: { type: 'connect-again', kind } } as const;
  const after = moveIfReady(withHealth(changed, line, now));
  return { state: after.state, effects: failed ? [...after.effects, again] : after.effects };
}

function withHealth(state: CallState, line: Line, now: number): CallState {
  const silent = line.quality.filter((one) => one.level === 0);
  return {
    ...state,
    brokenSince: brokenSince(state.brokenSince, line.state, now),
    silentSince: Object.fromEntries(
      silent.map(({ identity }) => [identity, state.silentSince[identity] ?? now]),
    ),
  };
}

function brokenSince(before: number | null, state: TransportState, now: number): number | null {
  switch (state.name) {
    case 'reconnecting':
      return state.since;
    case 'failed':
      return before ?? now;
    case 'connecting':
      return before;
    case 'idle':
    case 'connected':
    case 'closed':
      return null;
  }
}

/** The new transport takes over once it is connected and receives everything that the old one shows. */
function moveIfReady(state: CallState): Step {
  const { active, moving } = state;
  if (active === null || moving === null) return stay(state);
  const arriving = state.lines[moving];
  if (arriving?.state.name !== 'connected') return stay(state);
  const admitted = new Set(peersOf(state).admitted.map((peer) => peer.identity));
  const shown = (state.lines[active]?.tracks ?? []).filter(
    (one) => one.flowing && admitted.has(one.identity),
  );
  const complete = shown.every(({ identity, source }) =>
    arriving.tracks.some((one) => one.flowing && one.identity === identity && one.source === source),
  );
  if (!complete) return stay(state);
  return {
    state: { ...state, active: moving, moving: null, moveFailed: false, move: state.move + 1, ...healthy },
    effects: [{ type: 'after', ms: lingerTime, event: { type: 'linger-over', kind: active } }],
  };
}

function moveFails(state: CallState, kind: TransportKind): Step {
  const closed = close({ ...state, moving: null, moveFailed: true }, kind);
  // The others may have moved: the host's wish is not forgotten.
  const again = {
    type: 'after',
    ms: moveRetryDelay,
    event: { type: 'move-again', move: state.move },
  } as const;
  return { state: closed.state, effects: [...closed.effects, again] };
}

function open(state: CallState, kind: TransportKind): Step {
  if (state.lines[kind]) return stay(state);
  return {
    state: { ...state, lines: { ...state.lines, [kind]: idleLine } },
    effects: [{ type: 'open', kind }],
  };
}

function close(state: CallState, kind: TransportKind): Step {
  if (!state.lines[kind]) return stay(state);
  const { [kind]: _closed, ...lines } = state.lines;
  return { state: { ...state, lines }, effects: [{ type: 'close', kind }] };
}

/** Who transports may exchange media with, and who only be connected with, now. */
export function peersOf(state: CallState): {
  readonly admitted: readonly Peer[];
  readonly advance: readonly Peer[];
} {
  const inside = state.phase.name === 'live';
  const admitted: Peer[] = [];
  const advance: Peer[] = [];
  for (const { identity, role, state: where } of state.others) {
    const grant = grantFor(role, true);
    const peer = { identity, sources: grant.canPublishSources, data: grant.canPublishData };
    (inside && where === 'admitted' ? admitted : advance).push(peer);
  }
  return { admitted, advance };
}

/** The state as a window reads it. */
export function snapshotOf(state: CallState): CallSnapshot {
  const { room, active } = state;
  const line = active === null ? undefined : state.lines[active];
  const inside = state.phase.name === 'live';
  const remotes = state.others.filter((other) => inside && other.state === 'admitted');
  return {
    phase: state.phase,
    consultation: {
      id: room?.consultationId ?? '',
      ...(room?.title === undefined ? {} : { title: room.title }),
      ...(room?.doctorName === undefined ? {} : { doctorName: room.doctorName }),
      ...(room?.scheduledAt === undefined ? {} : { scheduledAt: room.scheduledAt }),
    },
    self: state.self,
    remotes: remotes.map((participant) => {
      const { identity } = participant;
      const quality = line?.quality.find((one) => one.identity === identity);
      const since = state.silentSince[identity];
      return {
        participant,
        tracks: Object.fromEntries(
          (line?.tracks ?? [])
            .filter((one) => one.identity === identity)
            .map((one) => [one.source, one.track]),
        ),
        ...(quality === undefined ? {} : { quality }),
        link: since === undefined ? { name: 'ok' } : { name: 'lost', since },
      };
    }),
    waiting: state.self?.role === 'doctor' ? state.others.filter((other) => other.state === 'waiting') : [],
    media: state.media,
    transport: {
      active: active ?? room?.transport ?? 'p2p',
      ...(state.moving === null ? {} : { movingTo: state.moving }),
      ...(state.moveFailed ? { moveFailed: true } : {}),
      sfuAvailable: room?.sfuAvailable ?? false,
    },
    signaling: state.signaling,
    mediaLink: state.brokenSince === null ? { name: 'ok' } : { name: 'lost', since: state.brokenSince },
    consents: room?.consents ?? noConsents,
    ...(room?.recording === undefined
      ? {}
      : { recording: { ...room.recording, toldAt: state.recordingToldAt } }),
    ...(room?.recorderOrders === undefined ? {} : { recorderOrders: room.recorderOrders }),
    ...(room?.waitingMessage === undefined ? {} : { waitingMessage: room.waitingMessage }),
    ...(state.network === null ? {} : { network: state.network }),
    ...(state.liveSince === null ? {} : { liveSince: state.liveSince }),
  };
}
