/** Where events are sent, and what it may answer. */
import type { TrackingProblem } from '../../../shared/contract/tracking.ts';
import type { OutboxEvent } from './outbox.ts';

export type DeliveryAnswer =
  /** All of them are there, some perhaps since an earlier try. */
  | { readonly answer: 'taken' }
  /** None is there, because at least one of them can never be. */
  | { readonly answer: 'refused'; readonly because: string }
  /** None is known to be there, and none of them is to blame: try again later. */
  | { readonly answer: 'failed'; readonly problem: TrackingProblem['kind']; readonly detail: string };

export interface Destination {
  /** All or none are taken; taken again, they stay one each. Never throws. */
  deliver(events: readonly OutboxEvent[], stop: AbortSignal): Promise<DeliveryAnswer>;
}
