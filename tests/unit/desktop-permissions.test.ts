/** The desktop app's permissions, as a table: every name Electron knows, for every kind of window. */
import { describe, expect, it } from 'vitest';
import { isPermitted } from '../../src/main/desktop/permissions.ts';
import { windowKinds } from '../../src/shared/contract/desktop.ts';

/** The names in the types of the newest Electron the app is made for. */
const names = [
  'ar',
  'automatic-fullscreen',
  'background-fetch',
  'background-sync',
  'captured-surface-control',
  'clipboard-read',
  'clipboard-sanitized-write',
  'deprecated-sync-clipboard-read',
  'display-capture',
  'fileSystem',
  'fullscreen',
  'geolocation',
  'geolocation-approximate',
  'hand-tracking',
  'hid',
  'idle-detection',
  'keyboardLock',
  'local-fonts',
  'local-network',
  'local-network-access',
  'loopback-network',
  'media',
  'mediaKeySystem',
  'midi',
  'midiSysex',
  'nfc',
  'notifications',
  'openExternal',
  'payment-handler',
  'periodic-background-sync',
  'persistent-storage',
  'pointerLock',
  'screen-wake-lock',
  'sensors',
  'serial',
  'smart-card',
  'speaker-selection',
  'storage-access',
  'system-wake-lock',
  'top-level-storage-access',
  'usb',
  'vr',
  'web-app-installation',
  'web-printing',
  'window-management',
  'unknown',
];

const ask = (over: Partial<Parameters<typeof isPermitted>[0]>) =>
  isPermitted({ permission: 'media', window: 'clinic', fromOurPage: true, media: ['audio'], ...over });

const forEverybody = [
  'clipboard-sanitized-write',
  'fullscreen',
  'local-network',
  'local-network-access',
  'loopback-network',
  'media',
  'screen-wake-lock',
  'speaker-selection',
];

describe('isPermitted', () => {
  it.each([
    ['clinic', [...forEverybody, 'notifications']],
    ['consultation', [...forEverybody, 'display-capture', 'notifications']],
    ['join', forEverybody],
    ['start', []],
  ] as const)('grants the %s window its few permissions and no other', (window, granted) => {
    const found = names.filter((permission) => ask({ window, permission }));
    expect(found.sort()).toEqual([...granted].sort());
  });

  it('grants nothing to a page that is not ours, to a frame, or to an unknown window', () => {
    for (const permission of names) {
      expect(ask({ permission, fromOurPage: false })).toBe(false);
      expect(ask({ permission, window: undefined })).toBe(false);
    }
  });

  it('takes a request for neither camera nor microphone for one for a screen, which only a doctor’s window may make', () => {
    for (const media of [[], ['unknown'], ['video', 'unknown']]) {
      const granted = windowKinds.filter((window) => ask({ window, media }));
      expect(granted).toEqual(['consultation']);
    }
    expect(windowKinds.filter((window) => ask({ window, media: ['audio', 'video'] }))).toEqual([
      'clinic',
      'consultation',
      'join',
    ]);
  });
});
