/** What comes again and again is recorded once and counted: reads of windows that ask every few seconds, and refusals of who does not stop trying. */
import type { Fact } from './fact.ts';

/** How long one entry stands for all, ms. */
export const readsForMs = 60 * 60_000;
const refusalsForMs = 60_000;
/** Beyond this many different ones, those who try many consultations are counted as one. */
const mostKept = 2_000;

interface Repeated {
  readonly fact: Fact;
  readonly until: number;
  /** Refusals since the entry. */
  missed: number;
}

export class Repeats {
  readonly #now: () => number;
  readonly #kept = new Map<string, Repeated>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether a read was recorded already within its hour. */
  isRead(fact: Fact): boolean {
    return this.#find(keyOf(fact)) !== undefined;
  }

  read(fact: Fact): void {
    this.#keep(keyOf(fact), fact, readsForMs);
  }

  /** Whether a refusal is to be recorded now; otherwise it was counted. */
  refused(fact: Fact): boolean {
    const key = this.#kept.size < mostKept ? keyOf(fact) : keyOf({ ...fact, consultationId: undefined });
    const kept = this.#find(key);
    if (kept === undefined) {
      this.#keep(key, fact, refusalsForMs);
      return true;
    }
    kept.missed += 1;
    return false;
  }

  /** Forgets what is over. @returns what was counted meanwhile, to be recorded. */
  sweep(everything = false): Fact[] {
    const counted: Fact[] = [];
    for (const [key, { fact, until, missed }] of this.#kept) {
      if (!everything && until > this.#now()) continue;
      this.#kept.delete(key);
      if (missed > 0) counted.push({ ...fact, count: missed });
    }
    return counted;
  }

  #find(key: string): Repeated | undefined {
    const kept = this.#kept.get(key);
    // What was counted stays until it is swept.
    return kept !== undefined && (kept.until > this.#now() || kept.missed > 0) ? kept : undefined;
  }

  #keep(key: string, fact: Fact, forMs: number): void {
    this.#kept.set(key, { fact, until: this.#now() + forMs, missed: 0 });
  }
}

function keyOf({ event, caller, consultationId, target, detail, outcome }: Fact): string {
  return JSON.stringify([
    event,
    caller.role,
    caller.kind,
    caller.id,
    consultationId,
    // Each file read is one; who guesses ids is counted.
    outcome === 'ok' ? target : undefined,
    detail,
    outcome,
  ]);
}
