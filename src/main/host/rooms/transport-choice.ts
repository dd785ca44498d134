/** Which transport a room uses: what was chosen, as far as it is possible. */
import type { TransportChoice } from '../../../shared/contract/contract.ts';
import type { TransportKind } from '../../../shared/signaling/messages.ts';

/** People in one direct call; each sends to every other, so four is what a home connection carries. */
export const directCallLimit = 4;
/** From this many on, `auto` goes through the video server. */
const serverFrom = 3;

export interface TransportSituation {
  readonly choice: TransportChoice;
  /** Admitted people. */
  readonly admitted: number;
  readonly sfuAvailable: boolean;
  readonly current: TransportKind;
  /** LiveKit Egress records the room of the video server. */
  readonly recordedThere: boolean;
}

/**
 * Without a video server every call is direct. With `auto` a call moves to the server when a third person
 * is admitted and stays there, because moving back and forth helps nobody. What Egress records stays there as long as it does.
 */
export function chooseTransport({
  choice,
  admitted,
  sfuAvailable,
  current,
  recordedThere,
}: TransportSituation): TransportKind {
  if (!sfuAvailable) return 'p2p';
  if (recordedThere) return 'sfu';
  if (choice === 'p2p') return 'p2p';
  if (choice === 'sfu') return 'sfu';
  return admitted >= serverFrom || current === 'sfu' ? 'sfu' : 'p2p';
}
