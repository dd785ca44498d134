/** A key of the clinic: shown once somebody has said that nobody else looks, and printed on a sheet. */
import { CircleAlert, KeyRound, Printer } from 'lucide-react';
import { useState } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { classes } from '../../components/classes.ts';
import { Dialog } from '../../components/dialog.tsx';
import { formatDayWithin } from '../../components/format.ts';
import { Notice } from '../../components/notice.tsx';

interface Shown {
  readonly key: string;
  /** What it belongs to, to know it by. */
  readonly about?: string;
  readonly computerName: string;
}

/** `backups`: the recovery key. `recordings`: the age identity. */
export type ClinicKey = 'backups' | 'recordings';

const keyWords = {
  backups: {
    title: 'computer.recovery',
    confirm: 'computer.confirmText',
    shown: 'computer.shownText',
    loss: 'computer.shownLoss',
    paperTitle: 'computer.paperTitle',
    how: 'computer.paperHow',
    command: undefined,
  },
  recordings: {
    title: 'recordingKey.title',
    confirm: 'recordingKey.confirmText',
    shown: 'recordingKey.shownText',
    loss: 'recordingKey.shownLoss',
    paperTitle: 'recordingKey.paperTitle',
    how: 'recordingKey.paperHow',
    command: 'recordingKey.paperCommand',
  },
} as const;

export interface RecoveryKeyDialogProps {
  readonly of: ClinicKey;
  /** Once it was asked for. */
  readonly shown?: Shown | undefined;
  readonly clinicName?: string;
  readonly busy: boolean;
  readonly problem?: string | undefined;
  readonly onShow: () => void;
  readonly onPrint: () => void;
  readonly onClose: () => void;
}

export function RecoveryKeyDialog(props: RecoveryKeyDialogProps) {
  const { t } = useTranslation();
  const { shown, clinicName = '', problem, onClose } = props;
  const words = keyWords[props.of];
  const [alone, setAlone] = useState(false);
  if (!shown) {
    return (
      <Dialog
        title={t(words.title)}
        description={t(words.confirm)}
        onClose={onClose}
        foot={
          <>
            <Button className="push" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button look="primary" disabled={!alone || props.busy} onClick={props.onShow}>
              {t('computer.show')}
            </Button>
          </>
        }
      >
        <div className="stack stack--16">
          <label className="check">
            <input type="checkbox" checked={alone} onChange={(event) => setAlone(event.target.checked)} />
            <span>{t('computer.confirm')}</span>
          </label>
          {problem ? (
            <Notice kind="danger" icon={CircleAlert} live>
              {problem}
            </Notice>
          ) : null}
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog
      title={t(words.title)}
      description={t(words.shown)}
      onClose={onClose}
      foot={
        <>
          <Button className="push" icon={Printer} onClick={props.onPrint}>
            {t('computer.print')}
          </Button>
          <Button look="primary" onClick={onClose}>
            {t('computer.done')}
          </Button>
        </>
      }
    >
      <div className="stack stack--16">
        <p className={classes('recovery-key', shown.key.length > 40 && 'recovery-key--long')}>{shown.key}</p>
        <Notice kind="warn" icon={KeyRound}>
          {t(words.loss)} {t('computer.keep')}
        </Notice>
      </div>
      <Paper of={props.of} shown={shown} clinicName={clinicName} />
    </Dialog>
  );
}

/** Outside of everything else, because the rest of the page is not printed. */
function Paper({
  of,
  shown,
  clinicName,
}: {
  readonly of: ClinicKey;
  readonly shown: Shown;
  readonly clinicName: string;
}) {
  const { t, i18n } = useTranslation();
  const words = keyWords[of];
  const today = new Date();
  return createPortal(
    <div className="paper" aria-hidden="true">
      <h1>{t(words.paperTitle)}</h1>
      <p>{clinicName}</p>
      <p className={classes('paper__code', shown.key.length > 40 && 'paper__code--long')}>{shown.key}</p>
      {shown.about === undefined ? null : <p className="paper__command">{shown.about}</p>}
      <p>{t(words.shown)}</p>
      <p>{t(words.loss)}</p>
      <p>{t('computer.keep')}</p>
      <p>{t(words.how)}</p>
      {words.command === undefined ? null : <p className="paper__command">{t(words.command)}</p>}
      <p className="paper__link">
        {t('computer.paperComputer', {
          computer: shown.computerName,
          day: t('recordings.dayOfYear', {
            day: formatDayWithin(today, i18n.language),
            year: today.getFullYear(),
          }),
        })}
      </p>
    </div>,
    document.body,
  );
}
