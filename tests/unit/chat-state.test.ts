/** The client's chat, by hand and in every order that chance finds: nothing missing, nothing double, nothing out of order. */
import { describe, expect, test } from 'vitest';
import {
  type ChatEffect,
  type ChatEvent,
  type ChatState,
  initialChatState,
  nextChat,
  readUpTo,
} from '../../src/renderer/chat/chat-state.ts';
import type { Message } from '../../src/shared/signaling/chat.ts';
import { Chance } from '../support/chance.ts';

const said = (number: number, from = 'doctor', id = `${from}-${number}`): Message => ({
  number,
  id,
  from,
  role: from === 'doctor' ? 'doctor' : 'patient',
  name: from,
  sentAt: '2026-11-24T10:30:00.000Z',
  text: `text of ${id}`,
});

/** A state with what it has decided, so far. */
class Side {
  state: ChatState = initialChatState;
  effects: ChatEffect[] = [];

  feed(...events: readonly ChatEvent[]): this {
    for (const event of events) {
      const step = nextChat(this.state, event);
      this.state = step.state;
      this.effects.push(...step.effects);
    }
    return this;
  }

  /** What was decided since the last time. */
  decided(): ChatEffect[] {
    return this.effects.splice(0);
  }

  get texts(): (string | undefined)[] {
    return this.state.messages.map(({ text }) => text);
  }
}

const entered = { type: 'entered', self: 'patient' } as const;
const history = (
  round: number,
  messages: readonly Message[],
  last = messages.at(-1)?.number ?? 0,
): ChatEvent => ({
  type: 'history',
  round,
  messages,
  last,
  marks: [],
});
const inside = () => {
  const side = new Side().feed(entered, history(1, []));
  side.decided();
  return side;
};

describe('the history', () => {
  test('is asked for on entering, and again from where it ends until all of it is there', () => {
    const side = new Side().feed(entered);
    expect(side.decided()).toEqual([{ type: 'ask', after: 0, round: 1 }]);
    side.feed(history(1, [said(1), said(2)], 3));
    expect(side.decided()).toEqual([
      { type: 'ask', after: 2, round: 1 },
      { type: 'mark', delivered: 2, read: 0, round: 1 },
    ]);
    side.feed(history(1, [said(3)]));
    expect(side.texts).toHaveLength(3);
  });

  test('is asked for when a message shows a hole, and the message waits for what is before it', () => {
    const side = inside().feed({ type: 'message', message: said(2) });
    expect(side.texts).toEqual([]);
    expect(side.decided()).toEqual([{ type: 'ask', after: 0, round: 1 }]);
    side.feed({ type: 'message', message: said(1) });
    expect(side.texts).toEqual(['text of doctor-1', 'text of doctor-2']);
    side.feed(history(1, [said(1), said(2)]));
    expect(side.texts).toHaveLength(2);
  });

  test('of an earlier connection comes too late', () => {
    const side = inside().feed({ type: 'lost' }, entered, history(1, [said(1)], 9));
    expect(side.state).toMatchObject({ messages: [], caughtUp: false });
  });

  test('that is shorter than ours comes from a host brought back from a backup, and is right', () => {
    const side = inside().feed(
      { type: 'message', message: said(1) },
      { type: 'message', message: said(2) },
      { type: 'lost' },
      entered,
    );
    side.feed(history(side.state.round, [], 1));
    expect(side.texts).toEqual([]);
    expect(side.decided().at(-1)).toMatchObject({ type: 'ask', after: 0 });
  });

  test('is asked for again a moment after the host did not answer, and not at once', () => {
    const side = new Side().feed(entered);
    side.decided();
    side.feed({ type: 'unanswered', round: 1, what: 'history' });
    expect(side.decided()).toEqual([{ type: 'rest', ms: 1_000 }]);
    side.feed({ type: 'again' });
    expect(side.decided()).toEqual([{ type: 'ask', after: 0, round: 1 }]);
  });
});

describe('what is written', () => {
  const write = (id: string): ChatEvent => ({ type: 'write', id, text: `text of ${id}`, at: 0 });

  test('waits while the host is away, and goes in its order, one after the other', () => {
    const side = new Side().feed(write('one'), write('two'));
    expect(side.decided()).toEqual([]);
    side.feed(entered);
    expect(side.decided()).toContainEqual({ type: 'send', id: 'one', text: 'text of one', round: 1 });
    side.feed({ type: 'sent', message: said(1, 'patient', 'one') });
    expect(side.decided()).toContainEqual({ type: 'send', id: 'two', text: 'text of two', round: 1 });
    side.feed({ type: 'sent', message: said(2, 'patient', 'two') });
    expect(side.state.outbox).toEqual([]);
    expect(side.texts).toEqual(['text of one', 'text of two']);
  });

  test('and was lost on the way is sent again under the same id', () => {
    const side = inside().feed(write('one'), { type: 'lost' });
    side.decided();
    side.feed({ type: 'unsent', round: 1, id: 'one' }, entered);
    expect(side.decided().filter(({ type }) => type === 'send')).toEqual([
      { type: 'send', id: 'one', text: 'text of one', round: 3 },
    ]);
  });

  test('and arrived although nobody said so is not sent again', () => {
    const side = inside().feed(write('one'), { type: 'lost' }, entered);
    side.feed(history(side.state.round, [said(1, 'patient', 'one')]));
    expect(side.state.outbox).toEqual([]);
    expect(side.texts).toEqual(['text of one']);
  });

  test('and is refused stays, does not keep the next from going, and goes when asked for again', () => {
    const side = inside().feed(write('one'), write('two'));
    side.feed({ type: 'unsent', round: 1, id: 'one', problem: 'FORBIDDEN' });
    expect(side.state.outbox[0]).toMatchObject({ id: 'one', problem: 'FORBIDDEN' });
    expect(side.decided().at(-1)).toMatchObject({ type: 'send', id: 'two' });
    side.feed({ type: 'sent', message: said(1, 'patient', 'two') }, { type: 'retry', id: 'one' });
    expect(side.decided().at(-1)).toMatchObject({ type: 'send', id: 'one' });
  });

  test('too fast goes on when the host said', () => {
    const side = inside().feed(write('one'));
    side.decided();
    side.feed({ type: 'unsent', round: 1, id: 'one', problem: 'TOO_MANY_REQUESTS', after: 7_000 });
    expect(side.decided()).toEqual([{ type: 'rest', ms: 7_000 }]);
    expect(side.state.outbox[0]?.problem).toBeUndefined();
  });

  test('can be thrown away unless it is on its way', () => {
    const side = inside().feed(write('one'), write('two'), { type: 'discard', id: 'one' });
    side.feed({ type: 'discard', id: 'two' });
    expect(side.state.outbox.map(({ id }) => id)).toEqual(['one']);
  });
});

describe('marks', () => {
  test('say what came, and what was read once the person looks', () => {
    const side = inside().feed({ type: 'message', message: said(1) });
    expect(side.decided()).toEqual([{ type: 'mark', delivered: 1, read: 0, round: 1 }]);
    expect(readUpTo(side.state)).toBe(0);
    side.feed({ type: 'look', looking: true });
    expect(side.decided()).toEqual([{ type: 'mark', delivered: 1, read: 1, round: 1 }]);
    side.feed({ type: 'look', looking: false }, { type: 'message', message: said(2) });
    expect(readUpTo(side.state)).toBe(1);
  });

  test('of the others only go forward', () => {
    const side = inside().feed(
      { type: 'marks', marks: { identity: 'doctor', delivered: 2, read: 2 } },
      { type: 'marks', marks: { identity: 'doctor', delivered: 1, read: 0 } },
    );
    expect(side.state.marks.doctor).toEqual({ delivered: 2, read: 2 });
  });
});

/** A host that numbers, keeps and tells, over a line that delays, reorders answers and tellings, and breaks. */
class ChanceWorld {
  readonly side = new Side();
  readonly log: Message[] = [];
  readonly #chance: Chance;
  #underway: (() => void)[] = [];
  #connected = false;
  #written = 0;

  constructor(seed: number) {
    this.#chance = new Chance(seed);
  }

  #dice(): number {
    return this.#chance.below(1_000) / 1_000;
  }

  step(): void {
    const dice = this.#dice();
    if (dice < 0.15) this.#write();
    else if (dice < 0.3) this.#otherWrites();
    else if (dice < 0.4) this.#toggle();
    else if (dice < 0.45) this.#feed({ type: 'look', looking: this.#dice() < 0.5 });
    else if (dice < 0.5) this.#feed({ type: 'again' });
    else this.#deliverOne();
  }

  /** No more chance: the line holds until nothing is left to do. */
  settle(): void {
    if (!this.#connected) this.#toggle();
    for (let rounds = 0; rounds < 10_000; rounds += 1) {
      if (this.#underway.length > 0) this.#deliverOne();
      else if (this.side.state.resting) this.#feed({ type: 'again' });
      else return;
    }
    throw new Error('It never comes to rest');
  }

  #write(): void {
    this.#written += 1;
    const id = `own-${this.#written}`;
    this.#feed({ type: 'write', id, text: `text of ${id}`, at: 0 });
  }

  #otherWrites(): void {
    this.#tell(this.#keep('doctor', `doctor-${this.log.length}`));
  }

  #keep(from: string, id: string): Message {
    const known = this.log.find((one) => one.from === from && one.id === id);
    if (known) return known;
    const message = said(this.log.length + 1, from, id);
    this.log.push(message);
    return message;
  }

  #tell(message: Message): void {
    if (this.#connected) this.#underway.push(() => this.#feed({ type: 'message', message }));
  }

  #toggle(): void {
    this.#connected = !this.#connected;
    if (this.#connected) {
      this.#feed(entered);
      return;
    }
    // Half of what was under way still reaches the host, whose answers do not come back.
    this.#underway = [];
    this.#feed({ type: 'lost' });
  }

  #deliverOne(): void {
    const index = this.#chance.below(Math.max(1, this.#underway.length));
    const [one] = this.#underway.splice(index, 1);
    one?.();
  }

  #feed(event: ChatEvent): void {
    this.side.feed(event);
    for (const effect of this.side.decided()) this.#carryOut(effect);
  }

  #carryOut(effect: ChatEffect): void {
    const answer = (event: ChatEvent) => this.#underway.push(() => this.#feed(event));
    switch (effect.type) {
      case 'ask':
        if (this.#dice() < 0.1) answer({ type: 'unanswered', round: effect.round, what: 'history' });
        // Asked for now, answered later, when there may be more.
        else answer(history(effect.round, this.log.slice(effect.after, effect.after + 5), this.log.length));
        return;
      case 'send': {
        const arrives = this.#dice() < 0.8;
        const message = arrives ? this.#keep('patient', effect.id) : undefined;
        if (message && this.#dice() < 0.8) answer({ type: 'sent', message });
        else answer({ type: 'unsent', round: effect.round, id: effect.id });
        return;
      }
      case 'mark':
      case 'rest':
        return;
    }
  }
}

test('whatever the order of losses, answers and messages, everything is there once and in order', () => {
  let reordered = 0;
  for (let seed = 1; seed <= 500; seed += 1) {
    const world = new ChanceWorld(seed);
    for (let step = 0; step < 120; step += 1) {
      world.step();
      const { messages, ahead } = world.side.state;
      expect(messages, `seed ${seed}`).toEqual(world.log.slice(0, messages.length));
      reordered += ahead.length;
    }
    world.settle();
    expect(world.side.state.messages, `seed ${seed}`).toEqual(world.log);
    expect(world.side.state.outbox, `seed ${seed}`).toEqual([]);
    const own = world.log.filter(({ from }) => from === 'patient').map(({ id }) => Number(id.slice(4)));
    expect(own, `seed ${seed}`).toEqual([...own].sort((a, b) => a - b));
  }
  // Otherwise chance has not tried what this is about.
  expect(reordered).toBeGreaterThan(1_000);
});
