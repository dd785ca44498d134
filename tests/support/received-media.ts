/** Proof that pictures and sound arrive: decoded frames are counted, colours and tones are looked for. */
import { expect, type Page } from '@playwright/test';
import { people } from './synthetic-media.ts';

/** Looked at often: what arrives does so within a second, and a rest of a second after each look would be most of a test. */
const often = { intervals: [100, 200, 300] };

interface Seen {
  readonly frames: number;
  readonly colour: readonly [number, number, number];
}

/** What the first playing picture with this label shows now. */
async function look(page: Page, label: string | RegExp): Promise<Seen | undefined> {
  const videos = page.locator('video').and(page.getByLabel(label));
  if ((await videos.count()) === 0) return undefined;
  return videos.first().evaluate((element) => {
    const video = element as HTMLVideoElement;
    const canvas = document.createElement('canvas');
    canvas.width = 16;
    canvas.height = 9;
    const context = canvas.getContext('2d');
    if (!context || video.videoWidth === 0) return undefined;
    context.drawImage(video, 0, 0, 16, 9);
    const [red = 0, green = 0, blue = 0] = context.getImageData(8, 6, 1, 1).data;
    return { frames: video.getVideoPlaybackQuality().totalVideoFrames, colour: [red, green, blue] as const };
  });
}

function near(seen: readonly [number, number, number], wanted: readonly [number, number, number]): boolean {
  return seen.every((value, index) => Math.abs(value - (wanted[index] ?? 0)) < 45);
}

/** Waits until that person's picture is shown, in their colour, and that new frames keep coming. */
export async function expectPicture(
  page: Page,
  label: string | RegExp,
  person: keyof typeof people,
): Promise<number> {
  await expect
    .poll(
      async () => {
        const seen = await look(page, label);
        return seen !== undefined && near(seen.colour, people[person].colour);
      },
      { ...often, message: `the ${person}'s colour in ${label}` },
    )
    .toBe(true);
  const before = (await look(page, label))?.frames ?? 0;
  await expect
    .poll(async () => ((await look(page, label))?.frames ?? 0) - before, { ...often, message: 'new frames' })
    .toBeGreaterThan(10);
  return (await look(page, label))?.frames ?? 0;
}

/** Frames shown so far in the picture with this label; 0 without one. */
export async function framesShown(page: Page, label: string | RegExp): Promise<number> {
  return (await look(page, label))?.frames ?? 0;
}

/** Strength of a tone against the rest of the spectrum, over all sounds the page plays, in dB. */
async function listen(page: Page, tone: number): Promise<number> {
  return page.evaluate(async (hertz) => {
    const context = new AudioContext();
    await context.resume();
    try {
      const analyser = new AnalyserNode(context, { fftSize: 8_192, smoothingTimeConstant: 0 });
      const elements = [...document.querySelectorAll('audio')];
      for (const { srcObject } of elements) {
        if (srcObject instanceof MediaStream && srcObject.getAudioTracks().length > 0) {
          context.createMediaStreamSource(srcObject).connect(analyser);
        }
      }
      // Two windows of the analyser, so that it is filled with what came after it was connected.
      await new Promise((resolve) => setTimeout(resolve, (2 * 8_192 * 1000) / context.sampleRate));
      const spectrum = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(spectrum);
      const bin = Math.round((hertz * 8_192) / context.sampleRate);
      const peak = Math.max(...spectrum.slice(bin - 2, bin + 3));
      const sorted = [...spectrum].sort((a, b) => a - b);
      const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
      return Number.isFinite(peak) ? peak - (Number.isFinite(middle) ? middle : -150) : -1;
    } finally {
      await context.close();
    }
  }, tone);
}

export async function expectTone(page: Page, person: keyof typeof people): Promise<void> {
  await expect
    .poll(() => listen(page, people[person].tone), { ...often, message: `the ${person}'s tone` })
    .toBeGreaterThan(30);
}

export async function expectSilence(page: Page, person: keyof typeof people): Promise<void> {
  await expect
    .poll(() => listen(page, people[person].tone), { ...often, message: `no tone of the ${person}` })
    .toBeLessThan(10);
}
