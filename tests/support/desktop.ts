/** Starts the built desktop app for a test, with folders of its own, and speaks to it as a page would. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import type { Bridge } from '../../src/preload/bridge.ts';
import { removeProfile } from './remove-profile.ts';
import { untilWithin } from './until.ts';

const until = untilWithin(30_000);
const root = fileURLToPath(new URL('../..', import.meta.url));

export interface DesktopOptions {
  /** Arguments of the app itself; `--clinic` unless given. */
  readonly parameters?: readonly string[];
  /** Replaces the settings the host is started with. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Lets the app use the system's keyring, which is kept from it otherwise. */
  readonly keyring?: boolean;
  /** A folder of an earlier start; by default a new one. */
  readonly folder?: string;
}

export interface Desktop {
  readonly app: ElectronApplication;
  /** Holds the app's settings and the clinic's data. */
  readonly folder: string;
  /** The first window whose address matches, waiting until there is one. */
  window(address: RegExp): Promise<Page>;
  /** Ends the app and removes its folder. */
  close(): Promise<void>;
}

/** Arguments every start needs here: tests run as root and have no camera. */
export function launchParameters(folder: string, parameters: readonly string[] = ['--clinic']): string[] {
  return [
    root,
    '--no-sandbox',
    '--disable-gpu',
    '--use-fake-device-for-media-stream',
    `--user-data-dir=${join(folder, 'app')}`,
    ...parameters,
  ];
}

export function launchEnvironment(
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return {
    ...Object.fromEntries(inherited),
    PORT: '0',
    DATA_DIR: join(folder, 'data'),
    LIVEKIT_EMBEDDED: 'false',
    LOG_LEVEL: 'warn',
    LANG: 'es_AR.UTF-8',
    LANGUAGE: 'es_AR',
    ...environment,
  };
}

export async function launchDesktop(options: DesktopOptions = {}): Promise<Desktop> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'autamedica-desktop-')));
  const app = await _electron.launch({
    args: [
      ...(options.keyring ? ['-r', join(root, 'tests/support/real-keyring.cjs')] : []),
      ...launchParameters(folder, options.parameters),
    ],
    env: launchEnvironment(folder, options.environment),
    cwd: root,
  });
  return {
    app,
    folder,
    window: (address) =>
      until(`there is a window at ${address}`, async () =>
        app.windows().find((page) => address.test(page.url())),
      ),
    close: async () => {
      await app.close();
      await removeProfile(folder);
    },
  };
}

export interface PortAnswer {
  readonly status: number;
  readonly data: unknown;
}

/**
 * Calls an operation from inside a page through its bridge, as oRPC's message-port link would.
 * @throws Error with the bridge's message when the page gets no port.
 */
export function callFromPage(
  page: Page,
  port: 'host' | 'desktop',
  operation: string,
  input?: unknown,
): Promise<PortAnswer> {
  return page.evaluate(
    async ({ port, operation, input }) => {
      const bridge = (window as unknown as { autamedica: Bridge }).autamedica;
      const request = crypto.randomUUID();
      const opened = new Promise<MessagePort>((resolve) => {
        const receive = (event: MessageEvent) => {
          if (event.data?.autamedicaPort !== request || !event.ports[0]) return;
          window.removeEventListener('message', receive);
          resolve(event.ports[0]);
        };
        window.addEventListener('message', receive);
      });
      await (port === 'host' ? bridge.connectHost(request) : bridge.connectDesktop(request));
      const channel = await opened;
      const answered = new Promise<string>((resolve) => {
        channel.onmessage = (event) => resolve(event.data as string);
      });
      channel.postMessage(JSON.stringify({ i: '1', p: { u: `/${operation}`, b: { json: input } } }));
      const answer = JSON.parse(await answered) as { p: { s?: number; b?: { json?: unknown } } };
      channel.close();
      return { status: answer.p.s ?? 200, data: answer.p.b?.json };
    },
    { port, operation, input },
  );
}
