/** What was: consultations that ended, found by words and by how they ended; and everything of one patient. */
import { ArrowLeft, History, Plus, SearchX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Consultation } from '../../../shared/contract/contract.ts';
import { Button } from '../../components/button.tsx';
import { SearchField } from '../../components/search-field.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { Appointment, type AppointmentActions } from './appointment.tsx';
import { ListEmpty, ListLoading, ListProblem } from './list-states.tsx';

export const endings = ['all', 'closed', 'cancelled', 'missed'] as const;
export type Ending = (typeof endings)[number];

interface RecordsListProps extends AppointmentActions {
  /** Latest first; undefined until the host has answered for the first time. */
  readonly consultations: readonly Consultation[] | undefined;
  readonly problem?: string | undefined;
  readonly onRetry: () => void;
  /** Shows the next ones; absent when these are all. */
  readonly onMore?: (() => void) | undefined;
  readonly now: number;
}

export interface RecordsScreenProps extends RecordsListProps {
  readonly search: string;
  readonly onSearch: (text: string) => void;
  readonly ending: Ending;
  readonly onEnding: (ending: Ending) => void;
}

export interface PatientRecordsScreenProps extends RecordsListProps {
  /** As the latest consultation has it. */
  readonly patientName: string | undefined;
  readonly onNew: () => void;
}

const endingWords: Readonly<Record<Ending, string>> = {
  all: 'records.all',
  closed: 'records.closed',
  cancelled: 'records.cancelled',
  missed: 'records.missed',
};

function RecordsList({ inHistory, ...props }: RecordsListProps & { readonly inHistory: boolean }) {
  const { t } = useTranslation();
  const { consultations } = props;
  if (consultations === undefined) {
    return props.problem ? (
      <ListProblem title={t('records.problem')} problem={props.problem} onRetry={props.onRetry} />
    ) : (
      <ListLoading />
    );
  }
  return (
    <>
      {consultations.map((consultation) => (
        <Appointment
          key={consultation.consultationId}
          {...props}
          consultation={consultation}
          withDate
          inHistory={inHistory}
        />
      ))}
      {props.onMore ? (
        <Button className="records__more" onClick={props.onMore}>
          {t('records.more')}
        </Button>
      ) : null}
    </>
  );
}

export function RecordsScreen(props: RecordsScreenProps) {
  const { t } = useTranslation();
  const { consultations, search } = props;
  return (
    <main className="page">
      <header className="page__head page__head--wrap">
        <div className="stack">
          <h1>{t('clinic.records')}</h1>
          <p className="small muted">{t('records.text')}</p>
        </div>
        <div className="row push">
          <Segmented
            label={t('records.ending')}
            choices={endings.map((id) => ({ id, label: t(endingWords[id]) }))}
            value={props.ending}
            onChange={(id) => props.onEnding(endings.find((ending) => ending === id) ?? 'all')}
          />
        </div>
      </header>
      <section className="records" aria-label={t('clinic.records')} aria-busy={consultations === undefined}>
        <SearchField label={t('agenda.search')} value={search} onChange={props.onSearch} />
        {consultations?.length === 0 ? (
          search.trim() === '' && props.ending === 'all' ? (
            <ListEmpty icon={History} title={t('records.emptyTitle')} text={t('records.emptyText')} />
          ) : (
            <ListEmpty icon={SearchX} title={t('agenda.notFoundTitle')} text={t('agenda.notFoundText')} />
          )
        ) : (
          <RecordsList {...props} inHistory={false} />
        )}
      </section>
    </main>
  );
}

export function PatientRecordsScreen(props: PatientRecordsScreenProps) {
  const { t } = useTranslation();
  const { consultations } = props;
  const name = props.patientName ?? t('agenda.noName');
  return (
    <main className="page">
      <header className="page__head page__head--wrap">
        <div className="stack">
          <a className="back" href="#records">
            <ArrowLeft className="icon--small" />
            {t('clinic.records')}
          </a>
          <h1>{name}</h1>
          <p className="small muted" role="status">
            {consultations === undefined
              ? props.problem
                ? null
                : t('agenda.loading')
              : t(props.onMore ? 'records.countMore' : 'records.count', { count: consultations.length })}
          </p>
        </div>
        <Button look="primary" className="push" icon={Plus} onClick={props.onNew}>
          {t('records.new')}
        </Button>
      </header>
      <section className="records" aria-label={name} aria-busy={consultations === undefined}>
        {consultations?.length === 0 ? (
          <ListEmpty icon={History} title={t('records.emptyTitle')} text={t('records.nobodyText')} />
        ) : (
          <RecordsList {...props} inHistory />
        )}
      </section>
    </main>
  );
}
