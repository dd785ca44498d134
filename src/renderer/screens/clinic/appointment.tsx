/** One consultation in a list: when, who, how it stands, the one next step, and the rest in a menu. */
import { CalendarClock, CalendarX, Ellipsis, History, Link2, LogIn, Pencil } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isOpen } from '../../../shared/consultation/consultation.ts';
import type { Consultation } from '../../../shared/contract/contract.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { classes } from '../../components/classes.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { formatShortDate, formatTime } from '../../components/format.ts';
import { Menu, MenuItem, MenuSeparator } from '../../components/menu.tsx';
import { standingOf, timeOf, wordsOf } from './appointment-state.ts';

export interface AppointmentActions {
  /** Absent for those who enter no consultation. */
  readonly onEnter: ((consultation: Consultation) => void) | undefined;
  /** Lets the waiting patient in and opens the consultation. Absent as `onEnter` is. */
  readonly onAdmit: ((consultation: Consultation) => void) | undefined;
  readonly onInvite: (consultation: Consultation) => void;
  readonly onCopyLink: (consultation: Consultation) => Promise<void>;
  readonly onCorrect: (consultation: Consultation) => void;
  readonly onReschedule: (consultation: Consultation) => void;
  readonly onCancel: (consultation: Consultation) => void;
  readonly onHistory: (consultation: Consultation) => void;
}

export interface AppointmentProps extends AppointmentActions {
  readonly consultation: Consultation;
  /** ms since the epoch. */
  readonly now: number;
  /** When its patient came to the waiting room, ISO 8601. */
  readonly waitingSince?: string | undefined;
  /** In lists of more than one day. */
  readonly withDate?: boolean;
  /** Among the same patient's others there is no way to them. */
  readonly inHistory?: boolean;
  readonly heading?: 'h2' | 'h3';
}

function NextStep(props: AppointmentProps): ReactNode {
  const { t } = useTranslation();
  const { consultation, onEnter, onAdmit } = props;
  switch (standingOf(consultation, props.now)) {
    case 'waiting':
      return onAdmit ? (
        <Button look="soft" onClick={() => onAdmit(consultation)}>
          {t('waitingRoom.admit')}
        </Button>
      ) : null;
    case 'live':
      return onEnter ? (
        <Button look="soft" onClick={() => onEnter(consultation)}>
          {t('agenda.return')}
        </Button>
      ) : null;
    case 'unplanned':
    case 'soon':
    case 'late':
      if (onEnter) return <Button onClick={() => onEnter(consultation)}>{t('agenda.enter')}</Button>;
      return <CopyButton label={t('invitation.copyLink')} onCopy={() => props.onCopyLink(consultation)} />;
    case 'later':
      return <CopyButton label={t('invitation.copyLink')} onCopy={() => props.onCopyLink(consultation)} />;
    case 'absent':
    case 'missed':
      return (
        <Button look="quiet" onClick={() => props.onReschedule(consultation)}>
          {t('agenda.reschedule')}
        </Button>
      );
    case 'closed':
      if (props.inHistory && onEnter) {
        return (
          <Button look="quiet" onClick={() => onEnter(consultation)}>
            {t('summary.open')}
          </Button>
        );
      }
      return <HistoryButton {...props} />;
    case 'cancelled':
      return <HistoryButton {...props} />;
  }
}

function HistoryButton({ consultation, inHistory, onHistory }: AppointmentProps): ReactNode {
  const { t } = useTranslation();
  return inHistory ? null : (
    <Button look="quiet" onClick={() => onHistory(consultation)}>
      {t('agenda.history')}
    </Button>
  );
}

function More(props: AppointmentProps & { readonly name: string }): ReactNode {
  const { t } = useTranslation();
  const { consultation, name, onEnter } = props;
  const { state } = consultation;
  const open = isOpen(state);
  if (!open && state !== 'missed') return null;
  return (
    <Menu trigger={<IconButton icon={Ellipsis} label={t('agenda.more', { name })} />}>
      {open ? (
        <>
          {onEnter ? (
            <MenuItem icon={LogIn} onSelect={() => onEnter(consultation)}>
              {t('agenda.enter')}
            </MenuItem>
          ) : null}
          <MenuItem icon={Link2} onSelect={() => props.onInvite(consultation)}>
            {t('agenda.invitation')}
          </MenuItem>
          <MenuItem icon={Pencil} onSelect={() => props.onCorrect(consultation)}>
            {t('agenda.correct')}
          </MenuItem>
        </>
      ) : null}
      {state === 'live' ? null : (
        <MenuItem icon={CalendarClock} onSelect={() => props.onReschedule(consultation)}>
          {t('agenda.reschedule')}
        </MenuItem>
      )}
      {props.inHistory ? null : (
        <MenuItem icon={History} onSelect={() => props.onHistory(consultation)}>
          {t('agenda.history')}
        </MenuItem>
      )}
      {state === 'live' ? null : (
        <>
          <MenuSeparator />
          <MenuItem icon={CalendarX} danger onSelect={() => props.onCancel(consultation)}>
            {t('agenda.cancel')}
          </MenuItem>
        </>
      )}
    </Menu>
  );
}

export function Appointment(props: AppointmentProps) {
  const { t, i18n } = useTranslation();
  const { consultation, now, withDate = false, heading: Heading = 'h2' } = props;
  const { state } = consultation;
  const { icon: Icon, text, tone } = wordsOf(consultation, now, props.waitingSince, t);
  const name = consultation.patientName ?? t('agenda.noName');
  const time = timeOf(consultation);
  // Among one patient's consultations it is the doctor who tells them apart.
  const beside = props.inHistory ? consultation.doctorName : consultation.title;
  return (
    <article
      className={classes(
        'card appointment',
        withDate && 'appointment--dated',
        !isOpen(state) && 'appointment--past',
        (state === 'waiting' || state === 'live') && 'appointment--now',
      )}
      aria-label={name}
    >
      <time className="appointment__time" dateTime={time.toISOString()}>
        {withDate ? (
          <span className="appointment__date">{formatShortDate(time, i18n.language, new Date(now))}</span>
        ) : null}
        {formatTime(time, i18n.language)}
      </time>
      <div>
        <Heading className="appointment__name">
          {props.inHistory ? (consultation.title ?? t('records.consultation')) : name}
          {beside ? <span className="appointment__title">{beside}</span> : null}
        </Heading>
        <p className={classes('appointment__state', tone)}>
          <Icon className="icon--small" />
          <span>{text}</span>
        </p>
      </div>
      <div className="row appointment__actions">
        <NextStep {...props} />
        <More {...props} name={name} />
      </div>
    </article>
  );
}
