/** Which STUN and TURN servers participants use. None by default: on a clinic's own network none is needed, and nothing leaves it. */
import type { IceServer } from '../../../shared/signaling/messages.ts';

export class IceServers {
  forParticipant(): IceServer[] {
    return [];
  }
}
