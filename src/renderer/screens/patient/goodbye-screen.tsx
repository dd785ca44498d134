/** After leaving: how long it was, and that one can come back while the consultation is open. */
import { Check } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { MessageScreen } from './message-screen.tsx';

export interface GoodbyeScreenProps {
  readonly doctorName?: string | undefined;
  /** Whole minutes in the call; absent when it never began. */
  readonly minutes?: number | undefined;
  /** The doctor ended the consultation: the link does not work any more. */
  readonly closed: boolean;
  readonly onReturn: () => void;
  /** Shows what they have agreed to, to keep. */
  readonly onPermissions: () => void;
}

export function GoodbyeScreen({ doctorName, minutes, closed, onReturn, onPermissions }: GoodbyeScreenProps) {
  const { t } = useTranslation();
  const doctor = doctorName ?? t('goodbye.theDoctor');
  const spent =
    minutes === undefined
      ? t('goodbye.neverIn')
      : minutes < 1
        ? t('goodbye.underMinute', { doctor })
        : t('goodbye.minutes', { count: minutes, doctor });
  return (
    <MessageScreen
      icon={Check}
      title={t(closed ? 'goodbye.titleClosed' : 'goodbye.title')}
      text={closed ? `${spent} ${t('goodbye.closed')}` : `${spent} ${t('goodbye.open')}`}
    >
      {closed ? null : (
        <Button look="primary" size="large" wide onClick={onReturn}>
          {t('goodbye.return')}
        </Button>
      )}
      <Button look="quiet" size="touch" wide onClick={onPermissions}>
        {t('receipts.open')}
      </Button>
    </MessageScreen>
  );
}
