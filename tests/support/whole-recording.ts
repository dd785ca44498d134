/** Whether a recording of a doctor and a patient is whole: both seen, both heard, and no hole in either. */
import { expect } from '@playwright/test';
import { isNear, longestGap, packetTimes, pictures, probe, sound, toneIn } from './recorded-content.ts';
import { people } from './synthetic-media.ts';

interface Content {
  readonly duration: number;
  readonly gaps: { readonly video: number; readonly audio: number };
  /** Share of the pictures, after the first second, in which each was seen. */
  readonly doctorSeen: number;
  readonly patientSeen: number;
  /** Longest time without the tone, s. */
  readonly doctorUnheard: number;
  readonly patientUnheard: number;
}

export async function look(file: string): Promise<Content> {
  const { duration } = await probe(file);
  const seen = (await pictures(file)).filter(({ at }) => at > 1);
  const share = (x: number, y: number, who: keyof typeof people) =>
    seen.filter((picture) => isNear(picture.colour(x, y), people[who].colour)).length / seen.length;
  const heard = await sound(file);
  const step = 0.05;
  const unheard = (who: keyof typeof people) => {
    let [longest, since] = [0, 0];
    for (let at = 1; at < duration - 0.5; at += step) {
      since = toneIn(heard, people[who].tone, at, step) > 0.05 ? 0 : since + step;
      longest = Math.max(longest, since);
    }
    return longest;
  };
  const content = {
    duration,
    gaps: {
      // The last picture is followed by the end.
      video: longestGap([...(await packetTimes(file, 'v')), duration]),
      audio: longestGap(await packetTimes(file, 'a')),
    },
    doctorSeen: share(0.86, 0.75, 'doctor'),
    patientSeen: share(0.3, 0.3, 'patient'),
    doctorUnheard: unheard('doctor'),
    patientUnheard: unheard('patient'),
  };
  process.stdout.write(`${JSON.stringify(content)}\n`);
  return content;
}

/** Everything that is to be shown of a recording that nothing was lost of. */
export async function expectWhole(file: string, seconds: number): Promise<void> {
  const content = await look(file);
  expect(Math.abs(content.duration - seconds)).toBeLessThan(0.5);
  expect(content.gaps.video).toBeLessThan(0.1);
  expect(content.gaps.audio).toBeLessThan(0.1);
  expect(content.doctorSeen).toBeGreaterThan(0.98);
  expect(content.patientSeen).toBeGreaterThan(0.98);
  expect(content.doctorUnheard).toBeLessThan(0.1);
  expect(content.patientUnheard).toBeLessThan(0.1);
  const middle = await pictures(file, { from: content.duration / 2, most: 24 });
  expect(middle).toHaveLength(24);
}

/** As the library lists it. */
export interface Made {
  readonly durationMs: number;
  readonly capturedMs: number;
  readonly status: string;
}

/** @param url of the host. */
export async function newestOf(url: string): Promise<Made> {
  const response = await fetch(`${url}/api/recordings`);
  const { data } = (await response.json()) as { data: readonly Made[] };
  const [newest] = data;
  if (!newest) throw new Error('No recording is listed');
  return newest;
}
