/** The key to the clinic's backups: shown once somebody has said that nobody else looks, and printed on a sheet. */
import { CircleAlert, KeyRound, Printer } from 'lucide-react';
import { useState } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { formatDay } from '../../components/format.ts';
import { Notice } from '../../components/notice.tsx';

interface Shown {
  readonly recoveryKey: string;
  readonly computerName: string;
}

export interface RecoveryKeyDialogProps {
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
  const [alone, setAlone] = useState(false);
  if (!shown) {
    return (
      <Dialog
        title={t('computer.recovery')}
        description={t('computer.confirmText')}
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
      title={t('computer.recovery')}
      description={t('computer.shownText')}
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
        <p className="recovery-key">{shown.recoveryKey}</p>
        <Notice kind="warn" icon={KeyRound}>
          {t('computer.shownLoss')} {t('computer.keep')}
        </Notice>
      </div>
      <Paper shown={shown} clinicName={clinicName} />
    </Dialog>
  );
}

/** Outside of everything else, because the rest of the page is not printed. */
function Paper({ shown, clinicName }: { readonly shown: Shown; readonly clinicName: string }) {
  const { t, i18n } = useTranslation();
  return createPortal(
    <div className="paper" aria-hidden="true">
      <h1>{t('computer.paperTitle')}</h1>
      <p>{clinicName}</p>
      <p className="paper__code">{shown.recoveryKey}</p>
      <p>{t('computer.shownText')}</p>
      <p>{t('computer.shownLoss')}</p>
      <p>{t('computer.keep')}</p>
      <p>{t('computer.paperHow')}</p>
      <p className="paper__link">
        {t('computer.paperComputer', {
          computer: shown.computerName,
          day: formatDay(new Date(), i18n.language),
        })}
      </p>
    </div>,
    document.body,
  );
}
