/**
 * Tickets in the address of a content, for what cannot show a credential: the player of a page, and a browser's download. Each is for
 * one caller, one content and one use; a player may come back with it as often as it wants to.
 */
import { randomBytes } from 'node:crypto';
import type { Caller } from '../../../../shared/access/access.ts';
import { CatalogueError } from '../../../../shared/contract/errors.ts';
import type { RecordingUse } from '../../../../shared/contract/recording-library.ts';
import { hashOf } from '../../staff/credentials.ts';

/** A consultation watched with pauses; a player whose ticket is over asks for another, ms. */
const playMs = 2 * 60 * 60_000;
/** Long enough for a browser to begin a download, and to ask again for it, ms. */
const downloadMs = 10 * 60_000;
/** Of one caller or link; beyond it its oldest goes. */
const mostOfOne = 50;
const mostTickets = 5_000;

const ticketPattern = /^amr_[A-Za-z0-9_-]{43}$/;

/** Whose right a ticket stands for: it is looked at again with every use. */
export type Holder = { readonly caller: Caller } | { readonly linkId: string };

/** What it opens. */
export type Subject =
  | { readonly egressId: string; readonly use: RecordingUse }
  | { readonly consultationId: string; readonly use: 'pack' };

interface Issued {
  readonly holder: Holder;
  readonly subject: Subject;
  /** ms since the epoch. */
  readonly until: number;
}

export class ContentTickets {
  readonly #now: () => number;
  /** By the ticket's hash, oldest first: what is kept in memory opens nothing. */
  readonly #issued = new Map<string, Issued>();

  constructor(now: () => number) {
    this.#now = now;
  }

  issue(holder: Holder, subject: Subject): { ticket: string; expiresAt: string } {
    this.#forget(holder);
    const ticket = `amr_${randomBytes(32).toString('base64url')}`;
    const until = this.#now() + (subject.use === 'play' ? playMs : downloadMs);
    this.#issued.set(hashOf(ticket), { holder, subject, until });
    return { ticket, expiresAt: new Date(until).toISOString() };
  }

  /** @throws CatalogueError TICKET_INVALID */
  find(ticket: string): { holder: Holder; subject: Subject } {
    const issued = ticketPattern.test(ticket) ? this.#issued.get(hashOf(ticket)) : undefined;
    if (issued === undefined || issued.until <= this.#now()) throw new CatalogueError('TICKET_INVALID');
    return issued;
  }

  #forget(holder: Holder): void {
    const own: string[] = [];
    for (const [key, issued] of this.#issued) {
      if (issued.until <= this.#now()) this.#issued.delete(key);
      else if (keyOf(issued.holder) === keyOf(holder)) own.push(key);
    }
    for (const key of own.slice(0, Math.max(0, own.length - mostOfOne + 1))) this.#issued.delete(key);
    for (const key of this.#issued.keys()) {
      if (this.#issued.size < mostTickets) return;
      this.#issued.delete(key);
    }
  }
}

function keyOf(holder: Holder): string {
  return JSON.stringify(holder);
}
