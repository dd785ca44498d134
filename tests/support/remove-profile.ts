import { rm } from 'node:fs/promises';

/** Removes a folder with the profile of a browser or an app: what is left of a killed one still writes there for a moment. */
export function removeProfile(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 10 });
}
