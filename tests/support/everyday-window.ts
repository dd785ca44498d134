/**
 * A browser or the desktop app as everybody has it. What Playwright starts itself is kept awake by switches and believes to be in
 * front whatever is done to it; here a window learns that nobody sees it, and is held back for it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type BrowserContext, chromium } from '@playwright/test';

export interface EverydayWindow {
  /** Its profile, with all its pages. */
  readonly context: BrowserContext;
  readonly process: ChildProcess;
  /** At once, without a question of a window that records. */
  kill(): Promise<void>;
}

/**
 * @param program Chromium or Electron. @param parameters with a folder for its profile.
 * @throws Error with its own words when it does not start.
 */
export async function openEverydayWindow(
  program: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<EverydayWindow> {
  const child = spawn(program, ['--remote-debugging-port=0', ...parameters], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const ended = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  try {
    const address = await addressOf(child);
    const browser = await chromium.connectOverCDP(address, { noDefaults: true });
    const [context] = browser.contexts();
    if (!context) throw new Error('It has no profile');
    context.setDefaultTimeout(15_000);
    return { context, process: child, kill };
  } catch (error) {
    await kill();
    throw error;
  }
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stderr?.on('data', (chunk) => {
      output += chunk;
      const [, address] = /DevTools listening on (ws:\S+)/.exec(output) ?? [];
      if (address) resolve(address);
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(output)));
  });
}
