/** The database's schema as numbered steps; a step that was released never changes. */
import { type Kysely, sql } from 'kysely';

const steps: readonly (readonly string[])[] = [
  [
    `create table consultations (
      id text primary key,
      patient_id text not null,
      doctor_id text not null,
      title text,
      patient_name text,
      doctor_name text,
      scheduled_at text,
      transport text not null,
      state text not null,
      room_sid text not null,
      created_at text not null,
      closed_at text
    ) strict`,
    `create index consultations_by_creation on consultations (created_at)`,
    `create table invitations (
      code text primary key,
      consultation_id text not null references consultations (id),
      role text not null,
      created_at text not null,
      revoked_at text
    ) strict`,
    `create index invitations_by_consultation on invitations (consultation_id)`,
    `create table participants (
      consultation_id text not null references consultations (id),
      identity text not null,
      role text not null,
      display_name text not null,
      admitted integer not null,
      invitation_code text,
      revoked_before integer not null,
      created_at text not null,
      primary key (consultation_id, identity)
    ) strict`,
  ],
  [
    `create table staff_devices (
      id text primary key,
      person_name text not null,
      device_name text not null,
      role text not null,
      credential_hash text not null,
      paired_at text not null,
      last_seen_at text,
      revoked_at text
    ) strict`,
    `create table pairing_codes (
      code_hash text primary key,
      person_name text not null,
      role text not null,
      created_at text not null,
      expires_at text not null
    ) strict`,
    `create table staff_entries (
      device_id text not null references staff_devices (id),
      consultation_id text not null references consultations (id),
      identity text not null,
      primary key (device_id, consultation_id, identity)
    ) strict`,
    `create table settings (
      name text primary key,
      value text not null
    ) strict`,
  ],
];

/** Brings a database to the newest schema, each step in one transaction. */
export async function migrate<T>(database: Kysely<T>): Promise<void> {
  const version = await schemaVersion(database);
  if (version > steps.length) {
    throw new Error(
      `The clinic's data was written by a newer version of this program (schema ${version}, this one knows ${steps.length}). Install the newer version again.`,
    );
  }
  for (const [index, statements] of steps.entries()) {
    if (index < version) continue;
    await database.transaction().execute(async (transaction) => {
      for (const statement of statements) await sql.raw(statement).execute(transaction);
      await sql.raw(`pragma user_version = ${index + 1}`).execute(transaction);
    });
  }
}

async function schemaVersion<T>(database: Kysely<T>): Promise<number> {
  const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(database);
  return rows[0]?.user_version ?? 0;
}
