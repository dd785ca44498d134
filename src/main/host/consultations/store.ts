/** Consultations as rows. */

import { type ConsultationState, roomNameOf } from '../../../shared/consultation/consultation.ts';
import type { Consultation, TransportChoice } from '../../../shared/contract/contract.ts';
import type { Database } from '../storage/database.ts';

export interface StoredConsultation extends Omit<Consultation, 'invitation'> {
  readonly roomSid: string;
}

export class ConsultationStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(id: string): Promise<StoredConsultation | undefined> {
    const row = await this.#database
      .selectFrom('consultations')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row && toConsultation(row);
  }

  async list(): Promise<StoredConsultation[]> {
    const rows = await this.#database
      .selectFrom('consultations')
      .selectAll()
      .orderBy('created_at', 'desc')
      .execute();
    return rows.map(toConsultation);
  }

  /** False when the id is taken. */
  async insert(consultation: StoredConsultation): Promise<boolean> {
    const result = await this.#database
      .insertInto('consultations')
      .values({
        id: consultation.consultationId,
        patient_id: consultation.patientId,
        doctor_id: consultation.doctorId,
        title: consultation.title ?? null,
        patient_name: consultation.patientName ?? null,
        doctor_name: consultation.doctorName ?? null,
        scheduled_at: consultation.scheduledAt ?? null,
        transport: consultation.transport,
        state: consultation.state,
        room_sid: consultation.roomSid,
        created_at: consultation.createdAt,
        closed_at: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return result.numInsertedOrUpdatedRows === 1n;
  }

  async setState(id: string, state: ConsultationState, closedAt?: string): Promise<void> {
    await this.#database
      .updateTable('consultations')
      .set({ state, ...(closedAt ? { closed_at: closedAt } : {}) })
      .where('id', '=', id)
      .execute();
  }

  async setTransport(id: string, transport: TransportChoice): Promise<void> {
    await this.#database.updateTable('consultations').set({ transport }).where('id', '=', id).execute();
  }

  async setRoomSid(id: string, roomSid: string): Promise<void> {
    await this.#database
      .updateTable('consultations')
      .set({ room_sid: roomSid })
      .where('id', '=', id)
      .execute();
  }
}

function toConsultation(row: {
  id: string;
  patient_id: string;
  doctor_id: string;
  title: string | null;
  patient_name: string | null;
  doctor_name: string | null;
  scheduled_at: string | null;
  transport: TransportChoice;
  state: ConsultationState;
  room_sid: string;
  created_at: string;
  closed_at: string | null;
}): StoredConsultation {
  return {
    consultationId: row.id,
    roomName: roomNameOf(row.id),
    roomSid: row.room_sid,
    patientId: row.patient_id,
    doctorId: row.doctor_id,
    ...(row.title === null ? {} : { title: row.title }),
    ...(row.patient_name === null ? {} : { patientName: row.patient_name }),
    ...(row.doctor_name === null ? {} : { doctorName: row.doctor_name }),
    ...(row.scheduled_at === null ? {} : { scheduledAt: row.scheduled_at }),
    state: row.state,
    transport: row.transport,
    createdAt: row.created_at,
    ...(row.closed_at === null ? {} : { closedAt: row.closed_at }),
  };
}
