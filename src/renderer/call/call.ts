/** A call as a window sees it: one snapshot of plain values and the verbs a person has. React reads it through one hook. */
import type { ErrorCode } from '../../shared/contract/errors.ts';
import type {
  ConsentState,
  MediaState,
  Participant,
  Readiness,
  TransportKind,
  WaitingMessage,
} from '../../shared/signaling/messages.ts';
import type { RecorderOrders, RunningRecording } from '../../shared/signaling/recording.ts';
import type { MediaSource, Track, TransportQuality } from './transport.ts';

export type CallPhase =
  /** Opening signaling, or waiting for it the first time. */
  | { readonly name: 'joining' }
  /** In the waiting room. */
  | { readonly name: 'waiting' }
  /** Admitted. */
  | { readonly name: 'live' }
  /** Over, and why. `error` has the catalogue code of what refused us. */
  | {
      readonly name: 'ended';
      readonly reason:
        | 'left'
        | 'closed'
        | 'cancelled'
        | 'removed'
        | 'refused'
        | 'consent-withdrawn'
        | 'replaced'
        | 'error';
      readonly error?: ErrorCode;
      /** Why, in the words of whoever refused us. */
      readonly note?: string;
    };

/** What the line to the host carries, in kbit/s. */
export interface NetworkMeasure {
  readonly downKbps: number;
  readonly upKbps: number;
}

/** Signaling and media fail apart: a lost host does not touch a P2P call. */
export type LinkState = { readonly name: 'ok' } | { readonly name: 'lost'; readonly since: number };

/** The recording that is being made, and when that was said, ms since the epoch: its `elapsedMs` goes on from then. */
export interface RecordingView extends RunningRecording {
  readonly toldAt: number;
}

export interface RemoteParticipantView {
  readonly participant: Participant;
  readonly tracks: Readonly<Partial<Record<MediaSource, Track>>>;
  readonly quality?: TransportQuality;
  /** Lost while media should flow and does not. */
  readonly link: LinkState;
}

export interface CallSnapshot {
  readonly phase: CallPhase;
  readonly consultation: {
    readonly id: string;
    readonly title?: string;
    readonly doctorName?: string;
    readonly scheduledAt?: string;
  };
  readonly self: Participant | null;
  /** Admitted participants, in order of arrival. */
  readonly remotes: readonly RemoteParticipantView[];
  /** Who waits to be admitted; only a doctor sees this. */
  readonly waiting: readonly Participant[];
  /** What we send now. */
  readonly media: MediaState;
  readonly transport: {
    readonly active: TransportKind;
    /** Set while the call moves to another transport. */
    readonly movingTo?: TransportKind;
    /** The last move failed and the call stayed where it was. */
    readonly moveFailed?: boolean;
    readonly sfuAvailable: boolean;
  };
  readonly signaling: LinkState;
  readonly mediaLink: LinkState;
  /** Who is asked for what, as far as it concerns us. */
  readonly consents: ConsentState;
  readonly recording?: RecordingView;
  /** What the host wants of this window's recorder. */
  readonly recorderOrders?: RecorderOrders;
  /** What the clinic tells who waits. */
  readonly waitingMessage?: WaitingMessage;
  /** The line to the host as it was measured while waiting. */
  readonly network?: NetworkMeasure;
  /** When the call went live here, ms since the epoch. */
  readonly liveSince?: number;
}

/** Verbs of a call. Each follows the latest wish: calling twice quickly ends in the last one's state. */
export interface Call {
  snapshot(): CallSnapshot;
  subscribe(listener: () => void): () => void;
  /** Local tracks by source: the media layer hands over what should be sent; null stops that source. */
  setTrack(source: MediaSource, track: Track | null): void;
  /** What the others are told we send, by the person's wish: a muted microphone keeps its track. */
  setMedia(media: MediaState): void;
  /** What the doctor sees on our card while we wait. The round trip to the host is measured here and added. */
  setReadiness(readiness: Readiness): void;
  sendData(topic: string, payload: Uint8Array): Promise<void>;
  onData(listener: (message: { from: string; topic: string; payload: Uint8Array }) => void): () => void;
  /** Leaves the call; the invitation still lets the same person back in. */
  leave(): Promise<void>;
}
