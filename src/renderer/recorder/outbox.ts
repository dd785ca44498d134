/** Which segments of one recording are to be sent next: in order, a few at a time, until each is acknowledged. No clock and no line of its own. */
import type { Refusal } from './orders.ts';

/** Segments on the way at the same time. */
const mostInFlight = 4;

export class Outbox {
  #waiting: number[];
  readonly #inFlight = new Set<number>();
  /** Refused, and not to be tried before `release`. */
  #held = false;

  /** @param numbers what is left from before, ascending. */
  constructor(numbers: readonly number[] = []) {
    this.#waiting = [...numbers];
  }

  /** Segments that are not acknowledged yet. */
  get size(): number {
    return this.#waiting.length + this.#inFlight.size;
  }

  add(number: number): void {
    this.#waiting.push(number);
  }

  /** The next one to be sent, which is on its way from now on; undefined while there is none, or the host takes none. */
  next(): number | undefined {
    if (this.#held || this.#inFlight.size >= mostInFlight) return undefined;
    const number = this.#waiting.shift();
    if (number !== undefined) this.#inFlight.add(number);
    return number;
  }

  /** The host has it on its disk. */
  acknowledge(number: number): void {
    this.#inFlight.delete(number);
    this.#waiting = this.#waiting.filter((one) => one !== number);
    this.#held = false;
  }

  /** The host says itself that it has everything up to this number. Answers which of ours those are. */
  acknowledgeUpTo(durable: number): readonly number[] {
    const have = this.#waiting.filter((number) => number <= durable);
    this.#waiting = this.#waiting.filter((number) => number > durable);
    return have;
  }

  /** Answers whether this recording is to be given up as a whole. */
  refuse(number: number, refusal: Refusal): boolean {
    this.#inFlight.delete(number);
    switch (refusal) {
      case 'again':
      case 'later':
        this.#waiting = [...this.#waiting, number].sort((one, other) => one - other);
        this.#held = true;
        return false;
      case 'lost':
        return false;
      case 'over':
        this.#waiting = [];
        return true;
    }
  }

  /** The host is back, or enough time has passed: sending goes on. */
  release(): void {
    this.#held = false;
  }
}
