/** What the desktop app remembers about this computer, in one small file beside Chromium's own. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';

/** `clinic`: this computer runs a host. `paired`: its staff work with a host elsewhere. `client`: it joins consultations held elsewhere. */
export type Mode = 'clinic' | 'paired' | 'client';

const settingsSchema = z.object({
  mode: z.enum(['clinic', 'paired', 'client']).optional(),
  /** The host that this computer is paired with. */
  clinic: z
    .object({
      origin: z.string(),
      credential: z.string(),
      /** Whether the credential was sealed by the system's keyring. */
      sealed: z.boolean(),
      /** What its certificate authority's fingerprint begins with; undefined where Chromium knows the certificate. */
      fingerprint: z.string().optional(),
    })
    .optional(),
});
type Settings = z.infer<typeof settingsSchema>;

export interface SettingsStore {
  read(): Settings;
  write(settings: Settings): void;
}

export function openSettings(userData: string): SettingsStore {
  const file = join(userData, 'desktop.json');
  return {
    read: () => {
      try {
        return settingsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
      } catch {
        // Absent or damaged: the app asks again, nothing else hangs on it.
        return {};
      }
    },
    write: (settings) => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify(settings), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
  };
}

/**
 * What this start is for.
 * @param parameters the program's arguments; `--clinic` and `--client` decide for one start, `--ask` asks again.
 * @param saved what was chosen before.
 * @param invited whether the app was opened by an invitation link.
 */
export function decideMode(
  parameters: readonly string[],
  saved: Mode | undefined,
  invited: boolean,
): Mode | 'ask' {
  if (parameters.includes('--ask')) return 'ask';
  if (parameters.includes('--clinic')) return 'clinic';
  if (parameters.includes('--client')) return 'client';
  return saved ?? (invited ? 'client' : 'ask');
}
