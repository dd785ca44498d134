/**
 * The outbox's tables and the triggers that fill it. Triggers, so that an event is in the same transaction as the change it
 * tells of, whatever code makes the change. Names, titles, reasons, chat and notes are in no event.
 * A step of `migrations.ts`: released, it never changes. A table that comes later has its own step, with `tells`.
 */

/** Version 4 of RFC 9562, as Postgres and people expect an id to look. */
const newId = `lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2)
  || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))`;

/** Everything of a consultation that may be told, as it is after the change: each event stands for itself. */
const consultationData = (row: string) => `json_object(
  'state', ${row}.state, 'patientId', ${row}.patient_id, 'doctorId', ${row}.doctor_id, 'transport', ${row}.transport,
  'scheduledAt', ${row}.scheduled_at, 'durationMinutes', ${row}.duration_minutes, 'createdAt', ${row}.created_at,
  'startedAt', ${row}.started_at, 'endedAt', ${row}.closed_at, 'version', ${row}.version,
  'messages', (select count(*) from messages where consultation_id = ${row}.id),
  'files', (select count(*) from files where consultation_id = ${row}.id and completed_at is not null))`;

const presenceData = `json_object('presenceId', new.id, 'identity', new.identity, 'role', new.role,
  'joinedAt', new.joined_at, 'admittedAt', new.admitted_at, 'leftAt', new.left_at, 'leftAs', new.left_as,
  'qualityMs', json_array(new.quality_0, new.quality_1, new.quality_2, new.quality_3, new.quality_4))`;

interface Tells {
  readonly name: string;
  /** `insert on consents`, `update on consultations`. */
  readonly after: string;
  readonly when?: string;
  readonly consultationId: string;
  /** SQL expressions. */
  readonly kind: string;
  readonly data: string;
}

/** A trigger that writes one event, while tracking is on. */
function tells({ name, after, when, consultationId, kind, data }: Tells): string {
  return `create trigger tracking_${name} after ${after}
    when (select project from tracking) is not null ${when === undefined ? '' : `and (${when})`}
    begin
      insert into tracking_outbox (consultation_id, kind, data) values (${consultationId}, ${kind}, ${data});
    end`;
}

const replanned = ['scheduled_at', 'duration_minutes', 'transport', 'patient_id', 'doctor_id']
  .map((column) => `new.${column} is not old.${column}`)
  .join(' or ');

export const outboxSchema: readonly string[] = [
  // One row. Without a project, tracking is off and nothing is written.
  `create table tracking (
    id integer primary key check (id = 1),
    project text,
    clinic_id text not null,
    generation integer not null,
    last_sent_at text
  ) strict`,
  `insert into tracking (id, clinic_id, generation) values (1, ${newId}, 1)`,
  `create table tracking_sequences (
    consultation_id text primary key,
    last integer not null
  ) strict, without rowid`,
  `create table tracking_outbox (
    number integer primary key autoincrement,
    id text not null default (${newId}),
    consultation_id text not null,
    generation integer not null default 0,
    sequence integer not null default 0,
    kind text not null,
    at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    data text not null,
    refused_at text,
    refused_because text
  ) strict`,
  `create index tracking_outbox_pending on tracking_outbox (number) where refused_at is null`,
  `create index tracking_outbox_refused on tracking_outbox (number) where refused_at is not null`,
  // No "on conflict" here: that of the statement which fires a trigger goes before the trigger's own.
  `create trigger tracking_outbox_numbered after insert on tracking_outbox begin
    insert into tracking_sequences (consultation_id, last) select new.consultation_id, 0
      where not exists (select 1 from tracking_sequences where consultation_id = new.consultation_id);
    update tracking_sequences set last = last + 1 where consultation_id = new.consultation_id;
    update tracking_outbox set
      generation = (select generation from tracking),
      sequence = (select last from tracking_sequences where consultation_id = new.consultation_id)
      where number = new.number;
  end`,
  // Another project knows nothing yet: it is told how every consultation is now.
  `create trigger tracking_switched_on after update of project on tracking
    when new.project is not null and new.project is not old.project
    begin
      insert into tracking_outbox (consultation_id, kind, data)
        select id, 'consultation.snapshot', ${consultationData('consultations')}
        from consultations order by created_at, id;
    end`,

  tells({
    name: 'consultation_created',
    after: 'insert on consultations',
    consultationId: 'new.id',
    kind: `'consultation.created'`,
    data: consultationData('new'),
  }),
  tells({
    name: 'consultation_changed',
    after: 'update on consultations',
    when: `new.state is not old.state or ${replanned}`,
    consultationId: 'new.id',
    kind: `case
      when new.state is old.state then 'consultation.changed'
      when new.state = 'live' then 'consultation.started'
      when new.state = 'planned' then 'consultation.reopened'
      else 'consultation.' || new.state end`,
    data: consultationData('new'),
  }),
  tells({
    name: 'participant_joined',
    after: 'insert on presences',
    consultationId: 'new.consultation_id',
    kind: `'participant.joined'`,
    data: presenceData,
  }),
  tells({
    name: 'participant_admitted',
    after: 'update of admitted_at on presences',
    when: 'old.admitted_at is null and new.admitted_at is not null',
    consultationId: 'new.consultation_id',
    kind: `'participant.admitted'`,
    data: presenceData,
  }),
  tells({
    name: 'participant_left',
    after: 'update of left_at on presences',
    when: 'old.left_at is null and new.left_at is not null',
    consultationId: 'new.consultation_id',
    kind: `'participant.left'`,
    data: presenceData,
  }),
  tells({
    name: 'consent_given',
    after: 'insert on consents',
    consultationId: 'new.consultation_id',
    kind: `'consent.' || new.act`,
    data: `json_object('purpose', new.purpose, 'identity', new.identity, 'subject', new.subject, 'version', new.version)`,
  }),
];
