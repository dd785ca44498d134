/** What the tests need from the operating system, and how it is brought on Debian and its relatives. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, Stop } from './terminal.ts';

/** Libraries of Electron's runtime, a display without a screen, and a keyring. */
const desktopPackages = [
  'xvfb',
  'xauth',
  'libgtk-3-0',
  'libnss3',
  'libasound2',
  'libgbm1',
  'libatk-bridge2.0-0',
  'libxss1',
  // A keyring as somebody has who has logged in.
  'dbus',
  'gnome-keyring',
] as const;

/** Programs that tests compare ours with: the reference of the age format, and a second opinion on pictures and sound. */
const recordingPackages = ['age', 'ffmpeg'] as const;

/**
 * Other computers (network namespaces), what counts and cuts their packets, and a second program that speaks multicast DNS. Only
 * tests that need root use them.
 */
const networkPackages = ['iproute2', 'nftables', 'python3-zeroconf'] as const;

const browserNames =
  process.platform === 'win32'
    ? ['chrome.exe', 'msedge.exe']
    : ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

/** A program's path, looked up as a shell would. */
export function findProgram(name: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return (environment.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/** The browser the tests drive: `AUTAMEDICA_BROWSER`, or a Chromium of this machine; undefined leaves it to Playwright's own. */
export function findBrowser(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  if (environment.AUTAMEDICA_BROWSER) return environment.AUTAMEDICA_BROWSER;
  const installed = browserNames
    .map((name) => findProgram(name, environment))
    .find((path) => path !== undefined);
  const bundles = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];
  return installed ?? bundles.find((path) => existsSync(path));
}

/**
 * Brings what is missing of the system's packages, with a browser.
 * @throws Stop with the exact line to run, where this user may not install packages.
 */
export async function bringSystemPackages(): Promise<void> {
  if (process.platform !== 'linux') return;
  if (!findProgram('apt-get')) {
    if (!findProgram('xvfb-run')) {
      throw new Stop(
        `The tests need Xvfb and Electron's libraries. Install your system's packages for: ${[...desktopPackages, ...recordingPackages].join(' ')} chromium`,
      );
    }
    return;
  }
  const missing: string[] = [];
  const forAll = [...desktopPackages, ...recordingPackages];
  const wanted = process.getuid?.() === 0 ? [...forAll, ...networkPackages] : forAll;
  for (const name of wanted) {
    const installed = (await isInstalled(name)) || (await isInstalled(`${name}t64`));
    if (!installed) missing.push(name);
  }
  if (!findBrowser()) missing.push('chromium');
  if (missing.length === 0) return;

  await install(missing);
}

/**
 * Brings packages that only some tests need.
 * @param elsewhere what to do on a system without apt-get.
 * @throws Stop with what to do, where this user may not install packages.
 */
export async function bringPackages(names: readonly string[], elsewhere: string): Promise<void> {
  if (!findProgram('apt-get')) throw new Stop(elsewhere);
  await install(names);
}

async function install(missing: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new Stop(
      `The tests need system packages that this user may not install. Run this line, then the tests again:\n\n  sudo apt-get update && sudo apt-get install --yes --no-install-recommends ${missing.join(' ')}\n`,
    );
  }
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const update = await run('apt-get', ['update', '-q'], { quiet: true, env: environment });
  // Since 2024 some libraries carry the suffix t64 (64-bit time) in Debian and Ubuntu.
  const names = await Promise.all(
    missing.map(async (name) => ((await isOffered(`${name}t64`)) ? `${name}t64` : name)),
  );
  const install = await run('apt-get', ['install', '--yes', '-q', '--no-install-recommends', ...names], {
    quiet: true,
    env: environment,
  });
  if (install.code !== 0) {
    throw new Stop(
      `apt-get could not install ${names.join(' ')}:\n${(update.output + install.output).trim().slice(-1_500)}`,
    );
  }
}

/**
 * Makes sure there is a browser: the system's, or the one Playwright fetches.
 * @throws Stop when neither is to be had.
 */
export async function bringBrowser(): Promise<void> {
  if (findBrowser()) return;
  const result = await run(
    process.execPath,
    ['node_modules/@playwright/test/cli.js', 'install', 'chromium'],
    {
      quiet: true,
      timeoutMs: 600_000,
    },
  );
  if (result.code !== 0) {
    throw new Stop(
      `The tests need Chromium or Chrome, and Playwright could not fetch one:\n${result.output.trim().slice(-800)}`,
    );
  }
}

async function isInstalled(name: string): Promise<boolean> {
  const result = await run('dpkg-query', ['--status', name], { quiet: true });
  return result.code === 0 && /^Status: .* installed$/m.test(result.output);
}

async function isOffered(name: string): Promise<boolean> {
  const result = await run('apt-cache', ['show', '--no-all-versions', name], { quiet: true });
  return result.code === 0 && result.output.includes(`Package: ${name}\n`);
}

/** Shared libraries a program needs and this machine lacks. Linux only; elsewhere none. */
export async function missingLibraries(program: string): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const result = await run('ldd', [program], { quiet: true });
  return [...result.output.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1] ?? '');
}
