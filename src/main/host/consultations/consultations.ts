/** Consultations: planned, opened, moved between transports and closed; their rooms follow. */
import { customAlphabet } from 'nanoid';
import {
  type ConsultationState,
  nextConsultationState,
  roomNameOf,
} from '../../../shared/consultation/consultation.ts';
import type { Consultation, Entry, TransportChoice } from '../../../shared/contract/contract.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { Admission } from '../admission/admission.ts';
import type { LiveKit } from '../livekit/livekit.ts';
import type { Room } from '../rooms/room.ts';
import type { RoomManager } from '../rooms/room-manager.ts';
import type { Log } from '../runtime/log.ts';
import type { ConsultationStore, StoredConsultation } from './store.ts';

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
  readonly transport?: TransportChoice | undefined;
  readonly waitingRoom?: boolean | undefined;
}

export interface ConsultationParts {
  readonly store: ConsultationStore;
  readonly admission: Admission;
  readonly rooms: RoomManager;
  readonly livekit: LiveKit;
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
    const consultation = await this.#insertOrFind(input);
    if (consultation.patientId !== patientId || consultation.doctorId !== doctorId) {
      throw new CatalogueError('CONSULTATION_CONFLICT');
    }
    if (consultation.state === 'closed') throw new CatalogueError('CONSULTATION_CLOSED');
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
    const links = (await this.#parts.admission.patientInvitations([consultationId], baseUrl)).get(
      consultationId,
    );
    const invitation = links ?? (await this.#parts.admission.invite(consultationId, 'patient', baseUrl));
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

  async list(baseUrl: string): Promise<Consultation[]> {
    return this.#withInvitations(await this.#parts.store.list(), baseUrl);
  }

  async get(consultationId: string, baseUrl: string): Promise<Consultation> {
    const [consultation] = await this.#withInvitations(
      [await this.#parts.admission.require(consultationId)],
      baseUrl,
    );
    if (consultation === undefined) throw new CatalogueError('CONSULTATION_NOT_FOUND');
    return consultation;
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
    if (transport === 'sfu' && this.#parts.livekit.status().state !== 'ready') {
      throw new CatalogueError('LIVEKIT_UNAVAILABLE', { livekit: this.#parts.livekit.status() });
    }
    const room = await this.openRoom(consultation);
    if (transport === 'p2p') room.assertFitsDirectCall();
    await this.#parts.store.setTransport(consultationId, transport);
    room.setTransportChoice(transport);
    return { transport, active: room.transport };
  }

  async close(consultationId: string, baseUrl: string): Promise<Consultation> {
    const { state, roomName } = await this.#parts.admission.require(consultationId);
    if (state !== 'closed') {
      await this.#parts.store.setState(
        consultationId,
        nextConsultationState(state, 'closed'),
        new Date(this.#parts.now()).toISOString(),
      );
      this.#parts.rooms.closeRoom(consultationId);
      if (this.#parts.livekit.status().state === 'ready') {
        await this.#parts.livekit.deleteRoom(roomName).catch((error) => {
          this.#parts.log.scope('LiveKit').error('A room could not be closed on the video server', error);
        });
      }
      this.#parts.log.scope('API').info(`Consultation closed: ${consultationId}`);
    }
    return this.get(consultationId, baseUrl);
  }

  /** The room of an open consultation, made if nobody was there yet. @throws CatalogueError CONSULTATION_CLOSED */
  async openRoom(consultation: StoredConsultation): Promise<Room> {
    const existing = this.#parts.rooms.find(consultation.consultationId);
    if (existing) return existing;
    const sid = await this.#roomSid(consultation);
    const { consultationId, roomName, createdAt } = consultation;
    // The video server may have taken its time, and the consultation may have been closed meanwhile.
    await this.#parts.admission.requireOpen(consultationId);
    return this.#parts.rooms.open({ consultationId, roomName, sid, createdAt }, consultation.transport);
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
      ...(input.scheduledAt === undefined ? {} : { scheduledAt: input.scheduledAt }),
      state: 'planned',
      transport: input.transport ?? 'auto',
      createdAt: new Date(this.#parts.now()).toISOString(),
    };
    if (await this.#parts.store.insert(consultation)) return consultation;
    return this.#parts.admission.require(input.consultationId);
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
    return waits ? nextConsultationState(state, 'patient-arrived') : state;
  }

  async #withInvitations(
    consultations: readonly StoredConsultation[],
    baseUrl: string,
  ): Promise<Consultation[]> {
    const open = consultations
      .filter((consultation) => consultation.state !== 'closed')
      .map((c) => c.consultationId);
    const invitations = await this.#parts.admission.patientInvitations(open, baseUrl);
    return consultations.map(({ roomSid: _, ...consultation }) => {
      const invitation = invitations.get(consultation.consultationId);
      const state = this.#presentState(consultation);
      return { ...consultation, state, ...(invitation ? { invitation } : {}) };
    });
  }
}
