/** What was said, oldest first, and where to say something: the same for doctor and patient, larger for patients. */
import { Check, CheckCheck, Clock, MessageSquare, Paperclip, SendHorizontal } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { maxMessageLength } from '../../../shared/signaling/chat.ts';
import type { ChatEntry, ChatSnapshot, Delivery } from '../../chat/chat.ts';
import type { UploadView } from '../../chat/uploads.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { classes } from '../../components/classes.ts';
import { formatTime } from '../../components/format.ts';
import { firstNameOf } from '../../components/names.ts';
import { Attach } from './attach.tsx';
import { type FileActions, FileLine, UploadLine } from './file-line.tsx';
import '../../components/styles/chat.css';

export interface ChatViewProps extends FileActions {
  readonly chat: ChatSnapshot;
  readonly uploads: readonly UploadView[];
  /** Kept by the owner, so that it is still there when the chat is opened again. */
  readonly draft: string;
  readonly onDraft: (text: string) => void;
  readonly onWrite: (text: string) => void;
  readonly onRetry: (id: string) => void;
  readonly onDiscard: (id: string) => void;
  readonly onFiles: (files: readonly File[]) => void;
  readonly onRetryUpload: (id: string) => void;
  readonly onCancelUpload: (id: string) => void;
  /** Who is written to; absent for nobody in particular. */
  readonly to?: string | undefined;
  /** Something asked for did not work. */
  readonly problem?: string | undefined;
  readonly touch?: boolean;
}

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

interface EntryProps extends Pick<ChatViewProps, 'onRetry' | 'onDiscard' | 'touch'>, FileActions {
  readonly entry: ChatEntry;
}

function Entry({ entry, touch, onRetry, onDiscard, ...files }: EntryProps) {
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
        {entry.mine ? (
          <>
            <span className="visually-hidden">{t('chat.you')}, </span>
            {entry.delivery === 'waiting' || entry.delivery === 'failed' ? null : time}
            {entry.delivery ? <DeliveryWords delivery={entry.delivery} /> : null}
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
          <Button size={touch ? 'touch' : 'small'} onClick={() => onRetry(entry.id)}>
            {t('chat.retry')}
          </Button>
          <Button look="quiet" size={touch ? 'touch' : 'small'} onClick={() => onDiscard(entry.id)}>
            {t('chat.discard')}
          </Button>
        </span>
      ) : null}
    </li>
  );
}

export function ChatView(props: ChatViewProps) {
  const { t } = useTranslation();
  const { chat, uploads, draft, to, touch = false } = props;
  const files = { busy: props.busy, onSave: props.onSave, onShow: props.onShow, showsPdf: props.showsPdf };
  const body = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const atEnd = useRef(true);
  const count = chat.entries.length + uploads.length;

  // The newest stays in sight, unless somebody reads further up.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what came is what moves the list
  useLayoutEffect(() => {
    if (atEnd.current && body.current) body.current.scrollTop = body.current.scrollHeight;
  }, [count]);
  // Also when the room for it changes: a phone's keyboard comes up, a longer text is written.
  useEffect(() => {
    const list = body.current;
    if (!list) return;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) list.scrollTop = list.scrollHeight;
    });
    observer.observe(list);
    return () => observer.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the field grows with what is in it
  useEffect(() => {
    if (!field.current) return;
    field.current.style.height = 'auto';
    field.current.style.height = `${field.current.scrollHeight}px`;
  }, [draft]);

  const send = () => {
    if (draft.trim() === '') return;
    atEnd.current = true;
    props.onWrite(draft);
    props.onDraft('');
    field.current?.focus();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  const press = (event: KeyboardEvent) => {
    // Composing a character (also with the keyboards of phones) ends with Enter too.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <>
      <div
        ref={body}
        className="panel__body"
        role="log"
        aria-label={t('chat.messages')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          atEnd.current = scrollHeight - scrollTop - clientHeight < 40;
        }}
      >
        {chat.loaded && count === 0 ? (
          <div className="empty chat-empty">
            <MessageSquare />
            <p>{t('chat.empty')}</p>
          </div>
        ) : null}
        <ul className="messages">
          {chat.entries.map((entry) => (
            <Entry
              key={entry.key}
              entry={entry}
              touch={touch}
              onRetry={props.onRetry}
              onDiscard={props.onDiscard}
              {...files}
            />
          ))}
          {uploads.map((upload) => (
            <li key={upload.id} className="message message--mine">
              <UploadLine
                upload={upload}
                touch={touch}
                onRetry={props.onRetryUpload}
                onCancel={props.onCancelUpload}
              />
            </li>
          ))}
        </ul>
      </div>
      <form className="panel__foot" onSubmit={submit}>
        {props.problem ? (
          <p className="small danger" role="alert">
            {props.problem}
          </p>
        ) : null}
        <div className={classes('composer', touch && 'composer--touch')}>
          <Attach onFiles={props.onFiles}>
            {(pick) => (
              <IconButton small={!touch} icon={Paperclip} label={t('files.attach')} onClick={pick} />
            )}
          </Attach>
          <textarea
            ref={field}
            data-autofocus
            rows={1}
            maxLength={maxMessageLength}
            value={draft}
            dir="auto"
            aria-label={to ? t('chat.labelTo', { name: to }) : t('chat.label')}
            placeholder={
              touch || !to ? t('chat.placeholder') : t('chat.placeholderTo', { name: firstNameOf(to) })
            }
            enterKeyHint="send"
            onChange={(event) => props.onDraft(event.target.value)}
            onKeyDown={press}
          />
          <IconButton
            small={!touch}
            type="submit"
            icon={SendHorizontal}
            label={t('chat.send')}
            aria-disabled={draft.trim() === ''}
          />
        </div>
      </form>
    </>
  );
}
