/** Has a content of the host saved, which is too large to go through the page: by the desktop app, or as a browser's download. */
import { desktopShell } from '../hosts.ts';

export async function saveExport(url: string): Promise<void> {
  const desktop = desktopShell();
  if (desktop) {
    await (await desktop).windows.save({ url });
    return;
  }
  // The host says that it is to be saved, so the page stays.
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  link.click();
}
