/** One recording of a doctor's window while segments of it are taken: what was allowed, what is there, and what may still come. */
import { createHash } from 'node:crypto';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { RecordingEnd } from '../../../shared/contract/recordings.ts';
import { type Segment, SegmentError } from '../../../shared/recording/segment.ts';
import type { RecorderOrders, RunningRecording } from '../../../shared/signaling/recording.ts';
import type { OpenFile } from './age-file.ts';
import { codecsOf } from './codecs.ts';
import { Grants, slackMs } from './grants.ts';
import { Numbers } from './numbers.ts';
import { openLogged, openSegment } from './open-segment.ts';
import { type LoggedSegment, SegmentLog } from './segment-log.ts';
import type { StoredRecording } from './store.ts';

/** How far a number may be ahead of the others, or of as many short segments as there was time for. */
const numbersAhead = 64;
const shortSegmentMs = 250;
/** Bytes that a recording may hold for each ms it was allowed, many times what a window makes, and beyond that: what fills the disk is none. */
const mostBytesPerMs = 2_000;
const mostBytesBeyond = 20_000_000;

/** Pictures or sound are encoded in another way than before, which one file cannot hold. */
export class CodecChangedError extends Error {
  override readonly name = 'CodecChangedError';
}

export class Recording {
  readonly egressId: string;
  readonly consultationId: string;
  readonly recorderIdentity: string;
  readonly startedAt: string;
  /** The age identity made for this recording alone. */
  readonly identity: string;
  readonly grants: Grants;
  readonly log: SegmentLog;
  readonly #recipients: readonly string[];
  readonly #numbers = new Numbers();
  /** By number, while they are being checked and written. */
  readonly #coming = new Map<number, Promise<void>>();
  #furthestUs = 0;
  /** µs of what is durable. */
  #mediaUs = 0;
  /** Of segments that are kept or on their way to be. */
  #bytes: number;
  #codecs: string | undefined;
  /** Time captured, ms, as far as was known when it ended. */
  readonly #endedMs: number | undefined;
  /** Time captured, ms, as the window said when it had sent everything. */
  #saidMs: number | undefined;
  #tellRecorded: (() => void) | undefined;
  /** Bytes of the log that are in the file; none while there is no file. */
  writtenBytes: number | undefined;
  ended: { readonly as: RecordingEnd; readonly at: number; readonly lastSeen: number } | undefined;

  private constructor(stored: StoredRecording, log: SegmentLog, recipients: readonly string[]) {
    this.egressId = stored.egressId;
    this.consultationId = stored.consultationId;
    this.recorderIdentity = stored.recorderIdentity ?? '';
    this.startedAt = stored.startedAt;
    this.identity = stored.workingIdentity ?? '';
    this.grants = Grants.parse(stored.grants);
    this.log = log;
    this.#bytes = log.size;
    this.#recipients = recipients;
    if (stored.endedAt !== undefined) this.#endedMs = stored.capturedMs;
    if (stored.sizeBytes !== undefined) this.writtenBytes = stored.logBytes;
    for (const segment of log.segments) {
      if (this.#numbers.has(segment.number)) continue;
      this.grants.count(segment.grant, segment.toUs - segment.fromUs);
      this.#taken(segment);
    }
  }

  /**
   * Goes on with a recording, or begins it.
   * @param recipients what the window is to encrypt to.
   */
  static async open(
    stored: StoredRecording,
    logPath: string,
    recipients: readonly string[],
    openFile?: OpenFile,
  ): Promise<Recording> {
    const log = await SegmentLog.open(logPath, openFile);
    try {
      const recording = new Recording(stored, log, recipients);
      recording.#codecs = await recording.#loggedCodecs();
      return recording;
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  async #loggedCodecs(): Promise<string | undefined> {
    for (const logged of this.log.segments) {
      const segment = await openLogged(this.log, logged, this.identity);
      if (segment !== undefined) return codecsOf(segment);
    }
    return undefined;
  }

  get durableMs(): number {
    return Math.round(this.#mediaUs / 1_000);
  }

  /** The segments there are, each number once. */
  get segments(): readonly LoggedSegment[] {
    return [...new Map(this.log.segments.map((segment) => [segment.number, segment])).values()];
  }

  running(now: number): RunningRecording | undefined {
    if (this.ended !== undefined) return undefined;
    return {
      egressId: this.egressId,
      recorder: 'client',
      state: this.grants.open === undefined ? 'paused' : 'recording',
      startedAt: this.startedAt,
      elapsedMs: this.grants.elapsedMs(now),
    };
  }

  orders(): RecorderOrders {
    const grant = this.grants.open;
    return {
      egressId: this.egressId,
      recipients: [...this.#recipients],
      ...(grant === undefined || this.ended !== undefined ? {} : { grant }),
      durable: this.#numbers.durable,
      next: this.#numbers.highest + 1,
      fromUs: this.#furthestUs,
      end: this.ended !== undefined,
    };
  }

  /** What the window has captured as far as is known, ms: never less than what is here. */
  capturedMs(now: number): number {
    const allowed = Math.min(
      this.grants.elapsedMs(this.ended?.lastSeen ?? now),
      this.#endedMs ?? Number.POSITIVE_INFINITY,
    );
    const said = this.#saidMs && Math.min(this.#saidMs, this.grants.elapsedMs(now) + slackMs);
    return Math.max(this.durableMs, said ?? allowed);
  }

  /** Whether the window has said that it has sent everything, and nothing of that is on its way to the disk. */
  get isComplete(): boolean {
    return this.#saidMs !== undefined && this.#coming.size === 0;
  }

  /** The window says that it has sent everything of what it captured, ms. */
  recorded(capturedMs: number): void {
    this.#saidMs = capturedMs;
    this.#lookWhetherComplete();
  }

  #lookWhetherComplete(): void {
    if (this.isComplete) this.#tellRecorded?.();
  }

  /** Done when it is complete, after a time, ms, or when the signal says so. */
  async completion(withinMs: number, signal: AbortSignal): Promise<void> {
    if (this.isComplete || signal.aborted) return;
    await new Promise<void>((done) => {
      const timer = setTimeout(done, withinMs);
      this.#tellRecorded = () => {
        clearTimeout(timer);
        done();
      };
      signal.addEventListener('abort', this.#tellRecorded, { once: true });
    });
    this.#tellRecorded = undefined;
  }

  /**
   * Checks a segment and keeps it. One that is here already is answered again, whatever it holds.
   * @param sent as the window sent it; what counts is what is inside.
   * @returns everything up to which number is durable.
   * @throws CatalogueError BAD_REQUEST, NO_GRANT; CodecChangedError; the file system's error.
   */
  async take(
    sent: { readonly number: number; readonly hash: string; readonly bytes: Uint8Array },
    now: number,
  ): Promise<number> {
    const { number } = sent;
    if (!this.#numbers.has(number)) {
      const coming = this.#coming.get(number) ?? this.#keep(sent, now);
      this.#coming.set(number, coming);
      try {
        await coming;
      } finally {
        this.#coming.delete(number);
        this.#lookWhetherComplete();
      }
    }
    return this.#numbers.durable;
  }

  /** Done when nothing is on its way to the log. */
  async quiet(): Promise<void> {
    while (this.#coming.size > 0) await Promise.allSettled(this.#coming.values());
  }

  async #keep(
    { number, hash, bytes }: { readonly number: number; readonly hash: string; readonly bytes: Uint8Array },
    now: number,
  ): Promise<void> {
    const refuse = (message: string) => new CatalogueError('BAD_REQUEST', message);
    if (this.#bytes + bytes.byteLength > this.grants.elapsedMs(now) * mostBytesPerMs + mostBytesBeyond)
      throw refuse('A recording of this length does not hold that much.');
    if (createHash('sha256').update(bytes).digest('hex') !== hash)
      throw refuse('The bytes are not those of the hash.');
    const segment = await openSegment(bytes, this.identity).catch((error: unknown) => {
      throw error instanceof SegmentError ? refuse(error.message) : error;
    });
    if (segment.egressId !== this.egressId || segment.number !== number)
      throw refuse('The segment is another one inside.');
    this.#check(segment, now);
    const us = segment.toUs - segment.fromUs;
    this.grants.count(segment.grant, us);
    this.#bytes += bytes.byteLength;
    try {
      await this.log.append(segment, bytes);
    } catch (error) {
      this.grants.count(segment.grant, -us);
      this.#bytes -= bytes.byteLength;
      throw error;
    }
    this.#taken(segment);
  }

  #check(segment: Segment, now: number): void {
    const { number, grant, fromUs, toUs } = segment;
    if (toUs === fromUs) throw new CatalogueError('BAD_REQUEST', 'The segment has no length.');
    const reached = Math.max(this.#numbers.highest, this.grants.elapsedMs(now) / shortSegmentMs);
    if (number > reached + numbersAhead)
      throw new CatalogueError('BAD_REQUEST', 'The number is far ahead of the others.');
    if (!this.grants.allows(grant, toUs - fromUs, now) || !this.grants.reaches(toUs, now))
      throw new CatalogueError('NO_GRANT');
    const codecs = codecsOf(segment);
    this.#codecs ??= codecs;
    if (codecs !== this.#codecs) throw new CodecChangedError();
  }

  #taken({ number, fromUs, toUs }: Pick<Segment, 'number' | 'fromUs' | 'toUs'>): void {
    this.#numbers.add(number);
    this.#furthestUs = Math.max(this.#furthestUs, toUs);
    this.#mediaUs += toUs - fromUs;
  }
}
