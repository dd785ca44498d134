/** Makes guessing codes hopeless: wrong ones from one place are counted, and then every one from there is refused for a while. */
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { CatalogueError, type ErrorCode } from '../../../shared/contract/errors.ts';
import type { Log } from '../runtime/log.ts';

/** Wrong codes one address may try in `windowSeconds`. With 29^6 codes, a day of guessing finds one of a hundred open ones with a chance below one in 2,000. */
const wrongCodes = 10;
const windowSeconds = 600;

export interface GuessedCode {
  /** How a wrong one is answered. */
  readonly wrong: ErrorCode;
  /** What it is, for the log. */
  readonly name: string;
}

export class GuessLimit {
  readonly #limiter = new RateLimiterMemory({ points: wrongCodes, duration: windowSeconds });
  /** Where somebody's code is being tried, and when that is over. */
  readonly #turns = new Map<string, Promise<void>>();
  readonly #guessed: GuessedCode;
  readonly #log: Log;

  constructor(guessed: GuessedCode, log: Log) {
    this.#guessed = guessed;
    this.#log = log;
  }

  /**
   * Tries a code. From one address they are tried one after the other: many at once would all be tried before one is counted.
   * @throws CatalogueError TOO_MANY_REQUESTS with `details.retryAfterSeconds`
   */
  guard<T>(address: string, attempt: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(address) ?? Promise.resolve()).then(() => this.#try(address, attempt));
    const over = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#turns.set(address, over);
    void over.then(() => {
      if (this.#turns.get(address) === over) this.#turns.delete(address);
    });
    return turn;
  }

  async #try<T>(address: string, attempt: () => Promise<T>): Promise<T> {
    const spent = await this.#limiter.get(address);
    if (spent !== null && spent.consumedPoints >= wrongCodes) throw tooMany(spent);
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof CatalogueError && error.code === this.#guessed.wrong) {
        this.#log.warn(`A wrong ${this.#guessed.name} was tried from ${address}`);
        await this.#limiter.consume(address).catch(() => undefined);
      }
      throw error;
    }
  }
}

function tooMany(spent: RateLimiterRes): CatalogueError {
  return new CatalogueError('TOO_MANY_REQUESTS', { retryAfterSeconds: Math.ceil(spent.msBeforeNext / 1000) });
}
