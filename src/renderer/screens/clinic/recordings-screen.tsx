/** The library of recordings: the list on the left, the chosen one on the right. */
import { Film, SearchX } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type KeptRecording,
  type RecordingFilter,
  recordingFilters,
} from '../../../shared/contract/recording-library.ts';
import { Button } from '../../components/button.tsx';
import { classes } from '../../components/classes.ts';
import { formatBytes, formatDuration } from '../../components/format.ts';
import { SearchField } from '../../components/search-field.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { ListEmpty, ListLoading, ListProblem } from './list-states.tsx';
import { daysLeft, lost, savedText, stateText, whenText } from './recording-words.ts';

export interface RecordingsScreenProps {
  readonly search: string;
  readonly onSearch: (text: string) => void;
  readonly filter: RecordingFilter;
  readonly onFilter: (filter: RecordingFilter) => void;
  /** Newest first; undefined until the host has answered. */
  readonly recordings: readonly KeptRecording[] | undefined;
  /** Of all that are kept. */
  readonly total?: { readonly count: number; readonly sizeBytes: number } | undefined;
  readonly problem?: string | undefined;
  readonly onRetry: () => void;
  /** Shows the next ones; absent when these are all. */
  readonly onMore?: (() => void) | undefined;
  readonly selected: string | undefined;
  /** ms since the epoch. */
  readonly now: number;
  /** The chosen recording. */
  readonly detail?: ReactNode;
}

const filterWords: Readonly<Record<RecordingFilter, string>> = {
  kept: 'recordings.kept',
  held: 'recordings.held',
  deleted: 'recordings.deletedOnes',
};

const emptyWords: Readonly<Record<RecordingFilter, { readonly title: string; readonly text: string }>> = {
  kept: { title: 'recordings.emptyTitle', text: 'recordings.emptyText' },
  held: { title: 'recordings.heldEmptyTitle', text: 'recordings.heldEmptyText' },
  deleted: { title: 'recordings.deletedEmptyTitle', text: 'recordings.deletedEmptyText' },
};

function Chip({ recording, now }: { readonly recording: KeptRecording; readonly now: number }) {
  const { t } = useTranslation();
  const days = daysLeft(recording, now);
  if (recording.deleted) return <span className="chip push">{t('recordings.deleted')}</span>;
  if (recording.status === 'EGRESS_FAILED')
    return <span className="chip chip--danger push">{t('recordings.failedShort')}</span>;
  if (recording.copies === 'missing')
    return <span className="chip chip--danger push">{t('recordings.missingShort')}</span>;
  if (recording.hold) return <span className="chip chip--accent push">{t('recordings.heldShort')}</span>;
  if (days !== undefined)
    return <span className="chip chip--warn push">{t('recordings.deletesIn', { count: days })}</span>;
  if (lost(recording)) return <span className="chip chip--warn push">{savedText(t, recording)}</span>;
  return null;
}

function Row({
  recording,
  selected,
  now,
}: {
  readonly recording: KeptRecording;
  readonly selected: boolean;
  readonly now: number;
}) {
  const { t, i18n } = useTranslation();
  const state = stateText(t, recording);
  return (
    <a
      href={`#recordings/${recording.egressId}`}
      className={classes('list-row', selected && 'is-selected')}
      {...(selected ? { 'aria-current': 'true' as const } : {})}
    >
      <span className="stack stack--2">
        <span className="list-row__title">{recording.patientName ?? t('agenda.noName')}</span>
        <span className="list-row__text">
          {whenText(t, recording.startedAt, i18n.language, now)},{' '}
          {state === undefined || recording.status === 'EGRESS_FAILED' ? (
            <span className="number">{formatDuration(recording.durationMs)}</span>
          ) : (
            state
          )}
        </span>
      </span>
      <Chip recording={recording} now={now} />
    </a>
  );
}

function List(props: RecordingsScreenProps) {
  const { t } = useTranslation();
  const { recordings } = props;
  if (recordings === undefined) {
    return props.problem ? (
      <ListProblem title={t('recordings.problem')} problem={props.problem} onRetry={props.onRetry} />
    ) : (
      <ListLoading />
    );
  }
  if (recordings.length === 0) {
    const { title, text } = emptyWords[props.filter];
    return props.search.trim() === '' ? (
      <ListEmpty icon={Film} title={t(title)} text={t(text)} />
    ) : (
      <ListEmpty icon={SearchX} title={t('agenda.notFoundTitle')} text={t('recordings.notFoundText')} />
    );
  }
  return (
    <>
      <section className="card recordings__list" aria-label={t('recordings.list')}>
        {recordings.map((recording) => (
          <Row
            key={recording.egressId}
            recording={recording}
            selected={recording.egressId === props.selected}
            now={props.now}
          />
        ))}
      </section>
      {props.onMore ? (
        <Button className="records__more" onClick={props.onMore}>
          {t('records.more')}
        </Button>
      ) : null}
    </>
  );
}

export function RecordingsScreen(props: RecordingsScreenProps) {
  const { t, i18n } = useTranslation();
  const { total, recordings, detail } = props;
  return (
    <main className="page">
      <header className="page__head page__head--wrap">
        <div className="stack">
          <h1>{t('clinic.recordings')}</h1>
          <p className="small muted" role="status">
            {total === undefined
              ? props.problem
                ? null
                : t('recordings.loading')
              : t('recordings.total', {
                  count: total.count,
                  size: formatBytes(total.sizeBytes, i18n.language),
                })}
          </p>
        </div>
        <div className="row push recordings__tools">
          <Segmented
            label={t('recordings.which')}
            value={props.filter}
            onChange={(id) => props.onFilter(recordingFilters.find((filter) => filter === id) ?? 'kept')}
            choices={recordingFilters.map((id) => ({ id, label: t(filterWords[id]) }))}
          />
          <SearchField label={t('recordings.search')} value={props.search} onChange={props.onSearch} />
        </div>
      </header>
      <div
        className={classes('recordings', detail === undefined && 'recordings--alone')}
        aria-busy={recordings === undefined}
      >
        <div className="recordings__column">
          <span role="status" className="visually-hidden">
            {recordings === undefined ? null : t('recordings.listed', { count: recordings.length })}
          </span>
          <List {...props} />
        </div>
        {detail}
      </div>
    </main>
  );
}
