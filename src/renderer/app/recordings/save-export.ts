/** Has a content of the host saved, which is too large to go through the page: by the desktop app, or as a browser's download. */
import type { SavingOutcome } from '../../../shared/contract/desktop.ts';
import { desktopShell } from '../hosts.ts';

/** @returns how it ended; undefined where the browser itself shows that. */
export async function saveExport(url: string): Promise<SavingOutcome | undefined> {
  const desktop = desktopShell();
  if (desktop) {
    return (await desktop).windows.save({ url });
  }
  // The host says that it is to be saved, so the page stays.
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  link.click();
  return undefined;
}
