/** All rooms that are open on this host. A room is made when it is needed and forgotten when it was empty for a while. */
import type { TransportChoice } from '../../../shared/contract/contract.ts';
import { Room, type RoomMemory, type RoomSettings, type RoomSurroundings } from './room.ts';
import { roomFact } from './room-facts.ts';

/** An empty room is listed as active for this long, ms; LiveKit keeps its empty rooms as long. */
const emptyRoomMs = 10 * 60_000;
const sweepEveryMs = 5_000;

export class RoomManager {
  readonly #rooms = new Map<string, Room>();
  readonly #surroundings: RoomSurroundings;
  readonly #timer: NodeJS.Timeout;

  constructor(surroundings: RoomSurroundings) {
    this.#surroundings = surroundings;
    this.#timer = setInterval(() => this.sweep(), sweepEveryMs);
    this.#timer.unref();
  }

  get rooms(): readonly Room[] {
    return [...this.#rooms.values()];
  }

  find(consultationId: string): Room | undefined {
    return this.#rooms.get(consultationId);
  }

  open(settings: RoomSettings, choice: TransportChoice, memory: RoomMemory): Room {
    const existing = this.#rooms.get(settings.consultationId);
    if (existing) return existing;
    const room = new Room(settings, choice, memory, this.#surroundings);
    this.#rooms.set(settings.consultationId, room);
    this.#surroundings.trail.note(roomFact(settings.consultationId, 'room.opened', room.transport));
    return room;
  }

  closeRoom(consultationId: string, reason: 'closed' | 'cancelled'): void {
    this.#rooms.get(consultationId)?.close(reason);
    if (this.#rooms.delete(consultationId)) this.#closed(consultationId, reason);
  }

  sfuAvailabilityChanged(): void {
    for (const room of this.#rooms.values()) room.sfuAvailabilityChanged();
  }

  sweep(): void {
    const now = this.#surroundings.now();
    for (const [id, room] of this.#rooms) {
      room.sweep();
      if (room.emptySince === undefined || now - room.emptySince < emptyRoomMs) continue;
      this.#rooms.delete(id);
      this.#closed(id, 'empty');
    }
  }

  /** Stops keeping time. People are not told: their calls go on without the host. */
  close(): void {
    clearInterval(this.#timer);
    this.#rooms.clear();
  }

  #closed(consultationId: string, how: 'closed' | 'cancelled' | 'empty'): void {
    this.#surroundings.trail.note(roomFact(consultationId, 'room.closed', how));
  }
}
