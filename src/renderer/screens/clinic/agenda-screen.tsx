/** A day, a week or what was searched: consultations with one next step each, and who waits. */
import { CalendarPlus, ChevronLeft, ChevronRight, Plus, SearchX } from 'lucide-react';
import { Fragment, type ReactNode, type Ref } from 'react';
import { useTranslation } from 'react-i18next';
import { isOpen } from '../../../shared/consultation/consultation.ts';
import type { Consultation } from '../../../shared/contract/contract.ts';
import type { WaitingPatient } from '../../../shared/contract/waiting-room.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { addDays } from '../../components/calendar.ts';
import { formatDay, formatShortDate, formatTime, isSameDay } from '../../components/format.ts';
import { SearchField } from '../../components/search-field.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { Appointment, type AppointmentActions } from './appointment.tsx';
import { timeOf } from './appointment-state.ts';
import { ListEmpty, ListLoading, ListProblem } from './list-states.tsx';

/** `date` is the beginning of the day or of the week. */
export interface AgendaView {
  readonly span: 'day' | 'week';
  readonly date: Date;
}

export interface AgendaScreenProps extends AppointmentActions {
  readonly view: AgendaView;
  readonly onView: (view: AgendaView) => void;
  /** Back to the day or the week of now. */
  readonly onToday: () => void;
  readonly search: string;
  readonly onSearch: (text: string) => void;
  readonly searchField?: Ref<HTMLInputElement>;
  /** Whether the list is what was found, which follows what is being written. */
  readonly searched: boolean;
  /** In the order of time; undefined until the host has answered for the first time. */
  readonly consultations: readonly Consultation[] | undefined;
  /** Not all of them are shown. */
  readonly more?: boolean;
  /** Why there is no answer. */
  readonly problem?: string | undefined;
  readonly onRetry: () => void;
  /** ms since the epoch. */
  readonly now: number;
  readonly waiting: readonly WaitingPatient[];
  readonly onNew: () => void;
  /** The waiting room card. */
  readonly aside: ReactNode;
}

function titleOf({ span, date }: AgendaView, language: string, now: Date): string {
  if (span === 'day') return formatDay(date, language);
  return `${formatShortDate(date, language, now)} – ${formatShortDate(addDays(date, 6), language, now)}`;
}

function Now({ now }: { readonly now: number }) {
  const { t, i18n } = useTranslation();
  return (
    <div className="now">
      <span>
        {t('agenda.now')} <time>{formatTime(new Date(now), i18n.language)}</time>
      </span>
    </div>
  );
}

function Day({
  consultations,
  ...props
}: AgendaScreenProps & { readonly consultations: readonly Consultation[] }) {
  const { now, view, waiting } = props;
  // Those from other days whose people are there now are shown too.
  const here = (one: Consultation) => isSameDay(timeOf(one), view.date);
  const next = consultations.findIndex(
    (one) => here(one) && isOpen(one.state) && timeOf(one).getTime() >= now,
  );
  return consultations.map((consultation, index) => (
    <Fragment key={consultation.consultationId}>
      {index === next && index > 0 && isSameDay(view.date, new Date(now)) ? <Now now={now} /> : null}
      <Appointment
        {...props}
        consultation={consultation}
        waitingSince={sinceOf(consultation, waiting)}
        withDate={!here(consultation)}
      />
    </Fragment>
  ));
}

function Week({
  consultations,
  ...props
}: AgendaScreenProps & { readonly consultations: readonly Consultation[] }) {
  const { t, i18n } = useTranslation();
  return [0, 1, 2, 3, 4, 5, 6].map((offset) => {
    const day = addDays(props.view.date, offset);
    const ofDay = consultations.filter((one) => isSameDay(timeOf(one), day));
    // A weekend without consultations is no news.
    if (ofDay.length === 0 && offset > 4) return null;
    return (
      <section key={offset} className="agenda__day" aria-label={formatDay(day, i18n.language)}>
        <h2 className="agenda__date">
          {formatDay(day, i18n.language)}
          {isSameDay(day, new Date(props.now)) ? <span className="chip">{t('agenda.thisDay')}</span> : null}
        </h2>
        {ofDay.length === 0 ? <p className="small muted">{t('agenda.emptyDay')}</p> : null}
        {ofDay.map((consultation) => (
          <Appointment
            key={consultation.consultationId}
            {...props}
            consultation={consultation}
            waitingSince={sinceOf(consultation, props.waiting)}
            heading="h3"
          />
        ))}
      </section>
    );
  });
}

function sinceOf({ consultationId }: Consultation, waiting: readonly WaitingPatient[]): string | undefined {
  return waiting.find((person) => person.consultationId === consultationId && person.role === 'patient')
    ?.since;
}

function List(props: AgendaScreenProps) {
  const { t } = useTranslation();
  const { consultations, view, searched } = props;
  if (consultations === undefined) {
    return props.problem ? (
      <ListProblem title={t('agenda.problem')} problem={props.problem} onRetry={props.onRetry} />
    ) : (
      <ListLoading />
    );
  }
  if (searched) {
    if (consultations.length === 0) {
      return <ListEmpty icon={SearchX} title={t('agenda.notFoundTitle')} text={t('agenda.notFoundText')} />;
    }
    return consultations.map((consultation) => (
      <Appointment
        key={consultation.consultationId}
        {...props}
        consultation={consultation}
        waitingSince={sinceOf(consultation, props.waiting)}
        withDate
      />
    ));
  }
  if (consultations.length === 0) {
    return (
      <ListEmpty
        icon={CalendarPlus}
        title={t(view.span === 'day' ? 'agenda.emptyTitle' : 'agenda.emptyWeek')}
        text={t('agenda.emptyText')}
      >
        <Button icon={Plus} onClick={props.onNew}>
          {t('agenda.emptyAction')}
        </Button>
      </ListEmpty>
    );
  }
  return view.span === 'day' ? (
    <Day {...props} consultations={consultations} />
  ) : (
    <Week {...props} consultations={consultations} />
  );
}

export function AgendaScreen(props: AgendaScreenProps) {
  const { t, i18n } = useTranslation();
  const { consultations, view, search, searched } = props;
  const step = view.span === 'day' ? 1 : 7;
  return (
    <main className="page">
      <header className="page__head page__head--wrap">
        <div className="stack">
          <h1>{searched ? t('agenda.found') : titleOf(view, i18n.language, new Date(props.now))}</h1>
          <p className="small muted" role="status">
            {consultations === undefined
              ? props.problem
                ? null
                : t('agenda.loading')
              : `${t('agenda.count', { count: consultations.length })}, ${t('agenda.waitingCount', { count: props.waiting.length })}`}
          </p>
        </div>
        <div className="row push agenda__tools">
          <Segmented
            label={t('agenda.span')}
            choices={[
              { id: 'day', label: t('agenda.day') },
              { id: 'week', label: t('agenda.week') },
            ]}
            value={view.span}
            onChange={(span) => props.onView({ ...view, span: span === 'week' ? 'week' : 'day' })}
          />
          <IconButton
            icon={ChevronLeft}
            label={t(view.span === 'day' ? 'agenda.dayBefore' : 'agenda.weekBefore')}
            onClick={() => props.onView({ ...view, date: addDays(view.date, -step) })}
          />
          <Button onClick={props.onToday}>{t('agenda.thisDay')}</Button>
          <IconButton
            icon={ChevronRight}
            label={t(view.span === 'day' ? 'agenda.dayAfter' : 'agenda.weekAfter')}
            onClick={() => props.onView({ ...view, date: addDays(view.date, step) })}
          />
          <Button look="primary" icon={Plus} shortcut="N" onClick={props.onNew}>
            {t('agenda.new')}
          </Button>
        </div>
      </header>
      <div className="agenda">
        <section
          className="agenda__list"
          aria-label={t('agenda.list')}
          aria-busy={consultations === undefined}
        >
          <SearchField
            label={t('agenda.search')}
            value={search}
            onChange={props.onSearch}
            {...(props.searchField ? { ref: props.searchField } : {})}
          />
          <List {...props} />
          {props.more ? <p className="small muted">{t('agenda.tooMany')}</p> : null}
        </section>
        <aside className="aside" aria-label={t('clinic.waitingRoom')}>
          {props.aside}
        </aside>
      </div>
    </main>
  );
}
