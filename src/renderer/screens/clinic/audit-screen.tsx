/** The audit log: who did what, found by time, kind, consultation and person; verified and handed out from here. */
import {
  ArrowLeft,
  CircleAlert,
  Download,
  ScrollText,
  SearchX,
  ShieldAlert,
  ShieldCheck,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { AuditEntry, AuditVerdict } from '../../../shared/contract/audit.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Field } from '../../components/field.tsx';
import { formatShortDate } from '../../components/format.ts';
import { Notice } from '../../components/notice.tsx';
import { Select } from '../../components/select.tsx';
import { aboutEntry, callerWords, eventWords, faultWords, outcomeText } from './audit-words.ts';
import { ListEmpty, ListLoading, ListProblem } from './list-states.tsx';

export const auditSpans = ['day', 'week', 'month', 'all'] as const;
export type AuditSpan = (typeof auditSpans)[number];

export interface AuditFilters {
  readonly span: AuditSpan;
  /** The name of an event in the log; empty for all. */
  readonly event: string;
  /** Ids, as written or pasted; empty for all. */
  readonly consultationId: string;
  readonly caller: string;
}

export interface AuditScreenProps {
  readonly filters: AuditFilters;
  readonly onFilters: (filters: AuditFilters) => void;
  /** Newest first; undefined until the host has answered. */
  readonly entries: readonly AuditEntry[] | undefined;
  readonly problem?: string | undefined;
  readonly onRetry: () => void;
  /** Shows older ones; absent when these are all. */
  readonly onMore?: (() => void) | undefined;
  /** What is on its way. */
  readonly busy?: 'verifying' | 'exporting' | undefined;
  readonly verdict?: (AuditVerdict & { readonly publicKey: string }) | undefined;
  /** Why verifying or exporting did not work. */
  readonly failure?: string | undefined;
  readonly onVerify: () => void;
  readonly onExport: () => void;
  readonly onCopy: (text: string) => Promise<void>;
}

const spanWords: Readonly<Record<AuditSpan, string>> = {
  day: 'audit.spanDay',
  week: 'audit.spanWeek',
  month: 'audit.spanMonth',
  all: 'audit.spanAll',
};

function Verdict({
  verdict,
  onCopy,
}: Pick<AuditScreenProps, 'onCopy'> & Required<Pick<AuditScreenProps, 'verdict'>>) {
  const { t } = useTranslation();
  if (verdict === undefined) return null;
  const { sound, entries, signedHeads, restored, fault, publicKey } = verdict;
  if (!sound && fault !== undefined) {
    return (
      <Notice kind="danger" icon={ShieldAlert} live>
        <p className="strong">{t('audit.notSound', { number: fault.number })}</p>
        <p>{t(faultWords[fault.kind], { number: fault.number, until: fault.until ?? fault.number })}</p>
        <p>{t('audit.notSoundNext')}</p>
      </Notice>
    );
  }
  return (
    <Notice kind="ok" icon={ShieldCheck} live>
      <p className="strong">{t('audit.sound', { count: entries })}</p>
      {restored.map(({ number, replaced }) => (
        <p key={number}>
          {replaced === undefined
            ? t('audit.restoredUnknown', { number })
            : t('audit.restored', { number, last: replaced.number })}
        </p>
      ))}
      <p>{t('audit.soundText', { count: signedHeads })}</p>
      <div className="address">
        <span className="code">{publicKey}</span>
        <CopyButton iconOnly label={t('audit.copyKey')} onCopy={() => onCopy(publicKey)} />
      </div>
    </Notice>
  );
}

function Filters({ filters, onFilters }: Pick<AuditScreenProps, 'filters' | 'onFilters'>) {
  const { t } = useTranslation();
  const change = (part: Partial<AuditFilters>) => onFilters({ ...filters, ...part });
  const events = [...eventWords]
    .map(([id, words]) => ({ id, label: t(words) }))
    .sort((one, other) => one.label.localeCompare(other.label));
  return (
    <div className="audit__filters">
      <div className="field">
        <span className="field__label">{t('audit.when')}</span>
        <Select
          boxed
          label={t('audit.when')}
          value={filters.span}
          onChange={(id) => change({ span: auditSpans.find((span) => span === id) ?? 'all' })}
          choices={auditSpans.map((id) => ({ id, label: t(spanWords[id]) }))}
        />
      </div>
      <div className="field">
        <span className="field__label">{t('audit.what')}</span>
        <Select
          boxed
          label={t('audit.what')}
          value={filters.event}
          onChange={(event) => change({ event })}
          choices={[{ id: '', label: t('audit.everything') }, ...events]}
        />
      </div>
      <Field
        label={t('audit.consultation')}
        value={filters.consultationId}
        placeholder={t('audit.id')}
        autoComplete="off"
        maxLength={100}
        onChange={(event) => change({ consultationId: event.target.value })}
      />
      <Field
        label={t('audit.who')}
        value={filters.caller}
        placeholder={t('audit.id')}
        autoComplete="off"
        maxLength={100}
        onChange={(event) => change({ caller: event.target.value })}
      />
    </div>
  );
}

function Entry({
  entry,
  onFilters,
  filters,
}: Pick<AuditScreenProps, 'filters' | 'onFilters'> & { readonly entry: AuditEntry }) {
  const { t, i18n } = useTranslation();
  const { number, at, event, caller, consultationId, outcome, count } = entry;
  const when = new Date(at);
  const words = eventWords.get(event);
  const { words: how, asTheyAre } = aboutEntry(entry);
  return (
    <tr>
      <td className="number muted">{number}</td>
      <td className="number">
        <time dateTime={at}>
          {formatShortDate(when, i18n.language)}{' '}
          {when.toLocaleTimeString(i18n.language, { hourCycle: 'h23' })}
        </time>
      </td>
      <td>
        <span className="strong">{words === undefined ? event : t(words)}</span>
        {how.length === 0 ? null : (
          <span className="audit__how small muted">
            {how.map(({ text, values }) => t(text, values ?? {})).join(' · ')}
          </span>
        )}
        {asTheyAre.map((text) => (
          <span key={text} className="audit__id code small muted" title={text}>
            {text}
          </span>
        ))}
      </td>
      <td>
        {t(callerWords[caller.role])}
        {caller.id === undefined ? null : (
          <button
            type="button"
            className="audit__id code small"
            title={t('audit.onlyThis')}
            onClick={() => onFilters({ ...filters, caller: caller.id ?? '' })}
          >
            {caller.id}
          </button>
        )}
      </td>
      <td>
        {consultationId === undefined ? null : (
          <button
            type="button"
            className="audit__id code small"
            title={t('audit.onlyThis')}
            onClick={() => onFilters({ ...filters, consultationId })}
          >
            {consultationId}
          </button>
        )}
      </td>
      <td>
        {outcome === 'ok' ? (
          <span className="muted">{t('audit.ok')}</span>
        ) : (
          <>
            <span className="chip chip--warn">{t(outcomeText(outcome))}</span>
            <span className="audit__id code small muted">{outcome}</span>
            {count === undefined ? null : <span className="small muted">{t('audit.times', { count })}</span>}
          </>
        )}
      </td>
    </tr>
  );
}

function Entries(props: AuditScreenProps) {
  const { t } = useTranslation();
  const { entries, filters } = props;
  if (entries === undefined) {
    return props.problem ? (
      <ListProblem title={t('audit.problem')} problem={props.problem} onRetry={props.onRetry} />
    ) : (
      <ListLoading />
    );
  }
  if (entries.length === 0) {
    const { span, event, consultationId, caller } = filters;
    const filtered = span !== 'all' || event !== '' || consultationId !== '' || caller !== '';
    return filtered ? (
      <ListEmpty icon={SearchX} title={t('audit.notFound')} text={t('audit.notFoundText')} />
    ) : (
      <ListEmpty icon={ScrollText} title={t('audit.empty')} text={t('audit.emptyText')} />
    );
  }
  return (
    <>
      <section className="card audit__scroll" aria-label={t('audit.title')}>
        <table className="audit__table">
          <thead>
            <tr>
              <th scope="col">{t('audit.number')}</th>
              <th scope="col">{t('audit.when')}</th>
              <th scope="col">{t('audit.what')}</th>
              <th scope="col">{t('audit.who')}</th>
              <th scope="col">{t('audit.consultation')}</th>
              <th scope="col">{t('audit.outcome')}</th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <Entry key={entry.number} entry={entry} filters={filters} onFilters={props.onFilters} />
            ))}
          </tbody>
        </table>
      </section>
      {props.onMore ? (
        <Button className="records__more" onClick={props.onMore}>
          {t('audit.more')}
        </Button>
      ) : null}
    </>
  );
}

export function AuditScreen(props: AuditScreenProps) {
  const { t } = useTranslation();
  const { busy } = props;
  return (
    <main className="page">
      <header className="page__head page__head--wrap">
        <div className="stack">
          <a className="back" href="#settings">
            <ArrowLeft className="icon--small" />
            {t('clinic.settings')}
          </a>
          <h1>{t('audit.title')}</h1>
          <p className="small muted">{t('audit.text')}</p>
        </div>
        <div className="row push">
          <Button icon={Download} disabled={busy !== undefined} onClick={props.onExport}>
            {t(busy === 'exporting' ? 'audit.exporting' : 'audit.export')}
          </Button>
          <Button look="primary" icon={ShieldCheck} disabled={busy !== undefined} onClick={props.onVerify}>
            {t(busy === 'verifying' ? 'audit.verifying' : 'audit.verify')}
          </Button>
        </div>
      </header>
      <div className="audit" aria-busy={props.entries === undefined}>
        {props.failure ? (
          <Notice kind="danger" icon={CircleAlert} live>
            {props.failure}
          </Notice>
        ) : null}
        <Verdict verdict={props.verdict} onCopy={props.onCopy} />
        <Filters filters={props.filters} onFilters={props.onFilters} />
        <Entries {...props} />
      </div>
    </main>
  );
}
