/** What the call core asks of a transport. P2P, SFU and the fake implement it; the core never asks which one it has. */

/** Sources of a picture or sound, by LiveKit's names. */
export const mediaSources = ['camera', 'microphone', 'screen_share', 'screen_share_audio'] as const;
export type MediaSource = (typeof mediaSources)[number];

/**
 * A browser's MediaStreamTrack, opaque to the call core, which has no DOM: the core only passes it on.
 * Real transports and the media layer declare it as MediaStreamTrack; the fake uses plain objects.
 */
export interface Track {
  readonly id: string;
  readonly kind: string;
}

/** Everything to be sent now; absent means not sent. Setting it is idempotent and follows the latest wish. */
export type LocalTracks = Readonly<Partial<Record<MediaSource, Track>>>;

/** Somebody the transport may exchange media with. The host has admitted them; nobody else is ever passed in. */
export interface Peer {
  readonly identity: string;
  /** What may be received from them, by their role; anything else they send is not taken. Empty for observers. */
  readonly sources: readonly MediaSource[];
  /** Whether data may be received from them. */
  readonly data: boolean;
}

export type TransportState =
  | { readonly name: 'idle' }
  | { readonly name: 'connecting' }
  /** Connected as far as it can be: with nobody there yet this is reached at once. */
  | { readonly name: 'connected' }
  | { readonly name: 'reconnecting'; readonly since: number; readonly doing: 'ice-restart' | 'rejoin' }
  | { readonly name: 'failed'; readonly code: 'unreachable' | 'refused' | 'unsupported' }
  | { readonly name: 'closed' };

/** One remote source: present while its sender sends it, so that a window can be ready before the first picture. */
export interface RemoteTrack {
  readonly identity: string;
  readonly source: MediaSource;
  readonly track: Track;
  /** Whether something of it has arrived. */
  readonly flowing: boolean;
}

/** Measured on what this side receives and sends. */
export interface TransportQuality {
  readonly identity: string;
  /** 0 lost, 1 poor, 2 fair, 3 good, 4 excellent. */
  readonly level: 0 | 1 | 2 | 3 | 4;
  /** kbit/s received from that participant. */
  readonly receivedKbps?: number;
  /** ms */
  readonly roundTripMs?: number;
  /** 0 to 1 */
  readonly loss?: number;
  /** Whether media goes through a TURN relay. */
  readonly relayed?: boolean;
}

export interface TransportEvents {
  state: (state: TransportState) => void;
  tracks: (tracks: readonly RemoteTrack[]) => void;
  quality: (quality: readonly TransportQuality[]) => void;
  /** Bytes another participant sent with `sendData`. */
  data: (message: { readonly from: string; readonly topic: string; readonly payload: Uint8Array }) => void;
}

export interface Transport {
  readonly state: TransportState;
  readonly tracks: readonly RemoteTrack[];
  /**
   * Opens connections without any media, towards peers in advance of admission, and is done when connected or failed.
   * May be called again after `failed`.
   */
  connect(): Promise<void>;
  /**
   * Who media may be exchanged with (admitted) and who may only be connected with in advance (waiting).
   * Media starts for a peer in `admitted` and stops for one that is no longer in it.
   */
  setPeers(peers: { readonly admitted: readonly Peer[]; readonly advance: readonly Peer[] }): void;
  /** Sends exactly these tracks to every admitted peer, from now on. Replacing a track of the same source does not renegotiate. */
  publish(tracks: LocalTracks): Promise<void>;
  /** Sends bytes to every admitted peer, reliably and in order. At most 15 KiB a message. */
  sendData(topic: string, payload: Uint8Array): Promise<void>;
  on<E extends keyof TransportEvents>(event: E, listener: TransportEvents[E]): () => void;
  /** Final; a second call does nothing. */
  close(): Promise<void>;
}
