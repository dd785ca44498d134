/** The name that staff and patients see: what was set here, or what the environment says until then. */
import type { Database } from '../storage/database.ts';

export class ClinicName {
  readonly #database: Database;
  #name: string;

  private constructor(database: Database, name: string) {
    this.#database = database;
    this.#name = name;
  }

  static async read(database: Database, fallback: string): Promise<ClinicName> {
    const row = await database
      .selectFrom('settings')
      .select('value')
      .where('name', '=', 'clinicName')
      .executeTakeFirst();
    return new ClinicName(database, row?.value ?? fallback);
  }

  get current(): string {
    return this.#name;
  }

  async change(name: string): Promise<void> {
    await this.#database
      .insertInto('settings')
      .values({ name: 'clinicName', value: name })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: name }))
      .execute();
    this.#name = name;
  }
}
