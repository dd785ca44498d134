/** The day: its consultations with one next step each, and who waits. */
import {
  CalendarPlus,
  CalendarX,
  Check,
  CircleAlert,
  DoorOpen,
  Link2,
  type LucideIcon,
  Plus,
  UserX,
  Video,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsultationState } from '../../../shared/consultation/consultation.ts';
import type { Consultation } from '../../../shared/contract/contract.ts';
import { Button } from '../../components/button.tsx';
import { classes } from '../../components/classes.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { formatDay, formatTime } from '../../components/format.ts';

export interface AgendaScreenProps {
  /** Undefined until the host has answered for the first time. */
  readonly consultations: readonly Consultation[] | undefined;
  /** Why there is no answer. */
  readonly problem?: string | undefined;
  readonly onRetry: () => void;
  /** ms since the epoch. */
  readonly now: number;
  readonly waiting: number;
  readonly onNew: () => void;
  readonly onEnter: (consultation: Consultation) => void;
  readonly onInvite: (consultation: Consultation) => void;
  readonly onCopyLink: (consultation: Consultation) => Promise<void>;
  /** The waiting room card. */
  readonly aside: ReactNode;
}

const stateWords: Readonly<Record<ConsultationState, string>> = {
  planned: 'agenda.planned',
  waiting: 'agenda.waiting',
  live: 'agenda.live',
  closed: 'agenda.closed',
  cancelled: 'agenda.cancelled',
  missed: 'agenda.missed',
};
const stateIcons: Readonly<Record<ConsultationState, LucideIcon>> = {
  planned: Link2,
  waiting: DoorOpen,
  live: Video,
  closed: Check,
  cancelled: CalendarX,
  missed: UserX,
};

/** When it is, or, unplanned, when it was made. */
export function timeOf(consultation: Consultation): Date {
  return new Date(consultation.scheduledAt ?? consultation.createdAt);
}

function Appointment({
  consultation,
  onEnter,
  onInvite,
  onCopyLink,
}: Pick<AgendaScreenProps, 'onEnter' | 'onInvite' | 'onCopyLink'> & { readonly consultation: Consultation }) {
  const { t, i18n } = useTranslation();
  const { state } = consultation;
  const Icon = stateIcons[state];
  const name = consultation.patientName ?? t('agenda.noName');
  const active = state === 'waiting' || state === 'live';
  return (
    <article
      className={classes(
        'card appointment',
        state === 'closed' && 'appointment--past',
        active && 'appointment--now',
      )}
      aria-label={name}
    >
      <time className="appointment__time" dateTime={timeOf(consultation).toISOString()}>
        {formatTime(timeOf(consultation), i18n.language)}
      </time>
      <div>
        <h2 className="appointment__name">{name}</h2>
        <p className={classes('appointment__state', active && 'ok')}>
          <Icon className="icon--small" />
          {t(stateWords[state])}
        </p>
      </div>
      {state === 'closed' ? null : (
        <div className="row appointment__actions">
          {active || !consultation.invitation ? null : (
            <CopyButton iconOnly label={t('invitation.copyLink')} onCopy={() => onCopyLink(consultation)} />
          )}
          {active ? null : (
            <Button size="small" look="quiet" onClick={() => onInvite(consultation)}>
              {t('agenda.invitation')}
            </Button>
          )}
          <Button look={active ? 'soft' : 'plain'} onClick={() => onEnter(consultation)}>
            {t(state === 'live' ? 'agenda.return' : 'agenda.enter')}
          </Button>
        </div>
      )}
    </article>
  );
}

export function AgendaScreen(props: AgendaScreenProps) {
  const { t, i18n } = useTranslation();
  const { consultations } = props;
  return (
    <main className="page">
      <header className="page__head">
        <div className="stack">
          <h1>{formatDay(new Date(props.now), i18n.language)}</h1>
          <p className="small muted" role="status">
            {consultations === undefined
              ? t('agenda.loading')
              : `${t('agenda.count', { count: consultations.length })}, ${t('agenda.waitingCount', { count: props.waiting })}`}
          </p>
        </div>
        <Button look="primary" className="push" icon={Plus} shortcut="N" onClick={props.onNew}>
          {t('agenda.new')}
        </Button>
      </header>
      <div className="agenda">
        <section
          className="agenda__list"
          aria-label={t('agenda.today')}
          aria-busy={consultations === undefined}
        >
          {consultations === undefined && props.problem ? (
            <div className="card empty" role="alert">
              <CircleAlert />
              <h2>{t('agenda.problem')}</h2>
              <p>{props.problem}</p>
              <Button onClick={props.onRetry}>{t('common.retry')}</Button>
            </div>
          ) : consultations === undefined ? (
            <>
              <span className="skeleton" />
              <span className="skeleton" />
              <span className="skeleton" />
            </>
          ) : consultations.length === 0 ? (
            <div className="card empty">
              <CalendarPlus />
              <h2>{t('agenda.emptyTitle')}</h2>
              <p>{t('agenda.emptyText')}</p>
              <Button icon={Plus} onClick={props.onNew}>
                {t('agenda.emptyAction')}
              </Button>
            </div>
          ) : (
            consultations.map((consultation) => (
              <Appointment key={consultation.consultationId} {...props} consultation={consultation} />
            ))
          )}
        </section>
        <aside className="aside" aria-label={t('clinic.waitingRoom')}>
          {props.aside}
        </aside>
      </div>
    </main>
  );
}
