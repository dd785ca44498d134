/** The chat on the screen: its store, its files and whether somebody looks at it. */
import { useEffect } from 'react';
import { ChatView } from '../../screens/call/chat-view.tsx';
import { useStore } from '../store.ts';
import type { Beside } from './beside.ts';
import { useFiles } from './use-files.tsx';

export interface ChatBesideProps {
  readonly beside: Beside;
  readonly draft: string;
  readonly onDraft: (text: string) => void;
  readonly to?: string | undefined;
  readonly touch?: boolean;
}

export function ChatBeside({ beside: { chat, uploads, transfer }, ...view }: ChatBesideProps) {
  const { actions, problem, dialog } = useFiles(transfer);

  useEffect(() => {
    const look = () => chat.look(document.visibilityState === 'visible');
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      chat.look(false);
    };
  }, [chat]);

  return (
    <>
      <ChatView
        {...view}
        {...actions}
        chat={useStore(chat)}
        uploads={useStore(uploads)}
        problem={problem}
        onWrite={(text) => chat.write(text)}
        onRetry={(id) => chat.retry(id)}
        onDiscard={(id) => chat.discard(id)}
        onFiles={(files) => uploads.add(files)}
        onRetryUpload={(id) => uploads.retry(id)}
        onCancelUpload={(id) => uploads.cancel(id)}
      />
      {dialog}
    </>
  );
}
