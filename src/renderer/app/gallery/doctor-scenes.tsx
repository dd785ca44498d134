/** The doctor's window: the call, what is beside it, and the summary afterwards. */
import type { ReactNode } from 'react';
import type { ConsentAnswer } from '../../../shared/consent/consent.ts';
import type { RecordingVerdict } from '../../../shared/consent/recording.ts';
import type { CallSnapshot } from '../../call/call.ts';
import type { LocalMediaSnapshot } from '../../media/local-media-view.ts';
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
import * as fake from './fakes.ts';
import type { Scenes } from './parts.tsx';
import { chatView, done, files, nothing, off, recordingOf, still } from './parts.tsx';
import type { Pictures } from './pictures.ts';

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

export const doctorScenes: Scenes = {
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
};
