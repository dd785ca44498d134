/** Recordings in the clinic's S3 bucket: what is safe there, what is on its way, and what is in the way. */
import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type {
  RecordingStorageStatus,
  StorageProblemKind,
  TroubledRecording,
} from '../../../shared/contract/recording-storage.ts';
import { Button } from '../../components/button.tsx';
import { classes } from '../../components/classes.ts';
import { formatBytes } from '../../components/format.ts';
import { Notice } from '../../components/notice.tsx';
import { useWhen } from './use-when.ts';

export interface RecordingStorageSettingsProps {
  /** Undefined until known. */
  readonly status: RecordingStorageStatus | undefined;
  /** ms since the epoch. */
  readonly now: number;
  /** While a new try is on its way. */
  readonly busy: boolean;
  readonly onRetry: () => void;
}

const problemTexts: Readonly<Record<StorageProblemKind, string>> = {
  unreachable: 'storage.unreachable',
  certificate: 'storage.certificate',
  key: 'storage.key',
  denied: 'storage.denied',
  bucket: 'storage.bucket',
  region: 'storage.region',
  clock: 'storage.clock',
  full: 'storage.full',
  unwell: 'storage.unwell',
  damaged: 'storage.damaged',
  missing: 'storage.missing',
  different: 'storage.different',
  locked: 'storage.locked',
};
const taskTexts: Readonly<Record<TroubledRecording['task'], string>> = {
  upload: 'storage.taskUpload',
  hold: 'storage.taskHold',
  remove: 'storage.taskRemove',
};

function Uploading({ current }: { readonly current: NonNullable<RecordingStorageStatus['current']> }) {
  const { t, i18n } = useTranslation();
  const { sentBytes, sizeBytes } = current;
  const percent = sizeBytes === 0 ? 0 : Math.floor((sentBytes / sizeBytes) * 100);
  const sent = t('storage.uploading', {
    sent: formatBytes(sentBytes, i18n.language),
    size: formatBytes(sizeBytes, i18n.language),
  });
  return (
    <div className="setting__more">
      <p className="small muted">{sent}</p>
      <div
        className="progress"
        role="progressbar"
        aria-label={t('storage.uploadingLabel')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
      >
        <i style={{ width: `${percent}%` }} />
      </div>
    </div>
  );
}

export function RecordingStorageSettings({ status, now, busy, onRetry }: RecordingStorageSettingsProps) {
  const { t, i18n } = useTranslation();
  const id = useId();
  const when = useWhen(now);
  if (status === undefined) return null;
  const { place, pending, pendingBytes, current, lastStoredAt, problem, removing, troubled } = status;
  const hasProgress = current !== undefined && problem === undefined && pending > 0;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{t('storage.title')}</h2>
      <div className="card">
        {place === undefined ? (
          <div className="setting">
            <div className="stack">
              <h3>{t('storage.off')}</h3>
              <p className="small muted">{t('storage.offText')}</p>
            </div>
          </div>
        ) : (
          <div className="setting">
            <div className="stack">
              <h3 className="setting__address">
                {place.bucket}
                {place.prefix === '' ? '' : `/${place.prefix.replace(/\/$/, '')}`} ·{' '}
                {new URL(place.endpoint).host}
              </h3>
              <p className="small muted">
                {t('storage.what')}{' '}
                {lastStoredAt === undefined
                  ? t('storage.neverStored')
                  : t('storage.lastStored', { count: status.stored, when: when(lastStoredAt) })}{' '}
                {status.keepLocalDays === undefined
                  ? t('storage.keepsLocal')
                  : t('storage.keepsLocalDays', { count: status.keepLocalDays })}
              </p>
            </div>
            <span
              className={classes('chip', problem ? 'chip--warn' : pending > 0 ? 'chip--accent' : 'chip--ok')}
              role="status"
            >
              <span className="dot" />
              {pending > 0
                ? t('storage.pending', { count: pending, size: formatBytes(pendingBytes, i18n.language) })
                : t('storage.upToDate')}
            </span>
            {hasProgress ? <Uploading current={current} /> : null}
            {problem === undefined ? null : (
              <div className="setting__more">
                <Notice kind="warn" icon={TriangleAlert}>
                  {t(problemTexts[problem.kind])}{' '}
                  {t('storage.since', { when: when(problem.since), next: when(problem.nextTryAt) })}
                </Notice>
                <div className="setting__detail">
                  <details className="small muted">
                    <summary>{t('storage.detail')}</summary>
                    <p lang="en">{problem.detail}</p>
                  </details>
                  {troubled.length === 0 ? (
                    <Button size="small" disabled={busy} onClick={onRetry}>
                      {t('storage.tryNow')}
                    </Button>
                  ) : null}
                </div>
              </div>
            )}
          </div>
        )}
        {removing === 0 ? null : (
          <div className="setting">
            <p className="small muted">{t('storage.removing', { count: removing })}</p>
          </div>
        )}
        {status.heldHereOnly === 0 ? null : (
          <div className="setting">
            <div className="setting__more">
              <Notice icon={Info}>{t('storage.heldHereOnly', { count: status.heldHereOnly })}</Notice>
            </div>
          </div>
        )}
        {troubled.length === 0 ? null : (
          <div className="setting">
            <div className="stack">
              <h3 className="row">
                <CircleAlert className="icon icon--small setting__trouble" aria-hidden="true" />
                {t('storage.troubled', { count: troubled.length })}
              </h3>
              <p className="small muted">{t('storage.troubledText')}</p>
            </div>
            <Button disabled={busy || place === undefined} onClick={onRetry}>
              {t('storage.tryNow')}
            </Button>
            <div className="setting__more">
              <ul className="troubles">
                {troubled.map(({ egressId, task, kind, detail, since }) => (
                  <li key={egressId} className="stack">
                    <span className="small strong">
                      {egressId} · {t(taskTexts[task])}
                    </span>
                    <span className="small muted">
                      {t(problemTexts[kind])} {t('storage.troubledSince', { when: when(since) })}
                    </span>
                    <details className="small muted">
                      <summary>{t('storage.detail')}</summary>
                      <p lang="en">{detail}</p>
                    </details>
                  </li>
                ))}
              </ul>
            </div>
          </div>
        )}
      </div>
    </section>
  );
}
