/** What was said, oldest first, and where to say something: the same for doctor and patient, larger for patients. */
import { MessageSquare, Paperclip, SendHorizontal } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { maxMessageLength } from '../../../shared/signaling/chat.ts';
import type { ChatSnapshot } from '../../chat/chat.ts';
import type { UploadView } from '../../chat/uploads.ts';
import { IconButton } from '../../components/button.tsx';
import { classes } from '../../components/classes.ts';
import { firstNameOf } from '../../components/names.ts';
import { Attach } from './attach.tsx';
import { type FileActions, UploadLine } from './file-line.tsx';
import { MessageLine } from './message-line.tsx';
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
            <MessageLine
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
