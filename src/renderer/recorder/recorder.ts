/**
 * The recorder of a doctor's window: follows the host's orders, hands pictures, sound and the scene to its worker, and carries
 * the worker's segments to the host.
 */
import { CatalogueError } from '../../shared/contract/errors.ts';
import type { RecorderOrders } from '../../shared/signaling/recording.ts';
import type { CallSnapshot } from '../call/call.ts';
import type { LocalTracks } from '../call/transport.ts';
import type { LocalMediaSnapshot } from '../media/local-media-view.ts';
import { mayCapture } from './orders.ts';
import { type SceneWords, sceneOf } from './scene.ts';
import { SoundMix } from './sound-mix.ts';
import type {
  FromWorker,
  HostRequest,
  Outcome,
  Progress,
  RecordedPayload,
  SegmentPayload,
  ToWorker,
} from './worker-messages.ts';

interface Source<T> {
  snapshot(): T;
  subscribe(listener: () => void): () => void;
}

/** The way to the host. Each rejects with CatalogueError when the host refuses, with anything else when it cannot be asked. */
export interface RecordingLine {
  segment(payload: SegmentPayload): Promise<unknown>;
  recorded(payload: RecordedPayload): Promise<unknown>;
}

export interface RecorderOptions {
  readonly call: Source<Pick<CallSnapshot, 'self' | 'remotes' | 'signaling' | 'consultation'>>;
  readonly media: Source<Pick<LocalMediaSnapshot, 'tracks' | 'media'>>;
  readonly host: RecordingLine;
  readonly words: SceneWords;
}

/** ms until the sound is tried again after it could not be opened. */
const soundAgain = 1_000;

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  readonly #listeners = new Set<() => void>();
  readonly #stops: (() => void)[];
  readonly #pictures = new Map<string, MediaStreamTrack>();
  #orders: RecorderOrders | undefined;
  #progress: Progress | undefined;
  #sound: SoundMix | undefined;
  /** Opened in advance: nobody's sound is connected to it, and nothing is taken from it. */
  #prepared: Promise<SoundMix | undefined> | undefined;
  #opening = false;
  #online = true;
  #scene = '';
  #closed = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#told(data);
    const follow = () => this.#follow();
    this.#stops = [options.call.subscribe(follow), options.media.subscribe(follow)];
  }

  /** How far it is; undefined before there was anything to do. The same object until something changes. */
  snapshot(): Progress | undefined {
    return this.#progress;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The latest ones count. */
  setOrders(orders: RecorderOrders | undefined): void {
    this.#orders = orders;
    const consultationId = this.#options.call.snapshot().consultation.id;
    this.#post({ type: 'orders', consultationId, orders });
    this.#follow();
  }

  /** A recording may begin soon: what takes time is done now, so that it begins with its first word. */
  prepare(): void {
    if (!this.#sound && !this.#opening) this.#prepared ??= SoundMix.open().catch(() => undefined);
  }

  /** It does not come to it. */
  unprepare(): void {
    void this.#prepared?.then((sound) => sound?.close());
    this.#prepared = undefined;
  }

  /** Stops capturing at once; what is not sent yet stays in this browser. Final. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stop of this.#stops) stop();
    this.unprepare();
    this.#release();
    this.#worker.terminate();
    this.#listeners.clear();
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.#closed) this.#worker.postMessage(message, transfer);
  }

  #follow(): void {
    const online = this.#options.call.snapshot().signaling.name === 'ok';
    if (online && !this.#online) this.#post({ type: 'online' });
    this.#online = online;
    if (mayCapture(this.#orders)) this.#capture();
    else this.#release();
  }

  #capture(): void {
    const call = this.#options.call.snapshot();
    const { tracks, media } = this.#options.media.snapshot();
    const people = call.remotes.map(({ participant, tracks: theirs }) => ({ participant, tracks: theirs }));
    const own = call.self && { participant: { ...call.self, media }, tracks };
    const scene = sceneOf(people, own ?? undefined, this.#options.words);
    const key = JSON.stringify(scene);
    if (key !== this.#scene) {
      this.#scene = key;
      this.#post({ type: 'scene', scene });
    }
    this.#see([...people, ...(own ? [own] : [])]);
    if (this.#sound) this.#sound.setVoices(this.#voices());
    else void this.#openSound();
  }

  #see(people: readonly { participant: { identity: string }; tracks: LocalTracks }[]): void {
    const wanted = new Map<string, MediaStreamTrack>();
    for (const { participant, tracks } of people) {
      for (const source of ['camera', 'screen_share'] as const) {
        const track = tracks[source];
        if (track instanceof MediaStreamTrack) wanted.set(`${participant.identity}/${source}`, track);
      }
    }
    for (const key of this.#pictures.keys()) {
      if (wanted.has(key)) continue;
      this.#pictures.delete(key);
      this.#post({ type: 'no-picture', key });
    }
    for (const [key, track] of wanted) {
      if (this.#pictures.get(key) === track) continue;
      this.#pictures.set(key, track);
      const frames = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable;
      this.#post({ type: 'picture', key, frames }, [frames]);
    }
  }

  #voices() {
    const { remotes } = this.#options.call.snapshot();
    const own = this.#options.media.snapshot().tracks;
    const voices = new Map<string, { track: MediaStreamTrack; remote: boolean }>();
    const add = (whose: string, tracks: LocalTracks, remote: boolean) => {
      for (const source of ['microphone', 'screen_share_audio'] as const) {
        const track = tracks[source];
        if (track instanceof MediaStreamTrack) voices.set(`${whose}/${source}`, { track, remote });
      }
    };
    for (const { participant, tracks } of remotes) add(participant.identity, tracks, true);
    add('self', own, false);
    return voices;
  }

  async #openSound(): Promise<void> {
    if (this.#opening) return;
    this.#opening = true;
    const prepared = this.#prepared;
    this.#prepared = undefined;
    const sound = (await prepared) ?? (await SoundMix.open().catch(() => undefined));
    this.#opening = false;
    if (this.#closed || this.#sound || !mayCapture(this.#orders)) return sound?.close();
    if (!sound) {
      setTimeout(() => !this.#closed && this.#follow(), soundAgain);
      return;
    }
    this.#sound = sound;
    const { port1, port2 } = new MessageChannel();
    this.#post({ type: 'sound', port: port2 }, [port2]);
    sound.setVoices(this.#voices());
    sound.pour(port1);
  }

  /** Nothing is captured from here on. */
  #release(): void {
    if (this.#sound) this.#post({ type: 'no-sound' });
    this.#sound?.close();
    this.#sound = undefined;
    for (const key of this.#pictures.keys()) this.#post({ type: 'no-picture', key });
    this.#pictures.clear();
  }

  #told(message: FromWorker): void {
    switch (message.type) {
      case 'progress':
        this.#progressed(message.progress);
        return;
      case 'request':
        void this.#ask(message.what).then((outcome) =>
          this.#post({ type: 'answer', request: message.request, outcome }),
        );
        return;
      case 'sound-stalled':
        this.#sound?.close();
        this.#sound = undefined;
        this.#follow();
    }
  }

  /** What is left of an earlier recording is sent beside the one that is made now, and not shown instead of it. */
  #progressed(progress: Progress): void {
    if (this.#orders && progress.egressId !== this.#orders.egressId) return;
    this.#progress = progress;
    for (const listener of [...this.#listeners]) listener();
  }

  async #ask(what: HostRequest): Promise<Outcome> {
    const { host } = this.#options;
    try {
      await (what.name === 'segment' ? host.segment(what.payload) : host.recorded(what.payload));
      return 'done';
    } catch (error) {
      return error instanceof CatalogueError ? { code: error.code } : 'unreachable';
    }
  }
}
