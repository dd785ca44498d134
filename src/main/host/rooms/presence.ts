/** Who was there, from when until when, and how well they were connected: kept on the disk while it happens, so that it is true after a restart too. */
import { nanoid } from 'nanoid';
import type { Departure } from '../../../shared/contract/summary.ts';
import type { Log } from '../runtime/log.ts';
import type { Database } from '../storage/database.ts';
import type { GroupCommit } from '../storage/group-commit.ts';
import type { Member } from './member.ts';
import type { PastStay } from './places.ts';

/** What a kill of the host takes away from the end of a stay at most, ms. */
const rememberEveryMs = 15_000;

/** What a room tells of its people. */
export interface Presence {
  came(consultationId: string, member: Member): void;
  admitted(member: Member): void;
  /** After the member's quality was set. */
  qualityChanged(member: Member): void;
  left(member: Member, as: Departure): void;
}

interface Stay {
  readonly id: string;
  /** Time at each level of quality, ms. */
  readonly qualityMs: [number, number, number, number, number];
  level: number | undefined;
  levelSince: number;
}

export interface PresenceParts {
  /** For reading. */
  readonly database: Database;
  readonly commits: GroupCommit;
  readonly log: Log;
  now(): number;
}

export class PresenceRecorder implements Presence {
  readonly #parts: PresenceParts;
  readonly #stays = new Map<Member, Stay>();
  readonly #timer: NodeJS.Timeout;
  #written: Promise<unknown> = Promise.resolve();

  private constructor(parts: PresenceParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.remember(), rememberEveryMs);
    this.#timer.unref();
  }

  /** Ends the stays that a killed host left open, at the moment it last knew of them. */
  static async open(parts: PresenceParts): Promise<PresenceRecorder> {
    await parts.commits.run((transaction) =>
      transaction
        .updateTable('presences')
        .set((expression) => ({ left_at: expression.ref('seen_at') }))
        .where('left_at', 'is', null)
        .execute(),
    );
    return new PresenceRecorder(parts);
  }

  came(consultationId: string, member: Member): void {
    const stay: Stay = { id: nanoid(), qualityMs: [0, 0, 0, 0, 0], level: undefined, levelSince: 0 };
    this.#stays.set(member, stay);
    this.#write((transaction) =>
      transaction
        .insertInto('presences')
        .values({
          id: stay.id,
          consultation_id: consultationId,
          identity: member.identity,
          role: member.role,
          display_name: member.displayName,
          joined_at: member.joinedAt,
          admitted_at: member.admitted ? member.joinedAt : null,
          seen_at: member.joinedAt,
          left_at: null,
          left_as: null,
          quality_0: 0,
          quality_1: 0,
          quality_2: 0,
          quality_3: 0,
          quality_4: 0,
        })
        .execute(),
    );
  }

  admitted(member: Member): void {
    const now = this.#timestamp();
    this.#update(member, { admitted_at: now, seen_at: now });
  }

  qualityChanged(member: Member): void {
    const stay = this.#stays.get(member);
    if (stay === undefined) return;
    this.#count(stay);
    stay.level = member.quality?.level;
  }

  left(member: Member, as: Departure): void {
    // Who was lost for a while and given up then was gone since they were lost.
    const at = this.#lastSeen(member);
    this.#update(member, { left_at: at, left_as: as, seen_at: at });
    this.#stays.delete(member);
  }

  /** Writes down until when everybody was there so far. */
  remember(): void {
    for (const member of this.#stays.keys()) this.#update(member, { seen_at: this.#lastSeen(member) });
  }

  /** Everybody's stays in one consultation that have ended, in the order they began. */
  async pastStays(consultationId: string): Promise<PastStay[]> {
    const rows = await this.#parts.database
      .selectFrom('presences')
      .select(['identity', 'joined_at', 'admitted_at', 'left_at', 'left_as'])
      .where('consultation_id', '=', consultationId)
      .orderBy('joined_at')
      .execute();
    return rows.flatMap(({ identity, joined_at, admitted_at, left_at, left_as }) =>
      left_at === null
        ? []
        : [
            {
              identity,
              joinedAt: joined_at,
              leftAt: left_at,
              leftAs: left_as ?? undefined,
              admitted: admitted_at !== null,
            },
          ],
    );
  }

  /** Done when everything told so far is durable. */
  async settled(): Promise<void> {
    await this.#parts.commits.hurry();
    await this.#written;
  }

  /** Nobody is told that the host stops, and a direct call goes on; what the host knew ends here. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.remember();
    this.#stays.clear();
    await this.settled();
  }

  #update(
    member: Member,
    change: { admitted_at?: string; seen_at?: string; left_at?: string; left_as?: Departure },
  ): void {
    const stay = this.#stays.get(member);
    if (stay === undefined) return;
    this.#count(stay);
    const [quality_0, quality_1, quality_2, quality_3, quality_4] = stay.qualityMs;
    const values = { ...change, quality_0, quality_1, quality_2, quality_3, quality_4 };
    this.#write((transaction) =>
      transaction.updateTable('presences').set(values).where('id', '=', stay.id).execute(),
    );
  }

  #count(stay: Stay): void {
    const now = this.#parts.now();
    if (stay.level !== undefined) {
      const level = Math.min(4, Math.max(0, Math.round(stay.level))) as 0 | 1 | 2 | 3 | 4;
      stay.qualityMs[level] += now - stay.levelSince;
    }
    stay.levelSince = now;
  }

  /** Nobody waits for it, and a consultation goes on when it cannot be kept; the log says so. */
  #write(write: Parameters<GroupCommit['run']>[0]): void {
    const written = this.#parts.commits.later(write).catch((error) => {
      this.#parts.log.scope('Rooms').error('Who is in a room could not be kept', error);
    });
    this.#written = Promise.all([this.#written, written]);
  }

  #lastSeen(member: Member): string {
    return member.lostAt === undefined ? this.#timestamp() : new Date(member.lostAt).toISOString();
  }

  #timestamp(): string {
    return new Date(this.#parts.now()).toISOString();
  }
}
