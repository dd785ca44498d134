/** What each kind of window may use of the computer; everything not named is refused. */
import type { WindowKind } from '../../shared/contract/desktop.ts';

/** Electron's names; newer runtimes know more of them than older ones. */
const everyWindow: readonly string[] = [
  'media',
  'speaker-selection',
  'clipboard-sanitized-write',
  'fullscreen',
  'screen-wake-lock',
  // Since Chromium 142 a page asks before it connects to this computer or the network it is in: that is where the host is.
  'local-network-access',
  'local-network',
  'loopback-network',
];

const allowed: Readonly<Record<WindowKind, ReadonlySet<string>>> = {
  clinic: new Set([...everyWindow, 'notifications']),
  // Screen sharing still needs a source chosen in our picker: see capture.ts.
  consultation: new Set([...everyWindow, 'notifications', 'display-capture']),
  join: new Set(everyWindow),
  // It talks to the shell only.
  start: new Set(),
};

export interface PermissionQuestion {
  readonly permission: string;
  /** undefined: not one of the app's windows. */
  readonly window: WindowKind | undefined;
  /** Whether the page that asks is ours and fills its window. */
  readonly fromOurPage: boolean;
  /** For `media`: `audio` for a microphone, `video` for a camera. A screen is asked for with neither, or with `unknown`. */
  readonly media: readonly string[];
}

export function isPermitted(question: PermissionQuestion): boolean {
  const { permission, window, fromOurPage, media } = question;
  if (!window || !fromOurPage || !allowed[window].has(permission)) return false;
  if (permission !== 'media') return true;
  const isDevice = media.length > 0 && media.every((kind) => kind === 'audio' || kind === 'video');
  return isDevice || allowed[window].has('display-capture');
}
