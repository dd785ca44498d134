/** Electron's official runtime: found where its package keeps it, or fetched by that package's own installer. */
import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { root, run } from './terminal.ts';

const packageFolder = join(root, 'node_modules/electron');

export interface Runtime {
  readonly executable: string;
  readonly version: string;
  /** Whether it is the release the app is made for, and so fit for patients' data. */
  readonly official: boolean;
}

/** The release the app is made for. */
export async function wantedVersion(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

/** The runtime in place, whatever its version. `ELECTRON_OVERRIDE_DIST_PATH` is Electron's own way to name another folder. */
export async function findRuntime(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Runtime | undefined> {
  const override = environment.ELECTRON_OVERRIDE_DIST_PATH;
  const folder = override ? resolve(override) : join(packageFolder, 'dist');
  const name =
    (await readFile(join(packageFolder, 'path.txt'), 'utf8').catch(() => '')) ||
    (process.platform === 'win32' ? 'electron.exe' : 'electron');
  const executable = join(folder, name);
  if (!existsSync(executable)) return undefined;
  const version = (await readFile(join(folder, 'version'), 'utf8').catch(() => '')).trim().replace(/^v/, '');
  return { executable, version: version || 'unknown', official: version === (await wantedVersion()) };
}

/**
 * Fetches the official runtime, replacing any other.
 * @returns why it could not be had, or undefined when it is in place.
 */
export async function bringOfficialRuntime(timeoutMs: number): Promise<string | undefined> {
  const version = await wantedVersion();
  const before = await findRuntime({});
  if (before?.official) return undefined;
  // The installer unpacks over what is there; files of another release must not stay between its own.
  const dist = join(packageFolder, 'dist');
  const aside = join(packageFolder, 'dist-of-another-release');
  await rm(aside, { recursive: true, force: true });
  if (before) await rename(dist, aside);
  const result = await run(process.execPath, [join(packageFolder, 'install.js')], { quiet: true, timeoutMs });
  if (result.code === 0 && (await findRuntime({}))?.official) {
    await rm(aside, { recursive: true, force: true });
    return undefined;
  }
  await rm(dist, { recursive: true, force: true });
  if (before) await rename(aside, dist);
  if (result.timedOut) return `Electron ${version} was not here after ${Math.round(timeoutMs / 1_000)} s`;
  const reason = result.output
    .split('\n')
    .find((line) => /error|fail|ENOTFOUND|40\d/i.test(line))
    ?.trim();
  return `Electron ${version} cannot be downloaded from here${reason ? ` (${reason})` : ''}`;
}
