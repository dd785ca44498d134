/** Tracking in the clinic's Supabase: tells it what happens here, says how that goes, and is nothing where it is not set up. */
import { setTimeout as after } from 'node:timers/promises';
import type { TrackingStatus } from '../../../shared/contract/tracking.ts';
import type { Log } from '../runtime/log.ts';
import type { GroupCommit } from '../storage/group-commit.ts';
import { Bell } from './bell.ts';
import type { Outbox } from './outbox.ts';
import { Sender } from './sender.ts';
import { connectSupabase, type SupabaseProject } from './supabase.ts';

export class Tracking {
  readonly #outbox: Outbox;
  readonly #project: SupabaseProject | undefined;
  readonly #sender: Sender | undefined;

  private constructor(outbox: Outbox, project: SupabaseProject | undefined, sender: Sender | undefined) {
    this.#outbox = outbox;
    this.#project = project;
    this.#sender = sender;
  }

  /** @param project undefined: not set up. */
  static async open(
    project: SupabaseProject | undefined,
    outbox: Outbox,
    { commits, log, now }: { commits: GroupCommit; log: Log; now(): number },
  ): Promise<Tracking> {
    if (project === undefined) return new Tracking(outbox, undefined, undefined);
    const written = new Bell();
    commits.onCommit(() => written.ring());
    const sender = new Sender({
      source: outbox,
      destination: await connectSupabase(project, outbox.clinicId),
      log,
      now,
      chance: Math.random,
      idle: (signal) => written.heard(signal),
      pause,
    });
    sender.start();
    return new Tracking(outbox, project, sender);
  }

  async status(): Promise<TrackingStatus> {
    const counts = await this.#outbox.counts();
    return {
      ...(this.#project === undefined ? {} : { project: this.#project.url }),
      pending: counts.pending,
      refused: counts.refused,
      refusedEvents: await this.#outbox.refusedEvents(),
      ...(counts.lastSentAt === undefined ? {} : { lastSentAt: counts.lastSentAt }),
      ...(this.#sender?.problem === undefined ? {} : { problem: this.#sender.problem }),
    };
  }

  /** Events that were set aside are sent again, and a pause is cut short. */
  async retry(): Promise<TrackingStatus> {
    await this.#outbox.retryRefused();
    this.#sender?.tryNow();
    return this.status();
  }

  async close(): Promise<void> {
    await this.#sender?.close();
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return after(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
}
