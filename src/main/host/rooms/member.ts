/** One participant of a room as the host holds it: who, in which state, and the way to reach them. */
import { grantFor, type ParticipantRole } from '../../../shared/access/access.ts';
import type { Marks, Message } from '../../../shared/signaling/chat.ts';
import type {
  MediaState,
  NumberedEvent,
  Participant,
  Quality,
  Readiness,
  ReceivedSignal,
  RenewedToken,
  RoomEvent,
} from '../../../shared/signaling/messages.ts';
import { type Place, sinceWhen } from './places.ts';

/** The way to one participant's window; the signaling adapter implements it. */
export interface Connection {
  event(event: NumberedEvent): void;
  signal(signal: ReceivedSignal): void;
  token(token: RenewedToken): void;
  message(message: Message): void;
  marks(marks: Marks): void;
  /** Closes it for good, after everything sent before. */
  end(): void;
}

/** Events kept for somebody who comes back; more than this and they get the state alone. */
const keptEvents = 256;

export class Member {
  readonly identity: string;
  readonly role: ParticipantRole;
  displayName: string;
  admitted: boolean;
  #media: MediaState = { microphone: false, camera: false, screen: false };
  readiness: Readiness | undefined;
  quality: Quality | undefined;
  connection: Connection | undefined;
  /** Connected to the video server; true also for clients that use nothing else. */
  viaVideoServer = false;
  readonly joinedAt: string;
  /** Since when they wait, short absences included, ISO 8601. */
  readonly waitingSince: string;
  /** When the last way to reach them was lost, ms since the epoch. */
  lostAt: number | undefined;
  /** The consents this person last heard of, as text; at first there are none to hear of. */
  toldConsents = JSON.stringify({ observers: [] });
  /** Whether this window has said that it can record. */
  recorderReady = false;
  /** What this person last heard of the recording, and was last ordered to record. */
  toldRecording = '';
  toldOrders = '';
  #events: NumberedEvent[] = [];
  #lastEventId: number;

  constructor(
    person: { identity: string; role: ParticipantRole; displayName: string; admitted: boolean },
    now: number,
    place?: Place,
  ) {
    this.identity = person.identity;
    this.role = person.role;
    this.displayName = person.displayName;
    this.admitted = person.admitted;
    this.joinedAt = new Date(now).toISOString();
    this.waitingSince = sinceWhen(place, this.joinedAt);
    // Microseconds of the clock, so that numbers never come again after the host was restarted.
    this.#lastEventId = now * 1000;
  }

  get media(): MediaState {
    return this.#media;
  }

  /** What they say they send; of what their role may not send, nothing is believed. */
  set media({ microphone, camera, screen }: MediaState) {
    const { canPublishSources } = grantFor(this.role, true);
    this.#media = {
      microphone: microphone && canPublishSources.includes('microphone'),
      camera: camera && canPublishSources.includes('camera'),
      screen: screen && canPublishSources.includes('screen_share'),
    };
  }

  get connected(): boolean {
    return this.connection !== undefined || this.viaVideoServer;
  }

  get lastEventId(): number {
    return this.#lastEventId;
  }

  emit(event: RoomEvent): void {
    const numbered = { id: ++this.#lastEventId, event };
    this.#events.push(numbered);
    if (this.#events.length > keptEvents) this.#events.shift();
    this.connection?.event(numbered);
  }

  /** Everything after event `since`, or undefined when that is not known any more. */
  eventsAfter(since: number): NumberedEvent[] | undefined {
    const first = this.#events[0];
    const known =
      since === this.#lastEventId ||
      (first !== undefined && since >= first.id - 1 && since < this.#lastEventId);
    return known ? this.#events.filter((event) => event.id > since) : undefined;
  }

  toParticipant(): Participant {
    return {
      identity: this.identity,
      role: this.role,
      displayName: this.displayName,
      state: this.admitted ? 'admitted' : 'waiting',
      connected: this.connected,
      media: this.media,
      ...(this.readiness ? { readiness: this.readiness } : {}),
      ...(this.quality ? { quality: this.quality } : {}),
      joinedAt: this.joinedAt,
      ...(this.admitted ? {} : { waitingSince: this.waitingSince }),
    };
  }
}
