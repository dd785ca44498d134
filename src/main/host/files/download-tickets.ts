/** Tickets that open the content of one file once, for windows that have no credential of their own to fetch it with. */
import { randomBytes } from 'node:crypto';
import type { Caller } from '../../../shared/access/access.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import { hashOf } from '../staff/credentials.ts';

/** Long enough to begin a download at once, ms. */
const lifetimeMs = 60_000;
/** Those waiting to be used. Beyond it the oldest goes: nobody opens so many files within a minute. */
const mostTickets = 1_000;

const ticketPattern = /^amt_[A-Za-z0-9_-]{43}$/;

interface FileOf {
  readonly consultationId: string;
  readonly fileId: string;
}

interface IssuedTicket extends FileOf {
  readonly caller: Caller;
  /** ms since the epoch. */
  readonly until: number;
}

/** Whether a credential has the shape of a ticket, and no other may be tried with it. */
export function isTicket(credential: string): boolean {
  return ticketPattern.test(credential);
}

export class DownloadTickets {
  readonly #now: () => number;
  /** By the ticket's hash, oldest first: what is kept in memory opens nothing. */
  readonly #issued = new Map<string, IssuedTicket>();

  constructor(now: () => number) {
    this.#now = now;
  }

  issue(caller: Caller, { consultationId, fileId }: FileOf): { ticket: string; expiresAt: string } {
    this.#forget();
    const ticket = `amt_${randomBytes(32).toString('base64url')}`;
    const until = this.#now() + lifetimeMs;
    this.#issued.set(hashOf(ticket), { caller, consultationId, fileId, until });
    return { ticket, expiresAt: new Date(until).toISOString() };
  }

  /**
   * Uses a ticket up, also when it is for something else.
   * @returns who it was given to. @throws CatalogueError TICKET_INVALID
   */
  redeem(ticket: string, { consultationId, fileId }: FileOf): Caller {
    const key = hashOf(ticket);
    const issued = this.#issued.get(key);
    this.#issued.delete(key);
    const good =
      issued !== undefined &&
      issued.until > this.#now() &&
      issued.consultationId === consultationId &&
      issued.fileId === fileId;
    if (!good) throw new CatalogueError('TICKET_INVALID');
    return issued.caller;
  }

  #forget(): void {
    for (const [key, { until }] of this.#issued) {
      if (until > this.#now() && this.#issued.size < mostTickets) return;
      this.#issued.delete(key);
    }
  }
}
