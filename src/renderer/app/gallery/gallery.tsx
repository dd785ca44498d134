/** Every screen in every state with made-up people, for looking at them. Served in development only. */
import { DoorClosed, Link2Off } from 'lucide-react';
import { Fragment, type ReactNode } from 'react';
import '../../components/styles/patient.css';
import type { ConsentAnswer } from '../../../shared/consent/consent.ts';
import type { RecordingVerdict } from '../../../shared/consent/recording.ts';
import { isOpen } from '../../../shared/consultation/consultation.ts';
import type { RecordingStorageStatus } from '../../../shared/contract/recording-storage.ts';
import type { TrackingStatus } from '../../../shared/contract/tracking.ts';
import type { CallSnapshot } from '../../call/call.ts';
import type { ChatSnapshot } from '../../chat/chat.ts';
import { addDays, startOfDay, startOfWeek } from '../../components/calendar.ts';
import type { LocalMediaSnapshot } from '../../media/local-media-view.ts';
import { ChatView, type ChatViewProps } from '../../screens/call/chat-view.tsx';
import { AgendaScreen } from '../../screens/clinic/agenda-screen.tsx';
import { AuditScreen, type AuditScreenProps } from '../../screens/clinic/audit-screen.tsx';
import { ClinicFrame, type Section } from '../../screens/clinic/clinic-frame.tsx';
import { ComputerSection, LeaveClinicDialog } from '../../screens/clinic/computer-section.tsx';
import { RenameDialog, RevokeDialog } from '../../screens/clinic/device-dialogs.tsx';
import { DevicesSection, type DevicesSectionProps } from '../../screens/clinic/devices-section.tsx';
import { InvitationDialog } from '../../screens/clinic/invitation-dialog.tsx';
import { NetworkSettings } from '../../screens/clinic/network-settings.tsx';
import { NewConsultationDialog } from '../../screens/clinic/new-consultation-dialog.tsx';
import { PairDialog } from '../../screens/clinic/pair-dialog.tsx';
import { PairingScreen, type PairingScreenProps } from '../../screens/clinic/pairing-screen.tsx';
import { CancelDialog, CorrectDialog, RescheduleDialog } from '../../screens/clinic/plan-dialogs.tsx';
import { RecordingDetail, type RecordingDetailProps } from '../../screens/clinic/recording-detail.tsx';
import { KeepDialog, ReasonDialog, ShareDialog } from '../../screens/clinic/recording-dialogs.tsx';
import { RecordingPlayer } from '../../screens/clinic/recording-player.tsx';
import { RecordingSettings } from '../../screens/clinic/recording-settings.tsx';
import { RecordingStorageSettings } from '../../screens/clinic/recording-storage-settings.tsx';
import { RecordingsScreen, type RecordingsScreenProps } from '../../screens/clinic/recordings-screen.tsx';
import { PatientRecordsScreen, RecordsScreen } from '../../screens/clinic/records-screen.tsx';
import { RecoveryKeyDialog } from '../../screens/clinic/recovery-key-dialog.tsx';
import { SettingsScreen, type SettingsScreenProps } from '../../screens/clinic/settings-screen.tsx';
import { StartScreen } from '../../screens/clinic/start-screen.tsx';
import { TrackingSettings } from '../../screens/clinic/tracking-settings.tsx';
import { WaitingRoomCard, WaitingRoomScreen } from '../../screens/clinic/waiting-room.tsx';
import {
  ConsultationScreen,
  type ConsultationScreenProps,
} from '../../screens/doctor/consultation-screen.tsx';
import { FilesPanel } from '../../screens/doctor/files-panel.tsx';
import { NotesHistory } from '../../screens/doctor/notes-history.tsx';
import { NotesField, type NotesFieldProps, NotesPanel } from '../../screens/doctor/notes-panel.tsx';
import { PastRecordingsList } from '../../screens/doctor/past-recordings-list.tsx';
import { SourcePicker } from '../../screens/doctor/source-picker.tsx';
import { SummaryBeside, type SummaryBesideProps } from '../../screens/doctor/summary-beside.tsx';
import { SummaryScreen } from '../../screens/doctor/summary-screen.tsx';
import { BlockedScreen } from '../../screens/patient/blocked-screen.tsx';
import ConsentDialog from '../../screens/patient/consent-dialog.tsx';
import type { DeviceChecksProps } from '../../screens/patient/device-checks.tsx';
import { GoodbyeScreen } from '../../screens/patient/goodbye-screen.tsx';
import { JoinScreen } from '../../screens/patient/join-screen.tsx';
import { MessageScreen } from '../../screens/patient/message-screen.tsx';
import { ObserverCallScreen, PatientCallScreen } from '../../screens/patient/patient-call-screen.tsx';
import { PatientFrame } from '../../screens/patient/patient-frame.tsx';
import PermissionsDialog from '../../screens/patient/permissions-dialog.tsx';
import { type EntryForm, ObserverDoorScreen, PrejoinScreen } from '../../screens/patient/prejoin-screen.tsx';
import { SharedRecordingScreen } from '../../screens/patient/shared-recording-screen.tsx';
import { TrustScreen } from '../../screens/patient/trust-screen.tsx';
import { WaitingScreen } from '../../screens/patient/waiting-screen.tsx';
import { Over } from '../join/over.tsx';
import { platformsFrom } from '../trust/platform.ts';
import * as fake from './fakes.ts';
import filmStill from './patient.svg';
import { type Pictures, usePictures } from './pictures.ts';

const nothing = () => {};
const done = async () => {};

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

const doctorHere: { readonly name: string; readonly role?: string } = { name: 'Dr. Martín Pérez' };
const receptionHere = { name: 'Lucía Gómez', role: 'Recepción' };

function clinic(section: Section, page: ReactNode, waiting = 3, server?: string, person = doctorHere) {
  return (
    <ClinicFrame
      section={section}
      clinicName="Clínica San Martín"
      personName={person.name}
      role={person.role}
      waiting={waiting}
      recordings={person.role === undefined}
      host="running"
      server={server}
    >
      {page}
    </ClinicFrame>
  );
}
const agenda = clinic('agenda', <AgendaScreen {...agendaProps} />);

const networkOff = (
  <NetworkSettings
    destinations={[]}
    status={{ sharing: false, urls: [] }}
    busy={false}
    problem={undefined}
    onShare={nothing}
    onCopy={async () => {}}
  />
);
const networkOn = (
  <NetworkSettings
    destinations={[
      { reason: 'tracking', host: 'clinica.supabase.co' },
      { reason: 'video-server-download', host: 'github.com' },
    ]}
    status={{
      sharing: true,
      urls: ['https://192.168.1.24:8443', 'https://10.0.0.7:8443'],
      fingerprint: fake.fingerprint,
    }}
    busy={false}
    problem={undefined}
    onShare={nothing}
    onCopy={async () => {}}
  />
);
function tracking(change: Partial<TrackingStatus>) {
  const minute = 60_000;
  const ago = (minutes: number) => new Date(Date.now() - minutes * minute).toISOString();
  const status: TrackingStatus = {
    project: 'https://clinica-san-martin.supabase.co',
    pending: 0,
    refused: 0,
    refusedEvents: [],
    lastSentAt: ago(4),
    ...change,
  };
  // Without what stands above it, so that it is in the picture.
  return settings('ready', {
    doctor: undefined,
    clinic: undefined,
    network: null,
    tracking: <TrackingSettings status={status} now={Date.now()} busy={false} onRetry={nothing} />,
  });
}
function storage(change: Partial<RecordingStorageStatus>) {
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  const status: RecordingStorageStatus = {
    place: { endpoint: 'https://s3.almacen.example', bucket: 'clinica-san-martin', prefix: 'grabaciones/' },
    pending: 0,
    pendingBytes: 0,
    stored: 214,
    storedOnly: 180,
    lastStoredAt: ago(26),
    keepLocalDays: 30,
    removing: 0,
    heldHereOnly: 0,
    troubled: [],
    ...change,
  };
  return settings('ready', {
    doctor: undefined,
    clinic: undefined,
    network: null,
    recordingStorage: (
      <>
        <RecordingStorageSettings status={status} now={Date.now()} busy={false} onRetry={nothing} />
        <span hidden ref={(element) => element?.previousElementSibling?.scrollIntoView()} />
      </>
    ),
  });
}
const storageAway = {
  since: new Date(Date.now() - 3 * 24 * 3_600_000).toISOString(),
  nextTryAt: new Date(Date.now() + 240_000).toISOString(),
};
const refusedEvents = ['created', 'changed', 'started', 'closed'].map((what, index) => ({
  id: `${index}`,
  consultationId: 'c0a8e2d4-6f1b-4a83-9b27-51d0c7e6a914',
  kind: `consultation.${what}`,
  at: new Date(Date.now() - (90 - index) * 60_000).toISOString(),
  refusedAt: new Date(Date.now() - 80 * 60_000).toISOString(),
  because: '23514: new row for relation "consultation_events" violates check constraint "patients_are_known"',
}));
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

const auditProps: AuditScreenProps = {
  filters: { span: 'week', event: '', consultationId: '', caller: '' },
  onFilters: nothing,
  entries: fake.auditEntries,
  onRetry: nothing,
  onVerify: nothing,
  onExport: nothing,
  onCopy: async () => {},
};

function settings(livekit: keyof typeof fake.livekit, change: Partial<SettingsScreenProps> = {}) {
  return clinic(
    'settings',
    <SettingsScreen
      doctor={{ name: 'Dr. Martín Pérez', onName: nothing }}
      clinic={{ name: 'Clínica San Martín', onName: nothing }}
      theme="system"
      onTheme={nothing}
      onLanguage={nothing}
      host={{ state: 'running', uptime: 5_025, rooms: 1, people: 3 }}
      livekit={fake.livekit[livekit]}
      onRetry={nothing}
      network={networkOff}
      audit
      {...change}
    />,
    0,
  );
}

function devices(change: Partial<DevicesSectionProps> = {}) {
  return (
    <DevicesSection
      devices={fake.devices}
      now={Date.now()}
      ownDeviceId={fake.devices[0]?.deviceId}
      onPair={nothing}
      onRename={nothing}
      onRevoke={nothing}
      {...change}
    />
  );
}

function pairing(change: Partial<PairingScreenProps> = {}) {
  return (
    <PatientFrame clinicName="" onLanguage={nothing}>
      <PairingScreen
        revoked={false}
        initialCode=""
        initialDeviceName="Chrome, Windows"
        asksToKeep
        busy={false}
        readLink={() => undefined}
        onPair={nothing}
        {...change}
      />
    </PatientFrame>
  );
}

const pairProps = {
  code: undefined,
  paired: undefined,
  busy: false,
  onMake: nothing,
  onCopy: done,
  onClose: nothing,
};

function doctor(
  call: CallSnapshot,
  media: LocalMediaSnapshot,
  change: Partial<ConsultationScreenProps> = {},
) {
  const begun = call.remotes.length > 0;
  return (
    <ConsultationScreen
      call={call}
      media={media}
      doctorName="Dr. Martín Pérez"
      patientName="Elena Ruiz"
      since={begun ? call.liveSince : undefined}
      invitation={{ code: 'K7M4QX', link: '', onCopyLink: done, onCopyCode: done }}
      transport={{
        choice: 'auto',
        serverUnavailable: call.transport.sfuAvailable
          ? undefined
          : 'Se está descargando una sola vez. Mientras tanto podés atender: las consultas van directo.',
        onChoose: nothing,
      }}
      attachSpeaker={() => nothing}
      onLevel={fake.level}
      onMicrophone={nothing}
      onCamera={nothing}
      onChooseMicrophone={nothing}
      onChooseCamera={nothing}
      onChooseSpeaker={nothing}
      onTestSpeaker={nothing}
      onShare={nothing}
      onStopSharing={nothing}
      onInvite={nothing}
      onAskToRecord={nothing}
      onTakeBackAsking={nothing}
      onRecord={nothing}
      onStopRecording={nothing}
      recorder={fake.recorder}
      onAdmit={nothing}
      onRefuse={nothing}
      onTell={nothing}
      onRemove={nothing}
      onEnd={nothing}
      onLeave={nothing}
      {...change}
    />
  );
}

/** The doctor with a patient and an observer, and what these say to being recorded. */
function recordingConsent(
  pictures: Pictures,
  said: { verdict: RecordingVerdict; patient: ConsentAnswer; observer: ConsentAnswer } | undefined,
  call: Partial<CallSnapshot> = {},
  change: Partial<ConsultationScreenProps> = { initialRecording: true },
) {
  const remotes = [fake.patientOf(pictures), fake.observer];
  const [patient = '', observer = ''] = remotes.map(({ participant }) => participant.identity);
  const self = fake.participant({ role: 'doctor', displayName: 'Dr. Martín Pérez' });
  const recording = said && {
    verdict: said.verdict,
    answers: [
      { identity: self.identity, answer: 'agreed' as const },
      { identity: patient, answer: said.patient },
      { identity: observer, answer: said.observer },
    ],
  };
  return doctor(
    fake.call({
      self,
      remotes,
      consents: { observers: [], ...(recording ? { recording } : {}) },
      ...call,
    }),
    fake.media(pictures.doctor),
    change,
  );
}

function notesField(change: Partial<NotesFieldProps> = {}) {
  return (
    <NotesField
      loaded
      text={fake.noteText}
      saving={{ name: 'saved', at: new Date().setHours(10, 32) }}
      onWrite={nothing}
      onLeave={nothing}
      onResolve={nothing}
      onHistory={nothing}
      {...change}
    />
  );
}
const files = { busy: new Set<string>(), onSave: nothing, onShow: nothing, showsPdf: true };
const writtenNotes = notesField({ saving: { name: 'saved', at: new Date().setHours(10, 58) } });
function summaryBeside(change: Partial<SummaryBesideProps>) {
  return (
    <SummaryBeside
      {...files}
      notes={writtenNotes}
      entries={fake.chat('doctor').entries.map(({ delivery, ...entry }) => entry)}
      onRetry={nothing}
      {...change}
    />
  );
}
const summaryProps = {
  patientName: 'Elena Ruiz',
  endedAt: Date.now(),
  summary: fake.summary,
  beside: summaryBeside({}),
  onNext: nothing,
  onReturn: nothing,
  onBack: nothing,
};

const still = (
  <img className="player__picture" src={filmStill} alt="Grabación de la consulta con Elena Ruiz" />
);
const recordingOf = (index: number) => fake.recordings[index] ?? fake.deletedRecording;
const recordingDialog = { recording: recordingOf(0), busy: false, onClose: nothing };
const shareProps = {
  links: fake.recordingLinks,
  now: Date.now(),
  onMake: nothing,
  onRevoke: nothing,
  onCopy: done,
};
function recordings(change: Partial<RecordingsScreenProps>, detail: Partial<RecordingDetailProps> = {}) {
  const recording = detail.recording ?? recordingOf(0);
  return clinic(
    'recordings',
    <RecordingsScreen
      search=""
      onSearch={nothing}
      filter="kept"
      onFilter={nothing}
      recordings={fake.recordings}
      total={{ count: 42, sizeBytes: 18_600_000_000 }}
      onRetry={nothing}
      selected={recording.egressId}
      now={Date.now()}
      detail={
        <RecordingDetail
          recording={recording}
          now={Date.now()}
          player={still}
          onNotes={nothing}
          onExport={nothing}
          onExportEncrypted={nothing}
          onCheck={nothing}
          onHold={nothing}
          onShare={nothing}
          onRelease={nothing}
          onKeep={nothing}
          onRemove={nothing}
          onPack={nothing}
          {...detail}
        />
      }
      {...change}
    />,
  );
}

function withNotes(pictures: Pictures, change: Partial<NotesFieldProps>) {
  return doctor(
    fake.call({ remotes: [fake.patientOf(pictures), fake.observer] }),
    fake.media(pictures.doctor),
    {
      initialPanel: 'notes',
      panels: {
        ...panels(chatView(fake.chat('doctor'))),
        notes: {
          content: <NotesPanel>{notesField(change)}</NotesPanel>,
        },
      },
    },
  );
}

function panels(chat: ReactNode) {
  return {
    chat: { content: chat },
    files: {
      count: <span className="badge badge--quiet">1</span>,
      content: (
        <FilesPanel
          {...files}
          chat={fake.chat('doctor')}
          uploads={fake.uploads}
          onFiles={nothing}
          onRetryUpload={nothing}
          onCancelUpload={nothing}
        />
      ),
    },
  };
}

function framed(page: ReactNode) {
  return (
    <PatientFrame clinicName="Clínica San Martín" onLanguage={nothing}>
      {page}
    </PatientFrame>
  );
}

const form: EntryForm = {
  greeting: {
    doctorName: 'Dr. Martín Pérez',
    scheduledAt: new Date(new Date().setHours(10, 30)).toISOString(),
  },
  name: 'Elena Ruiz',
  onName: nothing,
  accepted: true,
  onAccepted: nothing,
  entering: false,
  onEnter: nothing,
};
const actions = {
  onCamera: nothing,
  onMicrophone: nothing,
  onChooseCamera: nothing,
  onChooseMicrophone: nothing,
  onChooseSpeaker: nothing,
  onTestSpeaker: nothing,
  onHeard: nothing,
  onLevel: fake.level,
};

function checks(media: LocalMediaSnapshot, change: Partial<DeviceChecksProps> = {}): DeviceChecksProps {
  return {
    ...actions,
    media,
    speakerTest: 'untested',
    connection: { name: 'reached', roundTripMs: 38 },
    ...change,
  };
}

function chatView(chat: ChatSnapshot, change: Partial<ChatViewProps> = {}) {
  return (
    <ChatView
      {...files}
      chat={chat}
      uploads={[]}
      draft=""
      onDraft={nothing}
      onWrite={nothing}
      onRetry={nothing}
      onDiscard={nothing}
      onFiles={nothing}
      onRetryUpload={nothing}
      onCancelUpload={nothing}
      to="Elena Ruiz"
      {...change}
    />
  );
}

function patientCall(call: CallSnapshot, media: LocalMediaSnapshot, chat?: ReactNode) {
  return (
    <PatientCallScreen
      call={call}
      name="Elena Ruiz"
      media={media}
      attachSpeaker={() => nothing}
      onCamera={nothing}
      onMicrophone={nothing}
      onPermissions={nothing}
      onLeave={nothing}
      chat={{
        open: chat !== undefined,
        unread: chat === undefined ? 2 : 0,
        onToggle: nothing,
        content: chat,
      }}
    />
  );
}

function waitingRoom(pictures: Pictures, change: Partial<Parameters<typeof WaitingScreen>[0]> = {}) {
  return framed(
    <WaitingScreen
      name="Elena Ruiz"
      doctorName="Dr. Martín Pérez"
      doctorThere={false}
      since={Date.parse(fake.ago(4.2))}
      scheduledAt={fake.ago(-3)}
      joined
      lost={false}
      checks={checks(fake.media(pictures.patient))}
      cameraTrack={pictures.patient}
      onPermissions={nothing}
      onLeave={nothing}
      {...change}
    />,
  );
}

const blockedProps = { onRetry: nothing, onEnterWithout: nothing };
const trustProps = {
  authority: { name: 'found', fingerprint: fake.fingerprint },
  platforms: platformsFrom('windows'),
  certificateAddress: '/autamedica.crt',
  onRetry: nothing,
} as const;
const off = { camera: false, microphone: false, screen: false };

export const scenes: Readonly<Record<string, (pictures: Pictures) => ReactNode>> = {
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
  'clinic-devices': () => settings('ready', { devices: devices() }),
  'clinic-devices-empty': () => settings('ready', { devices: devices({ devices: [] }) }),
  'clinic-pair': () => (
    <>
      {settings('ready', { devices: devices() })}
      <PairDialog {...pairProps} />
    </>
  ),
  'clinic-pair-code': () => (
    <>
      {settings('ready', { devices: devices() })}
      <PairDialog {...pairProps} code={fake.pairingCode} />
    </>
  ),
  'clinic-pair-done': () => (
    <>
      {settings('ready', { devices: devices() })}
      <PairDialog {...pairProps} code={fake.pairingCode} paired="Recepción" />
    </>
  ),
  'clinic-rename-device': () => (
    <>
      {settings('ready', { devices: devices() })}
      {fake.devices[1] ? (
        <RenameDialog device={fake.devices[1]} busy={false} onRename={nothing} onClose={nothing} />
      ) : null}
    </>
  ),
  'clinic-revoke-device': () => (
    <>
      {settings('ready', { devices: devices() })}
      {fake.devices[1] ? (
        <RevokeDialog
          device={fake.devices[1]}
          own={false}
          busy={false}
          onRevoke={nothing}
          onClose={nothing}
        />
      ) : null}
    </>
  ),
  'clinic-start': () => (
    <PatientFrame clinicName="" onLanguage={nothing}>
      <StartScreen onChoose={nothing} />
    </PatientFrame>
  ),
  'clinic-pairing': () => pairing(),
  'clinic-pairing-desktop': () =>
    pairing({
      initialAddress: 'https://192.168.1.24:8443',
      initialCode: 'K7M4QX29',
      initialDeviceName: 'PC-RECEPCION',
      asksToKeep: false,
      problem: 'El código no sirve: puede estar mal escrito, usado o vencido. Revisalo, o pedí uno nuevo.',
      onBack: nothing,
    }),
  'clinic-pairing-found': () =>
    pairing({
      initialAddress: 'https://192.168.1.24:8443',
      initialDeviceName: 'PC-RECEPCION',
      asksToKeep: false,
      found: [
        { name: 'Clínica San Martín', address: 'https://192.168.1.24:8443', fingerprint: '4f'.repeat(32) },
        { name: 'Consultorios Belgrano', address: 'https://192.168.1.31:8443', fingerprint: 'a0'.repeat(32) },
      ],
      onBack: nothing,
    }),
  'clinic-pairing-revoked': () => pairing({ revoked: true }),
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
  'clinic-settings-ready': () => settings('ready'),
  'clinic-settings-bringing': () => settings('bringing'),
  'clinic-audit': () => clinic('settings', <AuditScreen {...auditProps} onMore={nothing} />),
  'clinic-audit-sound': () => clinic('settings', <AuditScreen {...auditProps} verdict={fake.soundVerdict} />),
  'clinic-audit-changed': () =>
    clinic('settings', <AuditScreen {...auditProps} verdict={fake.changedVerdict} />),
  'clinic-audit-empty': () => clinic('settings', <AuditScreen {...auditProps} entries={[]} />),
  'clinic-settings-shared': () => settings('ready', { network: networkOn }),
  'clinic-settings-absent': () => settings('absent'),
  'clinic-tracking-off': () => tracking({ project: undefined }),
  'clinic-tracking-ready': () => tracking({}),
  'clinic-tracking-away': () =>
    tracking({
      pending: 12,
      problem: {
        kind: 'unreachable',
        detail: 'TypeError: fetch failed',
        since: new Date(Date.now() - 3 * 24 * 3_600_000).toISOString(),
        nextTryAt: new Date(Date.now() + 240_000).toISOString(),
      },
    }),
  'clinic-tracking-refused': () => tracking({ refused: 4, refusedEvents }),
  'clinic-storage-off': () => storage({ place: undefined, stored: 0 }),
  'clinic-storage-ready': () => storage({}),
  'clinic-storage-uploading': () =>
    storage({
      pending: 3,
      pendingBytes: 1_400_000_000,
      current: { egressId: 'EG_k3v9', sentBytes: 243_000_000, sizeBytes: 512_000_000 },
    }),
  'clinic-storage-away': () =>
    storage({
      pending: 12,
      pendingBytes: 5_900_000_000,
      problem: { kind: 'unreachable', detail: 'ECONNREFUSED: connect ECONNREFUSED', ...storageAway },
    }),
  'clinic-storage-troubled': () =>
    storage({
      pending: 1,
      pendingBytes: 310_000_000,
      removing: 2,
      heldHereOnly: 4,
      troubled: [
        {
          egressId: 'EG_bq7wTn20xPa',
          task: 'upload',
          kind: 'damaged',
          detail: 'Its SHA-256 was 9f2c… and is 41ab… (309884160 bytes)',
          ...storageAway,
        },
        {
          egressId: 'EG_Vr51dmX8kQe',
          task: 'remove',
          kind: 'locked',
          detail: 'AccessDenied: Access Denied because object protected by object lock.',
          ...storageAway,
        },
      ],
    }),
  'clinic-settings-computer': () =>
    settings('ready', {
      computer: <ComputerSection onRecoveryKey={nothing} onRecordingKey={nothing} onChangeUse={nothing} />,
    }),
  'clinic-recovery-key-confirm': () => (
    <>
      {settings('ready')}
      <RecoveryKeyDialog of="backups" busy={false} onShow={nothing} onPrint={nothing} onClose={nothing} />
    </>
  ),
  'clinic-recovery-key': () => (
    <>
      {settings('ready')}
      <RecoveryKeyDialog
        of="backups"
        shown={{ key: 'K7M4Q-X29BD-HRTW3-P6YEA-9FUNZ', computerName: 'consultorio-1' }}
        clinicName="Clínica San Martín"
        busy={false}
        onShow={nothing}
        onPrint={nothing}
        onClose={nothing}
      />
    </>
  ),
  'clinic-recording-key': () => (
    <>
      {settings('ready')}
      <RecoveryKeyDialog
        of="recordings"
        shown={{
          key: `AGE-SECRET-KEY-1${'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'.repeat(2).slice(0, 58)}`,
          about: `age1${'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.repeat(2).slice(0, 58)}`,
          computerName: 'consultorio-1',
        }}
        clinicName="Clínica San Martín"
        busy={false}
        onShow={nothing}
        onPrint={nothing}
        onClose={nothing}
      />
    </>
  ),
  'clinic-recordings': () => recordings({}),
  'clinic-recordings-held': () =>
    recordings({}, { recording: { ...recordingOf(0), hold: fake.hold }, check: { name: 'sound' } }),
  'clinic-recordings-missing': () =>
    recordings(
      { recordings: [fake.missingRecording, ...fake.recordings.slice(1)] },
      { recording: fake.missingRecording },
    ),
  'clinic-recordings-damaged': () =>
    recordings(
      {},
      {
        recording: recordingOf(2),
        check: { name: 'damaged', offset: 12_400_000 },
        player: (
          <RecordingPlayer
            label="Grabación"
            problem="La grabación no se puede reproducir. Comprobala, o exportala y abrila con otro programa."
            onRetry={nothing}
          />
        ),
      },
    ),
  'clinic-recordings-deleted': () =>
    recordings(
      { filter: 'deleted', recordings: [fake.deletedRecording] },
      { recording: fake.deletedRecording },
    ),
  'clinic-recordings-empty': () =>
    recordings({ recordings: [], total: { count: 0, sizeBytes: 0 }, detail: undefined }),
  'clinic-recordings-loading': () =>
    recordings({ recordings: undefined, total: undefined, detail: undefined }),
  'clinic-recordings-problem': () =>
    recordings({
      recordings: undefined,
      total: undefined,
      detail: undefined,
      problem: 'El servidor de la clínica no responde. Probá de nuevo en un momento.',
    }),
  'clinic-recording-remove': () => (
    <>
      {recordings({})}
      <ReasonDialog what="remove" {...recordingDialog} onDecide={nothing} />
    </>
  ),
  'clinic-recording-hold': () => (
    <>
      {recordings({})}
      <ReasonDialog what="hold" {...recordingDialog} onDecide={nothing} />
    </>
  ),
  'clinic-recording-keep': () => (
    <>
      {recordings({})}
      <KeepDialog {...recordingDialog} retentionDays={180} now={Date.now()} onDecide={nothing} />
    </>
  ),
  'clinic-recording-share': () => (
    <>
      {recordings({})}
      <ShareDialog {...recordingDialog} {...shareProps} />
    </>
  ),
  'clinic-recording-shared': () => (
    <>
      {recordings({})}
      <ShareDialog
        {...recordingDialog}
        {...shareProps}
        made="https://192.168.1.24:8443/recording#8vX2mQ0rT5yB7nC1kE4wZ6hJ9pL3sD0aF2gU5iO8xYk"
      />
    </>
  ),
  'clinic-settings-recordings': () =>
    settings('ready', {
      doctor: undefined,
      clinic: undefined,
      network: null,
      recordings: (
        <RecordingSettings
          rules={{ sharing: true, retentionDays: 180, readable: true, egress: 'folder' }}
          busy={false}
          problem={undefined}
          onShare={nothing}
        />
      ),
    }),
  'clinic-leave': () => (
    <>
      {settings('ready')}
      <LeaveClinicDialog people={2} busy={false} onLeave={nothing} onClose={nothing} />
    </>
  ),

  'doctor-waiting-nobody': ({ doctor: own }) => doctor(fake.call({}), fake.media(own)),
  'doctor-waiting-patient': ({ doctor: own }) =>
    doctor(
      fake.call({
        waiting: [
          fake.participant({
            state: 'waiting',
            joinedAt: fake.ago(4.2),
            readiness: { camera: 'ok', microphone: 'ok', speaker: 'ok', roundTripMs: 38 },
          }),
        ],
      }),
      fake.media(own),
    ),
  'doctor-call': (pictures) =>
    doctor(fake.call({ remotes: [fake.patientOf(pictures), fake.observer] }), fake.media(pictures.doctor)),
  'doctor-call-door': (pictures) =>
    doctor(
      fake.call({
        remotes: [fake.patientOf(pictures)],
        waiting: [
          fake.participant({
            role: 'observer',
            displayName: 'Lucía Gómez',
            state: 'waiting',
            joinedAt: fake.ago(0),
          }),
        ],
        transport: { active: 'p2p', movingTo: 'sfu', sfuAvailable: true },
      }),
      fake.media(pictures.doctor),
    ),
  'doctor-call-camera-off': (pictures) =>
    doctor(
      fake.call({
        remotes: [
          fake.patientOf(pictures, {
            participant: fake.participant({ displayName: fake.longName, media: off }),
          }),
        ],
        transport: { active: 'p2p', sfuAvailable: false },
      }),
      fake.media(undefined, { media: off }),
    ),
  'doctor-call-lost': (pictures) =>
    doctor(
      fake.call({
        remotes: [fake.patientOf(pictures, { link: { name: 'lost', since: Date.now() - 8_000 } })],
        signaling: { name: 'lost', since: Date.now() - 9_000 },
      }),
      fake.media(pictures.doctor),
    ),
  'doctor-call-connecting': (pictures) =>
    doctor(
      fake.call({ remotes: [fake.patientOf(pictures, { tracks: {} })] }),
      fake.media(undefined, {
        camera: { wanted: true, state: 'problem', problem: 'busy', devices: [] },
        media: off,
      }),
    ),
  'doctor-panel-chat': (pictures) =>
    doctor(fake.call({ remotes: [fake.patientOf(pictures)] }), fake.media(pictures.doctor), {
      initialPanel: 'chat',
      panels: panels(chatView(fake.chat('doctor'))),
    }),
  'doctor-panel-chat-empty': (pictures) =>
    doctor(fake.call({ remotes: [fake.patientOf(pictures)] }), fake.media(pictures.doctor), {
      initialPanel: 'chat',
      panels: panels(chatView({ entries: [], unread: 0, loaded: true })),
    }),
  'doctor-panel-chat-trouble': (pictures) =>
    doctor(fake.call({ remotes: [fake.patientOf(pictures)] }), fake.media(pictures.doctor), {
      initialPanel: 'chat',
      panels: panels(
        chatView(fake.troubledChat, {
          uploads: fake.uploads,
          draft: 'Una línea\ny otra',
          problem: 'No se pudo traer Análisis octubre.pdf. Probá de nuevo en un momento.',
        }),
      ),
    }),
  'doctor-panel-files': (pictures) =>
    doctor(fake.call({ remotes: [fake.patientOf(pictures)] }), fake.media(pictures.doctor), {
      initialPanel: 'files',
      unread: 3,
      panels: panels(chatView(fake.chat('doctor'))),
    }),
  'doctor-panel-people': (pictures) =>
    doctor(fake.call({ remotes: [fake.patientOf(pictures), fake.observer] }), fake.media(pictures.doctor), {
      initialPanel: 'people',
    }),
  'doctor-panel-notes': (pictures) => withNotes(pictures, {}),
  'doctor-panel-notes-failing': (pictures) =>
    withNotes(pictures, { saving: { name: 'failing', reason: 'unreachable' } }),
  'doctor-panel-notes-conflict': (pictures) =>
    withNotes(pictures, {
      conflict: { author: 'Dra. Inés Paz', text: `${fake.noteText}\nSin alergias conocidas.` },
    }),
  'doctor-notes-history': (pictures) => (
    <>
      {withNotes(pictures, {})}
      <NotesHistory
        stage
        versions={[
          { version: 12, savedAt: Date.parse(fake.ago(1)), author: 'Dr. Martín Pérez', aside: false },
          { version: 11, savedAt: Date.parse(fake.ago(3)), author: 'Dra. Inés Paz', aside: true },
          { version: 7, savedAt: Date.parse(fake.ago(9)), author: 'Dr. Martín Pérez', aside: false },
        ]}
        open={{ version: 7, text: fake.noteText }}
        onOpen={nothing}
        onRestore={nothing}
        onClose={nothing}
      />
    </>
  ),
  'doctor-recording-ask': (pictures) => recordingConsent(pictures, undefined),
  'doctor-recording-pending': (pictures) =>
    recordingConsent(pictures, { verdict: 'pause', patient: 'pending', observer: 'agreed' }),
  'doctor-recording-agreed': (pictures) =>
    recordingConsent(pictures, { verdict: 'run', patient: 'agreed', observer: 'agreed' }),
  'doctor-recording-withdrawn': (pictures) =>
    recordingConsent(pictures, { verdict: 'stop', patient: 'withdrawn', observer: 'pending' }),
  'doctor-recording-starts': (pictures) =>
    recordingConsent(
      pictures,
      { verdict: 'pause', patient: 'pending', observer: 'pending' },
      {},
      { initialRecording: true, recorder: { ...fake.recorder, doing: 'starting' } },
    ),
  'doctor-recording-unable': (pictures) =>
    recordingConsent(
      pictures,
      undefined,
      {},
      { initialRecording: true, recorder: { ...fake.recorder, able: false } },
    ),
  'doctor-recording': (pictures) =>
    recordingConsent(
      pictures,
      { verdict: 'run', patient: 'agreed', observer: 'agreed' },
      { recording: fake.runningRecording() },
      {},
    ),
  'doctor-recording-panel': (pictures) =>
    recordingConsent(
      pictures,
      { verdict: 'run', patient: 'agreed', observer: 'agreed' },
      { recording: fake.runningRecording() },
    ),
  'doctor-recording-paused': (pictures) =>
    recordingConsent(
      pictures,
      { verdict: 'pause', patient: 'agreed', observer: 'pending' },
      { recording: fake.runningRecording('paused') },
    ),
  'doctor-recording-full': (pictures) =>
    recordingConsent(
      pictures,
      { verdict: 'run', patient: 'agreed', observer: 'agreed' },
      { recording: fake.runningRecording() },
      {
        initialRecording: true,
        recorder: { ...fake.recorder, unsent: 40, problems: ['host-full'] },
      },
    ),
  'doctor-recording-away': (pictures) =>
    recordingConsent(
      pictures,
      { verdict: 'run', patient: 'agreed', observer: 'agreed' },
      {
        recording: fake.runningRecording(),
        recorderOrders: fake.recorderOrders,
        signaling: { name: 'lost', since: Date.now() - 4_000 },
      },
      { recorder: { ...fake.recorder, unsent: 10 } },
    ),
  'doctor-recording-saving': (pictures) =>
    recordingConsent(
      pictures,
      { verdict: 'run', patient: 'agreed', observer: 'agreed' },
      {},
      { initialRecording: true, recorder: { ...fake.recorder, doing: 'saving' } },
    ),
  'doctor-sharing': (pictures) =>
    doctor(
      fake.call({ remotes: [fake.patientOf(pictures)], transport: { active: 'sfu', sfuAvailable: true } }),
      fake.media(pictures.doctor, {
        screen: { state: 'on', withAudio: false, possible: true },
        tracks: { camera: pictures.doctor, screen_share: pictures.screen },
      }),
    ),
  'doctor-source-picker': (pictures) => (
    <>
      {doctor(fake.call({ remotes: [fake.patientOf(pictures)] }), fake.media(pictures.doctor))}
      <SourcePicker
        sources={[
          { id: 'screen:1', name: 'Pantalla 1', kind: 'screen', thumbnail: '' },
          { id: 'screen:2', name: 'Pantalla 2', kind: 'screen', thumbnail: '' },
          { id: 'window:1', name: 'Laboratorio, resultados de octubre', kind: 'window', thumbnail: '' },
        ]}
        onChoose={nothing}
        onRefresh={nothing}
        onClose={nothing}
      />
    </>
  ),
  'doctor-summary': () => (
    <SummaryScreen
      {...summaryProps}
      kind="ended"
      next={{ name: 'Juan Gómez', at: new Date().setHours(11, 0), waits: false }}
    />
  ),
  'doctor-summary-recorded': () => (
    <SummaryScreen
      {...summaryProps}
      kind="ended"
      recordings={[
        { egressId: 'EG_1', durationMs: 510_000, capturedMs: 510_000, saved: true },
        { egressId: 'EG_2', durationMs: 57_000, capturedMs: 58_000, saved: true },
        { egressId: 'EG_3', durationMs: 0, capturedMs: 12_000, saved: false },
      ]}
    />
  ),
  'doctor-summary-past': () => <SummaryScreen {...summaryProps} kind="past" />,
  'doctor-summary-chat': () => (
    <SummaryScreen {...summaryProps} kind="past" beside={summaryBeside({ initialTab: 'chat' })} />
  ),
  'doctor-summary-files': () => (
    <SummaryScreen
      {...summaryProps}
      kind="past"
      beside={summaryBeside({
        initialTab: 'files',
        fileProblem: 'No se pudo traer Análisis octubre.pdf. Probá de nuevo en un momento.',
      })}
    />
  ),
  'doctor-summary-recordings': () => (
    <SummaryScreen
      {...summaryProps}
      kind="past"
      beside={summaryBeside({
        initialTab: 'recordings',
        recordings: {
          count: 2,
          list: (
            <PastRecordingsList
              recordings={fake.recordings.slice(0, 2)}
              onRetry={nothing}
              shown={recordingOf(0).egressId}
              onShow={nothing}
              player={() => still}
            />
          ),
        },
      })}
    />
  ),
  'doctor-summary-chat-problem': () => (
    <SummaryScreen
      {...summaryProps}
      kind="past"
      beside={summaryBeside({
        initialTab: 'chat',
        entries: undefined,
        problem: 'No hay conexión con la computadora de la clínica.',
      })}
    />
  ),
  'doctor-summary-left': () => <SummaryScreen {...summaryProps} kind="left" summary={undefined} />,

  'patient-join': () => framed(<JoinScreen onJoin={() => false} />),
  'patient-prejoin': ({ patient }) =>
    framed(<PrejoinScreen {...form} {...checks(fake.media(patient))} cameraTrack={patient} />),
  'patient-prejoin-fresh': ({ patient }) =>
    framed(
      <PrejoinScreen
        {...form}
        greeting={{}}
        name=""
        accepted={false}
        {...checks(fake.media(patient), { speakerTest: 'asking', connection: { name: 'checking' } })}
        cameraTrack={patient}
      />,
    ),
  'patient-prejoin-problems': () =>
    framed(
      <PrejoinScreen
        {...form}
        problem="La clínica no responde. Seguimos probando."
        {...checks(
          fake.media(undefined, {
            camera: { wanted: true, state: 'problem', problem: 'missing', devices: [] },
            microphone: { wanted: true, state: 'problem', problem: 'busy', devices: [] },
          }),
          { speakerTest: 'unheard', connection: { name: 'unreachable' } },
        )}
      />,
    ),
  'patient-blocked': () => framed(<BlockedScreen blocked="both" browser="chrome" {...blockedProps} />),
  'patient-blocked-iphone': () =>
    framed(<BlockedScreen blocked="microphone" browser="iphone" {...blockedProps} />),
  'patient-blocked-app': () =>
    framed(<BlockedScreen blocked="camera" browser="app" {...blockedProps} onOpenSettings={nothing} />),
  'patient-trust': () => framed(<TrustScreen {...trustProps} />),
  'patient-trust-iphone': () => framed(<TrustScreen {...trustProps} platforms={platformsFrom('iphone')} />),
  'patient-trust-none': () => framed(<TrustScreen {...trustProps} authority={{ name: 'none' }} />),
  'patient-trust-failed': () => framed(<TrustScreen {...trustProps} authority={{ name: 'failed' }} />),
  'patient-waiting': (pictures) => waitingRoom(pictures),
  'patient-waiting-told': (pictures) =>
    waitingRoom(pictures, {
      message: { text: 'Dr. Martín Pérez se demora 10 minutos.', at: fake.ago(2.3) },
      network: { downKbps: 2_412, upKbps: 1_080 },
    }),
  'patient-waiting-moved': (pictures) =>
    waitingRoom(pictures, { scheduledAt: fake.ago(-60 * 48), moved: true }),
  'patient-waiting-observer': (pictures) => (
    <>
      {waitingRoom(pictures)}
      <ConsentDialog
        question={{ name: 'observer', identity: 'lucia', displayName: 'Lucía Gómez' }}
        doctorName="Dr. Martín Pérez"
        busy={false}
        onAnswer={nothing}
      />
    </>
  ),
  'patient-waiting-lost': (pictures) => waitingRoom(pictures, { lost: true, doctorThere: true }),
  'patient-call': (pictures) =>
    patientCall(
      fake.call({ remotes: [fake.doctorOf(pictures), fake.observer] }),
      fake.media(pictures.patient),
    ),
  'patient-call-recording': (pictures) =>
    patientCall(
      fake.call({
        remotes: [fake.doctorOf(pictures), fake.observer],
        consents: {
          observers: [],
          recording: { verdict: 'run', answers: [{ identity: 'Elena Ruiz', answer: 'agreed' }] },
        },
        self: fake.participant({ identity: 'Elena Ruiz' }),
        recording: fake.runningRecording(),
      }),
      fake.media(pictures.patient),
    ),
  'patient-call-recording-paused': (pictures) =>
    patientCall(
      fake.call({
        remotes: [fake.doctorOf(pictures), fake.observer],
        consents: {
          observers: [],
          recording: {
            verdict: 'pause',
            answers: [
              { identity: 'Elena Ruiz', answer: 'agreed' },
              { identity: fake.observer.participant.identity, answer: 'pending' },
            ],
          },
        },
        self: fake.participant({ identity: 'Elena Ruiz' }),
        recording: fake.runningRecording('paused'),
      }),
      fake.media(pictures.patient),
    ),
  'patient-call-consent': (pictures) => (
    <>
      {patientCall(fake.call({ remotes: [fake.doctorOf(pictures)] }), fake.media(pictures.patient))}
      <ConsentDialog
        question={{ name: 'recording' }}
        doctorName="Dr. Martín Pérez"
        busy={false}
        onAnswer={nothing}
      />
    </>
  ),
  'patient-call-permissions': (pictures) => (
    <>
      {patientCall(
        fake.call({ remotes: [fake.doctorOf(pictures), fake.observer] }),
        fake.media(pictures.patient),
      )}
      <PermissionsDialog
        stage
        receipts={fake.receipts}
        standing={[
          { name: 'observer', identity: 'lucia', displayName: 'Lucía Gómez' },
          { name: 'recording' },
        ]}
        busy={false}
        clinicName="Clínica San Martín"
        onWithdraw={nothing}
        onCopy={done}
        onSave={nothing}
        onClose={nothing}
      />
    </>
  ),
  'patient-permissions': (pictures) => (
    <>
      {waitingRoom(pictures)}
      <PermissionsDialog
        receipts={fake.receipts.slice(0, 1)}
        standing={[]}
        busy={false}
        clinicName="Clínica San Martín"
        onWithdraw={nothing}
        onCopy={done}
        onSave={nothing}
        onClose={nothing}
      />
    </>
  ),
  'patient-call-muted': (pictures) =>
    patientCall(
      fake.call({
        remotes: [
          fake.doctorOf(pictures, {
            participant: fake.participant({ role: 'doctor', displayName: 'Dr. Martín Pérez', media: off }),
          }),
        ],
      }),
      fake.media(undefined, { media: off }),
    ),
  'patient-call-lost': (pictures) =>
    patientCall(
      fake.call({
        remotes: [fake.doctorOf(pictures, { link: { name: 'lost', since: Date.now() - 8_000 } })],
      }),
      fake.media(pictures.patient),
    ),
  'patient-call-screen': (pictures) =>
    patientCall(
      fake.call({
        remotes: [
          fake.doctorOf(pictures, { tracks: { camera: pictures.doctor, screen_share: pictures.screen } }),
        ],
      }),
      fake.media(pictures.patient),
    ),
  'patient-chat': (pictures) =>
    patientCall(
      fake.call({ remotes: [fake.doctorOf(pictures), fake.observer] }),
      fake.media(pictures.patient),
      chatView(fake.chat('patient'), { touch: true, to: 'Dr. Martín Pérez' }),
    ),
  'patient-chat-trouble': (pictures) =>
    patientCall(
      fake.call({ remotes: [fake.doctorOf(pictures)] }),
      fake.media(pictures.patient),
      chatView(fake.troubledChat, { touch: true, to: 'Dr. Martín Pérez', uploads: fake.uploads }),
    ),
  'patient-call-alone': ({ patient }) => patientCall(fake.call({}), fake.media(patient)),
  'patient-goodbye': () =>
    framed(
      <GoodbyeScreen
        doctorName="Dr. Martín Pérez"
        minutes={26}
        closed={false}
        onReturn={nothing}
        onPermissions={nothing}
      />,
    ),
  'patient-goodbye-closed': () =>
    framed(<GoodbyeScreen minutes={0} closed onReturn={nothing} onPermissions={nothing} />),
  'patient-shared-recording': () =>
    framed(
      <SharedRecordingScreen
        startedAt={recordingOf(0).startedAt}
        durationMs={recordingOf(0).durationMs}
        linkExpiresAt={new Date(Date.now() + 3 * 24 * 3_600_000).toISOString()}
        player={still}
      />,
    ),
  'patient-shared-recording-over': () =>
    framed(
      <MessageScreen
        icon={Link2Off}
        title="El enlace ya no vale"
        text="Venció o la clínica lo anuló. Pedile uno nuevo si querés volver a ver la grabación."
      />,
    ),
  'patient-refused': () => framed(<Over reason="refused" onReturn={nothing} />),
  'patient-refused-reason': () =>
    framed(<Over reason="refused" note="El turno es mañana a las 10. Te esperamos." onReturn={nothing} />),
  'patient-expired': () => framed(<Over reason="expired" onReturn={nothing} />),
  'observer-withdrawn': () => framed(<Over reason="consent-withdrawn" onReturn={nothing} />),
  'observer-used-up': () => framed(<Over reason="used-up" onReturn={nothing} />),
  'patient-replaced': () => framed(<Over reason="replaced" onReturn={nothing} />),
  'patient-cancelled': () => framed(<Over reason="cancelled" onReturn={nothing} />),
  'patient-missed': () => framed(<Over reason="missed" onReturn={nothing} />),
  'patient-removed': () => framed(<Over reason="removed" onReturn={nothing} />),
  'patient-invalid': () => framed(<Over reason="invalid" onReturn={nothing} />),
  'observer-door': () =>
    framed(<ObserverDoorScreen {...form} name="" accepted={false} patientName="Elena Ruiz" />),
  'observer-waiting': (pictures) => waitingRoom(pictures, { name: 'Lucía Gómez', checks: undefined }),
  'observer-call': (pictures) => (
    <ObserverCallScreen
      call={fake.call({ remotes: [fake.doctorOf(pictures), fake.patientOf(pictures)] })}
      attachSpeaker={() => nothing}
      onPermissions={nothing}
      onLeave={nothing}
    />
  ),
};

/** `/gallery/NAME` shows one scene; `/gallery` lists them. */
export default function Gallery() {
  const pictures = usePictures();
  const name = location.pathname.split('/')[2] ?? '';
  const scene = scenes[name];
  if (!pictures) return null;
  if (scene) return <Fragment key={name}>{scene(pictures)}</Fragment>;
  return framed(
    <MessageScreen icon={DoorClosed} title="Gallery" text="">
      {Object.keys(scenes).map((one) => (
        <a key={one} href={`/gallery/${one}`}>
          {one}
        </a>
      ))}
    </MessageScreen>,
  );
}
