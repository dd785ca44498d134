/** The ways from this page to the host and to the desktop shell, opened once. */

import { openPort } from '../../preload/bridge.ts';
import {
  createHttpHostClient,
  createPortDesktopClient,
  createPortHostClient,
  type DesktopClient,
  type HostClient,
} from '../host-client/index.ts';

let staff: Promise<HostClient> | undefined;
let shell: Promise<DesktopClient> | undefined;

/** The host with the rights of the clinic. A port that could not be opened is tried again at the next call. */
export function staffHost(): Promise<HostClient> {
  if (staff) return staff;
  const bridge = window.autamedica;
  const opening = bridge
    ? openPort(bridge, 'host').then(createPortHostClient)
    : Promise.resolve(createHttpHostClient({ baseUrl: location.origin }));
  staff = opening;
  opening.catch(() => {
    staff = undefined;
  });
  return opening;
}

/** The desktop shell; undefined in a browser. */
export function desktopShell(): Promise<DesktopClient> | undefined {
  const bridge = window.autamedica;
  if (!bridge) return undefined;
  if (shell) return shell;
  const opening = openPort(bridge, 'desktop').then(createPortDesktopClient);
  shell = opening;
  opening.catch(() => {
    shell = undefined;
  });
  return opening;
}

/** Asks the shell for something that has no answer to wait for; without a shell, or refused, nothing happens. */
export function askShell(ask: (shell: DesktopClient) => Promise<unknown>): void {
  desktopShell()
    ?.then(ask)
    .catch(() => {});
}

export async function copyText(text: string): Promise<void> {
  const desktop = desktopShell();
  if (desktop) await (await desktop).clipboard.write({ text });
  else await navigator.clipboard.writeText(text);
}
