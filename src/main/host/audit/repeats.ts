/** What comes again and again is recorded once and counted: reads of windows that ask every few seconds, and refusals of who does not stop trying. */
import type { Fact } from './fact.ts';

/** How long one entry stands for all, ms. */
export const readsForMs = 60 * 60_000;
const refusalsForMs = 60_000;
/** Beyond this many different ones, of all and of one caller, those who try many consultations are counted as one: else anybody fills the log. */
const mostKept = 2_000;
const mostOfCaller = 20;

interface Repeated {
  readonly fact: Fact;
  readonly until: number;
  /** Refusals since the entry. */
  missed: number;
}

export class Repeats {
  readonly #now: () => number;
  readonly #kept = new Map<string, Repeated>();
  /** How many different refusals of each caller are kept. */
  readonly #ofCaller = new Map<string, number>();

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
    const known = this.#find(keyOf(fact));
    if (known !== undefined) {
      known.missed += 1;
      return false;
    }
    const caller = callerOf(fact);
    const ofCaller = this.#ofCaller.get(caller) ?? 0;
    if (this.#kept.size < mostKept && ofCaller < mostOfCaller) {
      this.#ofCaller.set(caller, ofCaller + 1);
      this.#keep(keyOf(fact), fact, refusalsForMs);
      return true;
    }
    const { consultationId: _, ...all } = fact;
    const kept = this.#find(keyOf(all));
    if (kept === undefined) {
      this.#keep(keyOf(all), all, refusalsForMs);
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
      // Whoever goes on begins anew, of which the next sweep knows as much.
      this.#ofCaller.delete(callerOf(fact));
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

function callerOf({ caller: { role, kind, id } }: Fact): string {
  return JSON.stringify([role, kind, id]);
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
