/** The ways from this page to the host and to the desktop shell, opened once. */

import { openPort } from '../../preload/bridge.ts';
import {
  type CatalogueError,
  createHttpHostClient,
  createPortDesktopClient,
  createPortHostClient,
  type DesktopClient,
  type HostClient,
} from '../host-client/index.ts';
import { credential } from './staff/credential.ts';
import type { Store } from './store.ts';

let staff: Promise<HostClient> | undefined;
let shell: Promise<DesktopClient> | undefined;

/** What is sent while the page is left, such as the last words of the notes, still arrives. */
const lastingFetch: typeof fetch = (input, init) =>
  fetch(input, { ...init, keepalive: document.visibilityState === 'hidden' });

/**
 * The host with the rights of the staff: by a port in the windows of the clinic's own computer, over HTTP elsewhere. A browser
 * shows its credential itself; a paired desktop app adds it outside the page. A port that could not be opened is tried again
 * at the next call.
 */
export function staffHost(): Promise<HostClient> {
  if (staff) return staff;
  const bridge = window.autamedica;
  const opening =
    bridge && bridge.clinic === undefined
      ? openPort(bridge, 'host').then(createPortHostClient)
      : Promise.resolve(
          createHttpHostClient({
            baseUrl: bridge?.clinic ?? location.origin,
            token: bridge ? undefined : credential(),
            fetch: lastingFetch,
            onUnknown: (error) => staffRefusal.set(error),
          }),
        );
  staff = opening;
  opening.catch(() => {
    staff = undefined;
  });
  return opening;
}

/** Why the host knows nobody here; undefined while it does. */
class StaffRefusal implements Store<CatalogueError | undefined> {
  #current: CatalogueError | undefined;
  readonly #listeners = new Set<() => void>();

  snapshot(): CatalogueError | undefined {
    return this.#current;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(refusal: CatalogueError | undefined): void {
    this.#current = refusal;
    for (const listener of this.#listeners) listener();
  }
}

export const staffRefusal = new StaffRefusal();

/** The way to the host is made anew, with the credential as it is now. */
export function renewStaffHost(): void {
  staff = undefined;
  staffRefusal.set(undefined);
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

/** Opens the system's print dialogue for this page. */
export function printPage(): void {
  const desktop = desktopShell();
  if (desktop) void desktop.then((shell) => shell.windows.print()).catch(() => window.print());
  else window.print();
}

export async function copyText(text: string): Promise<void> {
  const desktop = desktopShell();
  if (desktop) await (await desktop).clipboard.write({ text });
  else await navigator.clipboard.writeText(text);
}
