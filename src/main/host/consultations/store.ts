/** Consultations as rows. */
import { type Expression, type ExpressionBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import {
  type ConsultationState,
  roomNameOf,
  type StoredConsultationState,
} from '../../../shared/consultation/consultation.ts';
import type { Consultation, TransportChoice } from '../../../shared/contract/contract.ts';
import type { Database, Tables } from '../storage/database.ts';
import { foldText } from '../storage/fold-text.ts';
import type { GroupCommit } from '../storage/group-commit.ts';
import { RowCache } from '../storage/row-cache.ts';

export interface StoredConsultation extends Omit<Consultation, 'invitation' | 'state'> {
  readonly state: StoredConsultationState;
  readonly roomSid: string;
}

type Replaceable =
  | 'title'
  | 'patientName'
  | 'doctorName'
  | 'scheduledAt'
  | 'durationMinutes'
  | 'startedAt'
  | 'closedAt'
  | 'cancelReason';

/** What a change writes: what is not named stays, undefined takes away. */
export type ConsultationChange = { readonly [Name in Replaceable]?: StoredConsultation[Name] | undefined } & {
  readonly state?: StoredConsultationState;
  readonly transport?: TransportChoice;
};

/** A place in the order of the agenda. */
export interface AgendaPlace {
  readonly startsAt: string;
  readonly consultationId: string;
}

export interface AgendaQuery {
  /** UTC; `from` is included, `to` is not. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Any words; each must occur. */
  readonly search?: string | undefined;
  readonly patientId?: string | undefined;
  readonly states?: readonly ConsultationState[] | undefined;
  /** The consultations whose patient waits now: no row says so. */
  readonly waiting: readonly string[];
  readonly order: 'earliest' | 'latest';
  readonly after?: AgendaPlace | undefined;
  readonly limit: number;
}

type Row = Selectable<Tables['consultations']>;

export class ConsultationStore {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #changed: () => void;
  readonly #cache = new RowCache<StoredConsultation>();

  /** @param changed is called after each write that something shown may depend on. */
  constructor(database: Database, commits: GroupCommit, changed: () => void = () => {}) {
    this.#database = database;
    this.#commits = commits;
    this.#changed = changed;
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

  /** Newest first. @param after the last one of the page before. */
  async list(limit: number, after?: StoredConsultation): Promise<StoredConsultation[]> {
    let query = this.#database.selectFrom('consultations').selectAll();
    if (after) {
      query = query.where(sql<SqlBool>`(created_at, id) < (${after.createdAt}, ${after.consultationId})`);
    }
    const rows = await query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
    return rows.map(toConsultation);
  }

  /** In the order of the agenda, which is total: of two at the same time the id decides. */
  async search(query: AgendaQuery): Promise<StoredConsultation[]> {
    const direction = query.order === 'earliest' ? 'asc' : 'desc';
    let rows = this.#database.selectFrom('consultations').selectAll();
    if (query.from !== undefined) rows = rows.where('starts_at', '>=', query.from);
    if (query.to !== undefined) rows = rows.where('starts_at', '<', query.to);
    if (query.patientId !== undefined) rows = rows.where('patient_id', '=', query.patientId);
    for (const word of foldText(query.search ?? '').split(' ')) {
      // Not LIKE, so that the words hold no signs of its language.
      if (word !== '') rows = rows.where(sql<SqlBool>`instr(search_text, ${word}) > 0`);
    }
    const { states } = query;
    if (states) rows = rows.where((is) => is.or(states.map((state) => inState(is, state, query.waiting))));
    if (query.after) {
      const place = sql`(${query.after.startsAt}, ${query.after.consultationId})`;
      rows = rows.where(
        direction === 'asc'
          ? sql<SqlBool>`(starts_at, id) > ${place}`
          : sql<SqlBool>`(starts_at, id) < ${place}`,
      );
    }
    const found = await rows
      .orderBy('starts_at', direction)
      .orderBy('id', direction)
      .limit(query.limit)
      .execute();
    return found.map(toConsultation);
  }

  /** False when the id is taken. */
  async insert(consultation: StoredConsultation): Promise<boolean> {
    const inserted = await this.#cache.write(consultation.consultationId, async () => {
      const row = await this.#commits.run((transaction) =>
        transaction
          .insertInto('consultations')
          .values({
            id: consultation.consultationId,
            patient_id: consultation.patientId,
            doctor_id: consultation.doctorId,
            title: consultation.title ?? null,
            patient_name: consultation.patientName ?? null,
            doctor_name: consultation.doctorName ?? null,
            scheduled_at: consultation.scheduledAt ?? null,
            duration_minutes: consultation.durationMinutes ?? null,
            transport: consultation.transport,
            state: consultation.state,
            room_sid: consultation.roomSid,
            created_at: consultation.createdAt,
            started_at: null,
            closed_at: null,
            cancel_reason: null,
            search_text: searchText(consultation),
          })
          .onConflict((conflict) => conflict.doNothing())
          .returningAll()
          .executeTakeFirst(),
      );
      return row && toConsultation(row);
    });
    if (inserted !== undefined) this.#changed();
    return inserted !== undefined;
  }

  /**
   * Changes a consultation if it is still in the state and of the version that the change was decided on.
   * @param replans whether it changes the plan, which makes a new version.
   * @returns the consultation as it is now; undefined when it was changed meanwhile.
   */
  async replace(
    decidedOn: StoredConsultation,
    change: ConsultationChange,
    replans: boolean,
  ): Promise<StoredConsultation | undefined> {
    const replaced = await this.#cache.write(decidedOn.consultationId, async () => {
      const next = { ...decidedOn, ...change };
      const row = await this.#commits.run((transaction) =>
        transaction
          .updateTable('consultations')
          .set({
            title: next.title ?? null,
            patient_name: next.patientName ?? null,
            doctor_name: next.doctorName ?? null,
            scheduled_at: next.scheduledAt ?? null,
            duration_minutes: next.durationMinutes ?? null,
            state: next.state,
            started_at: next.startedAt ?? null,
            closed_at: next.closedAt ?? null,
            cancel_reason: next.cancelReason ?? null,
            version: next.version + (replans ? 1 : 0),
            search_text: searchText(next),
            // Moved in a running call without a new version, so only written when it is what changes.
            ...(change.transport === undefined ? {} : { transport: change.transport }),
          })
          .where('id', '=', decidedOn.consultationId)
          .where('state', '=', decidedOn.state)
          .where('version', '=', decidedOn.version)
          .returningAll()
          .executeTakeFirst(),
      );
      return row && toConsultation(row);
    });
    if (replaced !== undefined) this.#changed();
    return replaced;
  }

  /**
   * Those planned for before a moment, and known since before it, become another state.
   * @param except where somebody is.
   * @returns how many.
   */
  async passTime(
    before: string,
    next: StoredConsultationState,
    closedAt: string,
    except: readonly string[],
  ): Promise<number> {
    const passed = await this.#commits.run((transaction) =>
      transaction
        .updateTable('consultations')
        .set({ state: next, closed_at: closedAt })
        .where('state', '=', 'planned')
        .where('starts_at', '<', before)
        .where('created_at', '<', before)
        .where(sql<SqlBool>`id not in (select value from json_each(${JSON.stringify(except)}))`)
        .returning('id')
        .execute(),
    );
    this.#cache.forget(passed.map(({ id }) => id));
    if (passed.length > 0) this.#changed();
    return passed.length;
  }

  setTransport(id: string, transport: TransportChoice): Promise<void> {
    return this.#update(id, { transport });
  }

  setRoomSid(id: string, roomSid: string): Promise<void> {
    return this.#update(id, { room_sid: roomSid });
  }

  async #update(id: string, values: Partial<Pick<Row, 'transport' | 'room_sid'>>): Promise<void> {
    await this.#cache.write(id, async () => {
      const row = await this.#commits.run((transaction) =>
        transaction
          .updateTable('consultations')
          .set(values)
          .where('id', '=', id)
          // What has ended stays as it was, also for a change that was decided a moment before.
          .where('state', 'in', ['planned', 'live'])
          .returningAll()
          .executeTakeFirst(),
      );
      return row && toConsultation(row);
    });
  }
}

function inState(
  is: ExpressionBuilder<Tables, 'consultations'>,
  state: ConsultationState,
  waiting: readonly string[],
): Expression<SqlBool> {
  const anyWaiting = sql`(select value from json_each(${JSON.stringify(waiting)}))`;
  switch (state) {
    case 'planned':
      return is.and([is('state', '=', 'planned'), sql<SqlBool>`id not in ${anyWaiting}`]);
    case 'waiting':
      return is.and([is('state', '=', 'planned'), sql<SqlBool>`id in ${anyWaiting}`]);
    case 'live':
    case 'closed':
    case 'cancelled':
    case 'missed':
      return is('state', '=', state);
  }
}

function searchText({
  patientName,
  doctorName,
  title,
}: Pick<StoredConsultation, 'patientName' | 'doctorName' | 'title'>): string {
  return foldText([patientName, doctorName, title].filter((part) => part !== undefined).join(' '));
}

function toConsultation(row: Row): StoredConsultation {
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
    ...(row.duration_minutes === null ? {} : { durationMinutes: row.duration_minutes }),
    state: row.state,
    transport: row.transport,
    createdAt: row.created_at,
    ...(row.started_at === null ? {} : { startedAt: row.started_at }),
    ...(row.closed_at === null ? {} : { closedAt: row.closed_at }),
    ...(row.cancel_reason === null ? {} : { cancelReason: row.cancel_reason }),
    version: row.version,
  };
}
