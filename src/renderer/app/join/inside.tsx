/** Inside by an invitation: the waiting room, then the call; the doctor learns how ready we are. */
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Entry } from '../../../shared/contract/contract.ts';
import type { Check } from '../../../shared/signaling/messages.ts';
import type { LocalMedia } from '../../media/local-media.ts';
import { checkOf } from '../../media/local-media-view.ts';
import { videoTrack } from '../../screens/call/tracks.ts';
import type { DeviceChecksProps, SpeakerTest } from '../../screens/patient/device-checks.tsx';
import { ObserverCallScreen, PatientCallScreen } from '../../screens/patient/patient-call-screen.tsx';
import { WaitingScreen } from '../../screens/patient/waiting-screen.tsx';
import { useUnseenSound } from '../chat/use-unseen-sound.ts';
import type { OpenCall } from '../open-call.ts';
import { useStore } from '../store.ts';
import { useCall } from '../use-call.ts';
import { Consents } from './consents.tsx';
import { doorRefusals, type OverReason } from './over.tsx';

export interface InsideProps {
  readonly call: OpenCall;
  readonly entry: Entry;
  readonly media: LocalMedia;
  /** Absent for observers. */
  readonly checks: DeviceChecksProps | undefined;
  readonly patientName: string | undefined;
  readonly doctorName: string | undefined;
  readonly clinicName: string;
  /** When it was to be as this page was opened, ISO 8601. */
  readonly scheduledAt: string | undefined;
  readonly frame: (page: ReactNode) => ReactNode;
  /** @param note why, in the words of whoever refused us. */
  readonly onOver: (reason: OverReason, minutes: number | undefined, note?: string) => void;
}

const speakerChecks: Readonly<Record<SpeakerTest, Check>> = {
  untested: 'unknown',
  playing: 'unknown',
  asking: 'unknown',
  heard: 'ok',
  unheard: 'off',
  refused: 'unknown',
};

/** Loaded when the chat is first opened. */
const ChatBeside = lazy(() =>
  import('../chat/chat-beside.tsx').then((module) => ({ default: module.ChatBeside })),
);

export function Inside({
  call,
  entry,
  media,
  checks,
  patientName,
  doctorName,
  clinicName,
  scheduledAt,
  frame,
  onOver,
}: InsideProps) {
  const { t } = useTranslation();
  const snapshot = useCall(call);
  const devices = useStore(media);
  const [permissions, setPermissions] = useState(false);
  const { phase } = snapshot;
  const { beside } = call;
  const { unread } = useStore(beside.chat);
  const [chatOpen, setChatOpen] = useState(false);
  const [draft, setDraft] = useState('');
  useUnseenSound(beside.chat, media);
  const liveSince = useRef<number>(undefined);
  liveSince.current = snapshot.liveSince ?? liveSince.current;
  const minutes = () =>
    liveSince.current === undefined ? undefined : Math.floor((Date.now() - liveSince.current) / 60_000);

  const camera = checkOf(devices.camera);
  const microphone = checkOf(devices.microphone);
  const speaker = checks ? speakerChecks[checks.speakerTest] : undefined;
  useEffect(() => {
    if (speaker) call.setReadiness({ camera, microphone, speaker });
  }, [call, camera, microphone, speaker]);

  const live = phase.name === 'live';
  useEffect(() => {
    // "It will ring when you are called." Refused sound is no reason to stop anything.
    if (live) media.playTestTone().catch(() => {});
  }, [live, media]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the phase alone decides
  useEffect(() => {
    if (phase.name !== 'ended') return;
    onOver(
      phase.reason === 'error' ? ((phase.error && doorRefusals[phase.error]) ?? 'error') : phase.reason,
      minutes(),
      phase.note,
    );
  }, [phase]);

  const arrivedAt = snapshot.self?.waitingSince ?? snapshot.self?.joinedAt;
  const since = arrivedAt === undefined ? Date.now() : Date.parse(arrivedAt);
  const planned = snapshot.consultation.scheduledAt;
  const moved = phase.name === 'waiting' && planned !== undefined && planned !== scheduledAt;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new time sounds once
  useEffect(() => {
    if (moved) media.playMessageTone().catch(() => {});
  }, [moved, planned]);

  const functions = useMemo(
    () => ({ attachSpeaker: (element: HTMLMediaElement) => media.attachSpeaker(element) }),
    [media],
  );
  const cameraTrack = videoTrack(devices.tracks.camera);
  const doctor =
    snapshot.remotes.find(({ participant }) => participant.role === 'doctor')?.participant.displayName ||
    snapshot.consultation.doctorName ||
    doctorName;
  const leave = () => onOver('left', minutes());
  const showPermissions = () => setPermissions(true);
  const consents = (
    <Consents
      call={call}
      snapshot={snapshot}
      entry={entry}
      doctorName={doctor}
      clinicName={clinicName}
      showing={permissions}
      onClose={() => setPermissions(false)}
    />
  );

  switch (phase.name) {
    case 'joining':
    case 'waiting':
      return frame(
        <>
          <WaitingScreen
            name={entry.displayName}
            doctorName={doctor}
            joined={phase.name === 'waiting'}
            doctorThere={snapshot.remotes.some(({ participant }) => participant.role === 'doctor')}
            since={since}
            lost={snapshot.signaling.name === 'lost'}
            checks={checks}
            cameraTrack={cameraTrack}
            scheduledAt={planned}
            moved={moved}
            message={snapshot.waitingMessage}
            network={snapshot.network}
            onPermissions={showPermissions}
            onLeave={leave}
          />
          {consents}
        </>,
      );
    case 'live':
      return (
        <>
          {checks ? (
            <PatientCallScreen
              call={snapshot}
              name={entry.displayName}
              media={devices}
              onCamera={checks.onCamera}
              onMicrophone={checks.onMicrophone}
              onPermissions={showPermissions}
              onLeave={leave}
              chat={{
                open: chatOpen,
                unread,
                onToggle: () => setChatOpen(!chatOpen),
                content: (
                  <Suspense fallback={<div className="panel__body" aria-busy="true" />}>
                    <ChatBeside touch beside={beside} draft={draft} onDraft={setDraft} to={doctor} />
                  </Suspense>
                ),
              }}
              {...functions}
            />
          ) : (
            <ObserverCallScreen
              call={snapshot}
              patientName={patientName}
              onPermissions={showPermissions}
              onLeave={leave}
              {...functions}
            />
          )}
          {consents}
        </>
      );
    case 'ended':
      return frame(
        <p className="muted" role="status">
          {t('door.loading')}
        </p>,
      );
  }
}
