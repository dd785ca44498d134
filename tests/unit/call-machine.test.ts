/** A call's life as a pure function: every event has an answer in every state, and a move never goes black. */
import { describe, expect, it } from 'vitest';
import {
  type CallEffect,
  type CallEvent,
  type CallState,
  initialCallState,
  type Line,
  lingerTime,
  next,
  peersOf,
  snapshotOf,
} from '../../src/renderer/call/machine.ts';
import type { MediaSource, RemoteTrack, TransportState } from '../../src/renderer/call/transport.ts';
import { CatalogueError } from '../../src/shared/contract/errors.ts';
import type { Participant, RoomState, TransportKind } from '../../src/shared/signaling/messages.ts';

const person = (identity: string, role: Participant['role'], state: Participant['state']): Participant => ({
  identity,
  role,
  displayName: identity,
  state,
  connected: true,
  media: { microphone: true, camera: true, screen: false },
  joinedAt: '2026-01-01T10:00:00.000Z',
});
const doctor = person('doctor', 'doctor', 'admitted');
const patient = person('patient', 'patient', 'admitted');

function room(over: Partial<RoomState> = {}): RoomState {
  return {
    consultationId: 'c-1',
    roomName: 'consultation-c-1',
    self: doctor,
    participants: [patient],
    transport: 'p2p',
    sfuAvailable: true,
    iceServers: [],
    consents: { observers: [] },
    lastEventId: 0,
    tokenExpiresAt: '2026-01-01T12:00:00.000Z',
    ...over,
  };
}

const remote = (source: MediaSource, flowing = true, identity = 'patient'): RemoteTrack => ({
  identity,
  source,
  track: { id: `${identity}-${source}`, kind: source === 'camera' ? 'video' : 'audio' },
  flowing,
});

const line = (state: TransportState['name'], tracks: RemoteTrack[] = []): Line => ({
  state:
    state === 'failed'
      ? { name: 'failed', code: 'unreachable' }
      : state === 'reconnecting'
        ? { name: 'reconnecting', since: 500, doing: 'ice-restart' }
        : ({ name: state } as TransportState),
  tracks,
  quality: [],
});

/** Runs events one after the other; answers the last state and all effects. */
function run(events: readonly CallEvent[], from: CallState = initialCallState, now = 1_000) {
  let state = from;
  const effects: CallEffect[] = [];
  for (const event of events) {
    const step = next(state, event, now);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const lineEvent = (kind: TransportKind, value: Line): CallEvent => ({ type: 'line', kind, line: value });
const inCall = () =>
  run([
    { type: 'joined', state: room() },
    lineEvent('p2p', line('connected', [remote('camera'), remote('microphone')])),
  ]).state;
const changeTo = (transport: TransportKind): CallEvent => ({
  type: 'room',
  event: { type: 'transport-changed', transport },
});

describe('joining', () => {
  it('opens the transport the host names and waits or goes live as the host says', () => {
    const waiting = run([
      {
        type: 'joined',
        state: room({ self: { ...patient, state: 'waiting' }, participants: [doctor], transport: 'sfu' }),
      },
    ]);
    expect(waiting.effects).toEqual([{ type: 'open', kind: 'sfu' }]);
    expect(waiting.state.phase).toEqual({ name: 'waiting' });
    expect(peersOf(waiting.state)).toMatchObject({ admitted: [], advance: [{ identity: 'doctor' }] });
    expect(snapshotOf(waiting.state).remotes).toEqual([]);

    const admitted = run(
      [{ type: 'room', event: { type: 'admitted', self: patient, participants: [doctor] } }],
      waiting.state,
      2_000,
    );
    expect(admitted.state.phase).toEqual({ name: 'live' });
    expect(peersOf(admitted.state)).toMatchObject({ admitted: [{ identity: 'doctor' }], advance: [] });
    expect(snapshotOf(admitted.state)).toMatchObject({ liveSince: 2_000 });
  });

  it('connects a doctor in advance with who waits, and shows them apart', () => {
    const { state } = run([
      { type: 'joined', state: room({ participants: [{ ...patient, state: 'waiting' }] }) },
    ]);
    expect(peersOf(state)).toMatchObject({ admitted: [], advance: [{ identity: 'patient' }] });
    expect(snapshotOf(state).waiting.map(({ identity }) => identity)).toEqual(['patient']);
    expect(snapshotOf(state).remotes).toEqual([]);
  });

  it('expects from each role only what it may send', () => {
    const observer = person('observer', 'observer', 'admitted');
    const { state } = run([{ type: 'joined', state: room({ participants: [patient, observer] }) }]);
    expect(peersOf(state).admitted).toEqual([
      { identity: 'patient', sources: ['camera', 'microphone'], data: true },
      { identity: 'observer', sources: [], data: false },
    ]);
  });

  it('says how it was sent away while the connection was lost', () => {
    const told = { reason: 'refused', note: 'El turno es mañana.' };
    const { state } = run([{ type: 'refused', error: new CatalogueError('REMOVED', told) }]);
    expect(state.phase).toEqual({ name: 'ended', ...told });
    const silent = run([{ type: 'refused', error: new CatalogueError('REMOVED') }]);
    expect(silent.state.phase).toEqual({ name: 'ended', reason: 'removed' });
  });

  it('says that it was closed or cancelled while the connection was lost', () => {
    const ended = (code: 'CONSULTATION_CLOSED' | 'CONSULTATION_CANCELLED') =>
      run([{ type: 'refused', error: new CatalogueError(code) }]).state.phase;
    expect(ended('CONSULTATION_CLOSED')).toEqual({ name: 'ended', reason: 'closed' });
    expect(ended('CONSULTATION_CANCELLED')).toEqual({ name: 'ended', reason: 'cancelled' });
  });

  it('follows the plan, in which nothing old stays', () => {
    const { state } = run([
      { type: 'joined', state: room({ title: 'Control', scheduledAt: '2026-01-01T10:00:00.000Z' }) },
      { type: 'room', event: { type: 'plan-changed', plan: { scheduledAt: '2026-01-02T10:00:00.000Z' } } },
    ]);
    expect(snapshotOf(state).consultation).toEqual({ id: 'c-1', scheduledAt: '2026-01-02T10:00:00.000Z' });
  });

  it('ends with the reason of the host, and then nothing changes it', () => {
    const { state, effects } = run([
      { type: 'refused', error: new CatalogueError('FORBIDDEN') },
      { type: 'joined', state: room() },
      { type: 'leave' },
    ]);
    expect(state.phase).toEqual({ name: 'ended', reason: 'error', error: 'FORBIDDEN' });
    expect(effects).toEqual([{ type: 'finish', goodbye: false }]);
  });

  it('says goodbye when leaving, and only once', () => {
    const { state, effects } = run([{ type: 'leave' }, { type: 'leave' }], inCall());
    expect(state.phase).toEqual({ name: 'ended', reason: 'left' });
    expect(effects).toEqual([{ type: 'finish', goodbye: true }]);
  });
});

describe('losing signaling', () => {
  it('does not touch media', () => {
    const before = inCall();
    const { state, effects } = run([{ type: 'lost' }, { type: 'lost' }], before, 3_000);
    expect(effects).toEqual([]);
    expect(peersOf(state)).toEqual(peersOf(before));
    expect(snapshotOf(state)).toMatchObject({
      signaling: { name: 'lost', since: 3_000 },
      mediaLink: { name: 'ok' },
    });
  });

  it('keeps whom a restarted host has not seen yet, for a while', () => {
    const back = run([{ type: 'lost' }, { type: 'joined', state: room({ participants: [] }) }], inCall());
    expect(peersOf(back.state).admitted.map(({ identity }) => identity)).toEqual(['patient']);
    const over = back.effects.find((effect) => effect.type === 'after');
    expect(over).toMatchObject({ event: { type: 'absence-over', identity: 'patient' } });

    const gone = run([{ type: 'absence-over', identity: 'patient' }], back.state);
    expect(peersOf(gone.state).admitted).toEqual([]);

    const returned = run(
      [
        { type: 'room', event: { type: 'participant-joined', participant: patient } },
        { type: 'absence-over', identity: 'patient' },
      ],
      back.state,
    );
    expect(peersOf(returned.state).admitted.map(({ identity }) => identity)).toEqual(['patient']);
  });

  it('lets go of whom the host says has left', () => {
    const { state } = run(
      [{ type: 'room', event: { type: 'participant-left', identity: 'patient', reason: 'left' } }],
      inCall(),
    );
    expect(snapshotOf(state).remotes).toEqual([]);
  });
});

describe('moving', () => {
  it('knows where the video server is, also one that came back or came later', () => {
    const livekitUrl = 'ws://127.0.0.1:8888';
    const before = run([{ type: 'joined', state: room({ sfuAvailable: false, livekitUrl }) }]).state;
    const { state } = run(
      [{ type: 'room', event: { type: 'sfu-availability', sfuAvailable: true } }],
      before,
    );
    expect(state.room).toMatchObject({ sfuAvailable: true, livekitUrl });
  });

  it('shows the old transport until the new one receives everything the old one shows', () => {
    const started = run([changeTo('sfu')], inCall());
    expect(started.effects).toContainEqual({ type: 'open', kind: 'sfu' });
    expect(snapshotOf(started.state).transport).toMatchObject({ active: 'p2p', movingTo: 'sfu' });

    for (const tracks of [[], [remote('camera')], [remote('camera'), remote('microphone', false)]]) {
      const { state } = run([lineEvent('sfu', line('connected', tracks))], started.state);
      expect(state.active).toBe('p2p');
    }
    const done = run(
      [lineEvent('sfu', line('connected', [remote('camera'), remote('microphone')]))],
      started.state,
    );
    expect(snapshotOf(done.state).transport).toEqual({ active: 'sfu', sfuAvailable: true });
    expect(done.effects).toEqual([
      { type: 'after', ms: lingerTime, event: { type: 'linger-over', kind: 'p2p' } },
    ]);
    expect(run([{ type: 'linger-over', kind: 'p2p' }], done.state).effects).toEqual([
      { type: 'close', kind: 'p2p' },
    ]);
  });

  it('waits for nobody when nothing is shown', () => {
    const { state } = run(
      [changeTo('sfu'), lineEvent('sfu', line('connected'))],
      run([{ type: 'joined', state: room({ participants: [] }) }]).state,
    );
    expect(state.active).toBe('sfu');
  });

  it('does not close the old transport when the call came back to it meanwhile', () => {
    const both = [remote('camera'), remote('microphone')];
    const { state, effects } = run(
      [
        changeTo('sfu'),
        lineEvent('sfu', line('connected', both)),
        changeTo('p2p'),
        { type: 'linger-over', kind: 'p2p' },
      ],
      inCall(),
    );
    expect(state.active).toBe('p2p');
    expect(effects.filter((effect) => effect.type === 'close')).toEqual([]);
    expect(effects.filter((effect) => effect.type === 'open')).toEqual([{ type: 'open', kind: 'sfu' }]);
  });

  it.each<[string, CallEvent]>([
    ['the new transport fails', lineEvent('sfu', line('failed'))],
    ['it takes too long', { type: 'move-late', move: 1 }],
  ])('stays and says so when %s, and tries again later', (_why, trouble) => {
    const { state, effects } = run([changeTo('sfu'), trouble], inCall());
    expect(snapshotOf(state).transport).toMatchObject({ active: 'p2p', moveFailed: true });
    expect(snapshotOf(state).transport.movingTo).toBeUndefined();
    expect(effects).toContainEqual({ type: 'close', kind: 'sfu' });
    const again = run([{ type: 'move-again', move: state.move }], state);
    expect(again.state.moving).toBe('sfu');
  });

  it('is called off by the opposite wish, and late timers of it change nothing', () => {
    const { state, effects } = run(
      [changeTo('sfu'), changeTo('p2p'), { type: 'move-late', move: 1 }, { type: 'move-again', move: 1 }],
      inCall(),
    );
    expect(snapshotOf(state).transport).toEqual({ active: 'p2p', sfuAvailable: true });
    expect(effects).toContainEqual({ type: 'close', kind: 'sfu' });
  });
});

describe('the media link', () => {
  it('is lost while the shown transport reconnects, since when it does', () => {
    const { state } = run([lineEvent('p2p', line('reconnecting', [remote('camera')]))], inCall());
    expect(snapshotOf(state).mediaLink).toEqual({ name: 'lost', since: 500 });
    const back = run([lineEvent('p2p', line('connected', [remote('camera')]))], state);
    expect(snapshotOf(back.state).mediaLink).toEqual({ name: 'ok' });
  });

  it('connects again after the shown transport failed', () => {
    const { state, effects } = run([lineEvent('p2p', line('failed'))], inCall(), 4_000);
    expect(snapshotOf(state).mediaLink).toEqual({ name: 'lost', since: 4_000 });
    const [timer] = effects;
    expect(timer).toMatchObject({ type: 'after', event: { type: 'connect-again', kind: 'p2p' } });
    expect(run([{ type: 'connect-again', kind: 'p2p' }], state).effects).toEqual([
      { type: 'connect-again', kind: 'p2p' },
    ]);
  });

  it('is lost with one participant when nothing arrives from them', () => {
    const silent: Line = {
      ...line('connected', [remote('camera')]),
      quality: [{ identity: 'patient', level: 0 }],
    };
    const { state } = run([lineEvent('p2p', silent)], inCall(), 6_000);
    const later = run([lineEvent('p2p', silent)], state, 9_000).state;
    expect(snapshotOf(later).remotes[0]?.link).toEqual({ name: 'lost', since: 6_000 });
  });
});

it('has an answer to every event in every state', () => {
  const events: CallEvent[] = [
    { type: 'joined', state: room() },
    { type: 'lost' },
    { type: 'refused', error: new CatalogueError('TOKEN_EXPIRED') },
    { type: 'media', media: { microphone: true, camera: false, screen: false } },
    { type: 'leave' },
    { type: 'move-late', move: 0 },
    { type: 'move-again', move: 0 },
    { type: 'linger-over', kind: 'p2p' },
    { type: 'connect-again', kind: 'sfu' },
    { type: 'absence-over', identity: 'nobody' },
    changeTo('sfu'),
    changeTo('p2p'),
    { type: 'room', event: { type: 'participant-joined', participant: patient } },
    { type: 'room', event: { type: 'participant-updated', participant: { ...doctor, state: 'waiting' } } },
    { type: 'room', event: { type: 'participant-left', identity: 'patient', reason: 'removed' } },
    { type: 'room', event: { type: 'admitted', self: doctor, participants: [] } },
    { type: 'room', event: { type: 'sfu-availability', sfuAvailable: false } },
    { type: 'room', event: { type: 'ended', reason: 'closed' } },
    lineEvent('p2p', line('connected', [remote('camera')])),
    lineEvent('sfu', line('failed')),
    lineEvent('sfu', line('reconnecting')),
  ];
  // Every state that two events can lead to, and every event in it.
  for (const first of events) {
    for (const second of events) {
      for (const third of events) {
        const { state } = run([first, second, third]);
        const shown = snapshotOf(state);
        expect(shown.transport.movingTo).not.toBe(shown.transport.active);
        if (state.moving) expect(state.lines[state.moving]).toBeDefined();
        if (state.phase.name === 'ended') expect(peersOf(state).admitted).toEqual([]);
      }
    }
  }
});
