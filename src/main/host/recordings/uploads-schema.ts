/** The tables of what is uploaded to the clinic's bucket; a step of `migrations.ts`: released, it never changes. */

export const uploadsSchema: readonly string[] = [
  `create table recording_uploads (
    egress_id text primary key,
    consultation_id text not null,
    size_bytes integer not null,
    sha256 text not null,
    state text not null check (state in ('waiting', 'stored', 'removing')),
    added_at text not null,
    bucket text,
    object_key text,
    upload_id text,
    compared_by text,
    etag text,
    stored_at text,
    dropped_at text,
    held integer not null default 0 check (held in (0, 1)),
    held_there text,
    problem text,
    problem_detail text,
    problem_since text,
    tried_at text,
    retry_at text,
    check (state != 'removing' or held = 0)
  ) strict, without rowid`,
  `create table recording_upload_parts (
    egress_id text not null,
    number integer not null,
    etag text not null,
    primary key (egress_id, number)
  ) strict, without rowid`,
];
