/** What was written, said and sent in a consultation, looked back at with the rights of the staff. */
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MessageFile } from '../../../shared/signaling/chat.ts';
import { type ChatEntry, entryOf } from '../../chat/chat.ts';
import { fetchContent } from '../../chat/file-transfer.ts';
import { SummaryBeside } from '../../screens/doctor/summary-beside.tsx';
import { useFiles } from '../chat/use-files.tsx';
import { staffHost } from '../hosts.ts';
import { NotesEditor } from '../notes/notes-editor.tsx';
import type { OpenNotes } from '../notes/open-notes.ts';
import { problemText } from '../problems.ts';
import { PastRecordings, usePastRecordings } from '../recordings/past-recordings.tsx';

/** All of a consultation's chat, oldest first. */
async function readChat(consultationId: string): Promise<ChatEntry[]> {
  const { messages } = await staffHost();
  const entries: ChatEntry[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page = await messages.list({ consultationId, after });
    entries.push(...page.messages.map((message) => entryOf(message, message.role === 'doctor')));
    after = page.more ? page.messages.at(-1)?.number : undefined;
  }
  return entries;
}

/** A window of the clinic has a port to the host and no credential to fetch with: the host gives it a ticket for each file. */
function byTicket(consultationId: string) {
  return {
    fetch: async (file: MessageFile): Promise<Blob> => {
      const { files } = await staffHost();
      const { url, ticket } = await files.ticket({ consultationId, fileId: file.fileId });
      return fetchContent(url, ticket, file);
    },
  };
}

export interface PastBesideProps {
  readonly consultationId: string;
  readonly notes: OpenNotes;
}

export function PastBeside({ consultationId, notes }: PastBesideProps) {
  const { t } = useTranslation();
  const [entries, setEntries] = useState<readonly ChatEntry[]>();
  const [problem, setProblem] = useState<string>();
  const [attempt, setAttempt] = useState(0);
  const recordings = usePastRecordings(consultationId);
  const transfer = useMemo(() => byTicket(consultationId), [consultationId]);
  const { actions, problem: fileProblem, dialog } = useFiles(transfer);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt is what reads again
  useEffect(() => {
    let current = true;
    setProblem(undefined);
    readChat(consultationId).then(
      (read) => current && setEntries(read),
      (error: unknown) => current && setProblem(problemText(error)),
    );
    return () => {
      current = false;
    };
  }, [consultationId, attempt]);

  return (
    <>
      <SummaryBeside
        {...actions}
        notes={<NotesEditor notes={notes} />}
        entries={entries}
        problem={problem && t(problem)}
        fileProblem={fileProblem}
        recordings={{
          count: recordings.data?.length ?? 0,
          list: <PastRecordings recordings={recordings} />,
        }}
        onRetry={() => setAttempt(attempt + 1)}
      />
      {dialog}
    </>
  );
}
