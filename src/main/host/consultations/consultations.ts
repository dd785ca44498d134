/** Consultations: planned, opened, moved between transports and closed; their rooms follow. */
import { customAlphabet } from 'nanoid';
import {
  type ConsultationState,
  isOpen,
  missedAfterMs,
  nextConsultationState,
  roomNameOf,
  storedState,
} from '../../../shared/consultation/consultation.ts';
import type { AgendaPage, Consultation, Entry, TransportChoice } from '../../../shared/contract/contract.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { Plan } from '../../../shared/signaling/messages.ts';
import type { Admission } from '../admission/admission.ts';
import type { LiveKit } from '../livekit/livekit.ts';
import type { Room } from '../rooms/room.ts';
import type { RoomManager } from '../rooms/room-manager.ts';
import type { Log } from '../runtime/log.ts';
import type { Turns } from '../runtime/turns.ts';
import { placeFrom, toCursor } from './cursor.ts';
import { assertOpen, type Happening, happen, replan, requireConsultation } from './life.ts';
import type { AgendaQuery, ConsultationChange, ConsultationStore, StoredConsultation } from './store.ts';

/** Ids of rooms that the video server does not know look like LiveKit's. */
const newRoomSid = customAlphabet('ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789', 12);

export interface NewConsultation {
  readonly consultationId: string;
  readonly patientId: string;
  readonly doctorId: string;
  readonly title?: string | undefined;
  readonly patientName?: string | undefined;
  readonly doctorName?: string | undefined;
  readonly scheduledAt?: string | undefined;
  readonly durationMinutes?: number | undefined;
  readonly transport?: TransportChoice | undefined;
  readonly waitingRoom?: boolean | undefined;
}

/** What can be corrected in an open consultation: undefined stays, null takes away. */
export interface ConsultationCorrection {
  readonly version?: number | undefined;
  readonly title?: string | null | undefined;
  readonly patientName?: string | null | undefined;
  readonly doctorName?: string | null | undefined;
  readonly durationMinutes?: number | null | undefined;
  readonly transport?: TransportChoice | undefined;
}

export interface AgendaQuestion extends Pick<AgendaQuery, 'from' | 'to' | 'search' | 'patientId'> {
  readonly order?: AgendaQuery['order'] | undefined;
  readonly state?: ConsultationState | readonly ConsultationState[] | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

const defaultPage = { list: 500, agenda: 100 } as const;
const passTimeEveryMs = 60_000;

export interface ConsultationParts {
  readonly store: ConsultationStore;
  readonly admission: Admission;
  readonly rooms: RoomManager;
  readonly livekit: LiveKit;
  readonly turns: Turns;
  readonly log: Log;
  now(): number;
  /** Where LiveKit clients that came by this base URL connect. */
  livekitUrl(baseUrl: string): string;
}

export class Consultations {
  readonly #parts: ConsultationParts;

  constructor(parts: ConsultationParts) {
    this.#parts = parts;
  }

  /** Repeating it with the same people answers the same room and fresh tokens. */
  async create(input: NewConsultation, baseUrl: string) {
    const { consultationId, patientId, doctorId } = input;
    if (patientId === doctorId)
      throw new CatalogueError('BAD_REQUEST', 'patientId and doctorId must differ.');
    this.#parts.log.scope('API').info(`Creating consultation room: ${consultationId}`);
    const found = await this.#insertOrFind(input);
    if (found.patientId !== patientId || found.doctorId !== doctorId) {
      throw new CatalogueError('CONSULTATION_CONFLICT');
    }
    const consultation = found.state === 'missed' ? await this.#reopen(found, input) : found;
    assertOpen(consultation);
    const room = await this.openRoom(consultation);
    const doctor = await this.enter(consultationId, baseUrl);
    const patient = await this.#parts.admission.grantEntry(
      consultation,
      {
        identity: patientId,
        role: 'patient',
        displayName: consultation.patientName ?? '',
        withoutWaiting: input.waitingRoom === false,
      },
      baseUrl,
    );
    const links = (await this.#parts.admission.patientInvitations([consultation], baseUrl)).get(
      consultationId,
    );
    const invitation =
      links ?? (await this.#parts.admission.invite(consultationId, { role: 'patient' }, baseUrl));
    return {
      consultationId,
      roomName: consultation.roomName,
      roomSid: room.settings.sid,
      patientId,
      doctorId,
      patientToken: patient.token,
      doctorToken: doctor.token,
      livekitUrl: this.#parts.livekitUrl(baseUrl),
      createdAt: consultation.createdAt,
      invitationUrl: invitation.webLink,
      signalingUrl: baseUrl,
      transport: consultation.transport,
    };
  }

  /** @param after the consultation that the page before ended with. */
  async list(
    { limit = defaultPage.list, after }: { limit?: number | undefined; after?: string | undefined },
    baseUrl: string,
  ): Promise<Consultation[]> {
    const last = after === undefined ? undefined : await requireConsultation(this.#parts.store, after);
    return this.#withInvitations(await this.#parts.store.list(limit, last), baseUrl);
  }

  /** One page of the agenda or of the history. */
  async find(
    { state, cursor, from, to, order = 'earliest', limit = defaultPage.agenda, ...question }: AgendaQuestion,
    baseUrl: string,
  ): Promise<AgendaPage> {
    const found = await this.#parts.store.search({
      ...question,
      order,
      from: from && toUtc(from),
      to: to && toUtc(to),
      states: typeof state === 'string' ? [state] : state,
      waiting: this.#parts.rooms.rooms
        .filter((room) => room.patientWaits)
        .map((room) => room.settings.consultationId),
      after: cursor === undefined ? undefined : placeFrom(cursor),
      // One more tells whether there is a next page.
      limit: limit + 1,
    });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      consultations: await this.#withInvitations(page, baseUrl),
      ...(found.length > limit && last ? { nextCursor: toCursor(last) } : {}),
    };
  }

  async get(consultationId: string, baseUrl: string): Promise<Consultation> {
    return this.#shown(await requireConsultation(this.#parts.store, consultationId), baseUrl);
  }

  async update(
    consultationId: string,
    { version, transport, ...words }: ConsultationCorrection,
    baseUrl: string,
  ): Promise<Consultation> {
    const named = Object.entries(words).filter(([, value]) => value !== undefined);
    const change: ConsultationChange = Object.fromEntries(
      named.map(([name, value]) => [name, value ?? undefined]),
    );
    if (transport !== undefined) this.#assertPossible(consultationId, transport);
    const consultation = await this.#replan(consultationId, () =>
      replan(this.#parts.store, consultationId, version, {
        ...change,
        ...(transport === undefined ? {} : { transport }),
      }),
    );
    if (transport !== undefined) this.#parts.rooms.find(consultationId)?.setTransportChoice(transport);
    return this.#shown(consultation, baseUrl);
  }

  async reschedule(
    consultationId: string,
    plan: { scheduledAt: string; durationMinutes?: number | undefined; version?: number | undefined },
    baseUrl: string,
  ): Promise<Consultation> {
    if (Date.parse(plan.scheduledAt) <= this.#parts.now() - missedAfterMs) {
      throw new CatalogueError('BAD_REQUEST', [
        { path: ['scheduledAt'], message: 'That time has passed. Choose one to come.' },
      ]);
    }
    const consultation = await this.#replan(consultationId, async () => {
      const rescheduled = await happen(this.#parts.store, consultationId, {
        event: 'rescheduled',
        version: plan.version,
        replans: true,
        change: () => ({
          scheduledAt: toUtc(plan.scheduledAt),
          closedAt: undefined,
          ...(plan.durationMinutes === undefined ? {} : { durationMinutes: plan.durationMinutes }),
        }),
      });
      return rescheduled.consultation;
    });
    return this.#shown(consultation, baseUrl);
  }

  /** Who waits for it is told, and whoever comes later by the link. */
  async cancel(
    consultationId: string,
    { reason, version }: { reason?: string | undefined; version?: number | undefined },
    baseUrl: string,
  ): Promise<Consultation> {
    const { consultation, changed } = await this.#end(consultationId, {
      event: 'cancelled',
      version,
      replans: true,
      change: () => ({ closedAt: this.#timestamp(), cancelReason: reason }),
    });
    if (changed) {
      this.#parts.log.scope('API').info(`Consultation cancelled: ${consultationId}`);
    }
    return this.#shown(consultation, baseUrl);
  }

  /** What was planned and nobody was admitted to becomes missed, now and from now on. @returns what stops it. */
  async watchTime(): Promise<() => void> {
    await this.passTime();
    const timer = setInterval(() => {
      this.passTime().catch((error) => {
        this.#parts.log.scope('API').error('Consultations whose time passed could not be marked', error);
      });
    }, passTimeEveryMs);
    timer.unref();
    return () => clearInterval(timer);
  }

  async passTime(): Promise<void> {
    const missed = nextConsultationState('planned', 'time-passed');
    if (missed === undefined) return;
    const inhabited = this.#parts.rooms.rooms.filter((room) => room.emptySince === undefined);
    const count = await this.#parts.store.passTime(
      new Date(this.#parts.now() - missedAfterMs).toISOString(),
      storedState(missed),
      this.#timestamp(),
      inhabited.map((room) => room.settings.consultationId),
    );
    if (count > 0) this.#parts.log.scope('API').info(`Consultations missed: ${count}`);
  }

  /** The doctor's own way in. */
  async enter(consultationId: string, baseUrl: string): Promise<Entry> {
    const consultation = await this.#parts.admission.requireOpen(consultationId);
    return this.#parts.admission.grantEntry(
      consultation,
      { identity: consultation.doctorId, role: 'doctor', displayName: consultation.doctorName ?? '' },
      baseUrl,
    );
  }

  async setTransport(consultationId: string, transport: TransportChoice) {
    const consultation = await this.#parts.admission.requireOpen(consultationId);
    const room = await this.openRoom(consultation);
    this.#assertPossible(consultationId, transport);
    await this.#parts.store.setTransport(consultationId, transport);
    room.setTransportChoice(transport);
    return { transport, active: room.transport };
  }

  async close(consultationId: string, baseUrl: string): Promise<Consultation> {
    const { consultation, changed } = await this.#end(consultationId, {
      event: 'closed',
      change: () => ({ closedAt: this.#timestamp() }),
    });
    if (changed) {
      this.#parts.log.scope('API').info(`Consultation closed: ${consultationId}`);
    }
    return this.#shown(consultation, baseUrl);
  }

  /** The room of an open consultation, made if nobody was there yet. @throws CatalogueError CONSULTATION_CLOSED */
  async openRoom(consultation: StoredConsultation): Promise<Room> {
    const existing = this.#parts.rooms.find(consultation.consultationId);
    if (existing) return existing;
    const sid = await this.#roomSid(consultation);
    const { consultationId, roomName, patientId, createdAt } = consultation;
    // In turn, because nothing may be decided between what the room is told of the past and its being there to be told.
    return this.#parts.turns.run(consultationId, async () => {
      // The video server may have taken its time, and the consultation may have been closed meanwhile.
      await this.#parts.admission.requireOpen(consultationId);
      const memory = await this.#parts.admission.roomMemory(consultationId);
      const settings = { consultationId, roomName, patientId, sid, createdAt };
      return this.#parts.rooms.open(settings, consultation.transport, memory);
    });
  }

  /** Tells everybody in the room. In turn, so that who comes in at this moment reads the new plan or is told of it. */
  #replan(consultationId: string, change: () => Promise<StoredConsultation>): Promise<StoredConsultation> {
    return this.#parts.turns.run(consultationId, async () => {
      const consultation = await change();
      this.#parts.rooms.find(consultationId)?.setPlan(planOf(consultation));
      return consultation;
    });
  }

  /** In turn, so that nobody is let into a room that is being closed. */
  async #end(
    consultationId: string,
    ending: Happening & { readonly event: 'closed' | 'cancelled' },
  ): ReturnType<typeof happen> {
    const outcome = await this.#parts.turns.run(consultationId, async () => {
      const ended = await happen(this.#parts.store, consultationId, ending);
      if (ended.changed) this.#parts.rooms.closeRoom(consultationId, ending.event);
      return ended;
    });
    if (outcome.changed && this.#parts.livekit.status().state === 'ready') {
      await this.#parts.livekit.deleteRoom(outcome.consultation.roomName).catch((error) => {
        this.#parts.log.scope('LiveKit').error('A room could not be closed on the video server', error);
      });
    }
    return outcome;
  }

  /** Whoever creates a consultation anew that was missed wants it after all. */
  async #reopen({ consultationId }: StoredConsultation, { scheduledAt }: NewConsultation) {
    const { consultation } = await happen(this.#parts.store, consultationId, {
      event: 'rescheduled',
      replans: true,
      change: () => ({
        scheduledAt: scheduledAt === undefined ? this.#timestamp() : toUtc(scheduledAt),
        closedAt: undefined,
      }),
    });
    return consultation;
  }

  /** @throws CatalogueError LIVEKIT_UNAVAILABLE or ROOM_FULL */
  #assertPossible(consultationId: string, transport: TransportChoice): void {
    const { livekit, rooms } = this.#parts;
    if (transport === 'sfu' && livekit.status().state !== 'ready') {
      throw new CatalogueError('LIVEKIT_UNAVAILABLE', { livekit: livekit.status() });
    }
    if (transport === 'p2p') rooms.find(consultationId)?.assertFitsDirectCall();
  }

  #timestamp(): string {
    return new Date(this.#parts.now()).toISOString();
  }

  async #insertOrFind(input: NewConsultation): Promise<StoredConsultation> {
    const consultation: StoredConsultation = {
      consultationId: input.consultationId,
      roomName: roomNameOf(input.consultationId),
      roomSid: `RM_${newRoomSid()}`,
      patientId: input.patientId,
      doctorId: input.doctorId,
      ...(input.title === undefined ? {} : { title: input.title }),
      ...(input.patientName === undefined ? {} : { patientName: input.patientName }),
      ...(input.doctorName === undefined ? {} : { doctorName: input.doctorName }),
      ...(input.scheduledAt === undefined ? {} : { scheduledAt: toUtc(input.scheduledAt) }),
      ...(input.durationMinutes === undefined ? {} : { durationMinutes: input.durationMinutes }),
      state: 'planned',
      transport: input.transport ?? 'auto',
      createdAt: this.#timestamp(),
      version: 1,
    };
    if (await this.#parts.store.insert(consultation)) return consultation;
    return requireConsultation(this.#parts.store, input.consultationId);
  }

  /** LiveKit's id of the room when it runs; else the one given at creation. */
  async #roomSid(consultation: StoredConsultation): Promise<string> {
    if (this.#parts.livekit.status().state !== 'ready') return consultation.roomSid;
    try {
      const { sid } = await this.#parts.livekit.createRoom(consultation.roomName);
      if (sid !== consultation.roomSid) await this.#parts.store.setRoomSid(consultation.consultationId, sid);
      return sid;
    } catch (error) {
      if (error instanceof CatalogueError && error.code === 'LIVEKIT_UNAVAILABLE')
        return consultation.roomSid;
      throw error;
    }
  }

  /** Whether the patient waits is not stored: it is seen in the room. */
  #presentState({
    consultationId,
    state,
  }: Pick<StoredConsultation, 'consultationId' | 'state'>): ConsultationState {
    const waits = this.#parts.rooms.find(consultationId)?.patientWaits === true;
    return nextConsultationState(state, waits ? 'patient-arrived' : 'patient-left') ?? state;
  }

  async #shown(consultation: StoredConsultation, baseUrl: string): Promise<Consultation> {
    const [shown] = await this.#withInvitations([consultation], baseUrl);
    if (shown === undefined) throw new CatalogueError('CONSULTATION_NOT_FOUND');
    return shown;
  }

  async #withInvitations(
    consultations: readonly StoredConsultation[],
    baseUrl: string,
  ): Promise<Consultation[]> {
    const open = consultations.filter((consultation) => isOpen(consultation.state));
    const invitations = await this.#parts.admission.patientInvitations(open, baseUrl);
    return consultations.map(({ roomSid: _, ...consultation }) => {
      const invitation = invitations.get(consultation.consultationId);
      const state = this.#presentState(consultation);
      return { ...consultation, state, ...(invitation ? { invitation } : {}) };
    });
  }
}

/** What the participants are told of it. */
export function planOf({ title, doctorName, scheduledAt }: StoredConsultation): Plan {
  return {
    ...(title === undefined ? {} : { title }),
    ...(doctorName === undefined ? {} : { doctorName }),
    ...(scheduledAt === undefined ? {} : { scheduledAt }),
  };
}

/** The same moment as the database orders moments. */
function toUtc(timestamp: string): string {
  return new Date(timestamp).toISOString();
}
