/** Everything needed to bring somebody in: link, code to dictate, QR for the phone, and paper. */
import { Printer, Wifi } from 'lucide-react';
import { QRCodeSVG } from 'qrcode.react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { formatDay, formatTime } from '../../components/format.ts';
import { Notice } from '../../components/notice.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { spacedCode } from '../doctor/empty-stage.tsx';
import '../../components/styles/clinic.css';

export interface InvitationLinks {
  readonly code: string;
  readonly webLink: string;
  readonly link: string;
}

export type InvitedRole = 'patient' | 'observer';

export interface InvitationDialogProps {
  readonly invited: InvitedRole;
  readonly onInvited: (role: InvitedRole) => void;
  /** Undefined while it is being made. */
  readonly invitation: InvitationLinks | undefined;
  readonly problem?: string | undefined;
  readonly clinicName: string;
  readonly patientName?: string | undefined;
  readonly doctorName?: string | undefined;
  /** ISO 8601. */
  readonly scheduledAt?: string | undefined;
  /** Over the call. */
  readonly stage?: boolean;
  readonly onCopy: (text: string) => Promise<void>;
  readonly onPrint: () => void;
  /** Absent inside the consultation's own window. */
  readonly onEnter?: (() => void) | undefined;
  readonly onClose: () => void;
}

/** A link that only this computer can open. */
export function isLocal(link: string): boolean {
  try {
    return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(link).hostname);
  } catch {
    return false;
  }
}

function Paper(props: InvitationDialogProps & { readonly invitation: InvitationLinks }) {
  const { t } = useTranslation();
  return createPortal(
    <div className="paper" aria-hidden="true">
      <h1>{props.clinicName || t('common.product')}</h1>
      <p>
        {props.doctorName ? t('paper.with', { doctor: props.doctorName }) : t('paper.consultation')}
        {props.patientName ? <br /> : null}
        {props.patientName}
      </p>
      <p>{t('paper.scan')}</p>
      <QRCodeSVG value={props.invitation.webLink} size={240} marginSize={0} level="M" />
      <p className="paper__link">{props.invitation.webLink}</p>
      <p>{t('paper.code')}</p>
      <p className="paper__code">{spacedCode(props.invitation.code)}</p>
    </div>,
    document.body,
  );
}

export function InvitationDialog(props: InvitationDialogProps) {
  const { t, i18n } = useTranslation();
  const { invitation } = props;
  const when = props.scheduledAt ? new Date(props.scheduledAt) : undefined;
  const facts = [
    when ? `${formatDay(when, i18n.language)} ${formatTime(when, i18n.language)}` : undefined,
    props.doctorName ? t('invitation.with', { doctor: props.doctorName }) : undefined,
  ].filter((fact) => fact !== undefined);
  return (
    <Dialog
      wide
      stage={props.stage ?? false}
      title={
        props.patientName && props.invited === 'patient'
          ? t('invitation.titleName', { name: props.patientName })
          : t('invitation.title')
      }
      description={facts.length > 0 ? facts.join(', ') : undefined}
      onClose={props.onClose}
      foot={
        <>
          <p className="small muted">{t('invitation.until')}</p>
          <Button className="push" icon={Printer} disabled={!invitation} onClick={props.onPrint}>
            {t('invitation.print')}
          </Button>
          {props.onEnter ? (
            <Button look="primary" onClick={props.onEnter}>
              {t('invitation.enter')}
            </Button>
          ) : (
            <Button onClick={props.onClose}>{t('common.done')}</Button>
          )}
        </>
      }
    >
      <div className="invitation">
        <div className="stack stack--16">
          <div>
            <Segmented
              label={t('invitation.for')}
              value={props.invited}
              onChange={(id) => props.onInvited(id === 'observer' ? 'observer' : 'patient')}
              choices={[
                { id: 'patient', label: t('roles.patient') },
                { id: 'observer', label: t('roles.observer') },
              ]}
            />
          </div>
          <div className="field">
            <label className="field__label" htmlFor="invitation-link">
              {t('invitation.link')}
            </label>
            <div className="row">
              <input
                className="input"
                id="invitation-link"
                readOnly
                value={invitation?.webLink ?? ''}
                title={invitation?.webLink}
                onFocus={(event) => event.target.select()}
              />
              {invitation ? (
                <CopyButton
                  look={props.onEnter ? 'soft' : 'primary'}
                  label={t('common.copy')}
                  onCopy={() => props.onCopy(invitation.webLink)}
                />
              ) : null}
            </div>
          </div>
          <div className="field">
            <span className="field__label">{t('invitation.code')}</span>
            <div className="invitation__code">
              <strong>{invitation ? spacedCode(invitation.code) : '··· ···'}</strong>
              {invitation ? (
                <span className="push">
                  <CopyButton
                    iconOnly
                    label={t('invitation.copyCode')}
                    onCopy={() => props.onCopy(invitation.code)}
                  />
                </span>
              ) : null}
            </div>
          </div>
          {props.problem ? (
            <Notice kind="danger" icon={Wifi} live>
              {props.problem}
            </Notice>
          ) : (
            <Notice icon={Wifi}>
              {props.invited === 'observer'
                ? t('invitation.observerText')
                : t(invitation && isLocal(invitation.webLink) ? 'invitation.local' : 'invitation.network')}
            </Notice>
          )}
        </div>
        <div className="invitation__qr">
          {invitation ? (
            <>
              <QRCodeSVG
                className="qr"
                value={invitation.webLink}
                size={192}
                marginSize={0}
                level="M"
                title={t('invitation.qr')}
              />
              <p className="small muted">{t('invitation.qrText')}</p>
            </>
          ) : (
            <span className="qr skeleton" />
          )}
        </div>
      </div>
      {invitation ? <Paper {...props} invitation={invitation} /> : null}
    </Dialog>
  );
}
