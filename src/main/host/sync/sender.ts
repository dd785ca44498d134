/** Sends the outbox to a destination in its order: each event arrives once, however often one of the two goes away. */
import type { TrackingProblem } from '../../../shared/contract/tracking.ts';
import { pauseAfter } from '../runtime/backoff.ts';
import type { Log } from '../runtime/log.ts';
import type { DeliveryAnswer, Destination } from './destination.ts';
import type { EventSource, OutboxEvent } from './outbox.ts';

const largestBatch = 500;

export interface SenderParts {
  readonly source: EventSource;
  readonly destination: Destination;
  readonly log: Log;
  now(): number;
  /** 0 to 1. */
  chance(): number;
  /** Done when there may be something new, or on abort. */
  idle(signal: AbortSignal): Promise<void>;
  /** Done after a time, or on abort. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
}

type Failure = Extract<DeliveryAnswer, { answer: 'failed' }>;

export class Sender {
  readonly #parts: SenderParts;
  readonly #log: Log;
  readonly #stop = new AbortController();
  #wake = new AbortController();
  #ended: Promise<void> | undefined;
  /** Halves while nothing comes through, because a slow line may carry a few where it does not carry many. */
  #batch = largestBatch;
  #failures = 0;
  #problem: TrackingProblem | undefined;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#log = parts.log.scope('Tracking');
  }

  /** Why nothing comes through, while that is so. */
  get problem(): TrackingProblem | undefined {
    return this.#problem;
  }

  start(): void {
    this.#ended ??= this.#run();
  }

  /** Does not wait any longer for a better time. */
  tryNow(): void {
    this.#wake.abort();
  }

  /** Lets go of what is on its way: it is sent again after the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const failure = await this.#sendSome().catch(
        (error): Failure => ({ answer: 'failed', problem: 'unwell', detail: String(error) }),
      );
      if (this.#stop.signal.aborted) return;
      if (failure === undefined) this.#well();
      else await this.#unwell(failure);
    }
  }

  /** One batch; waits for something to send where there is nothing. */
  async #sendSome(): Promise<Failure | undefined> {
    const events = await this.#parts.source.next(this.#batch);
    if (events.length > 0) return this.#deliver(events);
    await this.#parts.idle(this.#waking());
    return undefined;
  }

  /** In order. Of a batch that is refused each half goes on its own, until the one event that is to blame stands alone. */
  async #deliver(events: readonly OutboxEvent[]): Promise<Failure | undefined> {
    const answer = await this.#parts.destination.deliver(events, this.#stop.signal);
    switch (answer.answer) {
      case 'taken':
        await this.#parts.source.sent(events.map(({ number }) => number));
        return undefined;
      case 'failed':
        return answer;
      case 'refused': {
        const [only] = events;
        if (events.length === 1 && only !== undefined) {
          await this.#parts.source.refused(only.number, answer.because);
          this.#log.warn(
            `Supabase refuses an event of ${only.consultationId}; it is set aside: ${answer.because}`,
          );
          return undefined;
        }
        const middle = Math.ceil(events.length / 2);
        return (await this.#deliver(events.slice(0, middle))) ?? this.#deliver(events.slice(middle));
      }
    }
  }

  #well(): void {
    this.#batch = Math.min(largestBatch, this.#batch * 2);
    this.#failures = 0;
    if (this.#problem !== undefined) this.#log.info('Supabase takes events again');
    this.#problem = undefined;
  }

  async #unwell({ problem, detail }: Failure): Promise<void> {
    this.#batch = Math.max(1, Math.floor(this.#batch / 2));
    const pauseMs = pauseAfter(this.#failures, this.#parts.chance());
    this.#failures += 1;
    const now = this.#parts.now();
    if (this.#problem?.kind !== problem)
      this.#log.warn(`Supabase does not take events (${problem}): ${detail}`);
    this.#problem = {
      kind: problem,
      detail,
      since: this.#problem?.since ?? new Date(now).toISOString(),
      nextTryAt: new Date(now + pauseMs).toISOString(),
    };
    await this.#parts.pause(pauseMs, this.#waking());
  }

  #waking(): AbortSignal {
    // Used up by the call before; one that was not meant for this wait does not end it.
    if (this.#wake.signal.aborted && !this.#stop.signal.aborted) this.#wake = new AbortController();
    return this.#wake.signal;
  }
}
