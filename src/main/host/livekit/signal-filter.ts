/**
 * What of LiveKit's signalling a client may not see as it is: tokens of the internal key, and addresses of servers outside
 * the clinic. LiveKit sends a refreshed token right after a join and every few minutes, for the client to come back with.
 */
import { ICEServer, SignalResponse } from '@livekit/protocol';
import type { IceServer } from '../../../shared/signaling/messages.ts';

export interface SignalFilter {
  /** The token a client gets instead of LiveKit's. */
  readonly returnToken: () => Promise<string>;
  /** The list a client gets instead of LiveKit's, which names public servers when it has none of its own. */
  readonly iceServers: () => readonly IceServer[];
}

/**
 * @param message one binary message of the server.
 * @returns the message the client gets: the same bytes, unless something in it had to be replaced.
 * @throws Error when it is no message of LiveKit's protocol.
 */
export async function filterSignal(message: Uint8Array, filter: SignalFilter): Promise<Uint8Array> {
  const response = SignalResponse.fromBinary(message);
  switch (response.message.case) {
    case 'refreshToken':
      response.message.value = await filter.returnToken();
      return response.toBinary();
    case 'join':
    case 'reconnect':
      response.message.value.iceServers = filter
        .iceServers()
        .map(({ urls, username = '', credential = '' }) => new ICEServer({ urls, username, credential }));
      return response.toBinary();
    default:
      return message;
  }
}
