/** What outside programs may know of rooms: the active ones, and how a room is doing. */
import { consultationIdOf } from '../../../shared/consultation/consultation.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { LiveKit, LiveKitParticipant } from '../livekit/livekit.ts';
import type { Member } from './member.ts';
import type { Room } from './room.ts';
import type { RoomManager } from './room-manager.ts';

export class RoomReports {
  readonly #rooms: RoomManager;
  readonly #livekit: LiveKit;

  constructor(rooms: RoomManager, livekit: LiveKit) {
    this.#rooms = rooms;
    this.#livekit = livekit;
  }

  active() {
    return this.#rooms.rooms.map((room) => ({
      name: room.settings.roomName,
      sid: room.settings.sid,
      transport: room.transport,
      numParticipants: room.members.filter((member) => member.connected).length,
      creationTime: Math.floor(Date.parse(room.settings.createdAt) / 1000),
      recording: room.isRecorded,
    }));
  }

  /** @throws CatalogueError ROOM_NOT_FOUND */
  async stats(roomName: string) {
    const room = this.require(roomName);
    const published = await this.#publishedTracks(room);
    const participants = room.members.map((member) => ({
      identity: member.identity,
      role: member.role,
      state: !member.connected
        ? ('disconnected' as const)
        : member.admitted
          ? ('admitted' as const)
          : ('waiting' as const),
      joinedAt: member.joinedAt,
      tracks: published?.get(member.identity) ?? announcedTracks(member),
      quality: member.quality ?? null,
    }));
    return {
      name: room.settings.roomName,
      sid: room.settings.sid,
      transport: room.transport,
      numParticipants: participants.filter((participant) => participant.state !== 'disconnected').length,
      participants,
      recording: room.isRecorded,
    };
  }

  /** @throws CatalogueError ROOM_NOT_FOUND */
  require(roomName: string): Room {
    const room = this.#rooms.find(consultationIdOf(roomName) ?? '');
    if (room === undefined) throw new CatalogueError('ROOM_NOT_FOUND');
    return room;
  }

  /** Tracks on the video server, or undefined when media does not go through it. */
  async #publishedTracks(room: Room): Promise<Map<string, string[]> | undefined> {
    if (room.transport !== 'sfu' || this.#livekit.status().state !== 'ready') return undefined;
    const participants: LiveKitParticipant[] = await this.#livekit
      .listParticipants(room.settings.roomName)
      .catch(() => []);
    return new Map(participants.map((participant) => [participant.identity, [...participant.tracks]]));
  }
}

function announcedTracks(member: Member): string[] {
  if (!member.admitted) return [];
  const { camera, microphone, screen } = member.media;
  return [
    ...(camera ? ['camera'] : []),
    ...(microphone ? ['microphone'] : []),
    ...(screen ? ['screen_share'] : []),
  ];
}
