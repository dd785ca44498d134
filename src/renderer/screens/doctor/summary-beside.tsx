/** Beside the summary: the notes, what was said and what was sent, one tab each. */
import { FileText, MessageSquare } from 'lucide-react';
import { Tabs } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChatEntry } from '../../chat/chat.ts';
import { Button } from '../../components/button.tsx';
import { type FileActions, FileLine } from '../call/file-line.tsx';
import { MessageLine } from '../call/message-line.tsx';
import { filesOf } from './files-panel.tsx';

export interface SummaryBesideProps extends FileActions {
  readonly notes: ReactNode;
  /** Undefined while it is fetched. */
  readonly entries: readonly ChatEntry[] | undefined;
  /** Why it could not be fetched. */
  readonly problem?: string | undefined;
  /** A file that could not be opened. */
  readonly fileProblem?: string | undefined;
  /** Of the consultation, each to be played; absent for those who may not. */
  readonly recordings?: { readonly count: number; readonly list: ReactNode } | undefined;
  readonly initialTab?: 'notes' | 'chat' | 'files' | 'recordings';
  readonly onRetry: () => void;
}

function Count({ of }: { readonly of: number | undefined }) {
  return of === undefined || of === 0 ? null : <span className="badge badge--quiet">{of}</span>;
}

export function SummaryBeside(props: SummaryBesideProps) {
  const { t } = useTranslation();
  const {
    notes,
    entries,
    problem,
    fileProblem,
    recordings,
    initialTab = 'notes',
    onRetry,
    ...actions
  } = props;
  const files = entries && filesOf({ entries });
  const waiting =
    entries !== undefined ? null : problem === undefined ? (
      <p className="muted" role="status">
        {t('summary.chatLoading')}
      </p>
    ) : (
      <div className="stack stack--12" role="alert">
        <p className="danger">{problem}</p>
        <Button onClick={onRetry}>{t('common.retry')}</Button>
      </div>
    );
  const refused = fileProblem ? (
    <p className="small danger" role="alert">
      {fileProblem}
    </p>
  ) : null;
  return (
    <Tabs.Root className="summary__beside" defaultValue={initialTab}>
      <Tabs.List className="tabs" aria-label={t('call.panel')}>
        <Tabs.Trigger value="notes" className="tab">
          {t('call.notes')}
        </Tabs.Trigger>
        <Tabs.Trigger value="chat" className="tab">
          {t('call.chat')}
          <Count of={entries?.length} />
        </Tabs.Trigger>
        <Tabs.Trigger value="files" className="tab">
          {t('call.files')}
          <Count of={files?.length} />
        </Tabs.Trigger>
        {recordings ? (
          <Tabs.Trigger value="recordings" className="tab">
            {t('clinic.recordings')}
            <Count of={recordings.count} />
          </Tabs.Trigger>
        ) : null}
      </Tabs.List>
      <Tabs.Content value="notes" className="summary__tab">
        {notes}
      </Tabs.Content>
      <Tabs.Content value="chat" className="summary__tab">
        {waiting}
        {entries?.length === 0 ? (
          <div className="empty">
            <MessageSquare />
            <p>{t('summary.noMessages')}</p>
          </div>
        ) : null}
        {entries === undefined || entries.length === 0 ? null : (
          <section
            className="summary__list"
            aria-label={t('chat.messages')}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
            tabIndex={0}
          >
            <ul className="messages">
              {entries.map((entry) => (
                <MessageLine key={entry.key} entry={entry} {...actions} />
              ))}
            </ul>
          </section>
        )}
        {refused}
      </Tabs.Content>
      {recordings ? (
        <Tabs.Content value="recordings" className="summary__tab">
          {recordings.list}
        </Tabs.Content>
      ) : null}
      <Tabs.Content value="files" className="summary__tab">
        {waiting}
        {files?.length === 0 ? (
          <div className="empty">
            <FileText />
            <p>{t('summary.noFiles')}</p>
          </div>
        ) : null}
        {files === undefined || files.length === 0 ? null : (
          <section
            className="summary__list"
            aria-label={t('call.files')}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
            tabIndex={0}
          >
            <ul className="stack stack--12">
              {files.map(({ key, file, name }) => (
                <li key={key}>
                  <FileLine file={file} from={name} {...actions} />
                </li>
              ))}
            </ul>
          </section>
        )}
        {refused}
      </Tabs.Content>
    </Tabs.Root>
  );
}
