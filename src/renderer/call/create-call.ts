/** Makes a call from signaling and transports: the one way in to the call core. */
import type { IceServer, TransportKind } from '../../shared/signaling/messages.ts';
import type { Call } from './call.ts';
import type { Clock } from './clock.ts';
import { CallSession } from './session.ts';
import type { PeerSignals, Signaling } from './signaling.ts';
import type { MediaSource, Transport } from './transport.ts';

/** What a transport may need to exist; each takes what it uses. */
export interface TransportContext {
  readonly identity: string;
  /** What this participant may send once admitted. */
  readonly sources: readonly MediaSource[];
  readonly iceServers: readonly IceServer[];
  /** Where the video server is now; undefined while there is none. */
  livekitUrl(): string | undefined;
  /** The newest participant token. */
  token(): string;
  readonly signals: PeerSignals;
}

/** Makes a fresh, idle transport. */
export type TransportFactory = (context: TransportContext) => Transport;

export interface CallOptions {
  readonly signaling: Signaling;
  readonly transports: Readonly<Record<TransportKind, TransportFactory>>;
  readonly clock: Clock;
}

/** A call that can be started; until then nothing is sent anywhere. */
export interface StartableCall extends Call {
  start(): void;
}

export function createCall(options: CallOptions): StartableCall {
  return new CallSession(options);
}
