/** A recording that the clinic has shared with its patient: to be seen here, for a while. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDay, formatDayWithin, formatDuration, formatTime } from '../../components/format.ts';

export interface SharedRecordingScreenProps {
  readonly startedAt: string;
  readonly durationMs: number;
  readonly linkExpiresAt: string;
  readonly player: ReactNode;
}

export function SharedRecordingScreen(props: SharedRecordingScreenProps) {
  const { t, i18n } = useTranslation();
  const started = new Date(props.startedAt);
  const expires = new Date(props.linkExpiresAt);
  const moment = (date: Date) => ({
    day: formatDayWithin(date, i18n.language),
    time: formatTime(date, i18n.language),
  });
  return (
    <div className="shared-recording">
      <div className="stack stack--8">
        <h1 className="headline">{t('sharedRecording.title')}</h1>
        <p className="muted">
          {t('sharedRecording.when', {
            ...moment(started),
            day: formatDay(started, i18n.language),
            duration: formatDuration(props.durationMs),
          })}
        </p>
      </div>
      <div className="card player">{props.player}</div>
      <p className="muted">{t('sharedRecording.until', moment(expires))}</p>
      <p className="small muted">{t('sharedRecording.private')}</p>
    </div>
  );
}
