/** Invitations and participants as rows: who may come, who was let in, whose tokens are refused. */
import type { ParticipantRole } from '../../../shared/access/access.ts';
import type { Database, Tables } from '../storage/database.ts';
import { RowCache } from '../storage/row-cache.ts';

export interface StoredInvitation {
  readonly code: string;
  readonly consultationId: string;
  readonly role: ParticipantRole;
  readonly createdAt: string;
}

export interface StoredParticipant {
  readonly consultationId: string;
  readonly identity: string;
  readonly role: ParticipantRole;
  readonly displayName: string;
  readonly admitted: boolean;
  /** Tokens issued at or before this moment are refused, ms since the epoch. */
  readonly revokedBefore: number;
}

export class AdmissionStore {
  readonly #database: Database;
  readonly #participants = new RowCache<StoredParticipant>();

  constructor(database: Database) {
    this.#database = database;
  }

  async insertInvitation(invitation: StoredInvitation): Promise<boolean> {
    const result = await this.#database
      .insertInto('invitations')
      .values({
        code: invitation.code,
        consultation_id: invitation.consultationId,
        role: invitation.role,
        created_at: invitation.createdAt,
        revoked_at: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return result.numInsertedOrUpdatedRows === 1n;
  }

  /** An invitation that still stands. */
  async findInvitation(code: string): Promise<StoredInvitation | undefined> {
    const row = await this.#database
      .selectFrom('invitations')
      .selectAll()
      .where('code', '=', code)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    return (
      row && {
        code: row.code,
        consultationId: row.consultation_id,
        role: row.role,
        createdAt: row.created_at,
      }
    );
  }

  /** The newest standing patient invitation of each of these consultations. */
  async patientInvitations(consultationIds: readonly string[]): Promise<Map<string, string>> {
    if (consultationIds.length === 0) return new Map();
    const rows = await this.#database
      .selectFrom('invitations')
      .select(['code', 'consultation_id'])
      .where('consultation_id', 'in', consultationIds)
      .where('role', '=', 'patient')
      .where('revoked_at', 'is', null)
      .orderBy('created_at')
      .execute();
    return new Map(rows.map((row) => [row.consultation_id, row.code]));
  }

  findParticipant(consultationId: string, identity: string): Promise<StoredParticipant | undefined> {
    return this.#participants.read(cacheKey(consultationId, identity), async () => {
      const row = await this.#database
        .selectFrom('participants')
        .selectAll()
        .where('consultation_id', '=', consultationId)
        .where('identity', '=', identity)
        .executeTakeFirst();
      return row && toParticipant(row);
    });
  }

  /** Makes the participant known, or gives them a new name. Whoever may enter without waiting is in again, also after a removal. */
  async rememberParticipant(
    participant: Omit<StoredParticipant, 'revokedBefore'> & { invitationCode?: string; createdAt: string },
  ): Promise<void> {
    const insert = this.#database
      .insertInto('participants')
      .values({
        consultation_id: participant.consultationId,
        identity: participant.identity,
        role: participant.role,
        display_name: participant.displayName,
        admitted: participant.admitted ? 1 : 0,
        invitation_code: participant.invitationCode ?? null,
        revoked_before: 0,
        created_at: participant.createdAt,
      })
      .onConflict((conflict) =>
        conflict.columns(['consultation_id', 'identity']).doUpdateSet({
          display_name: participant.displayName,
          ...(participant.admitted ? { admitted: 1 } : {}),
          ...(participant.invitationCode === undefined
            ? {}
            : { invitation_code: participant.invitationCode }),
        }),
      );
    await this.#write(participant, () => insert.returningAll().executeTakeFirst());
  }

  async admit(consultationId: string, identity: string): Promise<void> {
    const update = this.#database
      .updateTable('participants')
      .set({ admitted: 1 })
      .where('consultation_id', '=', consultationId)
      .where('identity', '=', identity);
    await this.#write({ consultationId, identity }, () => update.returningAll().executeTakeFirst());
  }

  /** Refuses every token and invitation the participant holds now; one given later works again, from the waiting room. */
  async revoke(consultationId: string, identity: string, before: number): Promise<void> {
    await this.#write({ consultationId, identity }, async () => {
      await this.#revoke(consultationId, identity, before);
      return undefined;
    });
  }

  #revoke(consultationId: string, identity: string, before: number): Promise<void> {
    return this.#database.transaction().execute(async (transaction) => {
      await transaction
        .updateTable('participants')
        .set({ admitted: 0, revoked_before: before })
        .where('consultation_id', '=', consultationId)
        .where('identity', '=', identity)
        .execute();
      const person = await transaction
        .selectFrom('participants')
        .select(['role', 'invitation_code'])
        .where('consultation_id', '=', consultationId)
        .where('identity', '=', identity)
        .executeTakeFirst();
      if (person === undefined) return;
      // A consultation has one patient, so each of the patient's invitations is theirs; observers came by one of many.
      const invitations = transaction
        .updateTable('invitations')
        .set({ revoked_at: new Date(before).toISOString() })
        .where('consultation_id', '=', consultationId)
        .where('revoked_at', 'is', null);
      if (person.role === 'patient') await invitations.where('role', '=', 'patient').execute();
      else if (person.invitation_code !== null)
        await invitations.where('code', '=', person.invitation_code).execute();
    });
  }

  async #write(
    participant: { consultationId: string; identity: string },
    run: () => Promise<Tables['participants'] | undefined>,
  ): Promise<void> {
    await this.#participants.write(cacheKey(participant.consultationId, participant.identity), async () => {
      const row = await run();
      return row && toParticipant(row);
    });
  }
}

function toParticipant(row: Tables['participants']): StoredParticipant {
  return {
    consultationId: row.consultation_id,
    identity: row.identity,
    role: row.role,
    displayName: row.display_name,
    admitted: row.admitted === 1,
    revokedBefore: row.revoked_before,
  };
}

function cacheKey(consultationId: string, identity: string): string {
  // Ids hold no line break, so two pairs never meet.
  return `${consultationId}\n${identity}`;
}
