/** The chat beside a call: runs what its state decides over signaling, and shows screens one snapshot. */
import { grantFor } from '../../shared/access/access.ts';
import { CatalogueError } from '../../shared/contract/errors.ts';
import { type Message, maxMessageLength } from '../../shared/signaling/chat.ts';
import type { Participant } from '../../shared/signaling/messages.ts';
import type { Clock } from '../call/clock.ts';
import type { Signaling, SignalingEvent } from '../call/signaling.ts';
import {
  type ChatEffect,
  type ChatEvent,
  type ChatState,
  initialChatState,
  nextChat,
  readUpTo,
} from './chat-state.ts';

/** How far something of ours has come. */
export type Delivery =
  /** The host cannot be reached; it goes by itself when it can. */
  | 'waiting'
  | 'sending'
  /** The host does not take it. */
  | 'failed'
  /** The host has it. */
  | 'sent'
  | 'delivered'
  | 'read';

export interface ChatEntry {
  readonly id: string;
  readonly key: string;
  /** ms since the epoch. */
  readonly at: number;
  /** Written on this side: by us, or, looking back, by the clinic. */
  readonly mine: boolean;
  readonly name?: string;
  readonly text?: string;
  readonly file?: Message['file'];
  /** Of our own only, while the chat goes on. */
  readonly delivery?: Delivery;
}

export interface ChatSnapshot {
  readonly entries: readonly ChatEntry[];
  readonly unread: number;
  /** False until the host was asked once. */
  readonly loaded: boolean;
}

export interface ChatOptions {
  readonly signaling: Pick<Signaling, 'onEvent' | 'request'>;
  readonly clock: Clock;
}

export class Chat {
  readonly #options: ChatOptions;
  readonly #listeners = new Set<() => void>();
  readonly #arrivalListeners = new Set<() => void>();
  readonly #timers = new Set<() => void>();
  readonly #stop: () => void;
  #state: ChatState = initialChatState;
  #snapshot: ChatSnapshot | undefined;
  #loaded = false;

  constructor(options: ChatOptions) {
    this.#options = options;
    this.#stop = options.signaling.onEvent((event) => this.#onSignaling(event));
  }

  snapshot(): ChatSnapshot {
    this.#snapshot ??= { ...view(this.#state), loaded: this.#loaded };
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Somebody else says something while the person does not look. */
  onUnseen(listener: () => void): () => void {
    this.#arrivalListeners.add(listener);
    return () => this.#arrivalListeners.delete(listener);
  }

  /** Says something, at once or when the host is there again. Nothing to read is nothing. */
  write(text: string): void {
    const clean = toSendable(text);
    if (clean === '') return;
    this.#dispatch({ type: 'write', id: crypto.randomUUID(), text: clean, at: this.#options.clock.now() });
  }

  retry(id: string): void {
    this.#dispatch({ type: 'retry', id });
  }

  discard(id: string): void {
    this.#dispatch({ type: 'discard', id });
  }

  /** Whether the person has the chat before them: what is there counts as read then. */
  look(looking: boolean): void {
    this.#dispatch({ type: 'look', looking });
  }

  /** A message that came another way: the answer to an upload. */
  received(message: Message): void {
    this.#dispatch({ type: 'message', message });
  }

  /** Final; what was not sent is not sent any more. */
  close(): void {
    this.#stop();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#listeners.clear();
    this.#arrivalListeners.clear();
  }

  #onSignaling(event: SignalingEvent): void {
    switch (event.type) {
      case 'joined':
        if (event.state.self.state === 'admitted') this.#entered(event.state.self);
        return;
      case 'room':
        if (event.event.type === 'admitted') this.#entered(event.event.self);
        return;
      case 'message':
        if (this.#state.self === undefined) return;
        if (event.message.from !== this.#state.self && !this.#state.looking) {
          for (const listener of [...this.#arrivalListeners]) listener();
        }
        this.#dispatch(event);
        return;
      case 'marks':
        this.#dispatch(event);
        return;
      case 'lost':
        this.#dispatch({ type: 'lost' });
        return;
      case 'refused':
        this.#dispatch({ type: 'lost' });
        return;
      case 'signal':
        return;
    }
  }

  /** Who only looks on has no chat on the screen, and no marks that the host would take. */
  #entered({ identity, role }: Participant): void {
    if (grantFor(role, true).canPublishData) this.#dispatch({ type: 'entered', self: identity });
  }

  #dispatch(event: ChatEvent): void {
    const { state, effects } = nextChat(this.#state, event);
    this.#state = state;
    this.#loaded ||= state.caughtUp;
    this.#snapshot = undefined;
    for (const effect of effects) void this.#carryOut(effect);
    for (const listener of [...this.#listeners]) listener();
  }

  async #carryOut(effect: ChatEffect): Promise<void> {
    const { signaling, clock } = this.#options;
    switch (effect.type) {
      case 'ask': {
        const { round, after } = effect;
        try {
          this.#dispatch({ type: 'history', round, ...(await signaling.request('messages', { after })) });
        } catch {
          this.#dispatch({ type: 'unanswered', round, what: 'history' });
        }
        return;
      }
      case 'send': {
        const { id, text, round } = effect;
        try {
          const { message } = await signaling.request('message', { id, text });
          this.#dispatch({ type: 'sent', message });
        } catch (error) {
          this.#dispatch({ type: 'unsent', round, id, ...refusalOf(error) });
        }
        return;
      }
      case 'mark': {
        const { delivered, read, round } = effect;
        try {
          await signaling.request('marks', { delivered, read });
        } catch {
          this.#dispatch({ type: 'unanswered', round, what: 'marks' });
        }
        return;
      }
      case 'rest': {
        const cancel = clock.after(effect.ms, () => {
          this.#timers.delete(cancel);
          this.#dispatch({ type: 'again' });
        });
        this.#timers.add(cancel);
        return;
      }
    }
  }
}

/** What the host said no with, and when it may be asked again if it was only too much at once. */
function refusalOf(error: unknown): { problem?: CatalogueError['code']; after?: number } {
  if (!(error instanceof CatalogueError)) return {};
  if (error.code === 'TOO_MANY_REQUESTS') {
    const { retryAfterSeconds = 1 } = (error.details ?? {}) as { retryAfterSeconds?: number };
    return { problem: error.code, after: retryAfterSeconds * 1_000 };
  }
  // Not here, not now: the same as not being reached, until we are in again.
  if (error.code === 'OUT_OF_TURN' || error.code === 'INTERNAL_ERROR') return {};
  return { problem: error.code };
}

/** As the host takes it: without what nobody sees, and no longer than it may be. */
function toSendable(text: string): string {
  return (
    text
      .replace(/\r\n?/g, '\n')
      .replace(/[^\P{Cc}\n\t]|\p{Cs}/gu, '')
      .trim()
      .slice(0, maxMessageLength)
      // The cut may have gone through a character.
      .replace(/\p{Cs}$/u, '')
  );
}

/** A message as it is shown. */
export function entryOf({ id, from, name, sentAt, text, file }: Message, mine: boolean): ChatEntry {
  return {
    id,
    key: `${from}/${id}`,
    at: Date.parse(sentAt),
    mine,
    name,
    ...(text === undefined ? {} : { text }),
    ...(file === undefined ? {} : { file }),
  };
}

function view(state: ChatState): Omit<ChatSnapshot, 'loaded'> {
  const read = readUpTo(state);
  const others = Object.entries(state.marks).flatMap(([identity, place]) =>
    identity === state.self ? [] : [place],
  );
  const deliveryOf = (number: number): Delivery =>
    others.some((place) => place.read >= number)
      ? 'read'
      : others.some((place) => place.delivered >= number)
        ? 'delivered'
        : 'sent';
  const messages = state.messages.map((message): ChatEntry => {
    const mine = message.from === state.self;
    return { ...entryOf(message, mine), ...(mine ? { delivery: deliveryOf(message.number) } : {}) };
  });
  const outgoing = state.outbox.map(
    ({ id, text, at, problem }): ChatEntry => ({
      id,
      // The same as when it has arrived, so that it stays where it is on the screen.
      key: `${state.self ?? ''}/${id}`,
      at,
      mine: true,
      text,
      delivery: problem ? 'failed' : state.reachable ? 'sending' : 'waiting',
    }),
  );
  return {
    entries: [...messages, ...outgoing],
    unread: state.messages.filter(({ number, from }) => number > read && from !== state.self).length,
  };
}
