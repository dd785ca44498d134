/**
 * How often who was let in may do what is written down. Each time is an entry of the audit log, which is never made shorter: without
 * this, one invitation would be enough to fill the disk.
 */
import { CatalogueError } from '../../../shared/contract/errors.ts';

/** Five a second for a whole minute: more than anybody does by hand, and than windows do that come back again and again. */
const mostInWindow = 300;
const windowMs = 60_000;
/** Beyond so many those whose minute is over are forgotten. */
const fewKept = 1_000;

/** Synchronous, because messages of signaling are answered in the same turn. */
export class Pace {
  readonly #spent = new Map<string, { count: number; readonly until: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param who a participant, or a code or link that was found good. @throws CatalogueError TOO_MANY_REQUESTS */
  keep(who: string): void {
    const now = this.#now();
    let spent = this.#spent.get(who);
    if (spent === undefined || spent.until <= now || spent.until > now + windowMs) {
      if (this.#spent.size >= fewKept) this.#forget(now);
      spent = { count: 0, until: now + windowMs };
      this.#spent.set(who, spent);
    }
    if (spent.count >= mostInWindow)
      throw new CatalogueError('TOO_MANY_REQUESTS', {
        retryAfterSeconds: Math.ceil((spent.until - now) / 1_000),
      });
    spent.count += 1;
  }

  keepAs({ consultationId, identity }: { readonly consultationId: string; readonly identity: string }): void {
    this.keep(`${consultationId}\n${identity}`);
  }

  #forget(now: number): void {
    for (const [who, { until }] of this.#spent) if (until <= now) this.#spent.delete(who);
  }
}
