/** What this tab remembers of one visit, so that a reload or coming back goes straight in. */
import { type Remembering, recall, remember } from '../remembered.ts';

export interface DeviceWish {
  readonly camera: boolean;
  readonly microphone: boolean;
}

export interface VisitMemory {
  /** Inside when the page was left: reloading goes on where it was. */
  wasInside(): boolean;
  markInside(): void;
  forgetInside(): void;
  /** The participant token, which makes an observer the same person again. */
  token(): string | undefined;
  /** Entered: keeps the token, and that this tab is inside. */
  remember(token: string): void;
  wish(): DeviceWish;
  setWish(wish: Partial<DeviceWish>): void;
}

/** In the tab's own storage: it ends with the tab. */
export function memoryOf(code: string, storage: Remembering = () => sessionStorage): VisitMemory {
  const key = (what: string) => `autamedica.visit.${code}.${what}`;
  const read = (what: string) => recall(key(what), storage);
  const write = (what: string, value: string | undefined) => remember(key(what), value, storage);
  return {
    wasInside: () => read('inside') === 'yes',
    markInside: () => write('inside', 'yes'),
    forgetInside: () => write('inside', undefined),
    token: () => read('token'),
    remember: (token) => {
      write('token', token);
      write('inside', 'yes');
    },
    wish: () => ({ camera: read('camera') !== 'off', microphone: read('microphone') !== 'off' }),
    setWish: ({ camera, microphone }) => {
      if (camera !== undefined) write('camera', camera ? undefined : 'off');
      if (microphone !== undefined) write('microphone', microphone ? undefined : 'off');
    },
  };
}
