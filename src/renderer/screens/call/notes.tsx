/** Short facts over the picture: who watches, what does not work here, and that the host is away while the call goes on. */
import { ChevronRight, Eye, FileCheck, MicOff, ServerOff, VideoOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { CallSnapshot } from '../../call/call.ts';
import type { LocalMediaSnapshot } from '../../media/local-media-view.ts';
import { cameraProblems, microphoneProblems } from './device-words.ts';

export function Observers({
  call,
  onPermissions,
}: {
  readonly call: CallSnapshot;
  /** For the patient: where the permission can be taken back. */
  readonly onPermissions?: (() => void) | undefined;
}) {
  const { t } = useTranslation();
  return call.remotes
    .filter(({ participant }) => participant.role === 'observer')
    .map(({ participant }) => {
      const words = t('call.observes', { name: participant.displayName });
      return onPermissions ? (
        <button
          key={participant.identity}
          type="button"
          className="chip chip--over"
          title={t('receipts.open')}
          onClick={onPermissions}
        >
          <Eye className="icon--small" />
          {words}
          <ChevronRight className="icon--small" />
        </button>
      ) : (
        <span key={participant.identity} className="chip chip--over">
          <Eye className="icon--small" />
          {words}
        </span>
      );
    });
}

/** Once recording was asked for: what one said to it, which can be taken back here. */
export function OwnPermissions({
  call,
  onPermissions,
}: {
  readonly call: CallSnapshot;
  readonly onPermissions: () => void;
}) {
  const { t } = useTranslation();
  const { recording } = call.consents;
  if (recording === undefined) return null;
  const own = recording.answers.find(({ identity }) => identity === call.self?.identity)?.answer;
  const stopped = recording.verdict === 'stop';
  const agreed = !stopped && own === 'agreed';
  return (
    <button type="button" className="chip chip--over" title={t('receipts.open')} onClick={onPermissions}>
      <FileCheck className="icon--small" />
      {t(stopped ? 'receipts.notRecorded' : agreed ? 'receipts.nowRecording' : 'receipts.open')}
      <ChevronRight className="icon--small" />
    </button>
  );
}

export function OwnProblems({ media }: { readonly media: LocalMediaSnapshot }) {
  const { t } = useTranslation();
  const { camera, microphone } = media;
  return (
    <>
      {microphone.state === 'problem' ? (
        <span className="chip chip--over chip--stage-warn">
          <MicOff className="icon--small" />
          {t(microphoneProblems[microphone.problem ?? 'unknown'])}
        </span>
      ) : null}
      {camera.state === 'problem' ? (
        <span className="chip chip--over chip--stage-warn">
          <VideoOff className="icon--small" />
          {t(cameraProblems[camera.problem ?? 'unknown'])}
        </span>
      ) : null}
    </>
  );
}

/** For the doctor, who can do something about it. */
export function HostAway({ call }: { readonly call: CallSnapshot }) {
  const { t } = useTranslation();
  const alone = call.phase.name !== 'live' || call.mediaLink.name === 'lost' || call.remotes.length === 0;
  if (call.signaling.name === 'ok' || alone) return null;
  return (
    <span className="chip chip--over chip--stage-warn">
      <ServerOff className="icon--small" />
      {t(call.recorderOrders ? 'recording.hostAway' : 'call.hostAway')}
    </span>
  );
}
