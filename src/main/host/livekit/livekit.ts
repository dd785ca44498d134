/** The video server as the rest of the host sees it, embedded or external. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { LiveKitStatus } from '../../../shared/contract/contract.ts';
import type { Egress, EgressService } from './egress.ts';
import type { RtcRole } from './grant.ts';

/** Who a participant token belongs to and what it may do at this moment; decided by the host's admission, for a recorder by its recordings. */
export interface RtcAdmission {
  readonly identity: string;
  readonly roomName: string;
  readonly role: RtcRole;
  readonly admitted: boolean;
  /** When the participant token was issued that all this began with, ms since the epoch. */
  readonly issuedAt: number;
}

export interface LiveKitRoom {
  readonly name: string;
  readonly sid: string;
  readonly numParticipants: number;
  /** Seconds since the epoch. */
  readonly creationTime: number;
}

export interface LiveKitParticipant {
  readonly identity: string;
  /** Sources being published, by LiveKit's names: camera, microphone, screen_share, screen_share_audio. */
  readonly tracks: readonly string[];
  /** Milliseconds since the epoch. */
  readonly joinedAt: number;
}

/** What LiveKit tells us by webhook, once its signature was verified. */
export type LiveKitEvent =
  | {
      readonly type: 'participant-joined' | 'participant-left';
      readonly roomName: string;
      readonly identity: string;
    }
  | {
      readonly type: 'track-published' | 'track-unpublished';
      readonly roomName: string;
      readonly identity: string;
      /** By LiveKit's names. */
      readonly source: string;
    }
  /** A recording by LiveKit Egress is in another state. */
  | { readonly type: 'egress'; readonly egress: Egress }
  | { readonly type: 'room-started' | 'room-finished'; readonly roomName: string }
  | { readonly type: 'other'; readonly name: string };

export interface LiveKit {
  status(): LiveKitStatus;
  onStatus(listener: (status: LiveKitStatus) => void): () => void;
  onEvent(listener: (event: LiveKitEvent) => void): () => void;
  /** Starts finding, bringing and supervising; returns at once. The status tells the rest. */
  start(): void;

  /** The address media is offered at may have changed: an embedded server is started again when it has. */
  addressChanged(): void;

  /** All room calls throw CatalogueError LIVEKIT_UNAVAILABLE while the status is not `ready`. */
  createRoom(name: string): Promise<LiveKitRoom>;
  deleteRoom(name: string): Promise<void>;
  listRooms(): Promise<LiveKitRoom[]>;
  listParticipants(roomName: string): Promise<LiveKitParticipant[]>;
  /** No error when the participant is not there. */
  removeParticipant(roomName: string, identity: string): Promise<void>;
  /** Applies `grantFor(role, admitted)` to a connected participant at once. No error when it is not there. */
  setAdmitted(roomName: string, identity: string, role: RtcRole, admitted: boolean): Promise<void>;

  /** Recording by LiveKit Egress, where somebody runs one. */
  readonly egress: Pick<EgressService, 'start' | 'stop' | 'list'>;

  /** Where an external server lives; undefined for the embedded one, which is reached through this host's own doors. */
  readonly externalUrl: string | undefined;
  /** Whether a request or upgrade is LiveKit's signaling (`/rtc`, `/rtc/…`) and belongs to `handleUpgrade` or `handleRequest`. */
  ownsPath(pathname: string): boolean;
  /** Proxies a WebSocket to the embedded server, with the token swapped for one that grants what the host decides now. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** The same for plain HTTP (`/rtc/validate`). */
  handleRequest(request: Request): Promise<Response>;
  /** POST /livekit/webhook. Throws CatalogueError UNAUTHENTICATED when the signature is not LiveKit's. */
  handleWebhook(body: string, authorization: string | undefined): Promise<void>;
  close(): Promise<void>;
}
