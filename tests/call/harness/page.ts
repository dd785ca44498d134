/** Runs in Chromium: transports and whole calls as a page would hold them, driven and watched from outside. */

import { type OpenCall, openCall } from '../../../src/renderer/app/open-call.ts';
import type { TransportFactory } from '../../../src/renderer/call/create-call.ts';
import type { LocalTracks, MediaSource, Peer, Transport } from '../../../src/renderer/call/transport.ts';
import { LocalMedia } from '../../../src/renderer/media/local-media.ts';
import { createP2PTransport } from '../../../src/renderer/transports/p2p/p2p-transport.ts';
import { createSfuTransport } from '../../../src/renderer/transports/sfu/sfu-transport.ts';
import type { PeerSignal, ReceivedSignal } from '../../../src/shared/signaling/messages.ts';
import { HandMadePeer } from './hand-made-peer.ts';
import { Synthetic } from './synthetic.ts';
import { Watcher } from './watcher.ts';

declare global {
  interface Window {
    harness: typeof harness;
    /** Given by the test: carries a signal to another party. */
    relaySignal(from: string, to: string, signal: PeerSignal): Promise<boolean>;
  }
}

export interface OpenOptions {
  readonly kind: 'p2p' | 'sfu';
  readonly identity: string;
  readonly sources: readonly MediaSource[];
  readonly livekitUrl?: string;
  readonly token?: string;
}

const factories: Record<OpenOptions['kind'], TransportFactory> = {
  p2p: createP2PTransport,
  sfu: createSfuTransport,
};

/** Every RTCPeerConnection of the page, to count what really went over the network. */
const connections: RTCPeerConnection[] = [];
const Original = RTCPeerConnection;
window.RTCPeerConnection = class extends Original {
  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    connections.push(this);
  }
};

let call: OpenCall | undefined;
let transport: Transport | undefined;
let deliver: ((received: ReceivedSignal) => void) | undefined;
let restored: (() => void) | undefined;
const synthetic = new Synthetic();
const watcher = new Watcher();
const handMade = new HandMadePeer();
const data: { from: string; topic: string; text: string }[] = [];
let negotiations = 0;
const sent: Partial<Record<MediaSource, MediaStreamTrack>> = {};

const harness = {
  async open({ kind, identity, sources, livekitUrl, token }: OpenOptions): Promise<void> {
    transport = factories[kind]({
      identity,
      sources,
      iceServers: [],
      livekitUrl: () => livekitUrl,
      token: () => token ?? '',
      signals: {
        async send(to, signal) {
          if (signal.description) negotiations += 1;
          if (!(await window.relaySignal(identity, to, signal))) throw new Error('not there');
        },
        onSignal(listener) {
          deliver = listener;
          return () => {};
        },
        onRestored(listener) {
          restored = listener;
          return () => {};
        },
      },
    });
    transport.on('tracks', (tracks) => watcher.watch(tracks));
    transport.on('data', ({ from, topic, payload }) =>
      data.push({ from, topic, text: new TextDecoder().decode(payload) }),
    );
  },
  deliver: (received: ReceivedSignal) => deliver?.(received),
  restored: () => restored?.(),
  connect: () => transport?.connect(),
  setPeers: (peers: { admitted: Peer[]; advance: Peer[] }) => transport?.setPeers(peers),
  /** Sends exactly these sources; `colour` and `pitch` make a new track recognisable. */
  async publish(sources: readonly MediaSource[], look: { colour: string; hertz: number }): Promise<void> {
    for (const source of Object.keys(sent) as MediaSource[])
      if (!sources.includes(source)) delete sent[source];
    for (const source of sources) sent[source] ??= synthetic.make(source, look);
    await transport?.publish({ ...sent } as LocalTracks);
  },
  async replace(source: MediaSource, look: { colour: string; hertz: number }): Promise<void> {
    sent[source] = synthetic.make(source, look);
    await transport?.publish({ ...sent } as LocalTracks);
  },
  sendData: (topic: string, text: string) => transport?.sendData(topic, new TextEncoder().encode(text)),
  data: () => data,
  state: () => transport?.state,
  tracks: () =>
    transport?.tracks.map(({ identity, source, flowing, track }) => ({
      identity,
      source,
      flowing,
      id: track.id,
    })),
  seen: () => watcher.seen(),
  negotiations: () => negotiations,
  close: () => transport?.close(),

  /** What the network brought and took, over every connection the page ever had. */
  async traffic() {
    const total = { packetsIn: 0, packetsOut: 0, framesDecoded: 0, samplesIn: 0 };
    for (const connection of connections) {
      for (const stat of (await connection.getStats()).values()) {
        if (stat.type === 'inbound-rtp') {
          total.packetsIn += stat.packetsReceived ?? 0;
          total.framesDecoded += stat.framesDecoded ?? 0;
          total.samplesIn += stat.totalSamplesReceived ?? 0;
        } else if (stat.type === 'outbound-rtp') total.packetsOut += stat.packetsSent ?? 0;
      }
    }
    return total;
  },
  /** The names of the ICE sessions in use: new ones mean that ICE started afresh. */
  iceNames: () =>
    connections.map(
      (connection) => /a=ice-ufrag:(.*)/.exec(connection.currentLocalDescription?.sdp ?? '')?.[1],
    ),
  connectionStates: () => connections.map((connection) => connection.connectionState),
  watcher,

  /** Enters a consultation as the app does, with the browser's synthetic devices. */
  async enter(entry: { token: string; signalingUrl: string; consultationId: string }): Promise<void> {
    const media = new LocalMedia();
    await media.start({ camera: true, microphone: true });
    const opened = openCall({ entry, media });
    call = opened;
    opened.subscribe(() => {
      watcher.watch(
        opened.snapshot().remotes.flatMap(({ participant, tracks }) =>
          Object.entries(tracks).map(([source, track]) => ({
            identity: participant.identity,
            source: source as MediaSource,
            track,
          })),
        ),
      );
    });
  },
  snapshot: () => call?.snapshot(),
  leave: () => call?.close(),
  handMade,
};

window.harness = harness;
