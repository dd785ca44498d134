/** Places in the order of the waiting room: who is away for a short while, or whose host was restarted, comes back to theirs. */
import type { Departure } from '../../../shared/contract/summary.ts';

/** How long a place is kept for somebody who went, ms. */
export const keptPlaceMs = 10 * 60_000;

/** One time that somebody was there. */
export interface PastStay {
  readonly identity: string;
  /** ISO 8601. */
  readonly joinedAt: string;
  /** When they went, or were last seen by a host that was killed then. */
  readonly leftAt: string;
  readonly leftAs: Departure | undefined;
  readonly admitted: boolean;
}

export interface Place {
  /** Since when they waited, ISO 8601. */
  readonly since: string;
  /** When they went, ms since the epoch. */
  readonly leftAt: number;
}

/**
 * The places that somebody may still come back to.
 * @param stays of one consultation, in the order they began.
 */
export function placesOf(stays: readonly PastStay[]): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const { identity, joinedAt, leftAt, leftAs, admitted } of stays) {
    const before = places.get(identity);
    // Who was let in or sent away has no place any more.
    if (admitted || (leftAs !== undefined && leftAs !== 'left')) places.delete(identity);
    else places.set(identity, { since: sinceWhen(before, joinedAt), leftAt: Date.parse(leftAt) });
  }
  return places;
}

/** Since when somebody waits who comes at this moment, ISO 8601. */
export function sinceWhen(place: Place | undefined, joinedAt: string): string {
  return place !== undefined && Date.parse(joinedAt) - place.leftAt <= keptPlaceMs ? place.since : joinedAt;
}
