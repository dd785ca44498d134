/**
 * A consultation's chat as one side holds it: what has been said, in the host's order and without holes, and what waits to be sent.
 * Pure, so that every order of losses, answers and messages can be tried.
 */
import type { ErrorCode } from '../../shared/contract/errors.ts';
import type { Marks, Message } from '../../shared/signaling/chat.ts';

/** Something written here that the host has not acknowledged. */
export interface Outgoing {
  readonly id: string;
  readonly text: string;
  /** When it was written, ms since the epoch. */
  readonly at: number;
  /** Why the host does not take it; it is tried again only when the person asks for it. */
  readonly problem?: ErrorCode;
}

type Place = Omit<Marks, 'identity'>;
const beginning: Place = { delivered: 0, read: 0 };

export interface ChatState {
  /** Our own identity, once we were in. */
  readonly self: string | undefined;
  /** In the call, and the host can be asked. */
  readonly reachable: boolean;
  /** Numbers 1 to `messages.length`. */
  readonly messages: readonly Message[];
  /** Those that came while others before them are missing. */
  readonly ahead: readonly Message[];
  /** The newest number there is, as far as we know. */
  readonly last: number;
  /** Whether the host was asked for what we missed since we were last back. */
  readonly caughtUp: boolean;
  readonly outbox: readonly Outgoing[];
  readonly marks: Readonly<Record<string, Place>>;
  /** Whether the person has the chat before them. */
  readonly looking: boolean;
  /** Our own marks as the host was told. */
  readonly told: Place;
  readonly asking: boolean;
  readonly sending: string | undefined;
  /** Something failed a moment ago; nothing is asked before the next `again`. */
  readonly resting: boolean;
  /** Grows with every connection: answers of an earlier one come too late. */
  readonly round: number;
}

export const initialChatState: ChatState = {
  self: undefined,
  reachable: false,
  messages: [],
  ahead: [],
  last: 0,
  caughtUp: false,
  outbox: [],
  marks: {},
  looking: false,
  told: beginning,
  asking: false,
  sending: undefined,
  resting: false,
  round: 0,
};

export type ChatEvent =
  /** In the call with a host that answers, for the first time or again. */
  | { readonly type: 'entered'; readonly self: string }
  | { readonly type: 'lost' }
  | { readonly type: 'message'; readonly message: Message }
  | { readonly type: 'marks'; readonly marks: Marks }
  | {
      readonly type: 'history';
      readonly round: number;
      readonly messages: readonly Message[];
      readonly last: number;
      readonly marks: readonly Marks[];
    }
  /** The host could not be asked for the history, or to take marks. */
  | { readonly type: 'unanswered'; readonly round: number; readonly what: 'history' | 'marks' }
  | { readonly type: 'write'; readonly id: string; readonly text: string; readonly at: number }
  /** The host has it: it is durable and has its number. */
  | { readonly type: 'sent'; readonly message: Message }
  | {
      readonly type: 'unsent';
      readonly round: number;
      readonly id: string;
      /** The host's refusal; absent when it did not answer. */
      readonly problem?: ErrorCode;
      /** When to try again, ms. */
      readonly after?: number;
    }
  | { readonly type: 'retry'; readonly id: string }
  | { readonly type: 'discard'; readonly id: string }
  | { readonly type: 'look'; readonly looking: boolean }
  | { readonly type: 'again' };

export type ChatEffect =
  | { readonly type: 'ask'; readonly after: number; readonly round: number }
  | { readonly type: 'send'; readonly id: string; readonly text: string; readonly round: number }
  | ({ readonly type: 'mark'; readonly round: number } & Place)
  /** Feed `again` in so many ms. */
  | { readonly type: 'rest'; readonly ms: number };

export interface ChatStep {
  readonly state: ChatState;
  readonly effects: readonly ChatEffect[];
}

/** How long to wait after the host did not answer, ms. */
export const restMs = 1_000;

/** The state after an event and what must be done. Total: every event has an answer in every state. */
export function nextChat(state: ChatState, event: ChatEvent): ChatStep {
  switch (event.type) {
    case 'entered':
      return proceed({
        ...fresh(state),
        self: event.self,
        reachable: true,
        round: state.round + 1,
      });
    case 'lost':
      return proceed({ ...fresh(state), reachable: false, round: state.round + 1 });
    case 'message':
    case 'sent':
      return proceed(received(event.type === 'sent' ? done(state, event.message.id) : state, event.message));
    case 'marks':
      return proceed(marked(state, event.marks));
    case 'history': {
      if (event.round !== state.round) return proceed(state);
      // A host that was brought back from a backup has less than we do, and is right.
      const base =
        event.last < state.messages.length ? { ...state, messages: [], ahead: [], last: 0 } : state;
      const all = event.messages.reduce(received, event.marks.reduce(marked, base));
      return proceed({ ...all, last: Math.max(all.last, event.last), asking: false, caughtUp: true });
    }
    case 'unanswered':
      if (event.round !== state.round) return proceed(state);
      return rest(
        event.what === 'history' ? { ...state, asking: false } : { ...state, told: beginning },
        restMs,
      );
    case 'write':
      return proceed({
        ...state,
        outbox: [...state.outbox, { id: event.id, text: event.text, at: event.at }],
      });
    case 'unsent': {
      if (event.round !== state.round || state.sending !== event.id) return proceed(state);
      const idle = { ...state, sending: undefined };
      const { problem, after } = event;
      if (problem === undefined || after !== undefined) return rest(idle, after ?? restMs);
      return proceed(changed(idle, event.id, (one) => ({ ...one, problem })));
    }
    case 'retry':
      return proceed(changed(state, event.id, ({ problem: _, ...one }) => one));
    case 'discard':
      // What is on its way may have arrived already: it can no longer be taken back.
      return proceed(state.sending === event.id ? state : done(state, event.id));
    case 'look':
      return proceed({ ...state, looking: event.looking });
    case 'again':
      return proceed({ ...state, resting: false });
  }
}

/** How far the person has read; everything is read while they look. */
export function readUpTo(state: ChatState): number {
  const own = state.self === undefined ? 0 : (state.marks[state.self]?.read ?? 0);
  return state.looking ? Math.max(own, state.messages.length) : own;
}

/** Nothing is on its way any more. */
function fresh(state: ChatState): ChatState {
  return {
    ...state,
    asking: false,
    sending: undefined,
    resting: false,
    caughtUp: false,
    told: beginning,
  };
}

function rest(state: ChatState, ms: number): ChatStep {
  const step = proceed({ ...state, resting: true });
  return { state: step.state, effects: [...step.effects, { type: 'rest', ms }] };
}

function received(state: ChatState, message: Message): ChatState {
  const last = Math.max(state.last, message.number);
  const rest = message.from === state.self ? done(state, message.id) : state;
  if (message.number <= state.messages.length) return { ...rest, last };
  const waiting = new Map(state.ahead.map((one) => [one.number, one]));
  waiting.set(message.number, message);
  const messages = [...state.messages];
  for (let next = waiting.get(messages.length + 1); next; next = waiting.get(messages.length + 1)) {
    messages.push(next);
    waiting.delete(next.number);
  }
  return { ...rest, last, messages, ahead: [...waiting.values()] };
}

function marked(state: ChatState, { identity, delivered, read }: Marks): ChatState {
  const before = state.marks[identity] ?? beginning;
  const place = { delivered: Math.max(before.delivered, delivered), read: Math.max(before.read, read) };
  return { ...state, marks: { ...state.marks, [identity]: place } };
}

function done(state: ChatState, id: string): ChatState {
  return {
    ...state,
    outbox: state.outbox.filter((one) => one.id !== id),
    sending: state.sending === id ? undefined : state.sending,
  };
}

function changed(state: ChatState, id: string, change: (one: Outgoing) => Outgoing): ChatState {
  return { ...state, outbox: state.outbox.map((one) => (one.id === id ? change(one) : one)) };
}

/** What can be done now is done: fetch what is missing, send the next one, say how far we are. One of each at a time. */
function proceed(state: ChatState): ChatStep {
  let now = state;
  const effects: ChatEffect[] = [];
  const { round } = state;
  const read = readUpTo(now);
  if (now.self !== undefined && read > (now.marks[now.self]?.read ?? 0)) {
    now = marked(now, { identity: now.self, delivered: now.messages.length, read });
  }
  if (!now.reachable || now.resting) return { state: now, effects };
  if (!now.asking && (!now.caughtUp || now.messages.length < now.last)) {
    now = { ...now, asking: true };
    effects.push({ type: 'ask', after: now.messages.length, round });
  }
  const next = now.outbox.find(({ problem }) => problem === undefined);
  if (now.sending === undefined && next) {
    now = { ...now, sending: next.id };
    effects.push({ type: 'send', id: next.id, text: next.text, round });
  }
  const place = { delivered: now.messages.length, read };
  if (now.caughtUp && (place.delivered > now.told.delivered || place.read > now.told.read)) {
    now = { ...now, told: place };
    effects.push({ type: 'mark', ...place, round });
  }
  return { state: now, effects };
}
