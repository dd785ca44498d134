/** Which STUN and TURN servers participants use. None by default: on a clinic's own network none is needed, and nothing leaves it. */

export interface IceServer {
  urls: string[];
  username?: string;
  credential?: string;
}

export class IceServers {
  forParticipant(): IceServer[] {
    return [];
  }
}
