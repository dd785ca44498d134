/**
 * When pictures of the other person appear in a page, on a clock that all pages of this computer share.
 * Injected before the page's own code; it changes nothing the page does.
 */
import type { BrowserContext, Page } from '@playwright/test';

export interface PictureClock {
  /** The first frame of somebody else, ms since the epoch. */
  firstFrame?: number;
  /** The last real click, ms since the epoch. */
  click?: number;
  /** When the page was asked for, ms since the epoch. */
  readonly navigated: number;
  /** Every further frame is noted while this is set. */
  watching: boolean;
  readonly frames: number[];
  /** What else happened and when, ms since the epoch, for finding out where the time goes. */
  readonly marks: Record<string, number>;
}

declare global {
  interface Window {
    pictureClock: PictureClock;
  }
}

/** Runs in the page. */
function install(): void {
  // The empty page a tab begins with has no devices.
  if (!navigator.mediaDevices) return;
  const now = () => performance.timeOrigin + performance.now();
  const clock: PictureClock = {
    navigated: performance.timeOrigin,
    watching: false,
    frames: [],
    marks: {},
  };
  window.pictureClock = clock;
  document.addEventListener(
    'click',
    ({ timeStamp }) => {
      clock.click = performance.timeOrigin + timeStamp;
    },
    true,
  );

  const own = new Set<string>();
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) => {
    const stream = await open(constraints);
    for (const { id } of stream.getTracks()) own.add(id);
    clock.marks.devices ??= now();
    return stream;
  };

  const isRemote = (source: unknown) =>
    source instanceof MediaStream && source.getVideoTracks().some(({ id }) => !own.has(id));
  const watched = new Set<HTMLVideoElement>();
  const watch = (video: HTMLVideoElement) => {
    if (watched.has(video)) return;
    watched.add(video);
    const seen = () => {
      const at = now();
      if (isRemote(video.srcObject)) {
        clock.firstFrame ??= at;
        if (clock.watching) clock.frames.push(at);
      }
      // One notice is left waiting after the first frame, so that measuring does not add to what is measured.
      if (clock.watching || clock.firstFrame === undefined) video.requestVideoFrameCallback(seen);
      else watched.delete(video);
    };
    video.requestVideoFrameCallback(seen);
  };
  const property = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject');
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    ...property,
    set(source: unknown) {
      property?.set?.call(this, source);
      if (!(this instanceof HTMLVideoElement) || !isRemote(source)) return;
      clock.marks.attached ??= now();
      if (clock.watching || clock.firstFrame === undefined) watch(this);
    },
  });
  window.addEventListener('watch-pictures', () => {
    clock.watching = true;
    for (const video of document.querySelectorAll('video')) if (isRemote(video.srcObject)) watch(video);
  });
}

export async function installPictureClock(context: BrowserContext): Promise<void> {
  await context.addInitScript(install);
}

export function readClock(page: Page): Promise<PictureClock> {
  return page.evaluate(() => window.pictureClock);
}

/** When the first frame of the other person was shown, ms since the epoch. */
export async function firstFrame(page: Page, timeout = 30_000): Promise<number> {
  await page.waitForFunction(() => window.pictureClock.firstFrame, undefined, { polling: 50, timeout });
  return (await readClock(page)).firstFrame ?? Number.NaN;
}

/** Notes every frame from now on. */
export async function watchPictures(page: Page): Promise<void> {
  await page.evaluate(() => window.dispatchEvent(new Event('watch-pictures')));
}

/** When the first frame after `time` (ms since the epoch) was shown; undefined when none came within `limit` ms. */
export async function frameAfter(page: Page, time: number, limit: number): Promise<number | undefined> {
  const find = (after: number) => window.pictureClock.frames.find((at) => at > after);
  await page.waitForFunction(find, time, { polling: 50, timeout: limit }).catch(() => undefined);
  return page.evaluate(find, time);
}

/** Frames shown between two moments, ms since the epoch. */
export function framesBetween(page: Page, from: number, to: number): Promise<number> {
  return page.evaluate(
    ([start, end]) => window.pictureClock.frames.filter((at) => at > start && at < end).length,
    [from, to] as const,
  );
}

/** Width, height and frames shown of the other person's picture. */
export function remotePicture(page: Page): Promise<{ width: number; height: number; frames: number }> {
  return page.evaluate(() => {
    const pictures = [...document.querySelectorAll('video')]
      .map((video) => ({
        width: video.videoWidth,
        height: video.videoHeight,
        frames: video.getVideoPlaybackQuality().totalVideoFrames,
        area: video.clientWidth * video.clientHeight,
      }))
      .sort((a, b) => b.area - a.area);
    const [{ width, height, frames } = { width: 0, height: 0, frames: 0 }] = pictures;
    return { width, height, frames };
  });
}
