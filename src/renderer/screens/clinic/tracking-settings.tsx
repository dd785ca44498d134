/** Tracking in the clinic's Supabase: what waits to be sent and why, and what was refused there. */
import { CircleAlert, TriangleAlert } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { RefusedEvent, TrackingProblem, TrackingStatus } from '../../../shared/contract/tracking.ts';
import { Button } from '../../components/button.tsx';
import { classes } from '../../components/classes.ts';
import { Notice } from '../../components/notice.tsx';
import { useWhen } from './use-when.ts';

export interface TrackingSettingsProps {
  /** Undefined until known. */
  readonly status: TrackingStatus | undefined;
  /** ms since the epoch. */
  readonly now: number;
  /** While a new try is on its way. */
  readonly busy: boolean;
  readonly onRetry: () => void;
}

const problemTexts: Readonly<Record<TrackingProblem['kind'], string>> = {
  unreachable: 'tracking.unreachable',
  key: 'tracking.key',
  schema: 'tracking.schema',
  unwell: 'tracking.unwell',
};

/** Shown before "show all". */
const shortList = 3;

function Refused({ event, now }: { readonly event: RefusedEvent; readonly now: number }) {
  const when = useWhen(now);
  return (
    <li className="stack">
      <span className="small strong">
        {event.consultationId} · {event.kind}
      </span>
      <span className="small muted">
        {when(event.at)}: <span lang="en">{event.because}</span>
      </span>
    </li>
  );
}

export function TrackingSettings({ status, now, busy, onRetry }: TrackingSettingsProps) {
  const { t } = useTranslation();
  const id = useId();
  const when = useWhen(now);
  if (status === undefined) return null;
  const { project, pending, refused, refusedEvents, lastSentAt, problem } = status;
  const [first, rest] = [refusedEvents.slice(0, shortList), refusedEvents.slice(shortList)];
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{t('tracking.title')}</h2>
      <div className="card">
        {project === undefined ? (
          <div className="setting">
            <div className="stack">
              <h3>{t('tracking.off')}</h3>
              <p className="small muted">{t('tracking.offText')}</p>
            </div>
          </div>
        ) : (
          <div className="setting">
            <div className="stack">
              <h3 className="setting__address">{new URL(project).host}</h3>
              <p className="small muted">
                {t('tracking.what')}{' '}
                {lastSentAt === undefined
                  ? t('tracking.neverSent')
                  : t('tracking.lastSent', { when: when(lastSentAt) })}
              </p>
            </div>
            <span
              className={classes('chip', problem ? 'chip--warn' : pending > 0 ? 'chip--accent' : 'chip--ok')}
              role="status"
            >
              <span className="dot" />
              {pending > 0 ? t('tracking.pending', { count: pending }) : t('tracking.upToDate')}
            </span>
            {problem === undefined ? null : (
              <div className="setting__more">
                <Notice kind="warn" icon={TriangleAlert}>
                  {t(problemTexts[problem.kind])}{' '}
                  {t('tracking.since', { when: when(problem.since), next: when(problem.nextTryAt) })}
                </Notice>
                <div className="setting__detail">
                  <details className="small muted">
                    <summary>{t('tracking.detail')}</summary>
                    <p lang="en">{problem.detail}</p>
                  </details>
                  {refused === 0 ? (
                    <Button size="small" disabled={busy} onClick={onRetry}>
                      {t('tracking.tryNow')}
                    </Button>
                  ) : null}
                </div>
              </div>
            )}
          </div>
        )}
        {refused === 0 ? null : (
          <div className="setting">
            <div className="stack">
              <h3 className="row">
                <CircleAlert className="icon icon--small setting__trouble" aria-hidden="true" />
                {t('tracking.refused', { count: refused })}
              </h3>
              <p className="small muted">{t('tracking.refusedText')}</p>
            </div>
            <Button disabled={busy || project === undefined} onClick={onRetry}>
              {t('tracking.sendAgain')}
            </Button>
            <div className="setting__more">
              <ul className="troubles">
                {first.map((event) => (
                  <Refused key={event.id} event={event} now={now} />
                ))}
              </ul>
              {rest.length === 0 ? null : (
                <details className="small">
                  <summary>{t('tracking.more', { count: refused - first.length })}</summary>
                  <ul className="troubles">
                    {rest.map((event) => (
                      <Refused key={event.id} event={event} now={now} />
                    ))}
                  </ul>
                </details>
              )}
            </div>
          </div>
        )}
      </div>
    </section>
  );
}
