/** The consent ledger as rows that are only ever added. */
import type { ConsentEntry } from '../../../shared/consent/consent.ts';
import type { Database, Tables } from '../storage/database.ts';
import type { GroupCommit } from '../storage/group-commit.ts';
import { RowCache } from '../storage/row-cache.ts';

export type NewConsentEntry = Omit<ConsentEntry, 'number'>;

export class ConsentStore {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #cache = new RowCache<readonly ConsentEntry[]>();

  constructor(database: Database, commits: GroupCommit) {
    this.#database = database;
    this.#commits = commits;
  }

  /** Everything of one consultation, in the order it was written. */
  async ledger(consultationId: string): Promise<readonly ConsentEntry[]> {
    const ledger = await this.#cache.read(consultationId, async () => {
      const rows = await this.#database
        .selectFrom('consents')
        .selectAll()
        .where('consultation_id', '=', consultationId)
        .orderBy('number')
        .execute();
      return rows.map(toEntry);
    });
    return ledger ?? [];
  }

  /** Durable when done: all of the entries or none. */
  async append(consultationId: string, entries: readonly NewConsentEntry[]): Promise<void> {
    await this.#cache.write(consultationId, async () => {
      await this.#commits.run((transaction) =>
        transaction
          .insertInto('consents')
          .values(
            entries.map((entry) => ({
              consultation_id: consultationId,
              purpose: entry.purpose,
              act: entry.act,
              identity: entry.identity,
              subject: entry.subject ?? null,
              subject_name: entry.subjectName ?? null,
              version: entry.version,
              at: entry.at,
            })),
          )
          .execute(),
      );
      return undefined;
    });
  }
}

function toEntry(row: Omit<Tables['consents'], 'number'> & { number: number }): ConsentEntry {
  return {
    number: row.number,
    purpose: row.purpose,
    act: row.act,
    identity: row.identity,
    ...(row.subject === null ? {} : { subject: row.subject }),
    ...(row.subject_name === null ? {} : { subjectName: row.subject_name }),
    version: row.version,
    at: row.at,
  };
}
