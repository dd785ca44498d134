/** Why a visit ended in another way than by leaving, and what can be done. */
import { CalendarX, CircleAlert, Copy, DoorClosed, Link2Off, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ErrorCode } from '../../../shared/contract/errors.ts';
import { Button } from '../../components/button.tsx';
import { MessageScreen } from '../../screens/patient/message-screen.tsx';

export type OverReason =
  | 'left'
  | 'closed'
  | 'cancelled'
  | 'missed'
  | 'removed'
  | 'refused'
  | 'consent-withdrawn'
  | 'replaced'
  | 'invalid'
  | 'expired'
  | 'used-up'
  | 'revoked'
  | 'full'
  | 'error';

type Told = Exclude<OverReason, 'left' | 'closed'>;

const pages: Readonly<
  Record<
    Told,
    { readonly icon: LucideIcon; readonly title: string; readonly text: string; readonly back?: string }
  >
> = {
  cancelled: { icon: CalendarX, title: 'door.cancelledTitle', text: 'door.cancelledText' },
  missed: { icon: CalendarX, title: 'door.missedTitle', text: 'door.missedText' },
  removed: { icon: DoorClosed, title: 'door.removedTitle', text: 'door.removedText' },
  refused: { icon: DoorClosed, title: 'door.refusedTitle', text: 'door.refusedText' },
  'consent-withdrawn': { icon: DoorClosed, title: 'door.withdrawnTitle', text: 'door.withdrawnText' },
  replaced: {
    icon: Copy,
    title: 'door.replacedTitle',
    text: 'door.replacedText',
    back: 'door.replacedAction',
  },
  invalid: { icon: Link2Off, title: 'door.invalidTitle', text: 'door.invalidText' },
  expired: { icon: Link2Off, title: 'door.expiredTitle', text: 'door.expiredText' },
  'used-up': { icon: Link2Off, title: 'door.usedUpTitle', text: 'door.usedUpText' },
  revoked: { icon: Link2Off, title: 'door.revokedTitle', text: 'door.revokedText' },
  full: { icon: CircleAlert, title: 'door.errorTitle', text: 'door.fullText', back: 'common.retry' },
  error: { icon: CircleAlert, title: 'door.errorTitle', text: 'door.errorText', back: 'common.retry' },
};

/** What the host's refusal at the door means. */
export const doorRefusals: Readonly<Partial<Record<ErrorCode, OverReason>>> = {
  INVITATION_NOT_FOUND: 'invalid',
  INVITATION_EXPIRED: 'expired',
  INVITATION_USED_UP: 'used-up',
  INVITATION_REVOKED: 'revoked',
  CONSULTATION_CLOSED: 'closed',
  CONSULTATION_CANCELLED: 'cancelled',
  CONSULTATION_MISSED: 'missed',
  REMOVED: 'removed',
  ROOM_FULL: 'full',
};

export interface OverProps {
  readonly reason: Told;
  /** Why, in the words of whoever refused. */
  readonly note?: string | undefined;
  readonly onReturn: () => void;
}

export function Over({ reason, note, onReturn }: OverProps) {
  const { t } = useTranslation();
  const { icon, title, text, back } = pages[reason];
  return (
    <MessageScreen
      kind={reason === 'replaced' ? 'plain' : 'warn'}
      icon={icon}
      title={t(title)}
      text={note === undefined ? t(text) : t('door.noteText')}
    >
      {note === undefined ? null : (
        <>
          <blockquote className="notice">{note}</blockquote>
          <p className="muted">{t(text)}</p>
        </>
      )}
      {back ? (
        <Button look={reason === 'replaced' ? 'plain' : 'primary'} size="large" wide onClick={onReturn}>
          {t(back)}
        </Button>
      ) : null}
    </MessageScreen>
  );
}
