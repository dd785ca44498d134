/** One recording: its picture, what is known of it, how long it stays, and what can be done with it. */
import {
  CalendarClock,
  Check,
  CircleAlert,
  Download,
  Ellipsis,
  FileLock2,
  Link2,
  NotebookPen,
  PackageCheck,
  Scale,
  ShieldCheck,
  Trash2,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { KeptRecording } from '../../../shared/contract/recording-library.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { formatBytes, formatDayWithin, formatDuration } from '../../components/format.ts';
import { Menu, MenuItem, MenuSeparator } from '../../components/menu.tsx';
import { Notice } from '../../components/notice.tsx';
import { dayText, formatText, lost, savedText, stateText } from './recording-words.ts';

export type CheckResult =
  | { readonly name: 'checking' }
  | { readonly name: 'sound' }
  | { readonly name: 'damaged'; readonly offset: number | undefined };

/** How far a file is that is being saved, by the desktop app: a browser shows it itself. */
export interface Saving {
  /** Whose consultation it is of. */
  readonly name: string | undefined;
  readonly state: 'saving' | 'saved' | 'failed';
}

export interface RecordingActions {
  readonly onNotes: () => void;
  /** Absent where this host has no key. */
  readonly onExport?: (() => void) | undefined;
  readonly onExportEncrypted: () => void;
  readonly onCheck: () => void;
  readonly onHold: () => void;
  /** Absent where this clinic shares nothing. */
  readonly onShare?: (() => void) | undefined;
  /** What only the clinic may; absent for others. */
  readonly onRelease?: (() => void) | undefined;
  readonly onKeep?: (() => void) | undefined;
  readonly onRemove?: (() => void) | undefined;
  readonly onPack?: (() => void) | undefined;
}

export interface RecordingDetailProps extends RecordingActions {
  readonly recording: KeptRecording;
  readonly player: ReactNode;
  /** ms since the epoch. */
  readonly now: number;
  readonly check?: CheckResult | undefined;
  /** What could not be done. */
  readonly problem?: string | undefined;
  readonly saving?: Saving | undefined;
}

const savingWords = {
  saving: { kind: 'plain', icon: Download, text: 'recordings.exporting' },
  saved: { kind: 'ok', icon: Check, text: 'recordings.exported' },
  failed: { kind: 'danger', icon: CircleAlert, text: 'recordings.exportFailed' },
} as const;

function SavingNotice({ name, state }: Saving) {
  const { t } = useTranslation();
  const { kind, icon, text } = savingWords[state];
  return (
    <Notice kind={kind} icon={icon} live>
      {t(text, { name: name ?? t('agenda.noName') })}
    </Notice>
  );
}

const copiesWords: Readonly<Record<KeptRecording['copies'], string>> = {
  here: 'recordings.copiesHere',
  'here-and-bucket': 'recordings.copiesBoth',
  bucket: 'recordings.copiesBucket',
  missing: 'recordings.copiesMissing',
};

function Integrity({ recording, check }: Pick<RecordingDetailProps, 'recording' | 'check'>) {
  const { t, i18n } = useTranslation();
  switch (check?.name) {
    case 'checking':
      return (
        <dd>
          <span role="status">{t('recordings.checking')}</span>
        </dd>
      );
    case 'sound':
      return (
        <dd className="ok">
          <span role="status">{t('recordings.checked')}</span>
        </dd>
      );
    case 'damaged':
      return (
        <dd className="danger">
          <span role="alert">
            {check.offset === undefined
              ? t('recordings.damaged')
              : t('recordings.damagedAt', { place: formatBytes(check.offset, i18n.language) })}
          </span>
        </dd>
      );
    case undefined:
      return lost(recording) ? (
        <dd className="warn">{savedText(t, recording)}</dd>
      ) : (
        <dd>{t('recordings.complete')}</dd>
      );
  }
}

/** "jueves 27 de mayo de 2027", inside a sentence */
function useDayWithin(): (at: string) => string {
  const { t, i18n } = useTranslation();
  return (at) => {
    const date = new Date(at);
    return t('recordings.dayOfYear', { day: formatDayWithin(date, i18n.language), year: date.getFullYear() });
  };
}

/** How long it stays, and what changes that. */
function Keeping(props: RecordingDetailProps) {
  const { t } = useTranslation();
  const { recording } = props;
  const day = useDayWithin();
  if (recording.hold) {
    return (
      <div className="keeping keeping--held">
        <Scale />
        <div className="grow">
          <p className="strong">{t('recordings.heldSince', { day: day(recording.hold.since) })}</p>
          <p>{recording.hold.reason}</p>
        </div>
        {props.onRelease ? (
          <Button size="small" onClick={props.onRelease}>
            {t('recordings.release')}
          </Button>
        ) : null}
      </div>
    );
  }
  return (
    <div className="keeping">
      <CalendarClock />
      <p className="grow">
        {recording.deletesAt === undefined
          ? t('recordings.never')
          : t('recordings.deletesOn', { day: day(recording.deletesAt) })}
      </p>
      {props.onKeep ? (
        <Button size="small" onClick={props.onKeep}>
          {t('recordings.keep')}
        </Button>
      ) : null}
      {props.onRemove ? (
        <Button size="small" look="danger-quiet" onClick={props.onRemove}>
          {t('recordings.remove')}
        </Button>
      ) : null}
    </div>
  );
}

/** @param there whether its file is. */
function More({ there, ...props }: RecordingDetailProps & { readonly there: boolean }) {
  const { t } = useTranslation();
  return (
    <Menu trigger={<IconButton icon={Ellipsis} label={t('recordings.more')} />}>
      {there && props.onShare ? (
        <MenuItem icon={Link2} onSelect={props.onShare}>
          {t('recordings.share')}
        </MenuItem>
      ) : null}
      {there ? (
        <MenuItem icon={ShieldCheck} onSelect={props.onCheck}>
          {t('recordings.check')}
        </MenuItem>
      ) : null}
      {props.recording.hold ? null : (
        <MenuItem icon={Scale} onSelect={props.onHold}>
          {t('recordings.hold')}
        </MenuItem>
      )}
      <MenuSeparator />
      {there ? (
        <MenuItem icon={FileLock2} onSelect={props.onExportEncrypted}>
          {t('recordings.exportEncrypted')}
        </MenuItem>
      ) : null}
      {props.onPack ? (
        <MenuItem icon={PackageCheck} onSelect={props.onPack}>
          {t('recordings.pack')}
        </MenuItem>
      ) : null}
    </Menu>
  );
}

export function RecordingDetail(props: RecordingDetailProps) {
  const { t, i18n } = useTranslation();
  const { recording, problem } = props;
  const day = dayText(t, new Date(recording.startedAt), i18n.language, props.now);
  const dayWithin = useDayWithin();
  const state = stateText(t, recording);
  const kept = recording.sizeBytes !== undefined && recording.deleted === undefined;
  const missing = kept && recording.copies === 'missing';
  const there = kept && !missing;
  return (
    <section className="card player" aria-labelledby="player-title">
      {there ? (
        props.player
      ) : (
        <div className="player__picture player__picture--still on-stage">
          {recording.deleted ? <Trash2 /> : <CircleAlert />}
          <p>{recording.deleted ? t('recordings.deletedText') : missing ? t('recordings.missing') : state}</p>
        </div>
      )}
      <div className="card__body stack stack--20">
        {problem ? (
          <Notice kind="danger" icon={CircleAlert} live>
            {problem}
          </Notice>
        ) : null}
        {props.saving ? <SavingNotice {...props.saving} /> : null}
        {missing ? (
          <Notice kind="warn" icon={CircleAlert}>
            {t('recordings.missingText', { file: `${recording.egressId}.age` })}
          </Notice>
        ) : null}
        <div className="row player__head">
          <div className="stack stack--2 grow">
            <h2 id="player-title" className="player__title">
              {recording.patientName ?? t('agenda.noName')}
            </h2>
            <p className="small muted">
              {recording.doctorName ? t('recordings.with', { doctor: recording.doctorName, day }) : day}
            </p>
          </div>
          <Button icon={NotebookPen} onClick={props.onNotes}>
            {t('recordings.notes')}
          </Button>
          {there && props.onExport ? (
            <Button look="primary" icon={Download} onClick={props.onExport}>
              {t('recordings.export')}
            </Button>
          ) : null}
          {kept ? <More {...props} there={there} /> : null}
        </div>
        <dl className="facts">
          <div>
            <dt>{t('recordings.consent')}</dt>
            <dd className={recording.agreed > 0 ? 'ok' : undefined}>
              {t('recordings.agreed', { count: recording.agreed })}
            </dd>
          </div>
          <div>
            <dt>{t('recordings.file')}</dt>
            <dd>
              {recording.sizeBytes === undefined
                ? formatDuration(recording.durationMs)
                : [formatText(recording), formatBytes(recording.sizeBytes, i18n.language)]
                    .filter(Boolean)
                    .join(', ')}
            </dd>
          </div>
          {kept ? (
            <>
              {there ? (
                <div>
                  <dt>{t('recordings.integrity')}</dt>
                  <Integrity {...props} />
                </div>
              ) : null}
              <div>
                <dt>{t('recordings.copies')}</dt>
                <dd>{t(copiesWords[recording.copies])}</dd>
              </div>
              <div>
                <dt>{t('recordings.links')}</dt>
                <dd>{t('recordings.linksOpen', { count: recording.links })}</dd>
              </div>
            </>
          ) : null}
          {recording.sha256 === undefined ? null : (
            <div>
              <dt>SHA-256</dt>
              <dd className="code small" title={recording.sha256}>
                {recording.sha256.slice(0, 16)}…
              </dd>
            </div>
          )}
        </dl>
        {recording.deleted ? (
          <Notice icon={Trash2}>
            {t(recording.deleted.as === 'asked' ? 'recordings.deletedOn' : 'recordings.expiredOn', {
              day: dayWithin(recording.deleted.at),
            })}
            {recording.deleted.reason ? ` ${recording.deleted.reason}` : null}
          </Notice>
        ) : (
          <Keeping {...props} />
        )}
      </div>
    </section>
  );
}
