/** A host in memory for tests of whole calls: rooms, admission and events, with a clock whose hands the test turns. */
import type { Clock } from '../../../src/renderer/call/clock.ts';
import {
  type Signaling,
  type SignalingEvent,
  SignalingUnavailable,
} from '../../../src/renderer/call/signaling.ts';
import type {
  Participant,
  RequestName,
  RoomEvent,
  TransportKind,
} from '../../../src/shared/signaling/messages.ts';

export class ManualClock implements Clock {
  #now = 1_000_000;
  #timers: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** Lets time pass; what falls due runs in order, and what it awaits is settled. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now = next.at;
      next.run();
      await settle();
    }
    this.#now = end;
  }
}

/** Everything that waits only for other promises has happened. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class FakeRoom {
  readonly asked: { readonly identity: string; readonly name: RequestName; readonly payload: unknown }[] = [];
  readonly #members = new Map<string, FakeSignaling>();
  transport: TransportKind = 'p2p';

  signaling(identity: string, role: Participant['role']): FakeSignaling {
    const member = new FakeSignaling(this, identity, role);
    this.#members.set(identity, member);
    return member;
  }

  others(identity: string): Participant[] {
    return [...this.#members.values()]
      .filter((one) => one.joined && one.participant.identity !== identity)
      .map((one) => one.participant);
  }

  tellAll(event: RoomEvent, except?: string): void {
    for (const member of this.#members.values()) {
      if (member.joined && member.participant.identity !== except) member.tell({ type: 'room', event });
    }
  }

  admit(identity: string): void {
    const member = this.#members.get(identity);
    if (!member) throw new Error(`${identity} is not here`);
    member.participant = { ...member.participant, state: 'admitted' };
    member.tell({
      type: 'room',
      event: { type: 'admitted', self: member.participant, participants: this.others(identity) },
    });
    this.tellAll({ type: 'participant-updated', participant: member.participant }, identity);
  }

  move(transport: TransportKind): void {
    this.transport = transport;
    this.tellAll({ type: 'transport-changed', transport });
  }
}

export class FakeSignaling implements Signaling {
  readonly #room: FakeRoom;
  readonly #listeners = new Set<(event: SignalingEvent) => void>();
  participant: Participant;
  joined = false;
  closed = false;
  reachable = true;

  constructor(room: FakeRoom, identity: string, role: Participant['role']) {
    this.#room = room;
    this.participant = {
      identity,
      role,
      displayName: identity,
      state: role === 'doctor' ? 'admitted' : 'waiting',
      connected: true,
      media: { microphone: false, camera: false, screen: false },
      joinedAt: '2026-01-01T10:00:00.000Z',
    };
  }

  start(): void {
    this.join();
    this.#room.tellAll(
      { type: 'participant-joined', participant: this.participant },
      this.participant.identity,
    );
  }

  /** Tells the state, as after a first or a repeated join. */
  join(): void {
    this.joined = true;
    this.reachable = true;
    this.tell({
      type: 'joined',
      state: {
        consultationId: 'c-1',
        roomName: 'consultation-c-1',
        self: this.participant,
        participants: this.#room.others(this.participant.identity),
        transport: this.#room.transport,
        sfuAvailable: true,
        iceServers: [],
        consents: { observers: [] },
        lastEventId: 0,
        tokenExpiresAt: '2026-01-01T12:00:00.000Z',
      },
    });
  }

  lose(): void {
    this.reachable = false;
    this.tell({ type: 'lost' });
  }

  tell(event: SignalingEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  onEvent(listener: (event: SignalingEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async request(name: RequestName, payload: unknown): Promise<never> {
    if (!this.reachable || this.closed) throw new SignalingUnavailable();
    this.#room.asked.push({ identity: this.participant.identity, name, payload });
    if (name === 'leave') {
      this.joined = false;
      this.#room.tellAll({ type: 'participant-left', identity: this.participant.identity, reason: 'left' });
    }
    return {} as never;
  }

  token(): string {
    return 'token';
  }

  close(): void {
    this.closed = true;
    this.#listeners.clear();
  }
}
