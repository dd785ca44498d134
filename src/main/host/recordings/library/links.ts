/** Links by which a patient plays one recording: unguessable, expiring, counted and revocable. Only their hashes are kept. */
import { randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import { nanoid } from 'nanoid';
import type { RecordingLink } from '../../../../shared/contract/recording-library.ts';
import { hashOf } from '../../staff/credentials.ts';
import type { Database, Tables } from '../../storage/database.ts';
import type { GroupCommit } from '../../storage/group-commit.ts';

export type StoredLink = RecordingLink & { readonly egressId: string };

const tokenPattern = /^[A-Za-z0-9_-]{43}$/;

export class RecordingLinks {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #now: () => number;

  constructor(database: Database, commits: GroupCommit, now: () => number) {
    this.#database = database;
    this.#commits = commits;
    this.#now = now;
  }

  async create(egressId: string, hours: number): Promise<{ link: StoredLink; token: string }> {
    const token = randomBytes(32).toString('base64url');
    const row = {
      id: nanoid(),
      egress_id: egressId,
      token_hash: hashOf(token),
      created_at: new Date(this.#now()).toISOString(),
      expires_at: new Date(this.#now() + hours * 60 * 60_000).toISOString(),
      opened: 0,
      last_opened_at: null,
      revoked_at: null,
    };
    await this.#commits.run((transaction) => transaction.insertInto('recording_links').values(row).execute());
    return { link: toLink(row), token };
  }

  /** Newest first. */
  async list(egressId: string): Promise<StoredLink[]> {
    const rows = await this.#database
      .selectFrom('recording_links')
      .selectAll()
      .where('egress_id', '=', egressId)
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .execute();
    return rows.map(toLink);
  }

  async find(linkId: string): Promise<StoredLink | undefined> {
    const row = await this.#database
      .selectFrom('recording_links')
      .selectAll()
      .where('id', '=', linkId)
      .executeTakeFirst();
    return row && toLink(row);
  }

  /** The link of a token, whether it still opens anything or not. */
  async of(token: string): Promise<StoredLink | undefined> {
    if (!tokenPattern.test(token)) return undefined;
    const row = await this.#database
      .selectFrom('recording_links')
      .selectAll()
      .where('token_hash', '=', hashOf(token))
      .executeTakeFirst();
    return row && toLink(row);
  }

  opens({ expiresAt, revokedAt }: StoredLink): boolean {
    return revokedAt === undefined && Date.parse(expiresAt) > this.#now();
  }

  async countOpening(linkId: string): Promise<void> {
    const now = new Date(this.#now()).toISOString();
    await this.#commits.run((transaction) =>
      transaction
        .updateTable('recording_links')
        .set(({ eb }) => ({ opened: eb('opened', '+', 1), last_opened_at: now }))
        .where('id', '=', linkId)
        .execute(),
    );
  }

  async revoke(egressId: string, linkId: string): Promise<StoredLink | undefined> {
    const now = new Date(this.#now()).toISOString();
    const row = await this.#commits.run((transaction) =>
      transaction
        .updateTable('recording_links')
        .set(({ fn, val }) => ({ revoked_at: fn.coalesce('revoked_at', val(now)) }))
        .where('id', '=', linkId)
        .where('egress_id', '=', egressId)
        .returningAll()
        .executeTakeFirst(),
    );
    return row && toLink(row);
  }

  /** Whether the clinic shares at all. */
  async allowed(): Promise<boolean> {
    const row = await this.#database
      .selectFrom('settings')
      .select('value')
      .where('name', '=', settingName)
      .executeTakeFirst();
    return row?.value === 'yes';
  }

  /** Forbidding revokes every link. */
  async allow(sharing: boolean): Promise<void> {
    const value = sharing ? 'yes' : 'no';
    const now = new Date(this.#now()).toISOString();
    await this.#commits.run(async (transaction) => {
      await transaction
        .insertInto('settings')
        .values({ name: settingName, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute();
      if (sharing) return;
      await transaction
        .updateTable('recording_links')
        .set({ revoked_at: now })
        .where('revoked_at', 'is', null)
        .execute();
    });
  }
}

const settingName = 'recordingSharing';

function toLink(row: Selectable<Tables['recording_links']>): StoredLink {
  return {
    linkId: row.id,
    egressId: row.egress_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    opened: row.opened,
    ...(row.last_opened_at === null ? {} : { lastOpenedAt: row.last_opened_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  };
}
