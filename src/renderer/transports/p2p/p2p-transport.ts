/** Media straight between the participants: one link to each other one, a mesh of up to four. */
import type { TransportContext } from '../../call/create-call.ts';
import type {
  LocalTracks,
  Peer,
  RemoteTrack,
  Transport,
  TransportEvents,
  TransportQuality,
  TransportState,
} from '../../call/transport.ts';
import { TransportEmitter } from '../emitter.ts';
import { PeerLink } from './peer-link.ts';

/** How often links are measured, in ms; more often while one is lost, so that its return is seen at once. */
const measureInterval = 2_000;
const lostMeasureInterval = 500;
/** How long the first connection may take before it counts as failed, in ms; it goes on being tried. */
const connectTime = 20_000;

export function createP2PTransport(context: TransportContext): Transport {
  return new P2PTransport(context);
}

class P2PTransport implements Transport {
  readonly #context: TransportContext;
  readonly #emitter = new TransportEmitter();
  readonly #links = new Map<string, PeerLink>();
  readonly #closing = new AbortController();
  readonly #stops: (() => void)[];
  #tracks: LocalTracks = {};
  #state: TransportState = { name: 'idle' };
  #remoteTracks: readonly RemoteTrack[] = [];
  #started = false;
  #late: ReturnType<typeof setTimeout> | undefined;
  #measuring: ReturnType<typeof setTimeout> | undefined;

  constructor(context: TransportContext) {
    this.#context = context;
    this.#measureLater(measureInterval);
    this.#stops = [
      () => clearTimeout(this.#measuring),
      context.signals.onSignal(({ from, signal }) => this.#links.get(from)?.receive(signal)),
      context.signals.onRestored(() => this.#refresh(false)),
    ];
    const { signal } = this.#closing;
    const networkChanged = () => this.#refresh(true);
    window.addEventListener('online', networkChanged, { signal });
    const network = (navigator as { connection?: EventTarget }).connection;
    network?.addEventListener('change', networkChanged, { signal });
  }

  get state(): TransportState {
    return this.#state;
  }

  get tracks(): readonly RemoteTrack[] {
    return this.#remoteTracks;
  }

  async connect(): Promise<void> {
    if (this.#state.name === 'closed') return;
    if (!this.#started || this.#state.name === 'failed') {
      this.#started = true;
      this.#setState({ name: 'connecting' });
      for (const link of this.#links.values()) link.start();
      clearTimeout(this.#late);
      this.#late = setTimeout(() => {
        if (this.#state.name === 'connecting') this.#setState({ name: 'failed', code: 'unreachable' });
      }, connectTime);
      this.#update();
    }
    await new Promise<void>((resolve) => {
      const stop = this.on('state', check);
      const current = () => this.#state.name;
      function check(): void {
        if (current() === 'connecting') return;
        stop();
        resolve();
      }
      check();
    });
  }

  setPeers({ admitted, advance }: Parameters<Transport['setPeers']>[0]): void {
    if (this.#state.name === 'closed') return;
    const inside = new Set(admitted);
    const wanted = new Map([...admitted, ...advance].map((peer) => [peer.identity, peer]));
    for (const [identity, link] of this.#links) {
      if (wanted.has(identity)) continue;
      this.#links.delete(identity);
      link.close();
    }
    for (const peer of wanted.values()) {
      const link = this.#links.get(peer.identity) ?? this.#addLink(peer);
      link.setPeer(peer, inside.has(peer));
    }
    this.#update();
  }

  async publish(tracks: LocalTracks): Promise<void> {
    this.#tracks = tracks;
    for (const link of this.#links.values()) link.setTracks(tracks);
  }

  async sendData(topic: string, payload: Uint8Array): Promise<void> {
    for (const link of this.#links.values()) if (link.admitted) link.send({ topic, payload });
  }

  on<E extends keyof TransportEvents>(event: E, listener: TransportEvents[E]): () => void {
    return this.#emitter.on(event, listener);
  }

  async close(): Promise<void> {
    if (this.#state.name === 'closed') return;
    this.#closing.abort();
    clearTimeout(this.#late);
    for (const stop of this.#stops) stop();
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    this.#update();
    this.#setState({ name: 'closed' });
    this.#emitter.clear();
  }

  #addLink(peer: Peer): PeerLink {
    const { identity } = peer;
    const link = new PeerLink(peer, {
      self: this.#context.identity,
      sources: this.#context.sources,
      iceServers: this.#context.iceServers,
      send: (signal) => this.#context.signals.send(identity, signal),
      onChange: () => this.#update(),
      onData: (frame) => this.#emitter.emit('data', { from: identity, ...frame }),
    });
    this.#links.set(identity, link);
    link.setTracks(this.#tracks);
    if (this.#started) link.start();
    return link;
  }

  #refresh(networkChanged: boolean): void {
    if (this.#started) for (const link of this.#links.values()) link.refresh(networkChanged);
  }

  #update(): void {
    if (this.#state.name === 'closed') return;
    const tracks = [...this.#links.values()].flatMap(({ identity, received }) =>
      received.map((one) => ({ identity, ...one })),
    );
    if (!sameTracks(tracks, this.#remoteTracks)) {
      this.#remoteTracks = tracks;
      this.#emitter.emit('tracks', tracks);
    }
    if (this.#started) this.#setState(this.#computeState());
  }

  /** One participant who is away does not break the call with the others. */
  #computeState(): TransportState {
    const all = [...this.#links.values()];
    const inside = all.filter((link) => link.admitted);
    const links = inside.length > 0 ? inside : all;
    if (links.length === 0 || links.some((link) => link.state === 'connected')) return { name: 'connected' };
    const lost = links.flatMap(({ state, lostSince }) =>
      state === 'reconnecting' && lostSince !== undefined ? [lostSince] : [],
    );
    if (lost.length > 0) return { name: 'reconnecting', since: Math.min(...lost), doing: 'ice-restart' };
    return this.#state.name === 'failed' ? this.#state : { name: 'connecting' };
  }

  #setState(state: TransportState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#emitter.emit('state', state);
  }

  #measureLater(delay: number): void {
    this.#measuring = setTimeout(async () => {
      await this.#measure();
      const lost = [...this.#links.values()].some((link) => link.admitted && link.state !== 'connected');
      if (this.#state.name !== 'closed') this.#measureLater(lost ? lostMeasureInterval : measureInterval);
    }, delay);
  }

  async #measure(): Promise<void> {
    const measured = await Promise.all(
      [...this.#links.values()].map((link) => link.measure().catch(() => undefined)),
    );
    const quality = measured.filter((one): one is TransportQuality => one !== undefined);
    if (quality.length > 0 && this.#state.name !== 'closed') this.#emitter.emit('quality', quality);
  }
}

function sameTracks(a: readonly RemoteTrack[], b: readonly RemoteTrack[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, index) => {
      const other = b[index];
      return (
        one.identity === other?.identity &&
        one.source === other.source &&
        one.track === other.track &&
        one.flowing === other.flowing
      );
    })
  );
}
