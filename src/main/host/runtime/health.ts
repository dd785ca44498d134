/** Whether the host and its parts are well, for `/health`. */
import { sql } from 'kysely';
import type { LiveKit } from '../livekit/livekit.ts';
import type { RoomManager } from '../rooms/room-manager.ts';
import type { Database } from '../storage/database.ts';

export class Health {
  readonly #startedAt: number;
  readonly #parts: { rooms: RoomManager; livekit: LiveKit; database: Database; activeConnections(): number };

  constructor(parts: {
    rooms: RoomManager;
    livekit: LiveKit;
    database: Database;
    activeConnections(): number;
  }) {
    this.#parts = parts;
    this.#startedAt = performance.now();
  }

  /** `degraded` while a part that should work does not; the video server counts once it was given up, not while it starts. */
  async report() {
    const checks: Record<string, string> = {};
    await sql`select 1`.execute(this.#parts.database).catch(() => {
      checks.storage =
        'The database does not answer. Check the disk of the data folder, then restart the host.';
    });
    const livekit = this.#parts.livekit.status();
    if (livekit.state === 'failed') checks.livekit = livekit.detail ?? 'The video server does not run.';
    const degraded = Object.keys(checks).length > 0;
    return {
      status: degraded ? ('degraded' as const) : ('ok' as const),
      timestamp: new Date().toISOString(),
      uptime: Math.round((performance.now() - this.#startedAt) / 10) / 100,
      activeRooms: this.#parts.rooms.rooms.length,
      activeConnections: this.#parts.activeConnections(),
      ...(degraded ? { checks } : {}),
    };
  }
}
