/** What a patient and an observer see, from the link to the goodbye. */
import type { ReactNode } from 'react';
import type { CallSnapshot } from '../../call/call.ts';
import type { LocalMediaSnapshot } from '../../media/local-media-view.ts';
import { BlockedScreen } from '../../screens/patient/blocked-screen.tsx';
import ConsentDialog from '../../screens/patient/consent-dialog.tsx';
import type { DeviceChecksProps } from '../../screens/patient/device-checks.tsx';
import { GoodbyeScreen } from '../../screens/patient/goodbye-screen.tsx';
import { JoinScreen } from '../../screens/patient/join-screen.tsx';
import { ObserverCallScreen, PatientCallScreen } from '../../screens/patient/patient-call-screen.tsx';
import PermissionsDialog from '../../screens/patient/permissions-dialog.tsx';
import { type EntryForm, ObserverDoorScreen, PrejoinScreen } from '../../screens/patient/prejoin-screen.tsx';
import { TrustScreen } from '../../screens/patient/trust-screen.tsx';
import { WaitingScreen } from '../../screens/patient/waiting-screen.tsx';
import { Over } from '../join/over.tsx';
import { platformsFrom } from '../trust/platform.ts';
import * as fake from './fakes.ts';
import type { Scenes } from './parts.tsx';
import { chatView, done, framed, nothing, off } from './parts.tsx';
import type { Pictures } from './pictures.ts';

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

export const patientScenes: Scenes = {
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
