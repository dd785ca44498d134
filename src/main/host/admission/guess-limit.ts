/** Makes guessing invitation codes hopeless: wrong codes from one place are counted and then refused for a while. */
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { Log } from '../runtime/log.ts';

/** Wrong codes one address may try in `windowSeconds`. With 29^6 codes, a day of guessing finds one of a hundred open ones with a chance below one in 2,000. */
const wrongCodes = 10;
const windowSeconds = 600;

export class GuessLimit {
  readonly #limiter = new RateLimiterMemory({ points: wrongCodes, duration: windowSeconds });
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log.scope('Admission');
  }

  /** @throws CatalogueError TOO_MANY_REQUESTS with `details.retryAfterSeconds` */
  async guard<T>(address: string, attempt: () => Promise<T>): Promise<T> {
    const spent = await this.#limiter.get(address);
    if (spent !== null && spent.consumedPoints >= wrongCodes) throw tooMany(spent);
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof CatalogueError && error.code === 'INVITATION_NOT_FOUND') {
        this.#log.warn(`A wrong invitation code was tried from ${address}`);
        await this.#limiter.consume(address).catch(() => undefined);
      }
      throw error;
    }
  }
}

function tooMany(spent: RateLimiterRes): CatalogueError {
  return new CatalogueError('TOO_MANY_REQUESTS', { retryAfterSeconds: Math.ceil(spent.msBeforeNext / 1000) });
}
