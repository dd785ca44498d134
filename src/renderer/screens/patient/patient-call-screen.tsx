/** The call as a patient or observer sees it: large pictures, and only what they need to touch. */
import { Eye, MessageSquare, Mic, MicOff, PhoneOff, Video, VideoOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallSnapshot } from '../../call/call.ts';
import { CallControl } from '../../components/call-control.tsx';
import { classes } from '../../components/classes.ts';
import { QualityBars } from '../../components/quality-bars.tsx';
import { qualityWords } from '../../components/words.ts';
import type { LocalMediaSnapshot } from '../../media/local-media-view.ts';
import { Clock } from '../call/clock.tsx';
import { Observers, OwnPermissions, OwnProblems } from '../call/notes.tsx';
import { sendersAmong, usePeople } from '../call/people.ts';
import { qualityOfCall } from '../call/quality.ts';
import { RecordingChip, RecordingPaused } from '../call/recording-chip.tsx';
import { Sounds } from '../call/sounds.tsx';
import { Stage } from '../call/stage.tsx';
import { videoTrack } from '../call/tracks.ts';
import { UnreadBadge } from '../call/unread-badge.tsx';
import { PatientChat } from './patient-chat.tsx';
import '../../components/styles/call.css';

interface SharedProps {
  readonly call: CallSnapshot;
  readonly attachSpeaker: (element: HTMLMediaElement) => () => void;
  readonly onLeave: () => void;
}

export interface PatientCallScreenProps extends SharedProps {
  readonly name: string;
  readonly media: LocalMediaSnapshot;
  readonly onCamera: (on: boolean) => void;
  readonly onMicrophone: (on: boolean) => void;
  readonly chat: {
    readonly open: boolean;
    readonly unread: number;
    readonly onToggle: () => void;
    readonly content: ReactNode;
  };
  /** Shows what the patient has agreed to. */
  readonly onPermissions: () => void;
}

function Strip({ call, title }: { readonly call: CallSnapshot; readonly title: string }) {
  const { t } = useTranslation();
  const quality = qualityOfCall(call);
  return (
    <header className="patient-call__strip">
      <h1 className="call__name" title={title}>
        {title}
      </h1>
      {call.liveSince === undefined ? <span className="push" /> : <Clock since={call.liveSince} />}
      <RecordingChip call={call} />
      {quality === undefined ? null : (
        <span className="chip chip--stage" role="status">
          <QualityBars level={quality} label={t('common.connection')} />
          {/* On a phone the bars say it where the name needs the room. */}
          <span className={call.recording ? 'not-phone' : undefined}>{t(qualityWords[quality])}</span>
        </span>
      )}
    </header>
  );
}

function Alone() {
  const { t } = useTranslation();
  return (
    <div className="waiting-stage">
      <p className="row muted" role="status">
        <span className="pulse" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
        {t('call.doctorAway')}
      </p>
    </div>
  );
}

export function PatientCallScreen(props: PatientCallScreenProps) {
  const { t } = useTranslation();
  const { call, media, chat } = props;
  const senders = sendersAmong(usePeople(call));
  const doctor = senders.find(({ participant }) => participant.role === 'doctor');
  const title = doctor?.participant.displayName ?? call.consultation.doctorName ?? t('common.product');
  const microphoneOn = media.media.microphone;
  const cameraOn = media.camera.wanted;
  return (
    <main className={classes('patient-call', chat.open && 'patient-call--chat', 'on-stage')}>
      <Strip call={call} title={title} />
      <Stage
        people={senders}
        self={{ name: props.name, track: videoTrack(media.tracks.camera), muted: !microphoneOn }}
        empty={<Alone />}
        notes={
          <>
            <Observers call={call} onPermissions={props.onPermissions} />
            <OwnPermissions call={call} onPermissions={props.onPermissions} />
            <RecordingPaused call={call} />
            <OwnProblems media={media} />
          </>
        }
      >
        <Sounds people={senders} attachSpeaker={props.attachSpeaker} />
      </Stage>
      <div className="patient-call__bar" role="toolbar" aria-label={t('call.controls')}>
        <CallControl
          patient
          icon={microphoneOn ? Mic : MicOff}
          label={t('common.microphone')}
          aria-pressed={microphoneOn}
          title={t(microphoneOn ? 'call.mute' : 'call.unmute')}
          state={microphoneOn ? 'plain' : 'off'}
          onClick={() => props.onMicrophone(!microphoneOn)}
        />
        <CallControl
          patient
          icon={cameraOn ? Video : VideoOff}
          label={t('common.camera')}
          aria-pressed={cameraOn}
          title={t(cameraOn ? 'call.cameraOff' : 'call.cameraOn')}
          state={cameraOn ? 'plain' : 'off'}
          onClick={() => props.onCamera(!cameraOn)}
        />
        <CallControl
          patient
          icon={MessageSquare}
          label={t('call.chat')}
          aria-expanded={chat.open}
          state={chat.open ? 'open' : 'plain'}
          onClick={chat.onToggle}
          badge={<UnreadBadge count={chat.unread} />}
        />
        <CallControl patient icon={PhoneOff} label={t('call.leave')} state="end" onClick={props.onLeave} />
      </div>
      {chat.open ? <PatientChat onClose={chat.onToggle}>{chat.content}</PatientChat> : null}
    </main>
  );
}

export interface ObserverCallScreenProps extends SharedProps {
  readonly patientName?: string | undefined;
  /** Shows what the observer has agreed to. */
  readonly onPermissions: () => void;
}

export function ObserverCallScreen({
  call,
  patientName,
  attachSpeaker,
  onPermissions,
  onLeave,
}: ObserverCallScreenProps) {
  const { t } = useTranslation();
  const senders = sendersAmong(usePeople(call));
  const patient = senders.find(({ participant }) => participant.role === 'patient');
  const name = patient?.participant.displayName ?? patientName;
  return (
    <main className="patient-call on-stage">
      <Strip call={call} title={name ? t('observer.consultationOf', { name }) : t('observer.consultation')} />
      <Stage
        pair
        people={senders}
        empty={<Alone />}
        notes={
          <>
            <Observers call={call} />
            <OwnPermissions call={call} onPermissions={onPermissions} />
            <RecordingPaused call={call} />
          </>
        }
      >
        <Sounds people={senders} attachSpeaker={attachSpeaker} />
      </Stage>
      <div
        className="patient-call__bar patient-call__bar--observer"
        role="toolbar"
        aria-label={t('call.controls')}
      >
        <p className="row row--12">
          <Eye />
          <span>
            <span className="strong">{t('observer.only')}</span>{' '}
            <span className="muted">{t('observer.known')}</span>
          </span>
        </p>
        <CallControl patient icon={PhoneOff} label={t('call.leave')} state="end" onClick={onLeave} />
      </div>
    </main>
  );
}
