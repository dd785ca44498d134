/** Media through the clinic's video server, by livekit-client, which is loaded only when needed. */
import type { LocalTrack, Participant, RemoteParticipant, Room, Track, VideoPreset } from 'livekit-client';
import type { TransportContext } from '../../call/create-call.ts';
import { Latest } from '../../call/latest.ts';
import {
  type LocalTracks,
  type MediaSource,
  mediaSources,
  type Peer,
  type RemoteTrack,
  type Transport,
  type TransportEvents,
  type TransportQuality,
  type TransportState,
} from '../../call/transport.ts';
import { TransportEmitter } from '../emitter.ts';
import { qualityBetween, type Reading, readingOf, sumOf } from '../link-quality.ts';

type LiveKit = typeof import('livekit-client');

/** How often what arrives is measured, in ms. */
const measureInterval = 2_000;
/**
 * How long a microphone waits once the camera is published, in ms. The server offers the first of two sources to its
 * receivers at once and the second 150 ms later: the picture, whose first packet takes longest, must be the first.
 */
const cameraAhead = 150;
/** How long after a failed attempt to publish the next one is made, in ms. */
const publishRetryTime = 1_000;
/** Rests between attempts to join again, in ms; the last one repeats. */
const rejoinDelays = [200, 500, 1_000, 2_000, 4_000];

export function createSfuTransport(context: TransportContext): Transport {
  return new SfuTransport(context);
}

class SfuTransport implements Transport {
  readonly #context: TransportContext;
  readonly #emitter = new TransportEmitter();
  readonly #readings = new Map<string, Reading>();
  readonly #measuring: ReturnType<typeof setInterval>;
  #livekit: LiveKit | undefined;
  #room: Room | undefined;
  #state: TransportState = { name: 'idle' };
  #tracks: readonly RemoteTrack[] = [];
  #admitted: ReadonlyMap<string, Peer> = new Map();
  #wanted: LocalTracks = {};
  /** What is published in the current room. */
  #published = new Map<MediaSource, LocalTrack>();
  #rejoinTimer: ReturnType<typeof setTimeout> | undefined;
  #connecting: Promise<void> | undefined;

  /** Done when the camera is on its way, and the microphone may follow. */
  #cameraFirst: Promise<void> = Promise.resolve();
  /** One step at a time for each source, towards the latest wish. */
  readonly #senders = mediaSources.map((source) => new Latest<void>(() => this.#settle(source)));

  constructor(context: TransportContext) {
    this.#context = context;
    this.#measuring = setInterval(() => void this.#measure(), measureInterval);
  }

  get state(): TransportState {
    return this.#state;
  }

  get tracks(): readonly RemoteTrack[] {
    return this.#tracks;
  }

  connect(): Promise<void> {
    if (this.#state.name !== 'idle' && this.#state.name !== 'failed')
      return this.#connecting ?? Promise.resolve();
    this.#setState({ name: 'connecting' });
    this.#connecting = this.#join().then(
      () => {},
      (error: unknown) => {
        if (!this.#isClosed())
          this.#setState({ name: 'failed', code: this.#isRefusal(error) ? 'refused' : 'unreachable' });
      },
    );
    return this.#connecting;
  }

  setPeers({ admitted }: Parameters<Transport['setPeers']>[0]): void {
    this.#admitted = new Map(admitted.map((peer) => [peer.identity, peer]));
    this.#updateTracks();
    void this.#followAll();
  }

  async publish(tracks: LocalTracks): Promise<void> {
    this.#wanted = tracks;
    await this.#followAll();
  }

  async sendData(topic: string, payload: Uint8Array): Promise<void> {
    // Named one by one: LiveKit gives data without receivers to everybody, also to those who wait.
    const destinationIdentities = [...this.#admitted.keys()];
    if (destinationIdentities.length === 0) return;
    await this.#room?.localParticipant.publishData(payload as Uint8Array<ArrayBuffer>, {
      reliable: true,
      topic,
      destinationIdentities,
    });
  }

  on<E extends keyof TransportEvents>(event: E, listener: TransportEvents[E]): () => void {
    return this.#emitter.on(event, listener);
  }

  async close(): Promise<void> {
    if (this.#isClosed()) return;
    clearInterval(this.#measuring);
    clearTimeout(this.#rejoinTimer);
    this.#admitted = new Map();
    this.#updateTracks();
    this.#setState({ name: 'closed' });
    this.#emitter.clear();
    const room = this.#room;
    this.#room = undefined;
    room?.removeAllListeners();
    await room?.disconnect(false);
  }

  #isClosed(): boolean {
    return this.#state.name === 'closed';
  }

  // ---- joining

  async #join(): Promise<void> {
    this.#livekit ??= await import('livekit-client');
    const livekit = this.#livekit;
    const url = this.#context.livekitUrl();
    if (url === undefined) throw new Error('There is no video server now.');
    if (this.#isClosed()) return;
    livekit.setLogLevel(livekit.LogLevel.error);
    const room = new livekit.Room({
      // Pictures are attached by the windows themselves, which this option could not see.
      adaptiveStream: false,
      dynacast: true,
      // With a connection for each direction the server offers what it forwards; with one it must ask for an offer first,
      // which is a round trip more before every first picture.
      singlePeerConnection: false,
      // Devices belong to the local media layer.
      stopLocalTrackOnUnpublish: false,
    });
    this.#room = room;
    this.#published = new Map();
    this.#cameraFirst = Promise.resolve();
    this.#listen(room, livekit);
    const { iceServers } = this.#context;
    try {
      await room.connect(url, this.#context.token(), {
        autoSubscribe: true,
        maxRetries: 0,
        websocketTimeout: 5_000,
        peerConnectionTimeout: 10_000,
        ...(iceServers.length > 0 ? { rtcConfig: { iceServers: iceServers as RTCIceServer[] } } : {}),
      });
    } catch (error) {
      room.removeAllListeners();
      void room.disconnect(false);
      throw error;
    }
    if (this.#room !== room) {
      await room.disconnect(false);
      return;
    }
    this.#setState({ name: 'connected' });
    this.#updateTracks();
    this.#warmUp(room);
    void this.#followAll();
  }

  /** The sending connection is otherwise only made for the first track. A message to nobody makes it in advance. */
  #warmUp({ localParticipant }: Room): void {
    if (this.#context.sources.length === 0) return;
    const nobody = { reliable: true, topic: 'warm-up', destinationIdentities: [localParticipant.identity] };
    localParticipant.publishData(new Uint8Array(), nobody).catch(() => {});
  }

  #listen(room: Room, { RoomEvent, ParticipantEvent }: LiveKit): void {
    const updateTracks = () => this.#updateTracks();
    room
      .on(RoomEvent.TrackSubscribed, ({ mediaStreamTrack }) => {
        mediaStreamTrack.addEventListener('mute', updateTracks);
        mediaStreamTrack.addEventListener('unmute', updateTracks);
        updateTracks();
      })
      .on(RoomEvent.TrackUnsubscribed, updateTracks)
      .on(RoomEvent.TrackMuted, updateTracks)
      .on(RoomEvent.TrackUnmuted, updateTracks)
      .on(RoomEvent.ParticipantDisconnected, updateTracks)
      .on(RoomEvent.DataReceived, (payload, participant, _kind, topic) => {
        const peer = this.#admitted.get(participant?.identity ?? '');
        if (peer?.data) this.#emitter.emit('data', { from: peer.identity, topic: topic ?? '', payload });
      })
      .on(RoomEvent.SignalReconnecting, () => this.#reconnecting('ice-restart'))
      .on(RoomEvent.Reconnecting, () => this.#reconnecting('ice-restart'))
      .on(RoomEvent.Reconnected, () => {
        this.#setState({ name: 'connected' });
        this.#updateTracks();
        void this.#followAll();
      })
      .on(RoomEvent.Disconnected, () => {
        if (this.#room !== room || this.#state.name === 'connecting') return;
        this.#reconnecting('rejoin');
        this.#rejoin(0);
      });
    room.localParticipant.on(ParticipantEvent.ParticipantPermissionsChanged, () => void this.#followAll());
  }

  #reconnecting(doing: 'ice-restart' | 'rejoin'): void {
    const since = this.#state.name === 'reconnecting' ? this.#state.since : Date.now();
    this.#setState({ name: 'reconnecting', since, doing });
  }

  /** livekit-client has given up, for example because the server was away for long: from scratch, for ever. */
  #rejoin(attempt: number): void {
    this.#room?.removeAllListeners();
    this.#room = undefined;
    this.#updateTracks();
    const delay = rejoinDelays[Math.min(attempt, rejoinDelays.length - 1)] ?? 0;
    this.#rejoinTimer = setTimeout(
      () => {
        this.#join().catch(() => {
          if (!this.#isClosed()) this.#rejoin(attempt + 1);
        });
      },
      delay * (0.75 + Math.random() / 2),
    );
  }

  #isRefusal(error: unknown): boolean {
    const livekit = this.#livekit;
    return (
      livekit !== undefined &&
      error instanceof livekit.ConnectionError &&
      error.reason === livekit.ConnectionErrorReason.NotAllowed
    );
  }

  #setState(state: TransportState): void {
    if (this.#isClosed() || JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#emitter.emit('state', state);
  }

  // ---- sending

  async #followAll(): Promise<void> {
    await Promise.all(this.#senders.map((sender) => sender.wish()));
  }

  /** Publishes, replaces or withdraws one source until it is as wanted. */
  async #settle(source: MediaSource): Promise<void> {
    const room = this.#room;
    try {
      while (room && this.#room === room && this.#needsStep(room, source)) {
        if (source === 'microphone' && !this.#published.has(source)) await this.#cameraFirst;
        await this.#step(room, source);
      }
    } catch {
      // A broken connection comes back here by itself; anything else is tried again.
      setTimeout(() => this.#room === room && void this.#followAll(), publishRetryTime);
    }
  }

  #needsStep(room: Room, source: MediaSource): boolean {
    const wanted = this.#wanted[source];
    const published = this.#published.get(source);
    if (!wanted) return published !== undefined;
    // The server's permissions are the first line; with a server of somebody else's this is the second.
    if (this.#admitted.size === 0 && !published) return false;
    if (!published) return room.state === 'connected' && this.#mayPublish(room.localParticipant, source);
    return published.mediaStreamTrack !== wanted;
  }

  #mayPublish({ permissions }: Participant, source: MediaSource): boolean {
    return permissions?.canPublish === true && this.#context.sources.includes(source);
  }

  async #step(room: Room, source: MediaSource): Promise<void> {
    const livekit = this.#livekit;
    const wanted = this.#wanted[source] as MediaStreamTrack | undefined;
    const published = this.#published.get(source);
    if (!wanted) {
      this.#published.delete(source);
      if (published) await room.localParticipant.unpublishTrack(published, false);
    } else if (published) {
      await published.replaceTrack(wanted, true);
    } else {
      const publishing = room.localParticipant.publishTrack(wanted, {
        source: source as Track.Source,
        name: source,
        videoCodec: 'vp8',
        // As on the direct way; livekit-client would send a small camera's picture 20 times a second.
        videoEncoding: { maxBitrate: 1_700_000, maxFramerate: 30 },
        // One smaller picture for weak links: a third would cost its encoder's start before the first picture of all.
        simulcast: source === 'camera',
        ...(livekit ? { videoSimulcastLayers: [smallerPicture(livekit, wanted)] } : {}),
      });
      if (source === 'camera') {
        this.#cameraFirst = publishing.then(
          () => new Promise((resolve) => setTimeout(resolve, cameraAhead)),
          () => {},
        );
      }
      const { track } = await publishing;
      if (track) this.#published.set(source, track);
    }
  }

  // ---- receiving

  #updateTracks(): void {
    if (this.#isClosed()) return;
    const tracks = [...(this.#room?.remoteParticipants.values() ?? [])].flatMap((one) => this.#tracksOf(one));
    const key = (list: readonly RemoteTrack[]) =>
      list
        .map(({ identity, source, track, flowing }) => [identity, source, track.id, flowing].join())
        .join(';');
    if (key(tracks) === key(this.#tracks)) return;
    this.#tracks = tracks;
    this.#emitter.emit('tracks', tracks);
  }

  #tracksOf(participant: RemoteParticipant): RemoteTrack[] {
    const peer = this.#admitted.get(participant.identity);
    if (!peer) return [];
    return [...participant.trackPublications.values()].flatMap((publication) => {
      const track = publication.track?.mediaStreamTrack;
      const source = peer.sources.find((one) => one === publication.source);
      if (!track || source === undefined || publication.isMuted) return [];
      return [{ identity: peer.identity, source, track, flowing: !track.muted }];
    });
  }

  async #measure(): Promise<void> {
    const measured: TransportQuality[] = [];
    for (const { identity } of this.#admitted.values()) {
      const participant = this.#room?.remoteParticipants.get(identity);
      const reports = await Promise.all(
        [...(participant?.trackPublications.values() ?? [])].map(({ track }) => track?.getRTCStatsReport()),
      );
      const readings = reports.flatMap((report) => (report ? [readingOf(report)] : []));
      if (readings.length === 0) continue;
      const reading = sumOf(readings);
      const before = this.#readings.get(identity);
      this.#readings.set(identity, reading);
      if (!before || before.at >= reading.at || reading.packets < before.packets) continue;
      const expected = this.#tracks.some(
        (one) => one.identity === identity && one.flowing && one.source === 'microphone',
      );
      measured.push(qualityBetween(identity, before, reading, expected));
    }
    if (measured.length > 0 && !this.#isClosed()) this.#emitter.emit('quality', measured);
  }
}

/** About half the camera's, so that it is smaller also for a camera of 360 lines. */
function smallerPicture({ VideoPresets }: LiveKit, track: MediaStreamTrack): VideoPreset {
  const { width = 1_280, height = 720 } = track.getSettings();
  return Math.min(width, height) > 540 ? VideoPresets.h360 : VideoPresets.h180;
}
