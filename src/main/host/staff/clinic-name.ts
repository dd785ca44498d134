/** The name that staff and patients see: what was set here, or what the environment says until then. */
import type { Database } from '../storage/database.ts';
import type { GroupCommit } from '../storage/group-commit.ts';

export class ClinicName {
  readonly #commits: GroupCommit;
  #name: string;

  private constructor(commits: GroupCommit, name: string) {
    this.#commits = commits;
    this.#name = name;
  }

  static async read(database: Database, commits: GroupCommit, fallback: string): Promise<ClinicName> {
    const row = await database
      .selectFrom('settings')
      .select('value')
      .where('name', '=', 'clinicName')
      .executeTakeFirst();
    return new ClinicName(commits, row?.value ?? fallback);
  }

  get current(): string {
    return this.#name;
  }

  async change(name: string): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction
        .insertInto('settings')
        .values({ name: 'clinicName', value: name })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: name }))
        .execute(),
    );
    this.#name = name;
  }
}
