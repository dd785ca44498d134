/** Fetches files of the consultation to save or to show them; what is shown is let go of again. */
import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MessageFile } from '../../../shared/signaling/chat.ts';
import type { FileTransfer } from '../../chat/file-transfer.ts';
import { CatalogueError } from '../../host-client/index.ts';
import { FileDialog } from '../../screens/call/file-dialog.tsx';
import type { FileActions } from '../../screens/call/file-line.tsx';
import { saveFile } from '../save-file.ts';

interface Shown {
  readonly file: MessageFile;
  readonly address: string;
}

export function useFiles(transfer: Pick<FileTransfer, 'fetch'>): {
  readonly actions: FileActions;
  readonly problem: string | undefined;
  readonly dialog: ReactNode;
} {
  const { t } = useTranslation();
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const [problem, setProblem] = useState<string>();
  const [shown, setShown] = useState<Shown>();

  useEffect(() => () => shown && URL.revokeObjectURL(shown.address), [shown]);

  const fetchThen = useCallback(
    async (file: MessageFile, use: (content: Blob) => void) => {
      setBusy((before) => new Set(before).add(file.fileId));
      setProblem(undefined);
      try {
        use(await transfer.fetch(file));
      } catch (error) {
        const damaged = error instanceof CatalogueError && error.code === 'FILE_DAMAGED';
        setProblem(t(damaged ? 'files.damaged' : 'files.notFetched', { name: file.name }));
      } finally {
        setBusy((before) => new Set([...before].filter((id) => id !== file.fileId)));
      }
    },
    [t, transfer],
  );
  const onSave = useCallback(
    (file: MessageFile) => void fetchThen(file, (content) => saveFile(content, file.name)),
    [fetchThen],
  );
  const onShow = useCallback(
    (file: MessageFile) =>
      void fetchThen(file, (content) => setShown({ file, address: URL.createObjectURL(content) })),
    [fetchThen],
  );

  return {
    // The desktop app has no PDF viewer, on purpose; phones show a first page only, and say so by this.
    actions: { busy, onSave, onShow, showsPdf: navigator.pdfViewerEnabled === true && !window.autamedica },
    problem,
    dialog: shown ? (
      <FileDialog
        file={shown.file}
        address={shown.address}
        onSave={() => onSave(shown.file)}
        onClose={() => setShown(undefined)}
      />
    ) : null,
  };
}
