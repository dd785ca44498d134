/** What is asked before something is decided about a recording, and the links for the patient. */
import { CircleAlert, Link2Off } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type {
  KeepingRule,
  KeptRecording,
  RecordingLink,
} from '../../../shared/contract/recording-library.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { formatDay, formatDayWithin, formatTime } from '../../components/format.ts';
import { Notice } from '../../components/notice.tsx';
import { Select } from '../../components/select.tsx';

interface RecordingDialogProps {
  readonly recording: KeptRecording;
  readonly busy: boolean;
  readonly problem?: string | undefined;
  readonly onClose: () => void;
}

function Problem({ text }: { readonly text: string | undefined }) {
  return text ? (
    <Notice kind="danger" icon={CircleAlert} live>
      {text}
    </Notice>
  ) : null;
}

function useWhose({ patientName, startedAt }: KeptRecording): string {
  const { t, i18n } = useTranslation();
  const at = new Date(startedAt);
  return t('plan.whoAndWhen', {
    name: patientName ?? t('agenda.noName'),
    day: formatDay(at, i18n.language),
    time: formatTime(at, i18n.language),
  });
}

const reasons = {
  remove: { title: 'recordings.removeTitle', text: 'recordings.removeText', act: 'recordings.removeAct' },
  hold: { title: 'recordings.holdTitle', text: 'recordings.holdText', act: 'recordings.holdAct' },
  release: { title: 'recordings.releaseTitle', text: 'recordings.releaseText', act: 'recordings.releaseAct' },
} as const;

/** Something that needs a reason, which stays with the recording. */
export function ReasonDialog({
  what,
  recording,
  busy,
  problem,
  onDecide,
  onClose,
}: RecordingDialogProps & {
  readonly what: keyof typeof reasons;
  readonly onDecide: (reason: string) => void;
}) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const words = reasons[what];
  return (
    <Dialog title={t(words.title)} description={useWhose(recording)} onClose={onClose}>
      <form
        className="stack stack--16"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy && reason.trim() !== '') onDecide(reason.trim());
        }}
      >
        <Problem text={problem} />
        <p>{t(words.text)}</p>
        <Field
          label={t('recordings.reason')}
          hint={t('recordings.reasonHint')}
          data-autofocus
          maxLength={500}
          autoComplete="off"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <div className="row">
          <Button className="push" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button
            type="submit"
            look={what === 'remove' ? 'danger' : 'primary'}
            disabled={busy || reason.trim() === ''}
          >
            {t(words.act)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const yearsOffered = [1, 2, 5, 10, 20] as const;

/** @param retentionDays as the clinic keeps recordings; undefined: for good. @param now ms since the epoch */
export function KeepDialog({
  recording,
  retentionDays,
  now,
  busy,
  problem,
  onDecide,
  onClose,
}: RecordingDialogProps & {
  readonly retentionDays: number | undefined;
  readonly now: number;
  readonly onDecide: (keeping: KeepingRule) => void;
}) {
  const { t, i18n } = useTranslation();
  const { keeping } = recording;
  const [choice, setChoice] = useState<string>(keeping.rule);
  const keepingOf = (id: string): KeepingRule => {
    if (id === keeping.rule) return keeping;
    const years = Number(id);
    if (!Number.isInteger(years)) return { rule: id === 'forever' ? 'forever' : 'clinic' };
    const until = new Date(now);
    until.setFullYear(until.getFullYear() + years);
    return { rule: 'until', until: until.toISOString() };
  };
  const until = (at: string) => {
    const date = new Date(at);
    const day = formatDayWithin(date, i18n.language);
    return t('recordings.keepUntil', { day: t('recordings.dayOfYear', { day, year: date.getFullYear() }) });
  };
  const choices = [
    ...(keeping.rule === 'until' ? [{ id: 'until', label: until(keeping.until) }] : []),
    {
      id: 'clinic',
      label:
        retentionDays === undefined
          ? t('recordings.keepClinicForGood')
          : t('recordings.keepClinic', { count: retentionDays }),
    },
    ...yearsOffered.map((years) => ({
      id: String(years),
      label: t('recordings.keepYears', { count: years }),
    })),
    { id: 'forever', label: t('recordings.keepForever') },
  ];
  return (
    <Dialog
      title={t('recordings.keepTitle')}
      description={useWhose(recording)}
      onClose={onClose}
      foot={
        <>
          <Button className="push" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button look="primary" disabled={busy} onClick={() => onDecide(keepingOf(choice))}>
            {t('plan.save')}
          </Button>
        </>
      }
    >
      <div className="stack stack--16">
        <Problem text={problem} />
        <div className="field">
          <span className="field__label">{t('recordings.keepLabel')}</span>
          <Select
            boxed
            label={t('recordings.keepLabel')}
            value={choice}
            onChange={setChoice}
            choices={choices}
          />
        </div>
        <p className="small muted">{t('recordings.keepText')}</p>
      </div>
    </Dialog>
  );
}

const hoursOffered = [24, 72, 168, 720] as const;

export function ShareDialog({
  recording,
  links,
  made,
  now,
  busy,
  problem,
  onMake,
  onRevoke,
  onCopy,
  onClose,
}: RecordingDialogProps & {
  /** Those that were made so far; undefined until known. */
  readonly links: readonly RecordingLink[] | undefined;
  /** The one that was just made: it is shown this once. */
  readonly made?: string | undefined;
  /** ms since the epoch. */
  readonly now: number;
  readonly onMake: (hours: number) => void;
  readonly onRevoke: (linkId: string) => void;
  readonly onCopy: (text: string) => Promise<void>;
}) {
  const { t, i18n } = useTranslation();
  const [hours, setHours] = useState<string>('72');
  // What made it has gone; the way on is to copy it.
  const address = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (made !== undefined) address.current?.querySelector('button')?.focus();
  }, [made]);
  const open = links?.filter(
    ({ revokedAt, expiresAt }) => revokedAt === undefined && Date.parse(expiresAt) > now,
  );
  const moment = (at: string) => {
    const date = new Date(at);
    return t('recordings.moment', {
      day: formatDayWithin(date, i18n.language),
      time: formatTime(date, i18n.language),
    });
  };
  return (
    <Dialog title={t('recordings.shareTitle')} description={useWhose(recording)} onClose={onClose}>
      <div className="stack stack--16">
        <Problem text={problem} />
        {made === undefined ? (
          <>
            <p>{t('recordings.shareText')}</p>
            <div className="row row--end">
              <div className="field grow">
                <span className="field__label">{t('recordings.shareFor')}</span>
                <Select
                  boxed
                  label={t('recordings.shareFor')}
                  value={hours}
                  onChange={setHours}
                  choices={hoursOffered.map((offered) => ({
                    id: String(offered),
                    label: t('recordings.shareDays', { count: offered / 24 }),
                  }))}
                />
              </div>
              <Button look="primary" disabled={busy} onClick={() => onMake(Number(hours))}>
                {t('recordings.shareMake')}
              </Button>
            </div>
          </>
        ) : (
          <>
            <div className="address" ref={address}>
              <span className="code">{made}</span>
              <CopyButton iconOnly label={t('recordings.shareCopy')} onCopy={() => onCopy(made)} />
            </div>
            <p className="small muted" role="status">
              {t('recordings.shareOnce')}
            </p>
          </>
        )}
        {open === undefined || open.length === 0 ? null : (
          <section className="stack stack--8" aria-label={t('recordings.links')}>
            <h3>{t('recordings.shareOpen')}</h3>
            <ul className="links">
              {open.map((link) => (
                <li key={link.linkId} className="row">
                  <span className="stack stack--2 grow small">
                    <span>{t('recordings.shareUntil', { moment: moment(link.expiresAt) })}</span>
                    <span className="muted">{t('recordings.shareOpened', { count: link.opened })}</span>
                  </span>
                  <Button
                    size="small"
                    look="danger-quiet"
                    icon={Link2Off}
                    disabled={busy}
                    onClick={() => onRevoke(link.linkId)}
                  >
                    {t('recordings.shareRevoke')}
                  </Button>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Dialog>
  );
}
