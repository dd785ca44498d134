/** Whether somebody's tone is in a recorded sound. */
import { toneIn } from '../support/recorded-content.ts';

const windowSeconds = 0.1;
/** A fifth of full scale is said; of that much less is left between other voices, and where a busy computer drops some of it. */
const audible = 0.02;

/** In how much of a stretch it is heard, 0 to 1. */
export function heardShare(samples: Float32Array, hertz: number, from: number, to: number): number {
  const windows = Math.floor((to - from) / windowSeconds);
  let heard = 0;
  for (let index = 0; index < windows; index += 1)
    if (toneIn(samples, hertz, from + index * windowSeconds, windowSeconds) > audible) heard += 1;
  return heard / windows;
}
