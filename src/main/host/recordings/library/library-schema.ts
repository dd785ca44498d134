/** The tables of what is decided about kept recordings; a step of `migrations.ts`: released, it never changes. */

export const librarySchema: readonly string[] = [
  `create index recordings_by_start on recordings (started_at, id)`,
  // A row only where something was decided; the recording stays as it was when its content goes.
  `create table recording_keeping (
    egress_id text primary key references recordings (id),
    rule text not null check (rule in ('clinic', 'forever', 'until')),
    keep_until text,
    held_since text,
    hold_reason text,
    deleted_at text,
    deleted_as text,
    delete_reason text,
    shredded_at text,
    check (deleted_at is null or held_since is null)
  ) strict`,
  `create table recording_decisions (
    number integer primary key autoincrement,
    egress_id text not null references recordings (id),
    at text not null,
    act text not null,
    reason text,
    caller text not null
  ) strict`,
  `create index recording_decisions_by_recording on recording_decisions (egress_id)`,
  `create trigger recording_decisions_stay before update on recording_decisions begin select raise(abort, 'decisions are only added'); end`,
  `create trigger recording_decisions_remain before delete on recording_decisions begin select raise(abort, 'decisions are only added'); end`,
  `create table recording_links (
    id text primary key,
    egress_id text not null references recordings (id),
    token_hash text not null unique,
    created_at text not null,
    expires_at text not null,
    opened integer not null,
    last_opened_at text,
    revoked_at text
  ) strict`,
  `create index recording_links_by_recording on recording_links (egress_id, created_at)`,
];
