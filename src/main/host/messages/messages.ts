/** The chat of a consultation: who may write and read it, kept before it is told, told to everybody who is in. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { grantFor } from '../../../shared/access/access.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { Message } from '../../../shared/signaling/chat.ts';
import type { RequestAnswers, RequestPayload } from '../../../shared/signaling/messages.ts';
import type { Member } from '../rooms/member.ts';
import type { Room } from '../rooms/room.ts';
import type { MessageStore } from './store.ts';

/** Messages one person may send in `windowSeconds`; nobody types faster, and a queue that waited for the host is sent in turns. */
const messagesInWindow = 30;
const windowSeconds = 10;

export interface MessagesParts {
  readonly store: MessageStore;
  now(): number;
}

export class Messages {
  readonly #parts: MessagesParts;
  readonly #limiter = new RateLimiterMemory({ points: messagesInWindow, duration: windowSeconds });

  constructor(parts: MessagesParts) {
    this.#parts = parts;
  }

  /**
   * Answered when it is durable; the same id again is the same message.
   * @throws CatalogueError OUT_OF_TURN, NOT_ADMITTED, FORBIDDEN, TOO_MANY_REQUESTS
   */
  async send(
    room: Room,
    identity: string,
    { id, text }: RequestPayload<'message'>,
  ): Promise<RequestAnswers['message']> {
    const { role, displayName } = assertMay(room, identity, 'canPublishData');
    const { consultationId } = room.settings;
    await this.#limit(`${consultationId}\n${identity}`);
    const { message, fresh } = await this.#parts.store.append({
      consultationId,
      id,
      from: identity,
      role,
      name: displayName,
      sentAt: new Date(this.#parts.now()).toISOString(),
      text,
    });
    if (fresh) tell(room, message, identity);
    return { message };
  }

  /** @throws CatalogueError OUT_OF_TURN, NOT_ADMITTED */
  async history(room: Room, identity: string, after: number): Promise<RequestAnswers['messages']> {
    assertMay(room, identity, 'canSubscribe');
    const { consultationId } = room.settings;
    const [{ messages, last }, marks] = await Promise.all([
      this.#parts.store.after(consultationId, after),
      this.#parts.store.marks(consultationId),
    ]);
    return { messages, last, marks };
  }

  /**
   * Who only looks on leaves no marks: the others see who among them has read.
   * @throws CatalogueError OUT_OF_TURN, NOT_ADMITTED, FORBIDDEN
   */
  async mark(room: Room, identity: string, marks: RequestPayload<'marks'>): Promise<Record<string, never>> {
    assertMay(room, identity, 'canPublishData');
    const changed = await this.#parts.store.mark(room.settings.consultationId, { identity, ...marks });
    if (changed) for (const connection of room.admittedConnections(identity)) connection.marks(changed);
    return {};
  }

  /** For the clinic, also after the consultation. */
  async list(consultationId: string, after: number): Promise<{ messages: Message[]; more: boolean }> {
    const { messages, last } = await this.#parts.store.after(consultationId, after);
    return { messages, more: (messages.at(-1)?.number ?? last) < last };
  }

  async #limit(sender: string): Promise<void> {
    try {
      await this.#limiter.consume(sender);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      throw new CatalogueError('TOO_MANY_REQUESTS', {
        retryAfterSeconds: Math.ceil(error.msBeforeNext / 1000),
      });
    }
  }
}

/** Tells everybody who is in of a message that is durable. */
export function tell(room: Room, message: Message, except?: string): void {
  for (const connection of room.admittedConnections(except)) connection.message(message);
}

function assertMay(room: Room, identity: string, permission: 'canPublishData' | 'canSubscribe'): Member {
  const member = room.member(identity);
  if (member === undefined) throw new CatalogueError('OUT_OF_TURN');
  if (!member.admitted) throw new CatalogueError('NOT_ADMITTED');
  if (!grantFor(member.role, true)[permission]) throw new CatalogueError('FORBIDDEN');
  return member;
}
