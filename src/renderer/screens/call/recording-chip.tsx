/** On every screen of a call that is recorded: that it is, and how long; or that it is paused. */
import { Pause } from 'lucide-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallSnapshot, RecordingView } from '../../call/call.ts';
import { formatClock, useNow } from '../../components/format.ts';
import { useRecordingStanding } from './recording-standing.ts';

/** ms recorded until now. */
export function recordedMs(recording: RecordingView, now: number): number {
  const since = recording.state === 'recording' ? Math.max(0, now - recording.toldAt) : 0;
  return recording.elapsedMs + since;
}

function Elapsed({ recording }: { readonly recording: RecordingView }) {
  const { t } = useTranslation();
  return (
    // The time is not said every second; that it began and was paused is.
    <time className="number" aria-live="off" title={t('recording.elapsed')}>
      {formatClock(recordedMs(recording, useNow()))}
    </time>
  );
}

export function RecordingChip({ call }: { readonly call: CallSnapshot }) {
  const { t } = useTranslation();
  const standing = useRecordingStanding(call);
  const { recording } = call;
  const was = useRef(false);
  if (recording === undefined) {
    return (
      <span role="status" className="visually-hidden">
        {was.current ? t('recording.over') : null}
      </span>
    );
  }
  was.current = true;
  const paused = recording.state === 'paused';
  return (
    <span
      className="chip chip--stage"
      role="status"
      title={paused ? standing?.sentence : t('recording.running')}
    >
      {paused ? (
        <Pause className="icon--small" />
      ) : (
        <span className="dot dot--recording" aria-hidden="true" />
      )}
      <span aria-hidden="true" className={paused ? 'not-phone' : undefined}>
        {t(paused ? 'recording.pausedShort' : 'recording.short')}
      </span>
      <span className="visually-hidden">{t(paused ? 'recording.paused' : 'recording.running')}</span>
      <Elapsed recording={recording} />
    </span>
  );
}

/** Over the picture, for who cannot see the answers: why nothing is recorded at the moment. */
export function RecordingPaused({ call }: { readonly call: CallSnapshot }) {
  const { t } = useTranslation();
  const standing = useRecordingStanding(call);
  if (call.recording?.state !== 'paused') return null;
  return (
    <span className="chip chip--over">
      <Pause className="icon--small" />
      {t('recording.pausedBecause')} {standing?.verdict === 'pause' ? standing.sentence : null}
    </span>
  );
}
