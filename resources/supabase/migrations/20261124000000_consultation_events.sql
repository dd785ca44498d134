-- What happens to the consultations of one or more clinics, as their hosts tell it.
-- Apply with "supabase db push", or paste it into the SQL editor of the project.
-- Written to by the hosts with the service key. Nobody else sees anything until a policy of your own says so.

create table public.consultation_events (
  id uuid primary key,
  clinic_id uuid not null,
  consultation_id text not null check (consultation_id <> ''),
  generation integer not null check (generation > 0),
  sequence bigint not null check (sequence > 0),
  kind text not null check (kind <> ''),
  at timestamptz not null,
  data jsonb not null,
  received_at timestamptz not null default now(),
  constraint consultation_events_order unique (clinic_id, consultation_id, generation, sequence)
);

create index consultation_events_by_time on public.consultation_events (at);

comment on table public.consultation_events is
  'Everything that happened to consultations, one row an event, only ever added. Without names, titles, chat, notes or files: these do not leave the clinic.';
comment on column public.consultation_events.id is
  'Given by the host when it happened; sent again, the event stays one row.';
comment on column public.consultation_events.clinic_id is
  'The clinic that tells it: the same for all events of one installation.';
comment on column public.consultation_events.consultation_id is 'As in the API of the clinic''s host.';
comment on column public.consultation_events.generation is
  'How many lives the clinic''s data has had: 1, and one more each time it was restored from a backup.';
comment on column public.consultation_events.sequence is
  'Order within the consultation and generation: 1, 2, 3 and so on. A number that is missing was refused here and waits at the clinic.';
comment on column public.consultation_events.kind is
  'consultation.created, .changed, .started, .closed, .cancelled, .missed, .reopened, .snapshot; participant.joined, .admitted, .left; consent.asked, .agreed, .declined, .withdrawn.';
comment on column public.consultation_events.at is 'When it happened, by the clock of the clinic''s host.';
comment on column public.consultation_events.data is
  'For consultation.*: the consultation as it was then. For the others: whom it concerns, by identity and role.';
comment on column public.consultation_events.received_at is 'When it arrived here; later than "at" by the time the clinic was offline.';

alter table public.consultation_events enable row level security;
-- Also for whoever owns the table.
alter table public.consultation_events force row level security;

-- Supabase grants everything on new tables to everybody and leaves the rest to policies. Here both say no.
revoke all on public.consultation_events from public, anon, authenticated, service_role;
-- A host adds, and looks whether it has added before. It changes and removes nothing: not by a stolen key either.
grant select, insert on public.consultation_events to service_role;

create view public.consultations_now with (security_invoker = true) as
select distinct on (clinic_id, consultation_id)
  clinic_id,
  consultation_id,
  data ->> 'state' as state,
  data ->> 'patientId' as patient_id,
  data ->> 'doctorId' as doctor_id,
  data ->> 'transport' as transport,
  (data ->> 'scheduledAt')::timestamptz as scheduled_at,
  (data ->> 'durationMinutes')::integer as duration_minutes,
  (data ->> 'createdAt')::timestamptz as created_at,
  (data ->> 'startedAt')::timestamptz as started_at,
  (data ->> 'endedAt')::timestamptz as ended_at,
  (data ->> 'messages')::integer as messages,
  (data ->> 'files')::integer as files,
  at as changed_at
from public.consultation_events
where kind like 'consultation.%'
order by clinic_id, consultation_id, generation desc, sequence desc;

comment on view public.consultations_now is
  'Each consultation as it was last told: its state, people by id, times and counts. Shows what the reader may see of consultation_events.';
comment on column public.consultations_now.state is 'planned, live, closed, cancelled or missed.';
comment on column public.consultations_now.transport is 'auto, p2p (directly between the participants) or sfu (through the video server).';
comment on column public.consultations_now.started_at is 'When the patient was first admitted.';
comment on column public.consultations_now.ended_at is 'When it was closed, cancelled or missed.';
comment on column public.consultations_now.messages is 'How many chat messages there were; what they say stays at the clinic.';

revoke all on public.consultations_now from public, anon, authenticated, service_role;
grant select on public.consultations_now to service_role;
