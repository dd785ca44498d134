/** What a window that records does about the host's orders and what it still has: decisions without effects. */
import type { ErrorCode } from '../../shared/contract/errors.ts';
import type { RecorderOrders } from '../../shared/signaling/recording.ts';

/** Whether something may be captured now. */
export function mayCapture(
  orders: RecorderOrders | undefined,
): orders is RecorderOrders & { readonly grant: number } {
  return orders?.grant !== undefined && !orders.end;
}

/** Where the next segment goes: its number, and its place in the recording in µs. */
export interface Place {
  readonly number: number;
  readonly us: number;
}

/** A segment that is kept here, as far as deciding needs it. */
export interface Kept {
  readonly number: number;
  /** End of it in the recording, µs. */
  readonly toUs: number;
}

export interface Resumption {
  /** Where recording goes on. */
  readonly place: Place;
  /** To be sent, in this order. */
  readonly send: readonly number[];
  /** No use any more: the host has them. */
  readonly drop: readonly number[];
}

/**
 * What an earlier life of this window left behind, against what the host has: what the host does not have is sent, and recording
 * goes on behind the furthest segment of either.
 */
export function resume(
  { durable, next, fromUs }: Pick<RecorderOrders, 'durable' | 'next' | 'fromUs'>,
  kept: readonly Kept[],
): Resumption {
  const numbers = kept.map(({ number }) => number).sort((one, other) => one - other);
  const place = kept.reduce<Place>(
    (furthest, { number, toUs }) =>
      number >= furthest.number ? { number: number + 1, us: Math.max(toUs, furthest.us) } : furthest,
    { number: next, us: fromUs },
  );
  return {
    place,
    send: numbers.filter((number) => number > durable),
    drop: numbers.filter((number) => number <= durable),
  };
}

/**
 * What a refusal of a segment means. `again`: the host is away or busy, the same once more soon. `later`: it has no room, again
 * after a while. `over`: nothing of this recording is wanted any more. `lost`: this one segment never will be.
 */
export type Refusal = 'again' | 'later' | 'over' | 'lost';

const overCodes: ReadonlySet<ErrorCode> = new Set([
  'RECORDING_OVER',
  'RECORDING_NOT_FOUND',
  'FORBIDDEN',
  'CONSULTATION_NOT_FOUND',
  'CONSULTATION_CLOSED',
  'CONSULTATION_CANCELLED',
]);

/** @param code undefined: the host could not be asked. */
export function judge(code: ErrorCode | undefined): Refusal {
  if (code === undefined) return 'again';
  if (overCodes.has(code)) return 'over';
  if (code === 'STORAGE_FULL') return 'later';
  return code === 'BAD_REQUEST' || code === 'NO_GRANT' ? 'lost' : 'again';
}
