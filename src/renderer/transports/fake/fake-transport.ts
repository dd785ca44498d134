/** A transport in memory that behaves as the real ones do, so that everything above it can be tested without a browser. */
import type { TransportContext, TransportFactory } from '../../call/create-call.ts';
import {
  type LocalTracks,
  mediaSources,
  type Peer,
  type RemoteTrack,
  type Transport,
  type TransportEvents,
  type TransportState,
} from '../../call/transport.ts';
import { TransportEmitter } from '../emitter.ts';

/** Where fake transports meet, and where a test makes things go wrong. */
export class FakeHub {
  readonly #members = new Map<string, FakeTransport>();
  #reachable = true;

  get factory(): TransportFactory {
    return (context) => new FakeTransport(this, context);
  }

  get reachable(): boolean {
    return this.#reachable;
  }

  /** False: those connected lose their connection, others cannot connect. */
  setReachable(reachable: boolean, now: number): void {
    this.#reachable = reachable;
    for (const member of this.#members.values()) member.reachabilityChanged(now);
    this.update();
  }

  get(identity: string): FakeTransport | undefined {
    return this.#reachable ? this.#members.get(identity) : undefined;
  }

  enter(member: FakeTransport): void {
    // Somebody who comes again replaces who they were: a page was loaded anew.
    this.#members.set(member.identity, member);
    this.update();
  }

  leave(member: FakeTransport): void {
    if (this.#members.get(member.identity) === member) this.#members.delete(member.identity);
    this.update();
  }

  update(): void {
    for (const member of this.#members.values()) member.update();
  }
}

class FakeTransport implements Transport {
  readonly identity: string;
  readonly #hub: FakeHub;
  readonly #sources: TransportContext['sources'];
  readonly #emitter = new TransportEmitter();
  #state: TransportState = { name: 'idle' };
  #admitted: ReadonlyMap<string, Peer> = new Map();
  #published: LocalTracks = {};
  #tracks: readonly RemoteTrack[] = [];

  constructor(hub: FakeHub, { identity, sources }: TransportContext) {
    this.#hub = hub;
    this.identity = identity;
    this.#sources = sources;
  }

  get state(): TransportState {
    return this.#state;
  }

  get tracks(): readonly RemoteTrack[] {
    return this.#tracks;
  }

  async connect(): Promise<void> {
    if (this.#state.name !== 'idle' && this.#state.name !== 'failed') return;
    this.#setState({ name: 'connecting' });
    await Promise.resolve();
    if (this.#is('closed')) return;
    if (!this.#hub.reachable) {
      this.#setState({ name: 'failed', code: 'unreachable' });
      return;
    }
    this.#setState({ name: 'connected' });
    this.#hub.enter(this);
  }

  setPeers({ admitted }: Parameters<Transport['setPeers']>[0]): void {
    this.#admitted = new Map(admitted.map((peer) => [peer.identity, peer]));
    this.#hub.update();
    this.update();
  }

  async publish(tracks: LocalTracks): Promise<void> {
    this.#published = tracks;
    await Promise.resolve();
    this.#hub.update();
  }

  async sendData(topic: string, payload: Uint8Array): Promise<void> {
    await Promise.resolve();
    for (const identity of this.#admitted.keys()) {
      this.#hub.get(identity)?.receive(this.identity, topic, payload.slice());
    }
  }

  on<E extends keyof TransportEvents>(event: E, listener: TransportEvents[E]): () => void {
    return this.#emitter.on(event, listener);
  }

  async close(): Promise<void> {
    if (this.#is('closed')) return;
    this.#admitted = new Map();
    this.update();
    this.#setState({ name: 'closed' });
    this.#emitter.clear();
    this.#hub.leave(this);
  }

  /** What this member sends to another one: nothing unless it has admitted them. */
  sentTo(identity: string): LocalTracks {
    if (!this.#admitted.has(identity) || !this.#is('connected')) return {};
    return Object.fromEntries(
      mediaSources.flatMap((source) => {
        const track = this.#published[source];
        return track && this.#sources.includes(source) ? [[source, track]] : [];
      }),
    );
  }

  receive(from: string, topic: string, payload: Uint8Array): void {
    if (this.#admitted.get(from)?.data) this.#emitter.emit('data', { from, topic, payload });
  }

  reachabilityChanged(now: number): void {
    if (this.#is('closed') || this.#is('failed')) return;
    this.#setState(
      this.#hub.reachable ? { name: 'connected' } : { name: 'reconnecting', since: now, doing: 'rejoin' },
    );
  }

  update(): void {
    if (this.#is('closed')) return;
    const tracks = [...this.#admitted.values()].flatMap(({ identity, sources }) => {
      const sent = this.#hub.get(identity)?.sentTo(this.identity) ?? {};
      return sources.flatMap((source) => {
        const track = sent[source];
        return track ? [{ identity, source, track, flowing: true }] : [];
      });
    });
    const same =
      tracks.length === this.#tracks.length &&
      tracks.every(({ track }, index) => this.#tracks[index]?.track === track);
    if (same) return;
    this.#tracks = tracks;
    this.#emitter.emit('tracks', tracks);
  }

  #is(name: TransportState['name']): boolean {
    return this.#state.name === name;
  }

  #setState(state: TransportState): void {
    this.#state = state;
    this.#emitter.emit('state', state);
  }
}
