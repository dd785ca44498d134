/** One consultation's room: who is there, what each of them sees happen, and the relay of signals between them. */
import type { ConsentEntry } from '../../../shared/consent/consent.ts';
import { type RecordingConsent, recordingConsent } from '../../../shared/consent/recording.ts';
import type { TransportChoice } from '../../../shared/contract/contract.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type {
  ConsentState,
  MediaState,
  NumberedEvent,
  Participant,
  PeerSignal,
  Plan,
  Quality,
  Readiness,
  RoomEvent,
  TransportKind,
  WaitingMessage,
} from '../../../shared/signaling/messages.ts';
import type {
  RecorderOrders,
  RecordingTrouble,
  RunningRecording,
} from '../../../shared/signaling/recording.ts';
import type { Fact } from '../audit/fact.ts';
import type { AuditTrail } from '../audit/trail.ts';
import { consentStateFor } from '../consent/consent-state.ts';
import type { RemovalReason } from '../storage/database.ts';
import { type Connection, Member } from './member.ts';
import type { Place } from './places.ts';
import type { Presence } from './presence.ts';
import { mediaFacts, memberFact, roomFact } from './room-facts.ts';
import type { RoomRecording } from './room-recording.ts';
import { chooseTransport, directCallLimit } from './transport-choice.ts';
import { maySignal, sees } from './visibility.ts';

/** How long somebody whose connection was lost stays in the room, ms. */
export const graceMs = { waiting: 20_000, admitted: 120_000 } as const;

export interface RoomSettings {
  readonly consultationId: string;
  readonly roomName: string;
  readonly patientId: string;
  readonly sid: string;
  readonly createdAt: string;
}

/** What a room knows of the time before it was opened. */
export interface RoomMemory {
  readonly ledger: readonly ConsentEntry[];
  readonly waitingMessage?: WaitingMessage | undefined;
  /** Who was in the call before the host was restarted, and may be still: a direct call goes on without the host. */
  readonly admitted: readonly string[];
  /** Who waited before, by identity. */
  readonly places: ReadonlyMap<string, Place>;
}

/** What a room asks of the rest of the host. */
export interface RoomSurroundings {
  now(): number;
  sfuAvailable(): boolean;
  /** Somebody came, went, was let in, or waits in another way than before. */
  presenceChanged(): void;
  /** Told who comes and goes. */
  readonly presence: Presence;
  readonly recordings: RoomRecording;
  /** Told what the audit log is to say. */
  readonly trail: Pick<AuditTrail, 'note'>;
}

export class Room {
  readonly settings: RoomSettings;
  readonly #surroundings: RoomSurroundings;
  readonly #members = new Map<string, Member>();
  #choice: TransportChoice;
  #transport: TransportKind;
  #emptySince: number;
  /** Why nobody may come any more. */
  #over: 'closed' | 'cancelled' | undefined;
  #ledger: readonly ConsentEntry[];
  #waitingMessage: WaitingMessage | undefined;
  /** Admitted people of whom nothing was heard since the room was opened; counted as present for as long as a lost connection is. */
  #unheard: ReadonlySet<string>;
  readonly #places: Map<string, Place>;
  readonly #openedAt: number;

  constructor(
    settings: RoomSettings,
    choice: TransportChoice,
    memory: RoomMemory,
    surroundings: RoomSurroundings,
  ) {
    this.settings = settings;
    this.#surroundings = surroundings;
    this.#choice = choice;
    this.#ledger = memory.ledger;
    this.#waitingMessage = memory.waitingMessage;
    this.#unheard = new Set(memory.admitted);
    this.#places = new Map(memory.places);
    this.#openedAt = surroundings.now();
    this.#transport = 'p2p';
    this.#transport = this.#transportFor(0);
    this.#emptySince = surroundings.now();
  }

  get transport(): TransportKind {
    return this.#transport;
  }

  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  /** When the last person went, ms since the epoch; undefined while somebody is there. */
  get emptySince(): number | undefined {
    return this.#members.size === 0 ? this.#emptySince : undefined;
  }

  get patientWaits(): boolean {
    return this.members.some((member) => member.role === 'patient' && !member.admitted);
  }

  /** What was last told to who waits. */
  get waitingMessage(): WaitingMessage | undefined {
    return this.#waitingMessage;
  }

  /** Identities of everybody in the call, also of those who may be there without the host's knowing. */
  get present(): readonly string[] {
    const admitted = this.members.filter((member) => member.admitted).map(({ identity }) => identity);
    return [...new Set([...admitted, ...this.#unheard])];
  }

  member(identity: string): Member | undefined {
    return this.#members.get(identity);
  }

  /**
   * Lets somebody in, again or for the first time. A second window of the same person replaces the first.
   * @param since the last event they saw, to be told what they missed.
   * @throws CatalogueError CONSULTATION_CLOSED or CONSULTATION_CANCELLED for a room that was closed while they were on their way.
   */
  join(
    person: { identity: string; role: Member['role']; displayName: string; admitted: boolean },
    connection: Connection,
    since: number | undefined,
    media: MediaState | undefined,
  ): { member: Member; missed: NumberedEvent[] } {
    if (this.#over !== undefined) {
      throw new CatalogueError(this.#over === 'cancelled' ? 'CONSULTATION_CANCELLED' : 'CONSULTATION_CLOSED');
    }
    let member = this.#members.get(person.identity);
    const arrived = member === undefined;
    if (member === undefined) {
      member = this.#add(person);
    } else if (member.connection !== undefined && member.connection !== connection) {
      const previous = member.connection;
      member.connection = undefined;
      previous.event({ id: member.lastEventId, event: { type: 'ended', reason: 'replaced' } });
      previous.end();
    }
    // Another window may be able to do less.
    if (member.connection !== connection) member.recorderReady = false;
    const missed = since === undefined ? undefined : member.eventsAfter(since);
    member.connection = connection;
    member.displayName = person.displayName;
    member.lostAt = undefined;
    if (media !== undefined) this.#setMedia(member, media);
    this.#announce(member, arrived);
    // Somebody who waited may have got a token meanwhile that needs no admission.
    if (person.admitted) this.admit(person.identity);
    // The newcomer reads it in the answer to joining.
    if (arrived) member.toldConsents = JSON.stringify(this.consentsFor(member));
    this.#tellConsents();
    member.toldRecording = tellable(this.recordingFor(member));
    member.toldOrders = tellable(this.recorderOrdersFor(member));
    return { member, missed: missed ?? [] };
  }

  /** A connection was lost; its owner stays in the room for a while. */
  connectionLost(identity: string, connection: Connection): void {
    const member = this.#members.get(identity);
    if (member === undefined || member.connection !== connection) return;
    member.connection = undefined;
    this.#reachabilityChanged(member);
  }

  /** The video server says that somebody came or went there. */
  videoServerPresence(
    person: { identity: string; role: Member['role']; displayName: string; admitted: boolean },
    present: boolean,
  ): void {
    let member = this.#members.get(person.identity);
    if (member === undefined) {
      if (!present) return;
      member = this.#add(person);
      member.viaVideoServer = true;
      this.#announce(member, true);
      this.#tellConsents();
      return;
    }
    const before = member.connected;
    member.viaVideoServer = present;
    if (member.connected !== before) this.#reachabilityChanged(member);
  }

  leave(identity: string): void {
    this.#drop(identity, 'left');
  }

  /** Takes somebody out for good; the caller has already made sure that their token is refused. */
  expel(identity: string, reason: RemovalReason, note?: string): void {
    this.#unheard = without(this.#unheard, identity);
    const member = this.#members.get(identity);
    if (member === undefined) {
      this.#tellConsents();
      return;
    }
    member.emit({ type: 'ended', reason, ...(note === undefined ? {} : { note }) });
    member.connection?.end();
    member.connection = undefined;
    this.#drop(identity, reason);
  }

  /** Ends the room for everybody. */
  close(reason: 'closed' | 'cancelled'): void {
    this.#over = reason;
    for (const member of this.members) {
      member.emit({ type: 'ended', reason });
      this.#surroundings.presence.left(member, reason);
      this.#note(memberFact(this, member, 'participant.left', reason));
      member.connection?.end();
      member.connection = undefined;
      this.#members.delete(member.identity);
    }
    this.#emptySince = this.#surroundings.now();
    this.#surroundings.recordings.roomClosed(this.settings.consultationId);
  }

  /** @throws CatalogueError ROOM_FULL when one more would be too many for a direct call. */
  assertPlaceForOneMore(): void {
    const admitted = this.#admittedCount();
    if (this.#transportFor(admitted + 1) === 'p2p' && admitted + 1 > directCallLimit)
      throw new CatalogueError('ROOM_FULL');
  }

  /** @throws CatalogueError ROOM_FULL when those who are in are too many for a direct call. */
  assertFitsDirectCall(): void {
    if (this.#admittedCount() > directCallLimit) throw new CatalogueError('ROOM_FULL');
  }

  /** Moves somebody from the waiting room into the call; the caller has already made it durable. */
  admit(identity: string): void {
    const member = this.#members.get(identity);
    if (member === undefined || member.admitted) return;
    member.admitted = true;
    this.#surroundings.presenceChanged();
    this.#surroundings.presence.admitted(member);
    this.#note(memberFact(this, member, 'participant.admitted'));
    member.emit({ type: 'admitted', self: member.toParticipant(), participants: this.visibleTo(member) });
    for (const other of this.#members.values()) {
      if (!sees(other, member)) continue;
      const known = other.role === 'doctor';
      other.emit({
        type: known ? 'participant-updated' : 'participant-joined',
        participant: member.toParticipant(),
      });
    }
    this.#tellConsents();
    this.tellRecording();
    this.reconsiderTransport();
  }

  /** What this person is told of consents now. */
  consentsFor(viewer: Member): ConsentState {
    return consentStateFor(viewer, {
      ledger: this.#ledger,
      patientId: this.settings.patientId,
      members: this.members,
      present: this.present,
    });
  }

  /** Follows the ledger; the caller has already made it durable. */
  setLedger(ledger: readonly ConsentEntry[]): void {
    this.#ledger = ledger;
    this.#tellConsents();
  }

  /** Whether it may be recorded, and what everybody present has answered. */
  get recordingConsent(): RecordingConsent {
    return recordingConsent(this.#ledger, this.present) ?? { verdict: 'stop', answers: [] };
  }

  /** The doctor whose window can record now. */
  get recorderIdentity(): string | undefined {
    return this.members.find((member) => member.recorderReady && member.connection !== undefined)?.identity;
  }

  /** @throws CatalogueError FORBIDDEN for whoever treats nobody here. */
  setRecorderReady(identity: string, ready: boolean): void {
    const member = this.requireRecorder(identity);
    member.recorderReady = ready;
    if (ready) return;
    const { recordings, now } = this.#surroundings;
    recordings.recorderGone(this.settings.consultationId, identity, now());
  }

  /** A doctor in the call. @throws CatalogueError OUT_OF_TURN, FORBIDDEN */
  requireRecorder(identity: string): Member {
    const member = this.#require(identity);
    if (member.role !== 'doctor' || !member.admitted) throw new CatalogueError('FORBIDDEN');
    return member;
  }

  get isRecorded(): boolean {
    return this.#surroundings.recordings.running(this.settings.consultationId) !== undefined;
  }

  /** What this person is told of the recording now: who waits is told nothing. */
  recordingFor(viewer: Member): RunningRecording | undefined {
    return viewer.admitted ? this.#surroundings.recordings.running(this.settings.consultationId) : undefined;
  }

  recorderOrdersFor(viewer: Member): RecorderOrders | undefined {
    return viewer.admitted && viewer.role === 'doctor'
      ? this.#surroundings.recordings.orders(this.settings.consultationId, viewer.identity)
      : undefined;
  }

  /** Tells everybody of the recording as it is now, and the window that records what to do, where that has changed. */
  tellRecording(): void {
    for (const member of this.#members.values()) {
      const orders = this.recorderOrdersFor(member);
      if (member.toldOrders !== tellable(orders)) {
        member.toldOrders = tellable(orders);
        member.emit({ type: 'recorder-orders', ...(orders === undefined ? {} : { orders }) });
      }
      const recording = this.recordingFor(member);
      if (member.toldRecording !== tellable(recording)) {
        member.toldRecording = tellable(recording);
        member.emit({ type: 'recording-changed', ...(recording === undefined ? {} : { recording }) });
      }
    }
  }

  tellRecordingTrouble(trouble: RecordingTrouble): void {
    for (const member of this.#members.values())
      if (member.role === 'doctor' && member.admitted) member.emit({ type: 'recording-trouble', trouble });
  }

  /** Tells who waits, and the doctors, so that they know what was told; undefined takes it back. */
  setWaitingMessage(message: WaitingMessage | undefined): void {
    this.#waitingMessage = message;
    for (const member of this.#members.values()) {
      if (!this.hearsWaitingMessage(member)) continue;
      member.emit({ type: 'waiting-message', ...(message === undefined ? {} : { message }) });
    }
  }

  /** Tells everybody; who is away reads it on coming back. */
  setPlan(plan: Plan): void {
    this.#broadcast({ type: 'plan-changed', plan });
  }

  hearsWaitingMessage(member: Member): boolean {
    return !member.admitted || member.role === 'doctor';
  }

  /** @throws CatalogueError OUT_OF_TURN, PARTICIPANT_NOT_FOUND or RECIPIENT_UNREACHABLE. */
  relay(from: string, to: string, signal: PeerSignal): void {
    const sender = this.#require(from);
    const receiver = this.#members.get(to);
    if (receiver === undefined || !maySignal(sender, receiver))
      throw new CatalogueError('PARTICIPANT_NOT_FOUND');
    if (receiver.connection === undefined) throw new CatalogueError('RECIPIENT_UNREACHABLE');
    receiver.connection.signal({ from, signal });
  }

  setMedia(identity: string, media: MediaState): void {
    const member = this.#require(identity);
    this.#setMedia(member, media);
    this.#announce(member, false);
  }

  setReadiness(identity: string, readiness: Readiness): void {
    const member = this.#require(identity);
    member.readiness = readiness;
    this.#announce(member, false);
  }

  setQuality(identity: string, quality: Quality): void {
    const member = this.#require(identity);
    const before = member.quality?.level;
    member.quality = quality;
    this.#surroundings.presence.qualityChanged(member);
    // The numbers are for statistics; the others are told when the word changes.
    if (before !== quality.level) this.#announce(member, false);
  }

  setTransportChoice(choice: TransportChoice): void {
    this.#choice = choice;
    this.reconsiderTransport();
  }

  /** Follows the choice, the number of people and the video server's state. */
  reconsiderTransport(): void {
    const next = this.#transportFor(this.#admittedCount());
    if (next === this.#transport) return;
    this.#transport = next;
    this.#note(roomFact(this.settings.consultationId, 'transport.moved', next));
    this.#broadcast({ type: 'transport-changed', transport: next });
  }

  /** Tells everybody whether calls through the video server are possible. */
  sfuAvailabilityChanged(): void {
    this.#broadcast({ type: 'sfu-availability', sfuAvailable: this.#surroundings.sfuAvailable() });
    this.reconsiderTransport();
  }

  /** The ways to everybody who is in the call and can be reached now. */
  admittedConnections(except?: string): Connection[] {
    return this.members.flatMap(({ identity, admitted, connection }) =>
      admitted && connection !== undefined && identity !== except ? [connection] : [],
    );
  }

  visibleTo(viewer: Member): Participant[] {
    return this.members.filter((other) => sees(viewer, other)).map((other) => other.toParticipant());
  }

  /** Drops those who were lost for too long. */
  sweep(): void {
    const now = this.#surroundings.now();
    for (const member of this.members) {
      if (member.lostAt === undefined) continue;
      const grace = member.admitted ? graceMs.admitted : graceMs.waiting;
      if (now - member.lostAt >= grace) this.#drop(member.identity, 'left');
    }
    if (this.#unheard.size > 0 && now - this.#openedAt >= graceMs.admitted) {
      this.#unheard = new Set();
      this.#tellConsents();
    }
  }

  #add(person: { identity: string; role: Member['role']; displayName: string; admitted: boolean }): Member {
    const member = new Member(person, this.#surroundings.now(), this.#places.get(person.identity));
    this.#places.delete(member.identity);
    this.#members.set(member.identity, member);
    this.#surroundings.presence.came(this.settings.consultationId, member);
    this.#note(memberFact(this, member, 'participant.joined', member.admitted ? 'admitted' : 'waiting'));
    this.#unheard = without(this.#unheard, member.identity);
    return member;
  }

  #setMedia(member: Member, media: MediaState): void {
    const before = member.media;
    member.media = media;
    for (const fact of mediaFacts(this, member, before)) this.#note(fact);
  }

  #note(fact: Fact): void {
    this.#surroundings.trail.note(fact);
  }

  #announce(member: Member, arrived: boolean): void {
    if (arrived || !member.admitted) this.#surroundings.presenceChanged();
    const participant = member.toParticipant();
    for (const other of this.#members.values()) {
      if (sees(other, member)) {
        other.emit({ type: arrived ? 'participant-joined' : 'participant-updated', participant });
      }
    }
    if (arrived && member.admitted) this.reconsiderTransport();
  }

  #reachabilityChanged(member: Member): void {
    member.lostAt = member.connected ? undefined : this.#surroundings.now();
    this.#announce(member, false);
  }

  #drop(identity: string, reason: 'left' | RemovalReason): void {
    const member = this.#members.get(identity);
    if (member === undefined) return;
    this.#members.delete(identity);
    if (reason === 'left' && !member.admitted) {
      const leftAt = member.lostAt ?? this.#surroundings.now();
      this.#places.set(identity, { since: member.waitingSince, leftAt });
    }
    this.#surroundings.presenceChanged();
    this.#surroundings.presence.left(member, reason);
    this.#note(memberFact(this, member, 'participant.left', reason));
    if (this.#members.size === 0) this.#emptySince = this.#surroundings.now();
    if (member.role === 'doctor') {
      const { recordings, now } = this.#surroundings;
      recordings.recorderGone(this.settings.consultationId, identity, member.lostAt ?? now());
    }
    for (const other of this.#members.values()) {
      if (sees(other, member)) other.emit({ type: 'participant-left', identity, reason });
    }
    this.#tellConsents();
    this.reconsiderTransport();
  }

  /** Everybody whose view of consents has changed. */
  #tellConsents(): void {
    for (const member of this.#members.values()) {
      const consents = this.consentsFor(member);
      const told = JSON.stringify(consents);
      if (told === member.toldConsents) continue;
      member.toldConsents = told;
      member.emit({ type: 'consents-changed', consents });
    }
    this.#surroundings.recordings.consentChanged(this.settings.consultationId, this.recordingConsent);
  }

  #broadcast(event: RoomEvent): void {
    for (const member of this.#members.values()) member.emit(event);
  }

  #require(identity: string): Member {
    const member = this.#members.get(identity);
    if (member === undefined) throw new CatalogueError('OUT_OF_TURN');
    return member;
  }

  #transportFor(admitted: number): TransportKind {
    const { sfuAvailable, recordings } = this.#surroundings;
    return chooseTransport({
      choice: this.#choice,
      admitted,
      sfuAvailable: sfuAvailable(),
      current: this.#transport,
      recordedThere: recordings.running(this.settings.consultationId)?.recorder === 'egress',
    });
  }

  #admittedCount(): number {
    return this.members.filter((member) => member.admitted).length;
  }
}

function without(set: ReadonlySet<string>, one: string): ReadonlySet<string> {
  return set.has(one) ? new Set([...set].filter((other) => other !== one)) : set;
}

/** What of the recording or of orders is worth an event: how far it has come is not. */
function tellable(what: RunningRecording | RecorderOrders | undefined): string {
  if (what === undefined) return '';
  return 'state' in what ? `${what.egressId} ${what.state}` : `${what.egressId} ${what.grant} ${what.end}`;
}
