/**
 * One participant's connection with one other: negotiation, media and data over an RTCPeerConnection that is replaced
 * when the other side starts anew.
 *
 * Negotiation without glare. Of two participants the one whose identity sorts first offers; the other asks:
 * - An offer under a new `connection` replaces whatever was there; the answer and the candidates carry the same name.
 * - A `rollback` under another `connection` than the current one says "I have nothing, start with me"; under the
 *   current one it says "offer again" (`sdp: ''`), or "offer again with fresh ICE" (`sdp: 'restart'`).
 * - An offer from the other side is answered too, unless ours is on its way.
 *
 * The offer has the four sources as media sections in a fixed order, all inactive until both are admitted: ICE and DTLS
 * are up, nothing can be sent or would be decoded. Being admitted only turns directions round.
 */
import { nanoid } from 'nanoid';
import type { IceServer, PeerSignal } from '../../../shared/signaling/messages.ts';
import {
  type LocalTracks,
  type MediaSource,
  mediaSources,
  type Peer,
  type TransportQuality,
} from '../../call/transport.ts';
import { qualityBetween, type Reading, readingOf } from '../link-quality.ts';
import { type DataFrame, decodeFrame, encodeFrame } from './data-frames.ts';
import { preferSmallOffer, tuneSender } from './encodings.ts';
import { directionsIn, iceNameOf, withoutMedia, withStartBitrate } from './sdp.ts';

type Description = NonNullable<PeerSignal['description']>;
type Candidate = NonNullable<PeerSignal['candidate']>;

/** The media sections of an offer, in order. */
const sections: readonly MediaSource[] = ['microphone', 'camera', 'screen_share', 'screen_share_audio'];

/** How long a description waits for candidates, so that most travel inside it, in ms. */
const gatheringTime = 40;
/** How long a lost connection may recover by itself before ICE starts afresh, in ms. */
const disconnectedTime = 2_000;
/** How long an attempt to connect, or to get a message through, may take before the next, in ms. */
const retryTime = 4_000;
/** Attempts with the same RTCPeerConnection before a new one is made. */
const attemptsPerConnection = 3;
/** How long to wait for the offer that the other side owes us, in ms. */
const graceTime = 800;
/** Data messages kept while the connection is being made. */
const maxWaiting = 256;

export interface PeerLinkOptions {
  readonly self: string;
  /** What we may send. */
  readonly sources: readonly MediaSource[];
  readonly iceServers: readonly IceServer[];
  /** Rejects when the signal did not get through. */
  readonly send: (signal: PeerSignal) => Promise<void>;
  readonly onChange: () => void;
  readonly onData: (frame: DataFrame) => void;
}

export interface ReceivedSource {
  readonly source: MediaSource;
  readonly track: MediaStreamTrack;
  readonly flowing: boolean;
}

export type LinkStateName = 'connecting' | 'connected' | 'reconnecting';

/** What belongs to one RTCPeerConnection and goes with it. */
interface Connection {
  readonly id: string;
  readonly pc: RTCPeerConnection;
  readonly transceivers: Map<MediaSource, RTCRtpTransceiver>;
  readonly data: RTCDataChannel;
  /** Tells which sources are being sent, because a stopped one looks like a still one. */
  readonly notices: RTCDataChannel;
  /** Remote candidates that came before the description they belong to. */
  readonly early: RTCIceCandidateInit[];
  /** What the other side says it sends; undefined: it does not say. */
  announced: ReadonlySet<MediaSource> | undefined;
  /** Directions our last description was made with. */
  described: string;
  /** Whether our last description is out, so that further candidates travel alone. */
  told: boolean;
  /** Names the description that is out: our offer, or the other side's that we answered. */
  descriptionId: string | undefined;
  answered: boolean;
  offerAgain: boolean;
  attempts: number;
}

export class PeerLink {
  readonly identity: string;
  readonly #options: PeerLinkOptions;
  readonly #offers: boolean;
  #peer: Peer;
  #admitted = false;
  #tracks: LocalTracks = {};
  #connection: Connection | undefined;
  #everConnected = false;
  #lostSince: number | undefined;
  /** Connected by name, but nothing arrives that should. */
  #silent = false;
  /** Signals and changes are handled one at a time, in order. */
  #queue: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #graceTimer: ReturnType<typeof setTimeout> | undefined;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #reading: Reading | undefined;
  #closed = false;

  constructor(peer: Peer, options: PeerLinkOptions) {
    this.identity = peer.identity;
    this.#peer = peer;
    this.#options = options;
    this.#offers = options.self < peer.identity;
  }

  get state(): LinkStateName {
    if (this.#connection?.pc.connectionState === 'connected' && !this.#silent) return 'connected';
    return this.#everConnected ? 'reconnecting' : 'connecting';
  }

  get admitted(): boolean {
    return this.#admitted;
  }

  /** Since when the connection is lost, ms since the epoch. */
  get lostSince(): number | undefined {
    return this.#lostSince;
  }

  /** What arrives, or is announced to arrive, from an admitted peer. */
  get received(): readonly ReceivedSource[] {
    const connection = this.#connection;
    if (!connection || !this.#admitted) return [];
    const received: ReceivedSource[] = [];
    for (const [source, transceiver] of connection.transceivers) {
      if (!this.#mayReceive(source)) continue;
      const { track } = transceiver.receiver;
      const receiving =
        transceiver.currentDirection === 'sendrecv' || transceiver.currentDirection === 'recvonly';
      const flowing = receiving && !track.muted;
      if (connection.announced ? connection.announced.has(source) : flowing)
        received.push({ source, track, flowing });
    }
    return received;
  }

  start(): void {
    this.#do(async () => {
      if (this.#offers) await this.#startAnew();
      else this.#ask('hello', nanoid(12));
    });
    this.#watch(retryTime);
  }

  /** Who the peer is and may do now. */
  setPeer(peer: Peer, admitted: boolean): void {
    this.#peer = peer;
    if (admitted === this.#admitted) return;
    this.#admitted = admitted;
    this.#applyMedia();
    this.#announce();
    this.#options.onChange();
  }

  setTracks(tracks: LocalTracks): void {
    this.#tracks = tracks;
    this.#applyMedia();
    this.#announce();
  }

  send(frame: DataFrame): void {
    const bytes = encodeFrame(frame);
    const channel = this.#connection?.data;
    if (channel?.readyState === 'open') channel.send(bytes);
    else if (this.#waiting.length < maxWaiting) this.#waiting.push(bytes);
  }

  receive(signal: PeerSignal): void {
    const { connection, description, candidate } = signal;
    this.#do(async () => {
      if (description) await this.#onDescription(connection, description);
      if (candidate) await this.#onCandidate(connection, candidate);
    });
  }

  /** Signaling is back, or the network changed: find out again how to reach each other. */
  refresh(networkChanged: boolean): void {
    this.#do(async () => {
      if (networkChanged || this.state !== 'connected') await this.#again(true);
      else if (this.#connection?.pc.signalingState !== 'stable') await this.#again(false);
    });
  }

  async measure(): Promise<TransportQuality | undefined> {
    const pc = this.#connection?.pc;
    if (!pc || !this.#admitted) return undefined;
    const reading = readingOf(await pc.getStats());
    const before = this.#reading;
    this.#reading = reading;
    if (pc.connectionState !== 'connected') return { identity: this.identity, level: 0 };
    if (!before || before.at >= reading.at || reading.packets < before.packets) return undefined;
    // A source that is only announced has not started, one that flows must go on.
    const expected = this.received.some((one) => one.flowing && one.source === 'microphone');
    const quality = qualityBetween(this.identity, before, reading, expected);
    this.#setSilent(quality.level === 0);
    return quality;
  }

  #setSilent(silent: boolean): void {
    if (silent === this.#silent) return;
    this.#silent = silent;
    this.#lostSince = silent ? Date.now() : undefined;
    if (silent) this.#watch(0);
    this.#options.onChange();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#graceTimer);
    this.#drop();
  }

  #mayReceive(source: MediaSource): boolean {
    return this.#admitted && this.#peer.sources.includes(source);
  }

  /** In order, one at a time; a step that fails is made good by the next attempt. */
  #do(step: () => Promise<void> | void): void {
    this.#queue = this.#queue.then(async () => {
      if (this.#closed) return;
      try {
        await step();
      } catch {
        this.#watch(retryTime);
      }
    });
  }

  // ---- connections

  async #startAnew(): Promise<void> {
    const connection = this.#create(nanoid(12));
    for (const source of sections) {
      const kind = source === 'camera' || source === 'screen_share' ? 'video' : 'audio';
      const transceiver = connection.pc.addTransceiver(kind, { direction: 'inactive' });
      preferSmallOffer(kind, transceiver);
      connection.transceivers.set(source, transceiver);
    }
    await this.#offer(connection, false);
  }

  #create(id: string): Connection {
    if (this.#everConnected) this.#lostSince ??= Date.now();
    this.#drop();
    const pc = new RTCPeerConnection({
      iceServers: this.#options.iceServers.map(({ urls, username, credential }) => ({
        urls,
        ...(username === undefined ? {} : { username }),
        ...(credential === undefined ? {} : { credential }),
      })),
      bundlePolicy: 'max-bundle',
    });
    const data = pc.createDataChannel('data', { negotiated: true, id: 0 });
    const notices = pc.createDataChannel('sources', { negotiated: true, id: 1 });
    const connection: Connection = {
      id,
      pc,
      transceivers: new Map(),
      data,
      notices,
      early: [],
      announced: undefined,
      described: '',
      told: false,
      descriptionId: undefined,
      answered: false,
      offerAgain: false,
      attempts: 0,
    };
    this.#connection = connection;
    this.#reading = undefined;
    this.#silent = false;
    const current = (run: () => void) => () => {
      if (this.#connection === connection) run();
    };
    pc.onicecandidate = ({ candidate }) => {
      if (this.#connection !== connection || !connection.told) return;
      const { candidate: line = '', ...rest } = candidate?.toJSON() ?? {};
      this.#send({ connection: id, candidate: { candidate: line, ...rest } });
    };
    pc.onconnectionstatechange = current(() => this.#connectionChanged(connection));
    pc.ontrack = ({ track }) => {
      track.onmute = current(() => this.#options.onChange());
      track.onunmute = current(() => this.#options.onChange());
    };
    data.binaryType = 'arraybuffer';
    data.onopen = current(() => {
      for (const bytes of this.#waiting.splice(0)) data.send(bytes);
    });
    data.onmessage = ({ data: bytes }) => {
      if (this.#connection !== connection || !this.#admitted || !this.#peer.data) return;
      const frame = bytes instanceof ArrayBuffer ? decodeFrame(new Uint8Array(bytes)) : undefined;
      if (frame) this.#options.onData(frame);
    };
    notices.onopen = current(() => this.#announce());
    notices.onmessage = ({ data: text }) => {
      if (this.#connection !== connection) return;
      const announced = parseSources(text);
      if (!announced) return;
      connection.announced = announced;
      this.#options.onChange();
    };
    // The other side closed or reloaded: nothing more comes from there, whatever the picture shows.
    notices.onclose = current(() => {
      connection.announced = new Set();
      this.#options.onChange();
    });
    return connection;
  }

  #drop(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (!connection) return;
    // Handlers first: closing fires events of its own.
    connection.pc.onicecandidate = null;
    connection.pc.onconnectionstatechange = null;
    connection.pc.close();
  }

  #connectionChanged({ pc }: Connection): void {
    switch (pc.connectionState) {
      case 'connected':
        this.#everConnected = true;
        this.#lostSince = undefined;
        if (this.#connection) this.#connection.attempts = 0;
        clearTimeout(this.#timer);
        break;
      case 'disconnected':
        this.#lostSince ??= Date.now();
        this.#watch(disconnectedTime);
        break;
      case 'failed':
      case 'closed':
        this.#lostSince ??= Date.now();
        this.#watch(0);
        break;
      case 'new':
      case 'connecting':
        break;
    }
    this.#options.onChange();
  }

  /** Looks again in a while, and does something about it when we are still not connected. */
  #watch(delay: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#do(async () => {
        const settled = this.#connection?.pc.signalingState === 'stable';
        if (this.state === 'connected' && settled) return;
        this.#watch(retryTime);
        await this.#again(this.state !== 'connected');
      });
    }, delay);
  }

  /** Another attempt: the same connection with fresh ICE, or a new one when that did not help. */
  async #again(freshIce: boolean): Promise<void> {
    const connection = this.#connection;
    if (connection && freshIce) connection.attempts += 1;
    if (!this.#offers) {
      if (connection && connection.attempts <= attemptsPerConnection)
        this.#ask(freshIce ? 'restart' : '', connection.id);
      else this.#ask('hello', nanoid(12));
    } else if (!connection || connection.attempts > attemptsPerConnection) {
      await this.#startAnew();
    } else if (connection.pc.signalingState === 'have-local-offer') {
      // The offer or its answer was lost; it still stands.
      this.#tell(connection);
    } else {
      await this.#offer(connection, freshIce);
    }
  }

  // ---- negotiation

  async #offer(connection: Connection, freshIce: boolean): Promise<void> {
    const { pc } = connection;
    if (pc.signalingState !== 'stable') {
      connection.offerAgain = true;
      return;
    }
    connection.offerAgain = false;
    connection.answered = false;
    if (freshIce) pc.restartIce();
    const gathers = freshIce || pc.localDescription === null;
    this.#setDirections(connection);
    connection.told = false;
    connection.descriptionId = nanoid(8);
    await pc.setLocalDescription();
    if (gathers) await this.#gather(pc);
    this.#tell(connection);
    this.#watch(retryTime);
  }

  #tell(connection: Connection): void {
    const description = connection.pc.localDescription;
    if (!description || this.#connection !== connection) return;
    connection.told = true;
    const { type, sdp } = description;
    const { id: of, descriptionId } = connection;
    this.#send({
      connection: of,
      description: { type, sdp, ...(descriptionId === undefined ? {} : { id: descriptionId }) },
    });
  }

  #ask(what: 'hello' | 'restart' | '', connection: string): void {
    this.#send({ connection, description: { type: 'rollback', sdp: what === 'restart' ? 'restart' : '' } });
  }

  async #onDescription(id: string, { type, sdp, id: descriptionId }: Description): Promise<void> {
    switch (type) {
      case 'rollback':
        await this.#onAsked(id, sdp === 'restart');
        return;
      case 'offer':
        await this.#onOffer(id, sdp, descriptionId);
        return;
      case 'answer':
        await this.#onAnswer(id, sdp, descriptionId);
        return;
      case 'pranswer':
        return;
    }
  }

  async #onAsked(id: string, freshIce: boolean): Promise<void> {
    if (!this.#offers) return;
    const connection = this.#connection;
    if (connection && !connection.answered && connection.pc.signalingState === 'have-local-offer') {
      // They came after our offer was sent, or lost it.
      this.#tell(connection);
    } else if (!connection || connection.id !== id) {
      await this.#startAnew();
    } else {
      await this.#offer(connection, freshIce || this.state !== 'connected');
    }
  }

  async #onOffer(id: string, sdp: string, offerId: string | undefined): Promise<void> {
    let connection = this.#connection;
    const ours = connection?.pc.signalingState === 'have-local-offer';
    // Both offered at once: ours stands, they answer it.
    if (ours && this.#offers) return;
    if (!connection || connection.id !== id) connection = this.#create(id);
    const { pc } = connection;
    connection.told = false;
    connection.descriptionId = offerId;
    const gathersBefore = pc.localDescription?.sdp;
    await pc.setRemoteDescription({ type: 'offer', sdp: this.#takeable(sdp) });
    this.#mapTransceivers(connection);
    this.#setDirections(connection);
    await pc.setLocalDescription();
    clearTimeout(this.#graceTimer);
    await this.#addEarly(connection);
    if (iceNameOf(gathersBefore) !== iceNameOf(pc.localDescription?.sdp)) await this.#gather(pc);
    this.#tell(connection);
    this.#negotiated(connection);
  }

  async #onAnswer(id: string, sdp: string, offerId: string | undefined): Promise<void> {
    const connection = this.#connection;
    if (connection?.id !== id || connection.pc.signalingState !== 'have-local-offer') return;
    // An answer that says which offer it is for must be for the one that is out.
    if (offerId !== undefined && offerId !== connection.descriptionId) return;
    await connection.pc.setRemoteDescription({ type: 'answer', sdp: this.#takeable(sdp) });
    connection.answered = true;
    await this.#addEarly(connection);
    this.#negotiated(connection);
    if (connection.offerAgain || connection.described !== this.#directionsOf(connection)) {
      await this.#offer(connection, false);
    }
  }

  /** Before admission every section is inactive, whatever the other side says. */
  #takeable(sdp: string): string {
    return withStartBitrate(this.#admitted ? sdp : withoutMedia(sdp));
  }

  async #onCandidate(id: string, received: Candidate): Promise<void> {
    const connection = this.#connection;
    if (connection?.id !== id) return;
    const { candidate, sdpMid = null, sdpMLineIndex = null, usernameFragment = null } = received;
    const line = { candidate, sdpMid, sdpMLineIndex, usernameFragment };
    if (connection.pc.remoteDescription) await connection.pc.addIceCandidate(line).catch(() => {});
    else connection.early.push(line);
  }

  async #addEarly({ pc, early }: Connection): Promise<void> {
    // A candidate of an older ICE generation is refused; it is of no use any more.
    for (const candidate of early.splice(0)) await pc.addIceCandidate(candidate).catch(() => {});
  }

  #mapTransceivers({ pc, transceivers }: Connection): void {
    const free: MediaSource[] = sections.filter((source) => !transceivers.has(source));
    const known = new Set(transceivers.values());
    for (const transceiver of pc.getTransceivers()) {
      if (known.has(transceiver)) continue;
      const kind = transceiver.receiver.track.kind;
      const index = free.findIndex((source) => kindOf(source) === kind);
      const source = free[index];
      if (source === undefined) continue;
      free.splice(index, 1);
      transceivers.set(source, transceiver);
    }
  }

  /** After both descriptions are in force. */
  #negotiated(connection: Connection): void {
    for (const [source, { sender, direction }] of connection.transceivers) {
      if (direction === 'sendrecv' || direction === 'sendonly') void tuneSender(source, sender);
    }
    this.#options.onChange();
  }

  async #gather(pc: RTCPeerConnection): Promise<void> {
    if (pc.iceGatheringState === 'complete') return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, gatheringTime);
      function done(): void {
        clearTimeout(timer);
        pc.removeEventListener('icegatheringstatechange', check);
        resolve();
      }
      function check(): void {
        if (pc.iceGatheringState === 'complete') done();
      }
      pc.addEventListener('icegatheringstatechange', check);
    });
  }

  #send(signal: PeerSignal): void {
    this.#options.send(signal).catch(() => {
      // Did not arrive: the host or the other side is away. What matters is said again.
      if (!this.#closed) this.#watch(retryTime / 2);
    });
  }

  // ---- media

  #directionFor(source: MediaSource): RTCRtpTransceiverDirection {
    // Camera and microphone are always ready to be sent, so that turning them on later needs no negotiation.
    const always = source === 'camera' || source === 'microphone';
    const sends =
      this.#admitted &&
      this.#options.sources.includes(source) &&
      (always || this.#tracks[source] !== undefined);
    const receives = this.#mayReceive(source);
    if (sends) return receives ? 'sendrecv' : 'sendonly';
    return receives ? 'recvonly' : 'inactive';
  }

  #directionsOf(connection: Connection): string {
    return [...connection.transceivers.keys()].map((source) => this.#directionFor(source)).join();
  }

  /** Directions, and the tracks that go with them; takes effect with the next description. */
  #setDirections(connection: Connection): void {
    connection.described = this.#directionsOf(connection);
    for (const [source, transceiver] of connection.transceivers) {
      transceiver.direction = this.#directionFor(source);
    }
    this.#setSenders(connection);
  }

  #setSenders(connection: Connection): void {
    for (const [source, { sender }] of connection.transceivers) {
      const allowed = this.#admitted && this.#options.sources.includes(source);
      const track = allowed ? ((this.#tracks[source] as MediaStreamTrack | undefined) ?? null) : null;
      if (sender.track !== track) sender.replaceTrack(track).catch(() => {});
    }
  }

  /** Tracks at once; a negotiation only when a direction changes. */
  #applyMedia(): void {
    const connection = this.#connection;
    if (!connection || connection.transceivers.size === 0) return;
    this.#setSenders(connection);
    if (connection.described === this.#directionsOf(connection)) return;
    if (this.#offers) {
      this.#do(async () => {
        if (this.#connection !== connection || connection.described === this.#directionsOf(connection))
          return;
        await this.#offer(connection, false);
      });
      return;
    }
    // When both are admitted at once the other side's offer is already on its way.
    clearTimeout(this.#graceTimer);
    const wait = this.#remoteAllowsChange(connection) ? 0 : graceTime;
    this.#graceTimer = setTimeout(() => {
      if (this.#connection !== connection || connection.described === this.#directionsOf(connection)) return;
      this.#ask('', connection.id);
    }, wait);
  }

  /** Whether the sources that change were offered to us in more than we took. */
  #remoteAllowsChange(connection: Connection): boolean {
    const offered = directionsIn(connection.pc.remoteDescription?.sdp ?? '');
    return [...connection.transceivers].some(
      ([source, { mid, direction }]) =>
        direction !== this.#directionFor(source) && mid !== null && offered.get(mid) !== 'inactive',
    );
  }

  #announce(): void {
    const channel = this.#connection?.notices;
    if (channel?.readyState !== 'open' || !this.#admitted) return;
    channel.send(
      JSON.stringify(
        mediaSources.filter(
          (source) => this.#options.sources.includes(source) && this.#tracks[source] !== undefined,
        ),
      ),
    );
  }
}

function kindOf(source: MediaSource): 'audio' | 'video' {
  return source === 'camera' || source === 'screen_share' ? 'video' : 'audio';
}

function parseSources(text: unknown): ReadonlySet<MediaSource> | undefined {
  if (typeof text !== 'string' || text.length > 200) return undefined;
  try {
    const names: unknown = JSON.parse(text);
    if (!Array.isArray(names)) return undefined;
    return new Set(mediaSources.filter((source) => names.includes(source)));
  } catch {
    return undefined;
  }
}
