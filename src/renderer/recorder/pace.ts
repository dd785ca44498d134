/** How many pictures a second the machine can encode, found while it does: less is better than late. */

/** Pictures a second, best first. */
const paces = [24, 16, 12] as const;
export const fullPace = paces[0];
/** Pictures in the encoder from which on it counts as behind, and is given nothing more. */
const mostQueued = 2;
/** Longer gaps than this, µs, are filled with the last picture once more: it takes the encoder less time than another one. */
const longestGapUs = 95_000;
const mostRepeats = 10;
/** Time over which is judged, µs; the share of pictures left out in it that makes the pace slower; and how long few are until it is faster. */
const windowUs = 2_000_000;
const tooMany = 0.2;
const few = 0.02;
const calmUs = 8_000_000;

export interface Due {
  /** Time of the picture that is to be drawn, µs. */
  readonly timestampUs: number;
  /** Times before it, ascending, at which the last picture is to be shown once more. */
  readonly repeats: readonly number[];
}

export class Pace {
  #step = 0;
  #nextUs: number;
  #lastUs: number | undefined;
  #windowFromUs: number;
  #calmSinceUs: number;
  #offered = 0;
  #leftOut = 0;

  constructor(fromUs: number) {
    this.#nextUs = fromUs;
    this.#windowFromUs = fromUs;
    this.#calmSinceUs = fromUs;
  }

  get picturesPerSecond(): number {
    return paces[this.#step] ?? fullPace;
  }

  /**
   * What is due now; undefined when nothing is, or when there is no room for it.
   * @param queued pictures in the encoder.
   */
  due(nowUs: number, queued: number): Due | undefined {
    // What finds no room now is due until it does.
    if (nowUs < this.#nextUs || queued >= mostQueued) return undefined;
    const interval = 1_000_000 / this.picturesPerSecond;
    // After a hold-up only what is there now is worth drawing; the beginning has a picture in any case.
    const late = this.#lastUs === undefined ? 0 : Math.floor((nowUs - this.#nextUs) / interval);
    const timestampUs = Math.round(this.#nextUs + late * interval);
    this.#nextUs += (late + 1) * interval;
    this.#offered += late + 1;
    this.#leftOut += late;
    const repeats = this.repeatsUntil(timestampUs);
    this.#lastUs = timestampUs;
    this.#judge(nowUs);
    return { timestampUs, repeats };
  }

  /** Times, ascending, at which the last picture is to be shown once more when the next one is at `us`, or nothing comes after that. */
  repeatsUntil(us: number): number[] {
    return fillers(this.#lastUs ?? us, us);
  }

  #judge(nowUs: number): void {
    if (nowUs - this.#windowFromUs < windowUs) return;
    const share = this.#leftOut / this.#offered;
    if (share > few) this.#calmSinceUs = nowUs;
    if (share > tooMany && this.#step < paces.length - 1) this.#step += 1;
    else if (nowUs - this.#calmSinceUs > calmUs && this.#step > 0) {
      this.#step -= 1;
      this.#calmSinceUs = nowUs;
    }
    this.#windowFromUs = nowUs;
    this.#offered = 0;
    this.#leftOut = 0;
  }
}

/** As few times between two pictures as leave no gap that is too long, evenly: to a busy processor a repeated picture is work too. */
function fillers(fromUs: number, toUs: number): number[] {
  const gapUs = toUs - fromUs;
  const count = Math.max(0, Math.min(mostRepeats, Math.ceil(gapUs / longestGapUs) - 1));
  return Array.from({ length: count }, (_, index) =>
    Math.round(fromUs + (gapUs * (index + 1)) / (count + 1)),
  );
}
