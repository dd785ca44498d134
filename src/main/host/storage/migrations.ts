/** The database's schema as numbered steps; a step that was released never changes. */
import { type Kysely, sql } from 'kysely';
import { librarySchema } from '../recordings/library/library-schema.ts';
import { recordingsSchema } from '../recordings/recordings-schema.ts';
import { uploadsSchema } from '../recordings/uploads-schema.ts';
import { HostFailureError } from '../runtime/host-failure.ts';
import { outboxSchema } from '../sync/outbox-schema.ts';
import { foldText } from './fold-text.ts';

/** One statement, or what SQL alone cannot do. Neither knows the tables' present types: they are of another time. */
type Statement = string | (<T>(transaction: Kysely<T>) => Promise<void>);

export const schemaSteps: readonly (readonly Statement[])[] = [
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
  [
    `create table files (
      id text primary key,
      consultation_id text not null references consultations (id),
      sender text not null,
      sender_role text not null,
      sender_name text not null,
      upload_id text not null,
      name text not null,
      type text,
      size integer not null,
      received integer not null,
      key text not null,
      created_at text not null,
      completed_at text,
      unique (consultation_id, sender, upload_id)
    ) strict`,
    `create table messages (
      consultation_id text not null references consultations (id),
      number integer not null,
      id text not null,
      sender text not null,
      sender_role text not null,
      sender_name text not null,
      sent_at text not null,
      text text,
      file_id text references files (id),
      primary key (consultation_id, number),
      unique (consultation_id, sender, id)
    ) strict, without rowid`,
    `create table message_marks (
      consultation_id text not null references consultations (id),
      identity text not null,
      delivered integer not null,
      read integer not null,
      primary key (consultation_id, identity)
    ) strict, without rowid`,
  ],
  [
    // Consultations as an agenda: planned lengths, cancelling, finding by words, and an order by time.
    `alter table consultations add column duration_minutes integer`,
    `alter table consultations add column started_at text`,
    `alter table consultations add column cancel_reason text`,
    `alter table consultations add column version integer not null default 1`,
    `alter table consultations add column search_text text not null default ''`,
    `update consultations set scheduled_at = strftime('%Y-%m-%dT%H:%M:%fZ', scheduled_at) where scheduled_at is not null`,
    `alter table consultations add column starts_at text generated always as (coalesce(scheduled_at, created_at)) virtual`,
    foldNames,
    // With the words beside the order, a search reads this index alone.
    `create index consultations_by_start on consultations (starts_at, id, search_text)`,
    `create index consultations_by_state on consultations (state, starts_at)`,
    `create index consultations_by_patient on consultations (patient_id, starts_at, id)`,
    `drop index consultations_by_creation`,
    `create index consultations_by_creation on consultations (created_at, id)`,
  ],
  [
    `create table network (
      id integer primary key check (id = 1),
      sharing integer not null,
      authority_key text,
      authority_certificate text,
      server_key text,
      server_certificate text
    ) strict`,
    `insert into network (id, sharing) values (1, 0)`,
  ],
  [
    // No expiry of its own: the one that follows from the plan and from its use.
    `alter table invitations add column expires_at text`,
    `alter table invitations add column use_limit integer`,
    `update invitations set use_limit = 1 where role = 'observer'`,
    `create table invitation_uses (
      code text not null references invitations (code),
      identity text not null,
      first_used_at text not null,
      last_used_at text not null,
      primary key (code, identity)
    ) strict`,
    `insert into invitation_uses (code, identity, first_used_at, last_used_at)
      select invitation_code, identity, created_at, created_at from participants where invitation_code is not null`,
    `alter table participants add column removed_as text`,
    `alter table participants add column removal_note text`,
    `create table waiting_messages (
      consultation_id text primary key references consultations (id),
      text text not null,
      at text not null
    ) strict`,
    `create table consents (
      number integer primary key autoincrement,
      consultation_id text not null references consultations (id),
      purpose text not null,
      act text not null,
      identity text not null,
      subject text,
      subject_name text,
      version text not null,
      at text not null
    ) strict`,
    `create index consents_by_consultation on consents (consultation_id)`,
    // What somebody agreed to is never changed: not by a mistake of ours either.
    `create trigger consents_stay before update on consents begin select raise(abort, 'consents are only added'); end`,
    `create trigger consents_remain before delete on consents begin select raise(abort, 'consents are only added'); end`,
  ],
  [
    `create table note_versions (
      consultation_id text not null references consultations (id),
      version integer not null,
      text text not null,
      editor text not null,
      author_role text not null,
      author_id text,
      author_name text,
      based_on integer not null,
      aside integer not null,
      began_at text not null,
      saved_at text not null,
      primary key (consultation_id, version)
    ) strict`,
  ],
  [
    `create table presences (
      id text primary key,
      consultation_id text not null references consultations (id),
      identity text not null,
      role text not null,
      display_name text not null,
      joined_at text not null,
      admitted_at text,
      seen_at text not null,
      left_at text,
      left_as text,
      quality_0 integer not null,
      quality_1 integer not null,
      quality_2 integer not null,
      quality_3 integer not null,
      quality_4 integer not null
    ) strict`,
    `create index presences_by_consultation on presences (consultation_id, joined_at)`,
    `create index presences_open on presences (id) where left_at is null`,
  ],
  outboxSchema,
  [`alter table invitation_uses add column return_key_hash text`],
  [
    // The line is the entry; the columns are read from it, so that they can never say something else.
    `create table audit (
      number integer primary key,
      line text not null,
      at text not null generated always as (json_extract(line, '$.entry.at')) virtual,
      event text not null generated always as (json_extract(line, '$.entry.event')) virtual,
      caller_role text not null generated always as (json_extract(line, '$.entry.caller.role')) virtual,
      caller_id text generated always as (json_extract(line, '$.entry.caller.id')) virtual,
      consultation_id text generated always as (json_extract(line, '$.entry.consultationId')) virtual
    ) strict`,
    `create index audit_by_consultation on audit (consultation_id, number) where consultation_id is not null`,
    `create index audit_by_event on audit (event, number)`,
    `create index audit_by_time on audit (at)`,
    `create trigger audit_stays before update on audit begin select raise(abort, 'the audit log is only added to'); end`,
    `create trigger audit_remains before delete on audit begin select raise(abort, 'the audit log is only added to'); end`,
    `create table audit_heads (number integer primary key, line text not null) strict`,
    `create trigger audit_heads_stay before update on audit_heads begin select raise(abort, 'the audit log is only added to'); end`,
    `create trigger audit_heads_remain before delete on audit_heads begin select raise(abort, 'the audit log is only added to'); end`,
  ],
  uploadsSchema,
  recordingsSchema,
  [
    // What a command did while the host that keeps the log may run: it takes them into the log, each once.
    `create table audit_waiting (number integer primary key autoincrement, at text not null, fact text not null) strict`,
  ],
  librarySchema,
];

async function foldNames<T>(transaction: Kysely<T>): Promise<void> {
  const { rows } = await sql<{
    id: string;
    words: string;
  }>`select id, concat_ws(' ', patient_name, doctor_name, title) as words from consultations`.execute(
    transaction,
  );
  for (const { id, words } of rows) {
    await sql`update consultations set search_text = ${foldText(words)} where id = ${id}`.execute(
      transaction,
    );
  }
}

/** Brings a database to the newest schema, each step in one transaction. */
export async function migrate<T>(database: Kysely<T>): Promise<void> {
  const version = await schemaVersion(database);
  if (version > schemaSteps.length) {
    throw new HostFailureError(
      'newer-schema',
      `The clinic's data was written by a newer version of this program (schema ${version}, this one knows ${schemaSteps.length}). Install the newer version again.`,
    );
  }
  for (const [index, statements] of schemaSteps.entries()) {
    if (index < version) continue;
    await database.transaction().execute(async (transaction) => {
      for (const statement of statements) {
        if (typeof statement === 'string') await sql.raw(statement).execute(transaction);
        else await statement(transaction);
      }
      await sql.raw(`pragma user_version = ${index + 1}`).execute(transaction);
    });
  }
}

async function schemaVersion<T>(database: Kysely<T>): Promise<number> {
  const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(database);
  return rows[0]?.user_version ?? 0;
}
