/** Recording as the doctor's window has it: tells the host whether it can, and brings the recorder when the host wants it to record. */
import type { CallSnapshot } from '../../call/call.ts';
import type { LocalMedia } from '../../media/local-media.ts';
import { canRecord } from '../../recorder/can-record.ts';
import type { Recorder } from '../../recorder/recorder.ts';
import type { SceneWords } from '../../recorder/scene.ts';
import type { Progress } from '../../recorder/worker-messages.ts';
import type { OpenCall } from '../open-call.ts';

export interface CallRecordingSnapshot {
  /** Whether this browser can record at all. */
  readonly able: boolean;
  /** How far the recorder is; absent while it has nothing to do. */
  readonly progress?: Progress;
}

/** ms until loading the recorder is tried again. */
const loadAgain = 2_000;

export class CallRecording {
  readonly #call: OpenCall;
  readonly #media: LocalMedia;
  readonly #words: SceneWords;
  readonly #listeners = new Set<() => void>();
  readonly #stops: (() => void)[];
  #recorder: Recorder | undefined;
  #loading = false;
  /** A recording may begin any moment. */
  #soon = false;
  #orders: CallSnapshot['recorderOrders'];
  #snapshot: CallRecordingSnapshot = { able: canRecord() };
  #closed = false;

  /** @param words in the recorded picture. */
  constructor(call: OpenCall, media: LocalMedia, words: SceneWords) {
    this.#call = call;
    this.#media = media;
    this.#words = words;
    this.#stops = [
      call.line.onEvent((event) => {
        if (event.type === 'joined') this.#tellHost();
      }),
      call.subscribe(() => this.#follow()),
    ];
  }

  snapshot(): CallRecordingSnapshot {
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Final. What the host does not have yet stays in this browser. */
  close(): void {
    this.#closed = true;
    for (const stop of this.#stops) stop();
    this.#recorder?.close();
    this.#listeners.clear();
  }

  /** After each joining: a host that was restarted does not know it any more. */
  #tellHost(): void {
    // Refused or lost, it is said again after the next one.
    this.#call.line.request('recorder', { ready: this.#snapshot.able }).catch(() => {});
  }

  #follow(): void {
    const { recorderOrders: orders, phase, consents } = this.#call.snapshot();
    const wanted = phase.name === 'ended' ? undefined : orders;
    const verdict = consents.recording?.verdict;
    // Brought and prepared while people are asked, so that nothing is missed of the first second.
    const soon = this.#snapshot.able && (verdict === 'pause' || verdict === 'run') && phase.name !== 'ended';
    if ((wanted !== undefined || soon) && !this.#recorder) void this.#load();
    if (soon !== this.#soon) this.#expect(soon);
    if (wanted !== this.#orders) this.#give(wanted);
  }

  #expect(soon: boolean): void {
    this.#soon = soon;
    if (soon) this.#recorder?.prepare();
    else this.#recorder?.unprepare();
  }

  #give(orders: CallSnapshot['recorderOrders']): void {
    this.#orders = orders;
    this.#recorder?.setOrders(orders);
  }

  async #load(): Promise<void> {
    if (this.#loading || this.#closed) return;
    this.#loading = true;
    try {
      const { Recorder } = await import('../../recorder/recorder.ts');
      if (!this.#closed) this.#recorder = this.#start(Recorder);
    } catch {
      setTimeout(() => this.#follow(), loadAgain);
    } finally {
      this.#loading = false;
    }
  }

  #start(Made: typeof Recorder): Recorder {
    const { line } = this.#call;
    const recorder = new Made({
      call: this.#call,
      media: this.#media,
      host: {
        segment: (payload) => line.request('segment', payload),
        recorded: (payload) => line.request('recorded', payload),
      },
      words: this.#words,
    });
    recorder.subscribe(() => {
      const progress = recorder.snapshot();
      this.#snapshot = { able: this.#snapshot.able, ...(progress ? { progress } : {}) };
      for (const listener of [...this.#listeners]) listener();
    });
    if (this.#soon) recorder.prepare();
    recorder.setOrders(this.#orders);
    return recorder;
  }
}
