/** Who was at a consultation, computed from the stays that were stored of them. */
import type { Summary } from '../../../shared/contract/summary.ts';
import type { Tables } from '../storage/database.ts';

type Stay = Tables['presences'];
type Attendance = Summary['people'][number];
/** From and until, ms since the epoch. */
type Span = readonly [number, number];

/**
 * One entry a person, in the order they came.
 * @param stays in the order they began.
 * @param now what a stay that has not ended lasts until.
 */
export function attendanceOf(stays: readonly Stay[], now: number): Attendance[] {
  const people = new Map<string, Stay[]>();
  for (const stay of stays) people.set(stay.identity, [...(people.get(stay.identity) ?? []), stay]);
  return [...people.values()].map((own) => toAttendance(own, now));
}

/** How long at least one of some and one of others were in the call at the same time, ms. */
export function togetherMs(some: readonly Stay[], others: readonly Stay[], now: number): number {
  let sum = 0;
  const spans = merge(others.flatMap((stay) => spanInCall(stay, now)));
  for (const [from, until] of merge(some.flatMap((stay) => spanInCall(stay, now)))) {
    for (const [otherFrom, otherUntil] of spans) {
      sum += Math.max(0, Math.min(until, otherUntil) - Math.max(from, otherFrom));
    }
  }
  return sum;
}

function toAttendance(stays: readonly Stay[], now: number): Attendance {
  const first = stays[0] as Stay;
  const last = stays.at(-1) as Stay;
  const admittedAt = stays.find((stay) => stay.admitted_at !== null)?.admitted_at;
  const sum = (of: (stay: Stay) => number) => stays.reduce((total, stay) => total + of(stay), 0);
  const quality = qualityOf(stays);
  return {
    identity: first.identity,
    role: first.role,
    // What they called themselves last.
    displayName: last.display_name,
    firstJoinedAt: first.joined_at,
    ...(admittedAt ? { admittedAt } : {}),
    ...(last.left_at === null ? {} : { lastLeftAt: last.left_at }),
    ...(last.left_as === null ? {} : { leftAs: last.left_as }),
    waitedMs: sum((stay) =>
      Math.max(0, Date.parse(stay.admitted_at ?? '') - Date.parse(stay.joined_at) || 0),
    ),
    inCallMs: sum((stay) => spanInCall(stay, now).reduce((total, [from, until]) => total + until - from, 0)),
    stays: stays.length,
    ...(quality ? { quality } : {}),
  };
}

function spanInCall({ admitted_at, left_at }: Stay, now: number): Span[] {
  if (admitted_at === null) return [];
  const from = Date.parse(admitted_at);
  return [[from, Math.max(from, left_at === null ? now : Date.parse(left_at))]];
}

/** Spans that touch, as one: two windows of the same person are one person. */
function merge(spans: readonly Span[]): Span[] {
  const merged: [number, number][] = [];
  for (const [from, until] of [...spans].sort(([a], [b]) => a - b)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], until);
    else merged.push([from, until]);
  }
  return merged;
}

function qualityOf(stays: readonly Stay[]): Attendance['quality'] {
  const times = ([0, 1, 2, 3, 4] as const).map((level) =>
    stays.reduce((total, stay) => total + stay[`quality_${level}`], 0),
  );
  const whole = times.reduce((total, time) => total + time, 0);
  if (whole === 0) return undefined;
  let counted = 0;
  let typical = 4;
  // From the best down: at least half of the time it was this good.
  while (typical > 0) {
    counted += times[typical] ?? 0;
    if (counted * 2 >= whole) break;
    typical -= 1;
  }
  return { typical, poorShare: ((times[0] ?? 0) + (times[1] ?? 0)) / whole };
}
