/** Runs a call: feeds the machine with what happens and carries out, one at a time, what it decides. */
import { grantFor } from '../../shared/access/access.ts';
import type { MediaState, Readiness, TransportKind } from '../../shared/signaling/messages.ts';
import type { Call, CallSnapshot } from './call.ts';
import type { Clock } from './clock.ts';
import type { CallOptions, StartableCall, TransportContext } from './create-call.ts';
import { Latest } from './latest.ts';
import {
  type CallEffect,
  type CallEvent,
  type CallState,
  initialCallState,
  next,
  peersOf,
  snapshotOf,
} from './machine.ts';
import { measureNetwork } from './network-measure.ts';
import type { PeerSignals, SignalingEvent } from './signaling.ts';
import type { LocalTracks, MediaSource, Track, Transport, TransportQuality } from './transport.ts';

/** How often the doctor's card and the host learn how well we are, in ms. */
const reportInterval = 5_000;
/** How long goodbyes may take before everything is closed without them, in ms. */
const goodbyeTime = 1_000;

/** A transport in use. Its making waits until an earlier one of its kind is closed. */
interface Running {
  readonly transport: Promise<Transport>;
  current: Transport | undefined;
  readonly publish: Latest<LocalTracks>;
  stop: () => void;
  peers: string;
}

type DataListener = Parameters<Call['onData']>[0];

export class CallSession implements StartableCall {
  readonly #options: CallOptions;
  readonly #clock: Clock;
  readonly #running = new Map<TransportKind, Running>();
  readonly #listeners = new Set<() => void>();
  readonly #dataListeners = new Set<DataListener>();
  /** How to call off what is to happen later. */
  readonly #timers = new Set<() => void>();
  readonly #signals: PeerSignals;
  readonly #signalListeners = new Set<Parameters<PeerSignals['onSignal']>[0]>();
  readonly #restoredListeners = new Set<() => void>();
  readonly #tellMedia = new Latest<MediaState>((media) => this.#sendMedia(media));
  readonly #tellReadiness = new Latest<Readiness>((readiness) => this.#sendReadiness(readiness));
  #state: CallState = initialCallState;
  #snapshot: CallSnapshot | undefined;
  #tracks: LocalTracks = {};
  #readiness: Readiness | undefined;
  #measured = false;
  /** What the host was last told, so that only changes travel. */
  #toldMedia: string | undefined;
  /** Closings in progress, by kind: two transports of one kind never overlap. */
  readonly #closings = new Map<TransportKind, Promise<void>>();
  #finishing: Promise<void> | undefined;

  constructor(options: CallOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#signals = {
      send: async (to, signal) => {
        await options.signaling.request('signal', { to, signal });
      },
      onSignal: (listener) => subscribeTo(this.#signalListeners, listener),
      onRestored: (listener) => subscribeTo(this.#restoredListeners, listener),
    };
    options.signaling.onEvent((event) => this.#onSignaling(event));
  }

  start(): void {
    this.#options.signaling.start();
    this.#report();
  }

  snapshot(): CallSnapshot {
    this.#snapshot ??= snapshotOf(this.#state);
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    return subscribeTo(this.#listeners, listener);
  }

  setTrack(source: MediaSource, track: Track | null): void {
    if ((this.#tracks[source] ?? null) === track) return;
    const { [source]: _old, ...rest } = this.#tracks;
    this.#tracks = track ? { ...rest, [source]: track } : rest;
    for (const running of this.#running.values()) void running.publish.wish(this.#tracks);
  }

  setMedia(media: MediaState): void {
    this.#dispatch({ type: 'media', media });
    void this.#tellMedia.wish(media);
  }

  setReadiness(readiness: Readiness): void {
    this.#readiness = readiness;
    void this.#tellReadiness.wish(readiness);
  }

  async sendData(topic: string, payload: Uint8Array): Promise<void> {
    const running = this.#state.active === null ? undefined : this.#running.get(this.#state.active);
    if (!running) throw new Error('The call is not connected.');
    await (await running.transport).sendData(topic, payload);
  }

  onData(listener: DataListener): () => void {
    return subscribeTo(this.#dataListeners, listener);
  }

  async leave(): Promise<void> {
    this.#dispatch({ type: 'leave' });
    await this.#finishing;
  }

  #onSignaling(event: SignalingEvent): void {
    if (event.type === 'signal') {
      for (const listener of [...this.#signalListeners]) listener(event.received);
      return;
    }
    // Not the call's: the chat beside it listens for itself.
    if (event.type === 'message' || event.type === 'marks') return;
    const again = event.type === 'joined' && this.#state.room !== null;
    this.#dispatch(event);
    if (event.type !== 'joined') return;
    this.#toldMedia = JSON.stringify(event.state.self.media);
    void this.#tellMedia.wish(this.#state.media);
    if (this.#readiness) void this.#tellReadiness.wish(this.#readiness);
    if (again) for (const listener of [...this.#restoredListeners]) listener();
  }

  #dispatch(event: CallEvent): void {
    const { state, effects } = next(this.#state, event, this.#clock.now());
    const changed = state !== this.#state;
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
    if (!changed) return;
    this.#setPeers();
    this.#snapshot = undefined;
    for (const listener of [...this.#listeners]) listener();
  }

  #carryOut(effect: CallEffect): void {
    switch (effect.type) {
      case 'open':
        this.#open(effect.kind);
        return;
      case 'connect-again':
        void this.#running.get(effect.kind)?.current?.connect();
        return;
      case 'close':
        this.#close(effect.kind);
        return;
      case 'after':
        this.#after(effect.ms, () => this.#dispatch(effect.event));
        return;
      case 'finish':
        this.#finishing ??= this.#finish(effect.goodbye);
        return;
    }
  }

  #after(ms: number, run: () => void): void {
    const cancel = this.#clock.after(ms, () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
  }

  #open(kind: TransportKind): void {
    const before = this.#closings.get(kind) ?? Promise.resolve();
    const running: Running = {
      transport: before.then(() => this.#make(kind, running)),
      current: undefined,
      publish: new Latest(async (tracks) => {
        try {
          await (await running.transport).publish(tracks);
        } catch {
          // Shown by the transport's state; it publishes the latest wish itself once it is back.
        }
      }),
      stop: () => {},
      peers: '',
    };
    this.#running.set(kind, running);
    void running.publish.wish(this.#tracks);
  }

  #make(kind: TransportKind, running: Running): Transport {
    const transport = this.#options.transports[kind](this.#context());
    running.current = transport;
    let quality: readonly TransportQuality[] = [];
    const changed = () =>
      this.#dispatch({
        type: 'line',
        kind,
        line: { state: transport.state, tracks: transport.tracks, quality },
      });
    const stops = [
      transport.on('state', changed),
      transport.on('tracks', changed),
      transport.on('quality', (measured) => {
        quality = measured;
        changed();
      }),
      transport.on('data', (message) => {
        for (const listener of [...this.#dataListeners]) listener(message);
      }),
    ];
    running.stop = () => {
      for (const stop of stops) stop();
    };
    if (this.#running.get(kind) === running) {
      this.#setPeers();
      void transport.connect();
    }
    return transport;
  }

  #context(): TransportContext {
    const { self, room } = this.#state;
    if (!self || !room) throw new Error('A transport is only made after joining.');
    return {
      identity: self.identity,
      sources: grantFor(self.role, true).canPublishSources,
      iceServers: room.iceServers,
      livekitUrl: () => this.#state.room?.livekitUrl,
      token: () => this.#options.signaling.token(),
      signals: this.#signals,
    };
  }

  /** At once, not in turn: being admitted must not wait behind anything, and signals follow it closely. */
  #setPeers(): void {
    const peers = peersOf(this.#state);
    const key = JSON.stringify(peers);
    for (const running of this.#running.values()) {
      if (!running.current || running.peers === key) continue;
      running.peers = key;
      running.current.setPeers(peers);
    }
  }

  #close(kind: TransportKind): void {
    const running = this.#running.get(kind);
    if (!running) return;
    this.#running.delete(kind);
    const closing = running.transport.then(async (transport) => {
      running.stop();
      await transport.close();
    });
    this.#closings.set(
      kind,
      closing.catch(() => {}),
    );
  }

  async #sendMedia(media: MediaState): Promise<void> {
    const key = JSON.stringify(media);
    if (this.#state.room === null || key === this.#toldMedia) return;
    // While the host is away the others learn it from the join that follows.
    await this.#options.signaling.request('media', media).then(
      () => {
        this.#toldMedia = key;
      },
      () => {},
    );
  }

  async #sendReadiness(readiness: Readiness): Promise<void> {
    if (this.#state.phase.name !== 'waiting') return;
    const { signaling } = this.#options;
    try {
      const asked = this.#clock.now();
      await signaling.request('echo', {});
      const roundTripMs = Math.round(this.#clock.now() - asked);
      await signaling.request('readiness', { ...readiness, roundTripMs, ...this.#state.network });
    } catch {
      // The next report, or the next join, says it again.
      return;
    }
    if (!this.#measured) await this.#measureNetwork(readiness);
  }

  /** Once, after the card was first sent, so that the doctor sees who is there before anything is measured. */
  async #measureNetwork(readiness: Readiness): Promise<void> {
    this.#measured = true;
    const { signaling } = this.#options;
    const network = await measureNetwork(
      (payload) => signaling.request('probe', payload),
      this.#clock,
      () => this.#state.phase.name === 'waiting',
    );
    if (network === undefined) return;
    this.#dispatch({ type: 'network', network });
    void this.#tellReadiness.wish(readiness);
  }

  /** Keeps the doctor's card (while waiting) and the others' quality bars (in the call) fresh. */
  #report(): void {
    this.#after(reportInterval, () => {
      this.#report();
      if (this.#readiness) void this.#tellReadiness.wish(this.#readiness);
      const { active, lines, phase } = this.#state;
      const measured = active === null ? [] : (lines[active]?.quality ?? []);
      if (phase.name !== 'live' || measured.length === 0) return;
      const {
        identity: _whose,
        relayed: _relayed,
        ...worst
      } = measured.reduce((a, b) => (b.level < a.level ? b : a));
      this.#options.signaling.request('quality', worst).catch(() => {});
    });
  }

  async #finish(goodbye: boolean): Promise<void> {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    for (const kind of [...this.#running.keys()]) this.#close(kind);
    const { signaling } = this.#options;
    const told = goodbye ? signaling.request('leave', {}).catch(() => {}) : undefined;
    await Promise.race([
      Promise.all([told, ...this.#closings.values()]),
      new Promise<void>((resolve) => this.#clock.after(goodbyeTime, resolve)),
    ]);
    signaling.close();
  }
}

function subscribeTo<L>(listeners: Set<L>, listener: L): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
