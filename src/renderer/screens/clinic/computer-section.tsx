/** What only the clinic's own computer has: the keys to its backups and recordings, and the question what it is for. */
import { CircleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Notice } from '../../components/notice.tsx';

export interface ComputerSectionProps {
  readonly onRecoveryKey: () => void;
  readonly onRecordingKey: () => void;
  readonly onChangeUse: () => void;
}

export function ComputerSection({ onRecoveryKey, onRecordingKey, onChangeUse }: ComputerSectionProps) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby="settings-computer">
      <h2 id="settings-computer">{t('computer.title')}</h2>
      <div className="card">
        <div className="setting">
          <div className="stack">
            <h3>{t('computer.recovery')}</h3>
            <p className="small muted">{t('computer.recoveryText')}</p>
          </div>
          <Button onClick={onRecoveryKey}>{t('computer.recoveryShow')}</Button>
        </div>
        <div className="setting">
          <div className="stack">
            <h3>{t('recordingKey.title')}</h3>
            <p className="small muted">{t('recordingKey.text')}</p>
          </div>
          <Button onClick={onRecordingKey}>{t('recordingKey.show')}</Button>
        </div>
        <div className="setting">
          <div className="stack">
            <h3>{t('computer.use')}</h3>
            <p className="small muted">{t('computer.useText')}</p>
          </div>
          <Button onClick={onChangeUse}>{t('computer.useChange')}</Button>
        </div>
      </div>
    </section>
  );
}

export interface LeaveClinicDialogProps {
  /** Connected to the host now. */
  readonly people: number;
  readonly busy: boolean;
  readonly problem?: string | undefined;
  readonly onLeave: () => void;
  readonly onClose: () => void;
}

export function LeaveClinicDialog({ people, busy, problem, onLeave, onClose }: LeaveClinicDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog
      title={t('computer.leaveTitle')}
      description={t('computer.leaveText')}
      onClose={onClose}
      foot={
        <>
          <Button className="push" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button look="danger" disabled={busy} onClick={onLeave}>
            {t('computer.leave')}
          </Button>
        </>
      }
    >
      {people > 0 || problem ? (
        <Notice kind={problem ? 'danger' : 'warn'} icon={CircleAlert} live={problem !== undefined}>
          {problem ?? t('computer.leavePeople', { count: people })}
        </Notice>
      ) : null}
    </Dialog>
  );
}
