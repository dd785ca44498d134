/** What is asked before a paired computer is sent away, and what can be changed about one. */
import { CircleAlert } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StaffDevice } from '../../../shared/contract/staff.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { Notice } from '../../components/notice.tsx';

export interface RevokeDialogProps {
  readonly device: Pick<StaffDevice, 'personName' | 'deviceName'>;
  /** It is the computer this page is on. */
  readonly own: boolean;
  readonly busy: boolean;
  readonly problem?: string | undefined;
  readonly onRevoke: () => void;
  readonly onClose: () => void;
}

export function RevokeDialog({ device, own, busy, problem, onRevoke, onClose }: RevokeDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog
      title={own ? t('revoke.titleOwn') : t('revoke.title', { device: device.deviceName })}
      description={own ? t('revoke.textOwn') : t('revoke.text', { name: device.personName })}
      onClose={onClose}
      foot={
        <>
          <Button className="push" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button look="danger" disabled={busy} onClick={onRevoke}>
            {t('devices.revoke')}
          </Button>
        </>
      }
    >
      {problem ? (
        <Notice kind="danger" icon={CircleAlert} live>
          {problem}
        </Notice>
      ) : null}
    </Dialog>
  );
}

export interface RenameDialogProps {
  readonly device: StaffDevice;
  readonly busy: boolean;
  readonly problem?: string | undefined;
  readonly onRename: (change: { personName: string; deviceName: string }) => void;
  readonly onClose: () => void;
}

export function RenameDialog({ device, busy, problem, onRename, onClose }: RenameDialogProps) {
  const { t } = useTranslation();
  const form = useId();
  const [personName, setPersonName] = useState(device.personName);
  const [deviceName, setDeviceName] = useState(device.deviceName);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onRename({
      personName: personName.trim() || device.personName,
      deviceName: deviceName.trim() || device.deviceName,
    });
  };
  return (
    <Dialog
      title={t('devices.rename')}
      onClose={onClose}
      foot={
        <>
          <Button className="push" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" form={form} look="primary" disabled={busy}>
            {t('devices.save')}
          </Button>
        </>
      }
    >
      <form id={form} className="stack stack--16" onSubmit={submit}>
        <Field
          label={t('pair.person')}
          data-autofocus
          autoComplete="off"
          maxLength={120}
          value={personName}
          onChange={(event) => setPersonName(event.target.value)}
        />
        <Field
          label={t('pairing.deviceName')}
          autoComplete="off"
          maxLength={120}
          value={deviceName}
          onChange={(event) => setDeviceName(event.target.value)}
        />
        {problem ? (
          <Notice kind="danger" icon={CircleAlert} live>
            {problem}
          </Notice>
        ) : null}
      </form>
    </Dialog>
  );
}
