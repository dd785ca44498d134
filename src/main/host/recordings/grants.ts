/**
 * When a window was allowed to capture, by the host's clock. Each grant is good for as much media as it was long: what a window
 * captures beyond, because it goes on after somebody has said no, or says that it is older than it is, is not taken.
 */
import * as z from 'zod';

/** A window's clock is that of its sound, which goes a little differently from the host's. */
const drift = 1.0005;
/** What a window had captured when it was told, and what was on its way when it began, ms. */
export const slackMs = 1_000;

const grantsSchema = z.array(
  z.object({
    /** From 1. */
    number: z.number().int(),
    /** ms since the epoch; `to` is missing while it stands. */
    from: z.number(),
    to: z.number().optional(),
  }),
);
type Grant = z.infer<typeof grantsSchema>[number];

export class Grants {
  readonly #grants: Grant[];
  /** Media taken under each, µs. */
  readonly #takenUs = new Map<number, number>();

  constructor(grants: readonly Grant[] = []) {
    this.#grants = [...grants];
  }

  static parse(text: string): Grants {
    return new Grants(grantsSchema.parse(JSON.parse(text)));
  }

  toJson(): string {
    return JSON.stringify(this.#grants);
  }

  /** The number of the grant that stands. */
  get open(): number | undefined {
    const last = this.#grants.at(-1);
    return last?.to === undefined ? last?.number : undefined;
  }

  give(now: number): void {
    if (this.open === undefined) this.#grants.push({ number: this.#grants.length + 1, from: now });
  }

  take(now: number): void {
    const last = this.#grants.at(-1);
    if (last !== undefined && last.to === undefined)
      this.#grants[this.#grants.length - 1] = { ...last, to: Math.max(now, last.from) };
  }

  /** Whether so much more media can have been captured under a grant. */
  allows(number: number, us: number, now: number): boolean {
    const grant = this.#grants.find((one) => one.number === number);
    if (grant === undefined) return false;
    const allowedMs = lengthOf(grant, now) * drift + slackMs;
    return (this.#takenUs.get(number) ?? 0) + us <= allowedMs * 1_000;
  }

  /** @param us negative gives back what was counted and not kept. */
  count(number: number, us: number): void {
    this.#takenUs.set(number, (this.#takenUs.get(number) ?? 0) + us);
  }

  /** How long capturing was allowed in all, ms. */
  elapsedMs(now: number): number {
    return Math.round(this.#grants.reduce((sum, grant) => sum + lengthOf(grant, now), 0));
  }

  /** Whether a place of the recording, µs, can have been reached. */
  reaches(us: number, now: number): boolean {
    return us <= (this.elapsedMs(now) * drift + slackMs * this.#grants.length) * 1_000;
  }
}

function lengthOf({ from, to }: Grant, now: number): number {
  return Math.max(0, Math.min(now, to ?? now) - from);
}
