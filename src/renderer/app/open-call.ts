/** Wires one call: signaling, transports and local media, ready to be started. */
import type { Entry } from '../../shared/contract/contract.ts';
import type { Call } from '../call/call.ts';
import { createCall } from '../call/create-call.ts';
import type { Signaling } from '../call/signaling.ts';
import { mediaSources } from '../call/transport.ts';
import { createSignaling } from '../host-client/signaling.ts';
import type { LocalMedia } from '../media/local-media.ts';
import { createP2PTransport } from '../transports/p2p/p2p-transport.ts';
import { createSfuTransport } from '../transports/sfu/sfu-transport.ts';
import { type Beside, openBeside } from './chat/beside.ts';
import { systemClock } from './system-clock.ts';

export interface OpenCallOptions {
  /** From `invitations.redeem` or `consultations.enter`. */
  readonly entry: Pick<Entry, 'token' | 'signalingUrl' | 'consultationId'>;
  readonly media: LocalMedia;
}

/** An open call: its snapshot and verbs, and `close` for when the window goes. Local media stays the caller's. */
export interface OpenCall extends Call {
  /** The chat and the files; their screens are loaded when they are opened. */
  readonly beside: Beside;
  /** Leaves and lets go of the local media's tracks. A second call does nothing. */
  close(): Promise<void>;
  /** The line to the host, for what records beside the call. */
  readonly line: Pick<Signaling, 'request' | 'onEvent'>;
  /** The newest participant token, for asking the host something beside the call. */
  token(): string;
}

/** Joins at once; what the local media layer has is sent from admission on, and follows it. */
export function openCall({ entry, media }: OpenCallOptions): OpenCall {
  const signaling = createSignaling({ url: entry.signalingUrl, token: entry.token });
  const call = createCall({
    signaling,
    clock: systemClock,
    transports: { p2p: createP2PTransport, sfu: createSfuTransport },
  });
  const beside = openBeside(signaling, entry);
  const follow = () => {
    const { tracks, media: state } = media.snapshot();
    for (const source of mediaSources) call.setTrack(source, tracks[source] ?? null);
    call.setMedia(state);
  };
  const unfollow = media.subscribe(follow);
  follow();
  call.start();
  return Object.assign(call, {
    beside,
    line: signaling,
    token: () => signaling.token(),
    async close() {
      unfollow();
      beside.close();
      await call.leave();
    },
  });
}
