/** What the call core asks of signaling: joined once, in order, without loss; how it travels is not its business. */
import type { CatalogueError } from '../../shared/contract/errors.ts';
import type { Marks, Message } from '../../shared/signaling/chat.ts';
import type {
  PeerSignal,
  ReceivedSignal,
  RequestAnswers,
  RequestName,
  RequestPayload,
  RoomEvent,
  RoomState,
} from '../../shared/signaling/messages.ts';

/** Everything signaling tells, in the order it happened. */
export type SignalingEvent =
  /** Joined, or joined again after a loss. The state is complete; missed events came before it. */
  | { readonly type: 'joined'; readonly state: RoomState }
  /** The connection to the host is lost; it is being sought again, for ever. */
  | { readonly type: 'lost' }
  /** One event of the room, each exactly once and in order. */
  | { readonly type: 'room'; readonly event: RoomEvent }
  | { readonly type: 'signal'; readonly received: ReceivedSignal }
  /** The chat has its own numbering and its own history; these come as they are told. */
  | { readonly type: 'message'; readonly message: Message }
  | { readonly type: 'marks'; readonly marks: Marks }
  /** The host refuses us for good. */
  | { readonly type: 'refused'; readonly error: CatalogueError };

export interface Signaling {
  /** Starts joining; may be called once. */
  start(): void;
  onEvent(listener: (event: SignalingEvent) => void): () => void;
  /**
   * Asks the host something.
   * @throws CatalogueError the host's refusal; SignalingUnavailable when it could not be asked or did not answer in time.
   */
  request<N extends RequestName>(name: N, payload: RequestPayload<N>): Promise<RequestAnswers[N]>;
  /** The newest participant token. */
  token(): string;
  /** Final; a second call does nothing. */
  close(): void;
}

/** The host cannot be reached now, or did not answer in time. */
export class SignalingUnavailable extends Error {
  constructor(message = 'The host cannot be reached.') {
    super(message);
    this.name = 'SignalingUnavailable';
  }
}

/** What a transport that negotiates between participants is given of signaling. */
export interface PeerSignals {
  /** Rejects when the signal did not reach the participant. */
  send(to: string, signal: PeerSignal): Promise<void>;
  onSignal(listener: (received: ReceivedSignal) => void): () => void;
  /** Signaling is back after a loss: what was sent meanwhile may be lost. */
  onRestored(listener: () => void): () => void;
}
