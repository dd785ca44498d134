/**
 * One recording in the worker: follows the latest orders, makes numbered and encrypted segments of what is captured, keeps
 * each until the host has it, and says when all is sent.
 */
import { Encrypter } from 'age-encryption';
import { encodeSegment } from '../../shared/recording/segment.ts';
import type { RecorderOrders } from '../../shared/signaling/recording.ts';
import type { Composer } from './composer.ts';
import { judge, mayCapture, type Place, resume } from './orders.ts';
import { Outbox } from './outbox.ts';
import type { SegmentHead, SegmentStore } from './segment-store.ts';
import type { Stretch } from './segmenter.ts';
import { type Codecs, Take } from './take.ts';
import type { HostRequest, Outcome, Progress, RecorderProblem } from './worker-messages.ts';

/** ms until a segment is tried again, by why it was not taken. */
const againAfter = { again: 1_000, later: 5_000 } as const;
/** How often is noted how far capturing has come, µs. */
const progressUs = 200_000;

export interface RecordingOptions {
  readonly consultationId: string;
  readonly egressId: string;
  readonly store: SegmentStore;
  readonly composer: Composer;
  readonly video: VideoEncoderConfig;
  readonly request: (what: HostRequest) => Promise<Outcome>;
  readonly onProgress: (progress: Progress) => void;
}

export class Recording {
  readonly #options: RecordingOptions;
  readonly #problems = new Set<RecorderProblem>();
  #orders: RecorderOrders | undefined;
  #outbox = new Outbox();
  /** Where the next segment goes; undefined before the first orders. */
  #place: Place | undefined;
  #take: { readonly take: Take; readonly grant: number } | undefined;
  /** What came before its take was ready. */
  #early: Float32Array[] = [];
  /** µs that an earlier life of this window had captured and not kept. */
  #lostUs = 0;
  #notedUs = 0;
  /** Nothing more is done for it; and nothing of it is left here. */
  #over = false;
  #cleared = false;
  #telling = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** One thing at a time, in order: orders, and the keeping of what is made. */
  #following: Promise<void> = Promise.resolve();
  #keeping: Promise<void> = Promise.resolve();

  constructor(options: RecordingOptions) {
    this.#options = options;
  }

  /** Whether it has ever had orders. */
  get begun(): boolean {
    return this.#place !== undefined;
  }

  /** @param kept what an earlier life of this window left of this recording. */
  follow(orders: RecorderOrders | undefined, kept: readonly SegmentHead[] = []): void {
    this.#orders = orders;
    this.#following = this.#following.then(() => this.#settle(kept)).catch(() => {});
  }

  hear(samples: Float32Array): void {
    if (!mayCapture(this.#orders)) return;
    if (!this.#take) {
      this.#early.push(samples);
      return;
    }
    const { take } = this.#take;
    take.hear(samples);
    if (take.capturedUs - this.#notedUs < progressUs) return;
    this.#notedUs = take.capturedUs;
    const { store, egressId } = this.#options;
    store.noteProgress(egressId, this.#capturedUs(), Date.now()).catch(() => {});
    this.#report();
  }

  /** To be called often. */
  see(): void {
    this.#take?.take.see();
  }

  /** The host may be there again: what waits is tried at once. */
  goOn(): void {
    clearTimeout(this.#retry);
    this.#outbox.release();
    this.#send();
  }

  #capturedUs(): number {
    return (this.#take?.take.capturedUs ?? this.#place?.us ?? 0) + this.#lostUs;
  }

  /** Comes to what the latest orders want. */
  async #settle(kept: readonly SegmentHead[]): Promise<void> {
    if (this.#over) return;
    if (this.#place === undefined) await this.#begin(kept);
    const orders = this.#orders;
    const grant = mayCapture(orders) ? orders.grant : undefined;
    if (this.#take && this.#take.grant !== grant) {
      const { take } = this.#take;
      const us = await take.stop();
      await this.#keeping;
      this.#take = undefined;
      this.#place = { number: this.#place?.number ?? 1, us };
    }
    if (orders && this.#place) this.#agree(orders, this.#place);
    if (grant !== undefined && !this.#take && this.#place) this.#start(grant, this.#place);
    else if (grant === undefined) this.#early = [];
    this.#send();
    this.#report();
  }

  async #begin(kept: readonly SegmentHead[]): Promise<void> {
    const { store, egressId } = this.#options;
    const orders = this.#orders;
    if (!orders) {
      // Nothing is wanted of it now: the host says for each whether it still takes it.
      this.#outbox = new Outbox(kept.map(({ number }) => number).sort((a, b) => a - b));
      return;
    }
    const { place, send, drop } = resume(orders, kept);
    for (const number of drop) await store.forget(egressId, number).catch(() => {});
    this.#lostUs = Math.max(0, (await store.progressOf(egressId).catch(() => 0)) - place.us);
    this.#outbox = new Outbox(send);
    this.#place = place;
  }

  /** What the host has already need not be sent; where it is further than we are, we go on from there. */
  #agree(orders: RecorderOrders, place: Place): void {
    const { store, egressId } = this.#options;
    for (const number of this.#outbox.acknowledgeUpTo(orders.durable)) {
      store.forget(egressId, number).catch(() => {});
    }
    if (!this.#take && orders.next > place.number) this.#place = { number: orders.next, us: orders.fromUs };
  }

  #start(grant: number, { us }: Place): void {
    const { composer, video } = this.#options;
    const take = new Take({
      fromUs: us,
      composer,
      video,
      onStretch: (stretch, codecs) => this.#keep(stretch, codecs, grant),
      onVideoFailed: () => this.#problem('no-picture', true),
    });
    this.#take = { take, grant };
    this.#notedUs = us;
    for (const samples of this.#early.splice(0)) take.hear(samples);
  }

  #keep({ fromUs, toUs, packets }: Stretch, { video, audio }: Codecs, grant: number): void {
    const { egressId, consultationId, store } = this.#options;
    const number = this.#place?.number ?? 1;
    this.#place = { number: number + 1, us: toUs };
    const recipients = this.#orders?.recipients ?? [];
    const segment = { egressId, number, grant, fromUs, toUs, video, audio, packets };
    this.#keeping = this.#keeping.then(async () => {
      const bytes = await encrypt(encodeSegment(segment), recipients);
      const hash = await sha256(bytes);
      const at = Date.now();
      const encrypted = { consultationId, egressId, number, toUs, bytes, hash, at };
      // Sent while it is still being kept: a busy disk takes its time, and would take what waited for it with a kill.
      void store.keep(encrypted, this.#capturedUs()).then((kept) => this.#problem('memory-only', !kept));
      this.#outbox.add(number);
      this.#send();
      this.#report();
    });
  }

  #send(): void {
    if (this.#over) return;
    for (let number = this.#outbox.next(); number !== undefined; number = this.#outbox.next()) {
      void this.#sendOne(number);
    }
    const done = this.#orders?.end === true && !this.#take && this.#outbox.size === 0;
    if (done && !this.#telling) void this.#tellRecorded();
  }

  async #sendOne(number: number): Promise<void> {
    const { egressId, store, request } = this.#options;
    const segment = await store.read(egressId, number).catch(() => undefined);
    const outcome: Outcome = segment
      ? await request({
          name: 'segment',
          payload: { egressId, number, hash: segment.hash, bytes: segment.bytes },
        })
      : 'done';
    if (this.#over) return;
    if (outcome === 'done') {
      this.#outbox.acknowledge(number);
      this.#problem('host-full', false);
      await store.forget(egressId, number).catch(() => {});
    } else {
      const refusal = judge(outcome === 'unreachable' ? undefined : outcome.code);
      if (refusal === 'later') this.#problem('host-full', true);
      if (refusal === 'lost') await store.forget(egressId, number).catch(() => {});
      if (this.#outbox.refuse(number, refusal)) return this.#giveUp();
      if (refusal === 'again' || refusal === 'later') this.#tryAgain(againAfter[refusal]);
    }
    this.#send();
    this.#report();
  }

  async #tellRecorded(): Promise<void> {
    const { egressId, request } = this.#options;
    this.#telling = true;
    await this.#keeping;
    if (this.#outbox.size > 0) {
      this.#telling = false;
      return;
    }
    const last = (this.#place?.number ?? 1) - 1;
    const capturedMs = Math.round(this.#capturedUs() / 1_000);
    const outcome = await request({ name: 'recorded', payload: { egressId, last, capturedMs } });
    this.#telling = false;
    const refusal = outcome === 'done' || outcome === 'unreachable' ? undefined : judge(outcome.code);
    if (outcome === 'done' || refusal === 'over') await this.#giveUp();
    else this.#tryAgain(againAfter.again);
  }

  #tryAgain(ms: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.goOn(), ms);
  }

  /** Nothing more is to be done for it: what is left of it here is no use to anybody. */
  async #giveUp(): Promise<void> {
    this.#over = true;
    clearTimeout(this.#retry);
    const take = this.#take?.take;
    await take?.stop();
    this.#take = undefined;
    await this.#keeping;
    await this.#options.store.forgetAll(this.#options.egressId).catch(() => {});
    this.#cleared = true;
    this.#report();
  }

  #problem(problem: RecorderProblem, there: boolean): void {
    if (there) this.#problems.add(problem);
    else this.#problems.delete(problem);
  }

  #report(): void {
    this.#options.onProgress({
      egressId: this.#options.egressId,
      capturedUs: this.#capturedUs(),
      unsent: this.#outbox.size,
      problems: [...this.#problems],
      over: this.#cleared,
    });
  }
}

async function encrypt(
  bytes: Uint8Array<ArrayBuffer>,
  recipients: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  const encrypted = await encrypter.encrypt(bytes);
  // The library says nothing of what is under its bytes; it makes them itself, so nothing is shared.
  return encrypted as Uint8Array<ArrayBuffer>;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
