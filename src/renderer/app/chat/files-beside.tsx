/** The list of files on the screen. */
import { FilesPanel } from '../../screens/doctor/files-panel.tsx';
import { useStore } from '../store.ts';
import type { Beside } from './beside.ts';
import { useFiles } from './use-files.tsx';

export function FilesBeside({ beside: { chat, uploads, transfer } }: { readonly beside: Beside }) {
  const { actions, problem, dialog } = useFiles(transfer);
  return (
    <>
      <FilesPanel
        {...actions}
        chat={useStore(chat)}
        uploads={useStore(uploads)}
        problem={problem}
        onFiles={(files) => uploads.add(files)}
        onRetryUpload={(id) => uploads.retry(id)}
        onCancelUpload={(id) => uploads.cancel(id)}
      />
      {dialog}
    </>
  );
}
