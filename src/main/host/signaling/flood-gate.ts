/** Cuts off a connection that sends far more than any call does. A synchronous token bucket, because it stands before every message. */

/** A join, four peers with 30 candidates each and state changes stay under 200 in the first second. */
const burst = 400;
const perSecond = 100;
/** Refused messages after which the connection is cut. */
const patience = 200;

export class FloodGate {
  #tokens = burst;
  #refused = 0;
  #last = performance.now();

  pass(): 'pass' | 'refuse' | 'cut' {
    const now = performance.now();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#last) / 1000) * perSecond);
    this.#last = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 'pass';
    }
    this.#refused += 1;
    return this.#refused > patience ? 'cut' : 'refuse';
  }
}
