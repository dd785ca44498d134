/** Pairing a computer, at the clinic's end: for whom, and then the code to type or to scan there. */
import { CircleCheck, Timer, Wifi } from 'lucide-react';
import { QRCodeSVG } from 'qrcode.react';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type StaffRole, staffRoles } from '../../../shared/access/access.ts';
import type { PairingCode } from '../../../shared/contract/staff.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { formatClock, useNow } from '../../components/format.ts';
import { Notice } from '../../components/notice.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { roleWords } from './devices-section.tsx';
import { isLocal } from './invitation-dialog.tsx';
import '../../components/styles/clinic.css';

export interface PairDialogProps {
  /** Undefined until it was asked for. */
  readonly code: PairingCode | undefined;
  /** What the computer that used the code is called, once one has. */
  readonly paired: string | undefined;
  readonly busy: boolean;
  readonly problem?: string | undefined;
  readonly onMake: (wish: { personName: string; role: StaffRole }) => void;
  readonly onCopy: (text: string) => Promise<void>;
  readonly onClose: () => void;
}

const roleTexts: Readonly<Record<StaffRole, string>> = {
  admin: 'pair.adminText',
  clinician: 'pair.clinicianText',
  reception: 'pair.receptionText',
};

function ForWhom({ busy, problem, onMake, onClose }: PairDialogProps) {
  const { t } = useTranslation();
  const form = useId();
  const [personName, setPersonName] = useState('');
  const [role, setRole] = useState<StaffRole>('clinician');
  const [missing, setMissing] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const name = personName.trim();
    setMissing(name === '');
    if (name !== '') onMake({ personName: name, role });
  };
  return (
    <Dialog
      title={t('pair.title')}
      description={t('pair.text')}
      onClose={onClose}
      foot={
        <Button type="submit" form={form} look="primary" className="push" disabled={busy}>
          {t('pair.make')}
        </Button>
      }
    >
      <form id={form} className="stack stack--16" onSubmit={submit}>
        <Field
          label={t('pair.person')}
          data-autofocus
          autoComplete="off"
          maxLength={120}
          value={personName}
          error={missing ? t('pair.personMissing') : undefined}
          onChange={(event) => setPersonName(event.target.value)}
        />
        <div className="field">
          <span className="field__label">{t('pair.role')}</span>
          <div>
            <Segmented
              label={t('pair.role')}
              value={role}
              onChange={(id) => setRole(staffRoles.find((one) => one === id) ?? 'reception')}
              choices={[...staffRoles].reverse().map((id) => ({ id, label: t(roleWords[id]) }))}
            />
          </div>
          <p className="field__hint" role="status">
            {t(roleTexts[role])}
          </p>
        </div>
        {problem ? (
          <Notice kind="danger" icon={Wifi} live>
            {problem}
          </Notice>
        ) : null}
      </form>
    </Dialog>
  );
}

export function spacedPairingCode(code: string): string {
  return `${code.slice(0, 4)} ${code.slice(4)}`;
}

function TheCode(props: PairDialogProps & { readonly code: PairingCode }) {
  const { t } = useTranslation();
  const { code } = props;
  const left = Date.parse(code.expiresAt) - useNow();
  return (
    <Dialog
      wide
      title={t('pair.codeTitle', { name: code.personName })}
      description={t(roleWords[code.role])}
      onClose={props.onClose}
      foot={
        <>
          <p className="small muted row">
            <Timer className="icon--small" />
            {left > 0 ? t('pair.left', { time: formatClock(left) }) : t('pair.over')}
          </p>
          <Button className="push" onClick={props.onClose}>
            {t('common.close')}
          </Button>
        </>
      }
    >
      <div className="invitation">
        <div className="stack stack--16">
          <p>{t('pair.how')}</p>
          <div className="field">
            <span className="field__label">{t('pairing.address')}</span>
            <div className="invitation__code">
              <span className="code pair__address">{code.address}</span>
              <span className="push">
                <CopyButton
                  iconOnly
                  label={t('pair.copyAddress')}
                  onCopy={() => props.onCopy(code.address)}
                />
              </span>
            </div>
          </div>
          <div className="field">
            <span className="field__label">{t('pairing.code')}</span>
            <div className="invitation__code">
              <strong>{spacedPairingCode(code.code)}</strong>
            </div>
          </div>
          <div>
            <CopyButton label={t('pair.copyLink')} onCopy={() => props.onCopy(code.desktopLink)} />
          </div>
          <Notice icon={Wifi}>{t(isLocal(code.link) ? 'pair.local' : 'pair.once')}</Notice>
        </div>
        <div className="invitation__qr">
          <QRCodeSVG
            className="qr"
            value={code.link}
            size={192}
            marginSize={0}
            level="M"
            title={t('pair.qr')}
          />
          <p className="small muted">{t('pair.qrText')}</p>
        </div>
      </div>
    </Dialog>
  );
}

export function PairDialog(props: PairDialogProps) {
  const { t } = useTranslation();
  if (props.paired !== undefined) {
    return (
      <Dialog
        title={t('pair.doneTitle')}
        onClose={props.onClose}
        foot={
          <Button look="primary" className="push" onClick={props.onClose}>
            {t('common.done')}
          </Button>
        }
      >
        <Notice kind="ok" icon={CircleCheck} live>
          {t('pair.done', { device: props.paired })}
        </Notice>
      </Dialog>
    );
  }
  return props.code ? <TheCode {...props} code={props.code} /> : <ForWhom {...props} />;
}
