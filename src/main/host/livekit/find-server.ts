/** Where a livekit-server that is already on this machine may lie. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { livekitRelease } from './release.ts';

/** The environment as the settings read it; only PATH and the like are used, never LiveKit's own variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Places {
  /** The LIVEKIT_SERVER setting. When set, nothing else is looked at. */
  readonly serverPath?: string | undefined;
  /** The app's own resources. */
  readonly resourcesDir?: string | undefined;
  /** Where brought servers are kept. */
  readonly cacheDir: string;
  readonly environment: Environment;
}

export const serverFileName = process.platform === 'win32' ? 'livekit-server.exe' : 'livekit-server';

/** The file a brought server is kept in. */
export function cachedServerPath(cacheDir: string, version: string = livekitRelease.version): string {
  return join(cacheDir, 'livekit', version, serverFileName);
}

/**
 * Looks in the order setting, PATH, app resources, cache.
 * @throws Error when the setting names a file that cannot be run.
 */
export async function findServer(places: Places): Promise<string | undefined> {
  if (places.serverPath) {
    if (await isExecutable(places.serverPath)) return places.serverPath;
    throw new Error(
      `LIVEKIT_SERVER names ${places.serverPath}, which is not a program that can be run. Correct it or unset it.`,
    );
  }
  const candidates = [
    ...pathFolders(places.environment).map((folder) => join(folder, serverFileName)),
    ...(places.resourcesDir ? [join(places.resourcesDir, serverFileName)] : []),
    cachedServerPath(places.cacheDir),
  ];
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/** Looks a program up in PATH. */
export async function findInPath(name: string, environment: Environment): Promise<string | undefined> {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  for (const folder of pathFolders(environment)) {
    if (await isExecutable(join(folder, file))) return join(folder, file);
  }
  return undefined;
}

function pathFolders(environment: Environment): string[] {
  const path = environment.PATH ?? environment.Path ?? '';
  return path.split(delimiter).filter((folder) => isAbsolute(folder));
}

export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
