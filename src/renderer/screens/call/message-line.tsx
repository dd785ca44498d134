/** One message of a chat: what was said or sent, by whom, when, and how far it came. */
import { Check, CheckCheck, Clock } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ChatEntry, Delivery } from '../../chat/chat.ts';
import { Button } from '../../components/button.tsx';
import { classes } from '../../components/classes.ts';
import { formatTime } from '../../components/format.ts';
import { firstNameOf } from '../../components/names.ts';
import { type FileActions, FileLine } from './file-line.tsx';
import '../../components/styles/chat.css';

const deliveries: Readonly<Record<Delivery, string>> = {
  waiting: 'chat.waiting',
  sending: 'chat.sending',
  failed: 'chat.failed',
  sent: 'chat.sent',
  delivered: 'chat.delivered',
  read: 'chat.read',
};

function DeliveryWords({ delivery }: { readonly delivery: Delivery }) {
  const { t } = useTranslation();
  const Icon = {
    waiting: Clock,
    sending: Clock,
    failed: undefined,
    sent: Check,
    delivered: CheckCheck,
    read: CheckCheck,
  }[delivery];
  return (
    <span
      className={classes(
        'message__delivery',
        delivery === 'waiting' && 'warn',
        delivery === 'failed' && 'danger',
        delivery === 'read' && 'message__delivery--read',
      )}
    >
      {t(deliveries[delivery])}
      {Icon ? <Icon className="icon--small" /> : null}
    </span>
  );
}

export interface MessageLineProps extends FileActions {
  readonly entry: ChatEntry;
  readonly touch?: boolean;
  readonly onRetry?: (id: string) => void;
  readonly onDiscard?: (id: string) => void;
}

export function MessageLine({ entry, touch = false, onRetry, onDiscard, ...files }: MessageLineProps) {
  const { t, i18n } = useTranslation();
  const at = new Date(entry.at);
  const time = <time dateTime={at.toISOString()}>{formatTime(at, i18n.language)}</time>;
  return (
    <li className={classes('message', entry.mine && 'message--mine')}>
      {entry.file ? (
        <FileLine file={entry.file} touch={touch} {...files} />
      ) : (
        // Text and nothing else: whatever it looks like, it is shown as it was written.
        <div className="message__bubble" dir="auto">
          {entry.text}
        </div>
      )}
      <span className="message__by">
        {entry.delivery ? (
          <>
            <span className="visually-hidden">{t('chat.you')}, </span>
            {entry.delivery === 'waiting' || entry.delivery === 'failed' ? null : time}
            <DeliveryWords delivery={entry.delivery} />
          </>
        ) : (
          <>
            <bdi title={entry.name}>{touch ? entry.name : firstNameOf(entry.name ?? '')}</bdi>
            {time}
          </>
        )}
      </span>
      {entry.delivery === 'failed' ? (
        <span className="row">
          <Button size={touch ? 'touch' : 'small'} onClick={() => onRetry?.(entry.id)}>
            {t('chat.retry')}
          </Button>
          <Button look="quiet" size={touch ? 'touch' : 'small'} onClick={() => onDiscard?.(entry.id)}>
            {t('chat.discard')}
          </Button>
        </span>
      ) : null}
    </li>
  );
}
