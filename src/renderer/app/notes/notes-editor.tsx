/** The notes of a consultation, written and looked back at: joins the draft and the host's history into the screen. */
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { NoteAuthor, NoteEntry } from '../../../shared/contract/notes.ts';
import { NotesHistory } from '../../screens/doctor/notes-history.tsx';
import { NotesField } from '../../screens/doctor/notes-panel.tsx';
import { staffHost } from '../hosts.ts';
import { problemText } from '../problems.ts';
import { useStore } from '../store.ts';
import type { OpenNotes } from './open-notes.ts';

export interface NotesEditorProps {
  readonly notes: OpenNotes;
  /** Over the dark call. */
  readonly stage?: boolean;
}

export function NotesEditor({ notes, stage = false }: NotesEditorProps) {
  const { t } = useTranslation();
  const { draft } = notes;
  const snapshot = useStore(draft);
  const [looking, setLooking] = useState(false);
  const nameOf = useCallback((author: NoteAuthor | undefined) => author?.name ?? t('notes.clinic'), [t]);
  // The tab was closed or another one opened.
  useEffect(() => () => void draft.flush(), [draft]);

  return (
    <>
      <NotesField
        loaded={snapshot.loaded}
        text={snapshot.text}
        saving={snapshot.saving}
        conflict={
          snapshot.conflict && { text: snapshot.conflict.text, author: nameOf(snapshot.conflict.author) }
        }
        onWrite={(text) => draft.write(text)}
        onLeave={() => void draft.flush()}
        onResolve={(choice) => void draft.resolve(choice)}
        onHistory={() => setLooking(true)}
      />
      {looking ? (
        <History notes={notes} stage={stage} nameOf={nameOf} onClose={() => setLooking(false)} />
      ) : null}
    </>
  );
}

function History({
  notes: { consultationId, draft },
  stage,
  nameOf,
  onClose,
}: {
  readonly notes: OpenNotes;
  readonly stage: boolean;
  readonly nameOf: (author: NoteAuthor | undefined) => string;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const [entries, setEntries] = useState<readonly NoteEntry[]>();
  const [open, setOpen] = useState<{ version: number; text: string }>();
  const [problem, setProblem] = useState<string>();

  const show = useCallback(
    async (version: number) => {
      try {
        const { text } = await (await staffHost()).notes.version({ consultationId, version });
        setOpen({ version, text });
        setProblem(undefined);
      } catch (error) {
        setProblem(problemText(error));
      }
    },
    [consultationId],
  );
  useEffect(() => {
    const read = async () => {
      // What is in the field is a version too.
      await draft.flush();
      const found = await (await staffHost()).notes.history({ consultationId });
      setEntries(found);
      if (found[0]) await show(found[0].version);
    };
    read().catch((error: unknown) => setProblem(problemText(error)));
  }, [consultationId, draft, show]);

  return (
    <NotesHistory
      stage={stage}
      versions={entries?.map(({ version, savedAt, author, aside }) => ({
        version,
        savedAt: Date.parse(savedAt),
        author: nameOf(author),
        aside,
      }))}
      open={open}
      problem={problem && t(problem)}
      onOpen={(version) => void show(version)}
      onRestore={() => {
        if (open) draft.write(open.text);
        void draft.flush();
        onClose();
      }}
      onClose={onClose}
    />
  );
}
