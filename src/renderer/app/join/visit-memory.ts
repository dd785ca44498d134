/** What is remembered of one visit: by the tab, so that a reload goes straight in; by the browser, so that an observer comes back as the same person. */
import { nanoid } from 'nanoid';
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
  /** The secret by which this browser comes back as the same person; made when it is first asked for. */
  returnKey(): string;
  /** The visit cannot go on any more. */
  forgetReturnKey(): void;
  wish(): DeviceWish;
  setWish(wish: Partial<DeviceWish>): void;
}

export function memoryOf(
  code: string,
  ofTab: Remembering = () => sessionStorage,
  ofBrowser: Remembering = () => localStorage,
): VisitMemory {
  const key = (what: string) => `autamedica.visit.${code}.${what}`;
  const read = (what: string) => recall(key(what), ofTab);
  const write = (what: string, value: string | undefined) => remember(key(what), value, ofTab);
  /** For a browser that remembers nothing: at least the same for as long as the page is open. */
  let made: string | undefined;
  return {
    wasInside: () => read('inside') === 'yes',
    markInside: () => write('inside', 'yes'),
    forgetInside: () => write('inside', undefined),
    returnKey: () => {
      made ??= recall(key('return-key'), ofBrowser) ?? nanoid(32);
      remember(key('return-key'), made, ofBrowser);
      return made;
    },
    forgetReturnKey: () => remember(key('return-key'), undefined, ofBrowser),
    wish: () => ({ camera: read('camera') !== 'off', microphone: read('microphone') !== 'off' }),
    setWish: ({ camera, microphone }) => {
      if (camera !== undefined) write('camera', camera ? undefined : 'off');
      if (microphone !== undefined) write('microphone', microphone ? undefined : 'off');
    },
  };
}
