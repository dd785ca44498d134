/** Rooms and participants through LiveKit's API: every call bounded in time, every failure from the catalogue. */
import { setTimeout as delay } from 'node:timers/promises';
import { RoomServiceClient, ServerError } from 'livekit-server-sdk';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { Log } from '../runtime/log.ts';
import { permissionFor, type RtcRole, sourceName } from './grant.ts';
import type { LiveKitParticipant, LiveKitRoom } from './livekit.ts';
import { type ApiKey, departedRoomSeconds, emptyRoomSeconds } from './server-config.ts';

const answerWithinSeconds = 5;
/** How often and how many times a participant is asked for whose connection is there already. */
const askAgainMs = 50;
const askAgainTimes = 40;

/** Where LiveKit's API is, or undefined while it cannot be reached. */
export type ApiAddress = () => string | undefined;

export class RoomService {
  readonly #address: ApiAddress;
  readonly #key: ApiKey;
  readonly #log: Log;
  /** The last id logged by room, so that asking again for the same room is not another creation. */
  readonly #logged = new Map<string, string>();

  readonly #isConnected: (roomName: string, identity: string) => boolean;

  /** @param isConnected whether somebody's connection was accepted, so that the API must know them in a moment. */
  constructor(
    address: ApiAddress,
    key: ApiKey,
    log: Log,
    isConnected: (roomName: string, identity: string) => boolean = () => false,
  ) {
    this.#address = address;
    this.#key = key;
    this.#log = log;
    this.#isConnected = isConnected;
  }

  async createRoom(name: string): Promise<LiveKitRoom> {
    const room = await this.#call((client) =>
      client.createRoom({ name, emptyTimeout: emptyRoomSeconds, departureTimeout: departedRoomSeconds }),
    );
    if (this.#logged.get(name) !== room.sid) {
      this.#logged.set(name, room.sid);
      this.#log.info(`Room created: ${name} (SID: ${room.sid})`);
    }
    return toRoom(room);
  }

  async deleteRoom(name: string): Promise<void> {
    await this.#call((client) => client.deleteRoom(name), undefined);
    this.#logged.delete(name);
  }

  /** Called when LiveKit says that a room has ended by itself. */
  forgetRoom(name: string): void {
    this.#logged.delete(name);
  }

  async listRooms(): Promise<LiveKitRoom[]> {
    return (await this.#call((client) => client.listRooms())).map(toRoom);
  }

  async listParticipants(roomName: string): Promise<LiveKitParticipant[]> {
    const participants = await this.#call((client) => client.listParticipants(roomName), []);
    return participants.map((participant) => ({
      identity: participant.identity,
      tracks: participant.tracks.map((track) => sourceName(track.source)),
      joinedAt: Number(participant.joinedAtMs) || Number(participant.joinedAt) * 1_000,
    }));
  }

  async removeParticipant(roomName: string, identity: string): Promise<void> {
    await this.#reach(roomName, identity, (client) => client.removeParticipant(roomName, identity));
  }

  async setAdmitted(roomName: string, identity: string, role: RtcRole, admitted: boolean): Promise<void> {
    const permission = permissionFor(role, admitted);
    await this.#reach(roomName, identity, (client) =>
      client.updateParticipant(roomName, identity, { permission }),
    );
  }

  /**
   * Does something to a participant, if there. LiveKit accepts a connection a moment before its API knows the participant: an
   * admission or removal in that moment must not be lost.
   */
  async #reach(
    roomName: string,
    identity: string,
    ask: (client: RoomServiceClient) => Promise<unknown>,
  ): Promise<void> {
    for (let time = 0; time < askAgainTimes; time += 1) {
      const found = await this.#call((client) => ask(client).then(() => true), false);
      if (found || !this.#isConnected(roomName, identity)) return;
      await delay(askAgainMs);
    }
  }

  /** Asks for a room that cannot be: the cheapest question that proves address and key. @throws ServerError, Error */
  async check(): Promise<void> {
    await this.#client(this.#address() ?? '').listRooms(['-']);
  }

  #client(address: string): RoomServiceClient {
    return new RoomServiceClient(address, this.#key.key, this.#key.secret, {
      requestTimeout: answerWithinSeconds,
      failover: false,
    });
  }

  /** @param whenUnknown the answer when LiveKit knows no such room or participant; without it that is a failure. */
  async #call<Answer>(
    ask: (client: RoomServiceClient) => Promise<Answer>,
    ...whenUnknown: [Answer?]
  ): Promise<Answer> {
    const address = this.#address();
    if (address === undefined) throw new CatalogueError('LIVEKIT_UNAVAILABLE');
    try {
      return await ask(this.#client(address));
    } catch (cause) {
      if (whenUnknown.length > 0 && cause instanceof ServerError && cause.status === 404)
        return whenUnknown[0] as Answer;
      this.#log.warn(`LiveKit did not answer: ${describe(cause)}`);
      throw new CatalogueError('LIVEKIT_UNAVAILABLE');
    }
  }
}

/** What went wrong with a call, in words for a log; LiveKit's own message may name a participant, so it is left out. */
export function describe(cause: unknown): string {
  if (cause instanceof ServerError) return `status ${cause.status} (${cause.code ?? 'no code'})`;
  if (!(cause instanceof Error)) return 'unknown failure';
  return cause.cause instanceof Error ? cause.cause.message : cause.message;
}

function toRoom(room: {
  name: string;
  sid: string;
  numParticipants: number;
  creationTime: bigint;
}): LiveKitRoom {
  const { name, sid, numParticipants, creationTime } = room;
  return { name, sid, numParticipants, creationTime: Number(creationTime) };
}
