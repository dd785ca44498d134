/** The recordings of one consultation, one below the other; each opens in its place. */
import { Film, Play } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { KeptRecording } from '../../../shared/contract/recording-library.ts';
import { Button } from '../../components/button.tsx';
import { formatDuration, formatTime } from '../../components/format.ts';
import { lost, savedText, stateText } from '../clinic/recording-words.ts';

export interface PastRecordingsListProps {
  /** Undefined while it is fetched. */
  readonly recordings: readonly KeptRecording[] | undefined;
  readonly problem?: string | undefined;
  readonly onRetry: () => void;
  readonly shown: string | undefined;
  readonly onShow: (egressId: string) => void;
  readonly player: (recording: KeptRecording) => ReactNode;
}

export function PastRecordingsList(props: PastRecordingsListProps) {
  const { t, i18n } = useTranslation();
  const { recordings, problem } = props;
  if (recordings === undefined) {
    return problem === undefined ? (
      <p className="muted" role="status">
        {t('recordings.loading')}
      </p>
    ) : (
      <div className="stack stack--12" role="alert">
        <p className="danger">{problem}</p>
        <Button onClick={props.onRetry}>{t('common.retry')}</Button>
      </div>
    );
  }
  if (recordings.length === 0) {
    return (
      <div className="empty">
        <Film />
        <p>{t('summary.noRecordings')}</p>
      </div>
    );
  }
  return (
    <section
      className="summary__list"
      aria-label={t('clinic.recordings')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
      tabIndex={0}
    >
      <ul className="stack stack--12">
        {recordings.map((recording) => (
          <li key={recording.egressId} className="stack stack--8">
            <div className="row">
              <span className="stack stack--2 grow">
                <span className="strong">
                  {formatTime(new Date(recording.startedAt), i18n.language)},{' '}
                  <span className="number">{formatDuration(recording.durationMs)}</span>
                </span>
                <span className="small muted">
                  {recording.deleted
                    ? t('recordings.deleted')
                    : (stateText(t, recording) ??
                      (lost(recording) ? savedText(t, recording) : t('recordings.complete')))}
                </span>
              </span>
              {recording.deleted || recording.sizeBytes === undefined ? null : props.shown ===
                recording.egressId ? null : (
                <Button size="small" icon={Play} onClick={() => props.onShow(recording.egressId)}>
                  {t('summary.play')}
                </Button>
              )}
            </div>
            {props.shown === recording.egressId ? (
              <div className="card player">{props.player(recording)}</div>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
