/** Invitations and participants as rows: who may come, who was let in, whose tokens are refused. */
import type { Transaction } from 'kysely';
import type { ParticipantRole } from '../../../shared/access/access.ts';
import type { WaitingMessage } from '../../../shared/signaling/messages.ts';
import type { Database, RemovalReason, Tables } from '../storage/database.ts';
import type { GroupCommit } from '../storage/group-commit.ts';
import { RowCache } from '../storage/row-cache.ts';

export interface StoredInvitation {
  readonly code: string;
  readonly consultationId: string;
  readonly role: ParticipantRole;
  readonly createdAt: string;
  readonly revokedAt?: string | undefined;
  /** As its maker wished; without a wish it follows from the plan and from its use. */
  readonly expiresAt?: string | undefined;
  /** People it lets in; any number without one. */
  readonly useLimit?: number | undefined;
  /** People who have come by it. */
  readonly uses: number;
  readonly lastUsedAt?: string | undefined;
}

export interface StoredParticipant {
  readonly consultationId: string;
  readonly identity: string;
  readonly role: ParticipantRole;
  readonly displayName: string;
  readonly admitted: boolean;
  /** Tokens issued at or before this moment are refused, ms since the epoch. */
  readonly revokedBefore: number;
  /** How and why they were sent away the last time, as they may read it. */
  readonly removal?: { readonly reason: RemovalReason; readonly note?: string | undefined } | undefined;
}

/** What is remembered of somebody who comes in. */
export type Newcomer = Omit<StoredParticipant, 'revokedBefore' | 'removal'> & {
  readonly invitationCode?: string;
  readonly createdAt: string;
};

type Write = (transaction: Transaction<Tables>) => Promise<Tables['participants'] | undefined>;

export class AdmissionStore {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #participants = new RowCache<StoredParticipant>();

  constructor(database: Database, commits: GroupCommit) {
    this.#database = database;
    this.#commits = commits;
  }

  async insertInvitation(invitation: Omit<StoredInvitation, 'uses' | 'lastUsedAt'>): Promise<boolean> {
    const result = await this.#commits.run((transaction) =>
      transaction
        .insertInto('invitations')
        .values({
          code: invitation.code,
          consultation_id: invitation.consultationId,
          role: invitation.role,
          created_at: invitation.createdAt,
          revoked_at: null,
          expires_at: invitation.expiresAt ?? null,
          use_limit: invitation.useLimit ?? null,
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst(),
    );
    return result.numInsertedOrUpdatedRows === 1n;
  }

  /** Whatever became of it. */
  async findInvitation(code: string): Promise<StoredInvitation | undefined> {
    const row = await this.#invitations().where('invitations.code', '=', code).executeTakeFirst();
    return row && toStoredInvitation(row);
  }

  /** All of these consultations, oldest first. */
  async invitationsOf(
    consultationIds: readonly string[],
    role?: ParticipantRole,
  ): Promise<StoredInvitation[]> {
    if (consultationIds.length === 0) return [];
    const rows = await this.#invitations()
      .where('invitations.consultation_id', 'in', consultationIds)
      .$if(role !== undefined, (query) => query.where('invitations.role', '=', role ?? 'patient'))
      .orderBy('invitations.created_at')
      .execute();
    return rows.map(toStoredInvitation);
  }

  async revokeInvitation(code: string, at: string): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction
        .updateTable('invitations')
        .set({ revoked_at: at })
        .where('code', '=', code)
        .where('revoked_at', 'is', null)
        .execute(),
    );
  }

  async hasUsed(code: string, identity: string): Promise<boolean> {
    const row = await this.#database
      .selectFrom('invitation_uses')
      .select('code')
      .where('code', '=', code)
      .where('identity', '=', identity)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Who came by an invitation with the device that has this key. */
  async whoReturns(code: string, returnKeyHash: string): Promise<string | undefined> {
    const row = await this.#database
      .selectFrom('invitation_uses')
      .select('identity')
      .where('code', '=', code)
      .where('return_key_hash', '=', returnKeyHash)
      .executeTakeFirst();
    return row?.identity;
  }

  /** Somebody came by an invitation, the first time or again. The key is that of the first time. */
  async noteUse(code: string, identity: string, at: string, returnKeyHash?: string): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction
        .insertInto('invitation_uses')
        .values({
          code,
          identity,
          first_used_at: at,
          last_used_at: at,
          return_key_hash: returnKeyHash ?? null,
        })
        .onConflict((conflict) => conflict.columns(['code', 'identity']).doUpdateSet({ last_used_at: at }))
        .execute(),
    );
  }

  #invitations() {
    return this.#database
      .selectFrom('invitations')
      .leftJoin('invitation_uses', 'invitation_uses.code', 'invitations.code')
      .selectAll('invitations')
      .select(({ fn }) => [
        fn.count<number>('invitation_uses.identity').as('uses'),
        fn.max('invitation_uses.last_used_at').as('last_used_at'),
      ])
      .groupBy('invitations.code');
  }

  /** Identities of everybody who was let into a consultation and not sent away. */
  async admittedTo(consultationId: string): Promise<string[]> {
    const rows = await this.#database
      .selectFrom('participants')
      .select('identity')
      .where('consultation_id', '=', consultationId)
      .where('admitted', '=', 1)
      .execute();
    return rows.map(({ identity }) => identity);
  }

  async waitingMessage(consultationId: string): Promise<WaitingMessage | undefined> {
    return this.#database
      .selectFrom('waiting_messages')
      .select(['text', 'at'])
      .where('consultation_id', '=', consultationId)
      .executeTakeFirst();
  }

  /** @param message undefined takes the last one back. */
  async setWaitingMessage(consultationId: string, message: WaitingMessage | undefined): Promise<void> {
    await this.#commits.run(async (transaction) => {
      if (message === undefined) {
        await transaction
          .deleteFrom('waiting_messages')
          .where('consultation_id', '=', consultationId)
          .execute();
        return;
      }
      await transaction
        .insertInto('waiting_messages')
        .values({ consultation_id: consultationId, ...message })
        .onConflict((conflict) => conflict.column('consultation_id').doUpdateSet(message))
        .execute();
    });
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
  async rememberParticipant(participant: Newcomer): Promise<void> {
    const write: Write = (transaction) =>
      transaction
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
          removed_as: null,
          removal_note: null,
        })
        .onConflict((conflict) =>
          conflict.columns(['consultation_id', 'identity']).doUpdateSet({
            display_name: participant.displayName,
            ...(participant.admitted ? { admitted: 1 } : {}),
            ...(participant.invitationCode === undefined
              ? {}
              : { invitation_code: participant.invitationCode }),
          }),
        )
        .returningAll()
        .executeTakeFirst();
    await this.#write(participant, write);
  }

  async admit(consultationId: string, identity: string): Promise<void> {
    await this.#write({ consultationId, identity }, (transaction) =>
      transaction
        .updateTable('participants')
        .set({ admitted: 1 })
        .where('consultation_id', '=', consultationId)
        .where('identity', '=', identity)
        .returningAll()
        .executeTakeFirst(),
    );
  }

  /** Refuses every token and invitation the participant holds now; one given later works again, from the waiting room. */
  async revoke(
    consultationId: string,
    identity: string,
    before: number,
    { reason, note }: NonNullable<StoredParticipant['removal']>,
  ): Promise<void> {
    await this.#write({ consultationId, identity }, async (transaction) => {
      const person = await transaction
        .updateTable('participants')
        .set({ admitted: 0, revoked_before: before, removed_as: reason, removal_note: note ?? null })
        .where('consultation_id', '=', consultationId)
        .where('identity', '=', identity)
        .returningAll()
        .executeTakeFirst();
      if (person === undefined) return undefined;
      // A consultation has one patient, so each of the patient's invitations is theirs; observers came by one of many.
      const invitations = transaction
        .updateTable('invitations')
        .set({ revoked_at: new Date(before).toISOString() })
        .where('consultation_id', '=', consultationId)
        .where('revoked_at', 'is', null);
      if (person.role === 'patient') await invitations.where('role', '=', 'patient').execute();
      else if (person.invitation_code !== null)
        await invitations.where('code', '=', person.invitation_code).execute();
      return person;
    });
  }

  async #write(participant: { consultationId: string; identity: string }, write: Write): Promise<void> {
    await this.#participants.write(cacheKey(participant.consultationId, participant.identity), async () => {
      const row = await this.#commits.run(write);
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
    ...(row.removed_as === null
      ? {}
      : { removal: { reason: row.removed_as, note: row.removal_note ?? undefined } }),
  };
}

function toStoredInvitation(
  row: Tables['invitations'] & { uses: number; last_used_at: string | null },
): StoredInvitation {
  return {
    code: row.code,
    consultationId: row.consultation_id,
    role: row.role,
    createdAt: row.created_at,
    revokedAt: row.revoked_at ?? undefined,
    expiresAt: row.expires_at ?? undefined,
    useLimit: row.use_limit ?? undefined,
    uses: row.uses,
    lastUsedAt: row.last_used_at ?? undefined,
  };
}

function cacheKey(consultationId: string, identity: string): string {
  // Ids hold no line break, so two pairs never meet.
  return `${consultationId}\n${identity}`;
}
