/** The table of recordings; a step of `migrations.ts`: released, it never changes. */

export const recordingsSchema: readonly string[] = [
  `create table recordings (
    id text primary key,
    consultation_id text not null references consultations (id),
    recorder text not null,
    status text not null,
    started_at text not null,
    ended_at text,
    ended_as text,
    duration_ms integer not null,
    captured_ms integer not null,
    size_bytes integer,
    sha256 text,
    content_type text,
    recorder_identity text,
    working_identity text,
    grants text not null,
    log_until text,
    log_bytes integer not null
  ) strict`,
  `create index recordings_by_consultation on recordings (consultation_id, started_at)`,
  // What a start of the host has to look after.
  `create index recordings_unsettled on recordings (id) where working_identity is not null`,
];
