/** Answers the measuring of the line by who waits, within what one person and the whole host may spend on it. */
import { randomBytes } from 'node:crypto';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import { largestProbe } from '../../../shared/signaling/messages.ts';
import type { Room } from './room.ts';

/** Bytes both ways in `windowSeconds`. A measurement takes up to 3 MB, so a person can measure again, and 40 can at once. */
const bytesEach = 6_000_000;
const bytesOfHost = 120_000_000;
const windowSeconds = 60;

export class Probes {
  readonly #each = new RateLimiterMemory({ points: bytesEach, duration: windowSeconds });
  readonly #host = new RateLimiterMemory({ points: bytesOfHost, duration: windowSeconds });
  /** One for all answers, and random, so that no proxy on the way makes it smaller. */
  readonly #padding = randomBytes(largestProbe);

  /** @throws CatalogueError OUT_OF_TURN in the call, whose media it would disturb; TOO_MANY_REQUESTS */
  async answer(
    room: Room,
    identity: string,
    { padding, answerBytes = 0 }: { padding?: Uint8Array | undefined; answerBytes?: number | undefined },
  ): Promise<{ padding?: Uint8Array }> {
    if (room.member(identity)?.admitted !== false) throw new CatalogueError('OUT_OF_TURN');
    const bytes = (padding?.byteLength ?? 0) + answerBytes;
    try {
      await this.#each.consume(`${room.settings.consultationId}\n${identity}`, bytes);
      await this.#host.consume('host', bytes);
    } catch (spent) {
      const { msBeforeNext } = spent as RateLimiterRes;
      throw new CatalogueError('TOO_MANY_REQUESTS', { retryAfterSeconds: Math.ceil(msBeforeNext / 1000) });
    }
    return answerBytes === 0 ? {} : { padding: this.#padding.subarray(0, answerBytes) };
  }
}
