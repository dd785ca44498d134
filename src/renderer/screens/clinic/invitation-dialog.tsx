/** Everything needed to bring somebody in: link, code to dictate, QR for the phone, and paper. */
import { Link2Off, Printer, UserPlus, Wifi } from 'lucide-react';
import { QRCodeSVG } from 'qrcode.react';
import { useEffect, useState } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Fingerprint } from '../../components/fingerprint.tsx';
import { formatDay, formatTime } from '../../components/format.ts';
import { Notice } from '../../components/notice.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { spacedCode } from '../doctor/empty-stage.tsx';
import '../../components/styles/clinic.css';

export interface InvitationLinks {
  readonly code: string;
  readonly webLink: string;
  readonly link: string;
  /** ISO 8601. */
  readonly expiresAt?: string | undefined;
  readonly useLimit?: number | undefined;
  readonly uses?: number | undefined;
}

export type InvitedRole = 'patient' | 'observer';

export interface InvitationDialogProps {
  readonly invited: InvitedRole;
  readonly onInvited: (role: InvitedRole) => void;
  /** Undefined while it is being made, and after it was revoked. */
  readonly invitation: InvitationLinks | undefined;
  /** It was just revoked: there is none until another one is made. */
  readonly revoked?: boolean;
  /** Others of the same role that are good now, newest first. */
  readonly others?: readonly InvitationLinks[] | undefined;
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
  readonly onRevoke: (code: string) => void;
  /** Makes another one of the chosen role. */
  readonly onAnother: () => void;
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

/** "Jueves 26 de noviembre, 23:59" */
function useMoment(): (at: string) => string {
  const { i18n } = useTranslation();
  return (at) => {
    const date = new Date(at);
    return `${formatDay(date, i18n.language)}, ${formatTime(date, i18n.language)}`;
  };
}

function Others({ others, onRevoke }: Pick<InvitationDialogProps, 'others' | 'onRevoke'>) {
  const { t } = useTranslation();
  if (!others || others.length === 0) return null;
  return (
    <div className="field">
      <span className="field__label">{t('invitation.others')}</span>
      <ul className="other-invitations">
        {others.map(({ code, uses, useLimit }) => (
          <li key={code}>
            <span className="number strong">{spacedCode(code)}</span>
            <span className="small muted grow">
              {useLimit === undefined ? null : t('invitation.uses', { uses: uses ?? 0, count: useLimit })}
            </span>
            <Button
              size="small"
              look="danger-quiet"
              aria-label={t('invitation.revokeCode', { code: spacedCode(code) })}
              onClick={() => onRevoke(code)}
            >
              {t('invitation.revoke')}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What the clinic is known by, which links carry only while the clinic shares with an authority of its own. */
function fingerprintIn(link: string): string | undefined {
  return new URLSearchParams(link.split('?')[1]).get('fingerprint') ?? undefined;
}

function Paper(props: InvitationDialogProps & { readonly invitation: InvitationLinks }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const { expiresAt, link, webLink } = props.invitation;
  const fingerprint = fingerprintIn(link);
  return createPortal(
    <div className="paper" aria-hidden="true">
      <h1>{props.clinicName || t('common.product')}</h1>
      <p>
        {props.doctorName ? t('paper.with', { doctor: props.doctorName }) : t('paper.consultation')}
        {props.invited === 'patient' && props.patientName ? <br /> : null}
        {props.invited === 'patient' ? props.patientName : null}
        {props.scheduledAt ? <br /> : null}
        {props.scheduledAt ? <strong>{moment(props.scheduledAt)}</strong> : null}
      </p>
      {props.invited === 'observer' ? <p>{t('paper.observer')}</p> : null}
      <p>{t('paper.scan')}</p>
      <QRCodeSVG value={webLink} size={240} marginSize={0} level="M" />
      <p className="paper__link">{webLink}</p>
      <p>{t('paper.code')}</p>
      <p className="paper__code">{spacedCode(props.invitation.code)}</p>
      {expiresAt ? <p>{t('invitation.until', { moment: moment(expiresAt) })}</p> : null}
      {fingerprint ? (
        <div className="paper__trust">
          <p>{t('paper.trust', { address: new URL('/trust', webLink).href })}</p>
          <Fingerprint value={fingerprint} />
        </div>
      ) : null}
    </div>,
    document.body,
  );
}

export function InvitationDialog(props: InvitationDialogProps) {
  const { t, i18n } = useTranslation();
  const moment = useMoment();
  const [revoking, setRevoking] = useState(false);
  const { invitation } = props;
  const code = invitation?.code;
  // Another invitation is another question.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only its change matters
  useEffect(() => setRevoking(false), [code]);
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
          {invitation && revoking ? (
            <>
              <p className="small" role="status">
                {t('invitation.revokeText')}
              </p>
              <Button look="danger" onClick={() => props.onRevoke(invitation.code)}>
                {t('invitation.revoke')}
              </Button>
              <Button onClick={() => setRevoking(false)}>{t('common.cancel')}</Button>
            </>
          ) : (
            <>
              {invitation ? (
                <Button look="danger-quiet" onClick={() => setRevoking(true)}>
                  {t('invitation.revoke')}
                </Button>
              ) : null}
              <p className="small muted">
                {invitation?.expiresAt
                  ? t('invitation.until', { moment: moment(invitation.expiresAt) })
                  : null}
              </p>
            </>
          )}
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
          {props.revoked ? null : (
            <>
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
            </>
          )}
          {props.problem ? (
            <Notice kind="danger" icon={Wifi} live>
              {props.problem}
            </Notice>
          ) : props.revoked ? (
            <>
              <Notice kind="warn" icon={Link2Off} live>
                {t('invitation.revokedText')}
              </Notice>
              <Button look="soft" onClick={props.onAnother}>
                {t('invitation.another')}
              </Button>
            </>
          ) : (
            <Notice icon={Wifi}>
              {props.invited === 'observer'
                ? t('invitation.observerText')
                : t(invitation && isLocal(invitation.webLink) ? 'invitation.local' : 'invitation.network')}
            </Notice>
          )}
          {props.invited === 'observer' && invitation ? (
            <div>
              <Button size="small" icon={UserPlus} onClick={props.onAnother}>
                {t('invitation.anotherObserver')}
              </Button>
            </div>
          ) : null}
          <Others others={props.others} onRevoke={props.onRevoke} />
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
          ) : props.revoked ? null : (
            <span className="qr skeleton" />
          )}
        </div>
      </div>
      {invitation ? <Paper {...props} invitation={invitation} /> : null}
    </Dialog>
  );
}
