/** Consultations as rows. */

import { type ConsultationState, roomNameOf } from '../../../shared/consultation/consultation.ts';
import type { Consultation, TransportChoice } from '../../../shared/contract/contract.ts';
import type { Database, Tables } from '../storage/database.ts';
import { RowCache } from '../storage/row-cache.ts';

export interface StoredConsultation extends Omit<Consultation, 'invitation'> {
  readonly roomSid: string;
}

export class ConsultationStore {
  readonly #database: Database;
  readonly #cache = new RowCache<StoredConsultation>();

  constructor(database: Database) {
    this.#database = database;
  }

  find(id: string): Promise<StoredConsultation | undefined> {
    return this.#cache.read(id, async () => {
      const row = await this.#database
        .selectFrom('consultations')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      return row && toConsultation(row);
    });
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
    const inserted = await this.#cache.write(consultation.consultationId, async () => {
      const row = await this.#database
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
        .returningAll()
        .executeTakeFirst();
      return row && toConsultation(row);
    });
    return inserted !== undefined;
  }

  setState(id: string, state: ConsultationState, closedAt?: string): Promise<void> {
    return this.#update(id, { state, ...(closedAt ? { closed_at: closedAt } : {}) });
  }

  setTransport(id: string, transport: TransportChoice): Promise<void> {
    return this.#update(id, { transport });
  }

  setRoomSid(id: string, roomSid: string): Promise<void> {
    return this.#update(id, { room_sid: roomSid });
  }

  async #update(id: string, values: Partial<Tables['consultations']>): Promise<void> {
    await this.#cache.write(id, async () => {
      const row = await this.#database
        .updateTable('consultations')
        .set(values)
        .where('id', '=', id)
        // Closed is final, also for a change that was decided a moment before.
        .where('state', '<>', 'closed')
        .returningAll()
        .executeTakeFirst();
      return row && toConsultation(row);
    });
  }
}

function toConsultation(row: Tables['consultations']): StoredConsultation {
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
