/** The clinic's day: agenda, history, waiting room, and planning, changing and inviting to a consultation. */
import { isOpen } from '../../../shared/consultation/consultation.ts';
import { addDays, startOfDay, startOfWeek } from '../../components/calendar.ts';
import { AgendaScreen } from '../../screens/clinic/agenda-screen.tsx';
import { InvitationDialog } from '../../screens/clinic/invitation-dialog.tsx';
import { NewConsultationDialog } from '../../screens/clinic/new-consultation-dialog.tsx';
import { CancelDialog, CorrectDialog, RescheduleDialog } from '../../screens/clinic/plan-dialogs.tsx';
import { PatientRecordsScreen, RecordsScreen } from '../../screens/clinic/records-screen.tsx';
import { WaitingRoomCard, WaitingRoomScreen } from '../../screens/clinic/waiting-room.tsx';
import * as fake from './fakes.ts';
import type { Scenes } from './parts.tsx';
import { clinic, done, nothing } from './parts.tsx';

const waitingProps = {
  people: fake.waiting,
  mayAdmit: true,
  busy: new Set<string>(),
  sound: true,
  onSound: nothing,
  onAdmit: nothing,
  onRefuse: nothing,
  onTell: nothing,
};

const appointmentActions = {
  onEnter: nothing,
  onAdmit: nothing,
  onInvite: nothing,
  onCopyLink: done,
  onCorrect: nothing,
  onReschedule: nothing,
  onCancel: nothing,
  onHistory: nothing,
};

const agendaProps = {
  ...appointmentActions,
  view: { span: 'day', date: startOfDay(new Date()) } as const,
  onView: nothing,
  onToday: nothing,
  search: '',
  onSearch: nothing,
  searched: false,
  consultations: fake.consultations,
  now: Date.now(),
  waiting: fake.waiting,
  onRetry: nothing,
  onNew: nothing,
  aside: <WaitingRoomCard {...waitingProps} />,
};

const emptyAgenda = { ...agendaProps, waiting: [], aside: <WaitingRoomCard {...waitingProps} people={[]} /> };

const thisWeek = startOfWeek(new Date());

const recordsProps = {
  ...appointmentActions,
  now: Date.now(),
  search: '',
  onSearch: nothing,
  ending: 'all',
  onEnding: nothing,
  onRetry: nothing,
  onNew: nothing,
} as const;

const ended = fake.consultations.filter(({ state }) => !isOpen(state)).toReversed();

const planProps = { consultation: fake.elena, busy: false, onSave: nothing, onClose: nothing };

const newConsultationProps = {
  doctorName: 'Dr. Martín Pérez',
  known: [],
  onName: nothing,
  serverUnavailable: undefined,
  busy: false,
  onCreate: nothing,
  onClose: nothing,
};

const receptionHere = { name: 'Lucía Gómez', role: 'Recepción' };

const agenda = clinic('agenda', <AgendaScreen {...agendaProps} />);

function invitation(change: Partial<Parameters<typeof InvitationDialog>[0]>) {
  return (
    <>
      {agenda}
      <InvitationDialog
        invited="patient"
        onInvited={nothing}
        invitation={fake.invitation}
        clinicName="Clínica San Martín"
        patientName="Elena Ruiz"
        doctorName="Dr. Martín Pérez"
        scheduledAt={fake.elena.scheduledAt}
        onCopy={done}
        onPrint={nothing}
        onRevoke={nothing}
        onAnother={nothing}
        onEnter={nothing}
        onClose={nothing}
        {...change}
      />
    </>
  );
}

export const agendaScenes: Scenes = {
  'clinic-agenda': () => agenda,
  'clinic-agenda-week': () =>
    clinic(
      'agenda',
      <AgendaScreen
        {...agendaProps}
        view={{ span: 'week', date: thisWeek }}
        consultations={fake.weekFrom(thisWeek)}
      />,
    ),
  'clinic-agenda-found': () =>
    clinic('agenda', <AgendaScreen {...agendaProps} search="elena" searched consultations={fake.history} />),
  'clinic-agenda-not-found': () =>
    clinic('agenda', <AgendaScreen {...agendaProps} search="nadie" searched consultations={[]} />),
  'clinic-agenda-empty': () =>
    clinic(
      'agenda',
      <AgendaScreen {...emptyAgenda} consultations={[]} />,
      0,
      'Preparando el servidor de video',
    ),
  'clinic-agenda-loading': () =>
    clinic('agenda', <AgendaScreen {...emptyAgenda} consultations={undefined} />, 0),
  'clinic-agenda-problem': () =>
    clinic(
      'agenda',
      <AgendaScreen
        {...emptyAgenda}
        consultations={undefined}
        problem="El servidor no responde. Probá de nuevo en un momento."
      />,
      0,
    ),
  'clinic-records': () =>
    clinic('records', <RecordsScreen {...recordsProps} consultations={ended} onMore={nothing} />),
  'clinic-records-empty': () => clinic('records', <RecordsScreen {...recordsProps} consultations={[]} />),
  'clinic-records-loading': () =>
    clinic('records', <RecordsScreen {...recordsProps} consultations={undefined} />),
  'clinic-records-problem': () =>
    clinic(
      'records',
      <RecordsScreen
        {...recordsProps}
        consultations={undefined}
        problem="El servidor no responde. Probá de nuevo en un momento."
      />,
    ),
  'clinic-records-patient': () =>
    clinic(
      'records',
      <PatientRecordsScreen {...recordsProps} patientName="Elena Ruiz" consultations={fake.history} />,
    ),
  'clinic-reschedule': () => (
    <>
      {agenda}
      <RescheduleDialog {...planProps} now={Date.now()} />
    </>
  ),
  'clinic-reschedule-changed': () => (
    <>
      {agenda}
      <RescheduleDialog
        {...planProps}
        now={Date.now()}
        problem="Otra persona cambió esta consulta mientras tanto. Mirá cómo quedó y repetí tu cambio."
      />
    </>
  ),
  'clinic-cancel': () => (
    <>
      {agenda}
      <CancelDialog {...planProps} />
    </>
  ),
  'clinic-correct': () => (
    <>
      {agenda}
      <CorrectDialog {...planProps} />
    </>
  ),
  'clinic-agenda-reception': () =>
    clinic(
      'agenda',
      <AgendaScreen
        {...agendaProps}
        onEnter={undefined}
        onAdmit={undefined}
        aside={<WaitingRoomCard {...waitingProps} mayAdmit={false} />}
      />,
      3,
      undefined,
      receptionHere,
    ),
  'clinic-waiting-room': () => clinic('waiting-room', <WaitingRoomScreen {...waitingProps} />),
  'clinic-new-consultation': () => (
    <>
      {agenda}
      <NewConsultationDialog {...newConsultationProps} />
    </>
  ),
  'clinic-new-consultation-later': () => (
    <>
      {agenda}
      <NewConsultationDialog
        {...newConsultationProps}
        day={addDays(startOfDay(new Date()), 1)}
        known={fake.knownPatients}
      />
    </>
  ),
  'clinic-invitation': () => invitation({}),
  'clinic-invitation-observer': () =>
    invitation({
      invited: 'observer',
      invitation: { ...fake.invitation, useLimit: 1, uses: 0 },
      others: [
        { ...fake.invitation, code: 'B2X8PN', useLimit: 3, uses: 2 },
        { ...fake.invitation, code: 'M9TQ4H', useLimit: 1, uses: 0 },
      ],
    }),
  'clinic-invitation-revoked': () => invitation({ invitation: undefined, revoked: true }),
};
