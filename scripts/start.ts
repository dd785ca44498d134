/** `npm start`: builds when needed, then opens the desktop app, or the same app as a web page where there can be no desktop. */
import { spawn } from 'node:child_process';
import { buildWhenNeeded } from './parts/build.ts';
import { bringOfficialRuntime, findRuntime, type Runtime, wantedVersion } from './parts/electron.ts';
import { runHeadless } from './parts/headless.ts';
import { missingLibraries } from './parts/system.ts';
import { main, root, say } from './parts/terminal.ts';

/** How long the first start may wait for Electron's download before it goes on without a window. */
const downloadLimitMs = 180_000;
/** A desktop app that ends with an error this soon never opened. */
const openingMs = 15_000;

const parameters = process.argv.slice(3);

/** The desktop's runtime, or the reason why there is no desktop here. */
async function findDesktop(): Promise<Runtime | string> {
  if (parameters.includes('--headless')) return 'that is what --headless asks for';
  if (process.platform === 'linux') {
    if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
      return 'this computer has no display (DISPLAY and WAYLAND_DISPLAY are not set)';
    }
    if (process.getuid?.() === 0 && !parameters.includes('--no-sandbox')) {
      return "Electron's sandbox does not work for root; start as another user to get the desktop app";
    }
  }
  let runtime = await findRuntime();
  const chosen = process.env.ELECTRON_OVERRIDE_DIST_PATH !== undefined;
  if (!runtime?.official && !chosen) {
    say(`Bringing Electron ${await wantedVersion()} (about 120 MB, only this once) …`);
    const failure = await bringOfficialRuntime(downloadLimitMs);
    if (failure) return `${failure}; the next "npm start" tries again`;
    runtime = await findRuntime();
  }
  if (!runtime) return 'ELECTRON_OVERRIDE_DIST_PATH has no Electron in it';
  const missing = await missingLibraries(runtime.executable);
  if (missing.length > 0) {
    return `this system lacks libraries of Electron: ${missing.join(', ')}. On Debian and Ubuntu: sudo apt-get install libgtk-3-0 libnss3 libasound2 libgbm1`;
  }
  return runtime;
}

/** @returns the exit code, or undefined when the app ended before it opened. */
function openDesktop(runtime: Runtime): Promise<number | undefined> {
  const started = performance.now();
  const child = spawn(runtime.executable, [root, '--clinic', ...parameters], { cwd: root, stdio: 'inherit' });
  let interrupted = false;
  const stop = (signal: NodeJS.Signals) => {
    interrupted = true;
    // From a terminal, Ctrl-C reaches the app by itself; a signal sent to this process alone has to be passed on.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return new Promise((resolve) => {
    child.on('error', () => resolve(undefined));
    child.on('exit', (code) => {
      const failedToOpen = !interrupted && code !== 0 && performance.now() - started < openingMs;
      resolve(failedToOpen ? undefined : (code ?? 1));
    });
  });
}

await main(async () => {
  await buildWhenNeeded();
  const desktop = await findDesktop();
  let reason = desktop;
  if (typeof desktop !== 'string') {
    say(`Opening the desktop app: a display and Electron ${desktop.version} are here.`);
    const code = await openDesktop(desktop);
    if (code !== undefined) return code;
    reason = 'the desktop app could not be opened; the lines above say why';
  }
  say(`Serving the app as a web page, without the desktop: ${String(reason)}.`);
  // What was asked of this script is nothing to the host.
  await runHeadless([]);
  return undefined;
});
