/** Where things brought from elsewhere are kept between runs, for all checkouts of this user. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.AUTAMEDICA_CACHE) return environment.AUTAMEDICA_CACHE;
  switch (process.platform) {
    case 'win32':
      return join(environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'autamedica');
    case 'darwin':
      return join(homedir(), 'Library', 'Caches', 'autamedica');
    default:
      return join(environment.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'autamedica');
  }
}
