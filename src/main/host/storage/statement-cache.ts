/** Statements that were prepared, kept to be run again: reading the words of one costs as much as running it. */
import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** Their texts are those of the program, so there are not many more. */
const keptStatements = 256;

/** A database whose `prepare` answers a kept statement where there is one. Statements must be run to their end, as `all` and `run` do. */
export class StatementCache implements Pick<SqliteDatabase, 'prepare'> {
  readonly #prepare: (sql: string) => SqliteStatement;
  readonly #statements = new Map<string, SqliteStatement>();

  constructor(prepare: (sql: string) => SqliteStatement) {
    this.#prepare = prepare;
  }

  prepare(sql: string): SqliteStatement {
    const kept = this.#statements.get(sql);
    if (kept !== undefined) {
      // The one used longest ago goes first.
      this.#statements.delete(sql);
      this.#statements.set(sql, kept);
      return kept;
    }
    const statement = this.#forgetting(sql, this.#prepare(sql));
    const oldest = this.#statements.keys().next();
    if (this.#statements.size >= keptStatements && !oldest.done) this.#statements.delete(oldest.value);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Lets go of all, so that the database can be closed. */
  clear(): void {
    this.#statements.clear();
  }

  /** One that failed is in the middle of something, and not used again. */
  #forgetting(sql: string, statement: SqliteStatement): SqliteStatement {
    const run = <R>(what: () => R): R => {
      try {
        return what();
      } catch (error) {
        this.#statements.delete(sql);
        throw error;
      }
    };
    return {
      reader: statement.reader,
      all: (parameters) => run(() => statement.all(parameters)),
      run: (parameters) => run(() => statement.run(parameters)),
      iterate: (parameters) => this.#prepare(sql).iterate(parameters),
    };
  }
}
