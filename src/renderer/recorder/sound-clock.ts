/**
 * Tells where in the sound a moment lies. Samples arrive late by more or less, and never early: the least delay of the last
 * moments is how far the two clocks are apart. So pictures keep their step with the sound also while the samples are held up.
 */

/** ms over which the least delay is taken; it is made of two halves. */
const memoryMs = 2_000;
/** The clock does not run further than this ahead of the samples, µs: they may have stopped. */
const furthestUs = 300_000;

export class SoundClock {
  #heardUs = 0;
  #delay = Number.POSITIVE_INFINITY;
  #delayBefore = Number.POSITIVE_INFINITY;
  #sinceMs = Number.NEGATIVE_INFINITY;

  /** Sound up to this time, µs, has come at this moment, ms of any clock. */
  heard(us: number, nowMs: number): void {
    this.#heardUs = us;
    if (nowMs - this.#sinceMs > memoryMs / 2) {
      this.#delayBefore = this.#delay;
      this.#delay = Number.POSITIVE_INFINITY;
      this.#sinceMs = nowMs;
    }
    this.#delay = Math.min(this.#delay, nowMs - us / 1_000);
  }

  /** µs in the sound, also of what has not come yet. */
  at(nowMs: number): number {
    const us = (nowMs - Math.min(this.#delay, this.#delayBefore)) * 1_000;
    return Math.min(Math.max(us, this.#heardUs), this.#heardUs + furthestUs);
  }
}
