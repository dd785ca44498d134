/** After a consultation: with whom, how long, and back to the day. */
import { CalendarDays, Clock as ClockIcon } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { formatClock, formatDay } from '../../components/format.ts';
import '../../components/styles/call.css';

export interface SummaryScreenProps {
  readonly patientName?: string | undefined;
  /** ms since the epoch. */
  readonly endedAt: number;
  /** ms; absent when nobody was admitted. */
  readonly duration?: number | undefined;
  /** The doctor only left: the consultation is still open. */
  readonly left: boolean;
  readonly onReturn: () => void;
  readonly onBack: () => void;
}

export function SummaryScreen({
  patientName,
  endedAt,
  duration,
  left,
  onReturn,
  onBack,
}: SummaryScreenProps) {
  const { t, i18n } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const day = formatDay(new Date(endedAt), i18n.language);
  return (
    <main className="summary">
      <section className="card summary__card">
        <div className="stack stack--2">
          <h1 ref={heading} tabIndex={-1}>
            {t(left ? 'summary.titleLeft' : 'summary.title')}
          </h1>
          <p className="muted">{patientName ? `${patientName}. ${day}` : day}</p>
          {left ? <p className="muted">{t('summary.leftText')}</p> : null}
        </div>
        <ul className="readiness">
          <li>
            <ClockIcon />
            {t('summary.duration')}
            <span className="number">
              {duration === undefined ? t('summary.nobody') : formatClock(duration)}
            </span>
          </li>
        </ul>
        {left ? <Button onClick={onReturn}>{t('summary.return')}</Button> : null}
        <Button look="primary" icon={CalendarDays} onClick={onBack}>
          {t('summary.back')}
        </Button>
      </section>
    </main>
  );
}
