/** What a consultation came to: how long, with whom, how well, what was written and where it is kept. Also what the history opens. */
import {
  CalendarDays,
  CircleDot,
  Clock as ClockIcon,
  Database,
  FileText,
  type LucideIcon,
  MessageSquare,
  RotateCcw,
  UserRound,
} from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Summary } from '../../../shared/contract/summary.ts';
import { Avatar } from '../../components/avatar.tsx';
import { Button } from '../../components/button.tsx';
import { formatClock, formatDay, formatTime } from '../../components/format.ts';
import { Notice } from '../../components/notice.tsx';
import { QualityBars } from '../../components/quality-bars.tsx';
import { qualityWords, toQualityLevel } from '../../components/words.ts';
import { roleWords } from '../call/people.ts';
import '../../components/styles/call.css';

export interface RecordedView {
  readonly egressId: string;
  /** Time that is kept, ms. */
  readonly durationMs: number;
  /** Time that was captured, ms: more than is kept when something was lost. */
  readonly capturedMs: number;
  /** Whether its file is finished. */
  readonly saved: boolean;
}

/** ms that are lost without a word: less than a second is what ending takes. */
const unspoken = 500;

export interface SummaryScreenProps {
  readonly patientName?: string | undefined;
  /** ms since the epoch. */
  readonly endedAt: number;
  /** `left`: only the doctor left, and it is still open; `past`: opened from the history. */
  readonly kind: 'ended' | 'left' | 'past';
  /** Undefined while it is fetched. */
  readonly summary?: Summary | undefined;
  readonly problem?: string | undefined;
  /** What was recorded, oldest first. */
  readonly recordings?: readonly RecordedView[];
  /** The notes, to be finished here, and what was said and sent. */
  readonly beside?: ReactNode;
  /** Who comes next today. */
  readonly next?:
    | { readonly name: string; readonly at: number | undefined; readonly waits: boolean }
    | undefined;
  readonly onNext: () => void;
  readonly onReturn: () => void;
  readonly onBack: () => void;
}

const titles = { ended: 'summary.title', left: 'summary.titleLeft', past: 'summary.titlePast' } as const;

function Fact({
  icon: Icon,
  label,
  children,
}: {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly children: ReactNode;
}) {
  return (
    <li>
      <Icon />
      {label}
      <span className="number">{children}</span>
    </li>
  );
}

function Person({ person }: { readonly person: Summary['people'][number] }) {
  const { t, i18n } = useTranslation();
  const time = (moment: string) => formatTime(new Date(moment), i18n.language);
  const level = person.quality && toQualityLevel(person.quality.typical);
  const name = person.displayName || t(roleWords[person.role]);
  const came =
    person.admittedAt === undefined
      ? t(person.leftAs === 'refused' ? 'summary.refused' : 'summary.neverIn', {
          time: time(person.firstJoinedAt),
        })
      : person.lastLeftAt === undefined
        ? t('summary.since', { time: time(person.admittedAt) })
        : t('summary.fromTo', { from: time(person.admittedAt), to: time(person.lastLeftAt) });
  return (
    <li className="person">
      <Avatar name={name} />
      <div className="stack grow">
        <span className="strong">{name}</span>
        <span className="small muted">
          {t(roleWords[person.role])}. {came}
          {person.admittedAt !== undefined && person.stays > 1
            ? `. ${t('summary.cameBack', { count: person.stays - 1 })}`
            : null}
        </span>
      </div>
      {level === undefined || person.admittedAt === undefined ? null : (
        <span className="row">
          <span className="small muted">{t(qualityWords[level])}</span>
          <QualityBars level={level} label={t('quality.of', { name, word: t(qualityWords[level]) })} />
        </span>
      )}
    </li>
  );
}

function Recorded({ recording }: { readonly recording: RecordedView }) {
  const { t } = useTranslation();
  const { durationMs, capturedMs, saved } = recording;
  const lost = capturedMs - durationMs > unspoken;
  const times = { saved: formatClock(durationMs), captured: formatClock(capturedMs) };
  return (
    <Fact icon={CircleDot} label={t('summary.recording')}>
      {!saved ? t('summary.recordingPending') : lost ? t('summary.recordingPart', times) : times.saved}
    </Fact>
  );
}

function Facts({
  summary,
  recordings,
}: {
  readonly summary: Summary;
  readonly recordings: readonly RecordedView[];
}) {
  const { t, i18n } = useTranslation();
  const backup = summary.lastBackupAt === undefined ? undefined : new Date(summary.lastBackupAt);
  return (
    <>
      <ul className="readiness">
        <Fact icon={ClockIcon} label={t('summary.duration')}>
          {summary.togetherMs === 0 ? t('summary.nobody') : formatClock(summary.togetherMs)}
        </Fact>
        <Fact icon={MessageSquare} label={t('summary.messages')}>
          {summary.messages}
        </Fact>
        <Fact icon={FileText} label={t('summary.files')}>
          {summary.files}
        </Fact>
        {recordings.map((recording) => (
          <Recorded key={recording.egressId} recording={recording} />
        ))}
      </ul>
      {summary.people.length === 0 ? null : (
        <section className="stack stack--2" aria-labelledby="summary-people">
          <h2 id="summary-people" className="summary__heading">
            {t('summary.people')}
          </h2>
          <ul className="people">
            {summary.people.map((person) => (
              <Person key={person.identity} person={person} />
            ))}
          </ul>
        </section>
      )}
      <Notice icon={Database}>
        {t('summary.kept')}{' '}
        {backup === undefined
          ? t('summary.noBackup')
          : t('summary.backup', {
              day: formatDay(backup, i18n.language),
              time: formatTime(backup, i18n.language),
            })}
      </Notice>
    </>
  );
}

export function SummaryScreen(props: SummaryScreenProps) {
  const { t, i18n } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { next, summary } = props;
  const day = formatDay(new Date(props.endedAt), i18n.language);
  return (
    <main className="summary">
      <section className="card summary__card">
        <header className="stack stack--2">
          <h1 ref={heading} tabIndex={-1}>
            {t(titles[props.kind])}
          </h1>
          <p className="muted">{props.patientName ? `${props.patientName}. ${day}` : day}</p>
          {props.kind === 'left' ? <p className="muted">{t('summary.leftText')}</p> : null}
        </header>
        <div className="summary__columns">
          <div className="summary__facts">
            {summary ? (
              <Facts summary={summary} recordings={props.recordings ?? []} />
            ) : (
              <p className="muted" role="status">
                {props.problem ?? t('summary.loading')}
              </p>
            )}
          </div>
          {props.beside}
        </div>
        <footer className="summary__foot">
          <Button
            look={props.kind === 'ended' && next ? 'plain' : 'primary'}
            icon={CalendarDays}
            onClick={props.onBack}
          >
            {t('summary.back')}
          </Button>
          {props.kind === 'left' ? (
            <Button icon={RotateCcw} onClick={props.onReturn}>
              {t('summary.return')}
            </Button>
          ) : null}
          {props.kind === 'ended' && next ? (
            <Button look="primary" icon={UserRound} onClick={props.onNext}>
              {next.waits
                ? t('summary.nextWaits', { name: next.name })
                : next.at === undefined
                  ? t('summary.next', { name: next.name })
                  : t('summary.nextAt', {
                      name: next.name,
                      time: formatTime(new Date(next.at), i18n.language),
                    })}
            </Button>
          ) : null}
        </footer>
      </section>
    </main>
  );
}
