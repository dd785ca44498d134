/** The sender of the outbox: order, who is set aside, and how it waits, with a destination of the test's own. */
import { expect, test } from 'vitest';
import { createLog } from '../../src/main/host/runtime/log.ts';
import type { DeliveryAnswer } from '../../src/main/host/sync/destination.ts';
import type { EventSource, OutboxEvent } from '../../src/main/host/sync/outbox.ts';
import { Sender } from '../../src/main/host/sync/sender.ts';
import { judge } from '../../src/main/host/sync/supabase.ts';

const failed: DeliveryAnswer = { answer: 'failed', problem: 'unreachable', detail: 'fetch failed' };

function event(number: number): OutboxEvent {
  return {
    number,
    id: `id-${number}`,
    consultationId: `c-${number % 3}`,
    generation: 1,
    sequence: number,
    kind: 'consultation.changed',
    at: '2026-03-01T12:00:00.000Z',
    data: {},
  };
}

/** A sender over `count` events; it ends when it has nothing more to do or has paused `pauses` times. */
async function run(
  count: number,
  deliver: (events: readonly OutboxEvent[], attempt: number) => DeliveryAnswer | Promise<DeliveryAnswer>,
  { pauses: allowedPauses = Number.POSITIVE_INFINITY, chance = 1 } = {},
) {
  let waiting = Array.from({ length: count }, (_, index) => event(index + 1));
  const arrived: number[] = [];
  const batches: number[] = [];
  const pauses: number[] = [];
  const refused: [number, string][] = [];
  const source: EventSource = {
    next: async (limit) => waiting.slice(0, limit),
    sent: async (numbers) => {
      waiting = waiting.filter(({ number }) => !numbers.includes(number));
    },
    refused: async (number, because) => {
      refused.push([number, because]);
      waiting = waiting.filter((one) => one.number !== number);
    },
  };
  let quiet = () => {};
  const done = new Promise<void>((resolve) => {
    quiet = resolve;
  });
  const untilAbort = (signal: AbortSignal) => {
    quiet();
    return new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve());
    });
  };
  const sender = new Sender({
    source,
    destination: {
      deliver: async (events) => {
        batches.push(events.length);
        const answer = await deliver(events, batches.length);
        if (answer.answer === 'taken') arrived.push(...events.map(({ number }) => number));
        return answer;
      },
    },
    log: createLog({ format: 'json', level: 'silent' }),
    now: () => Date.parse('2026-03-01T12:00:00Z'),
    chance: () => chance,
    idle: untilAbort,
    pause: async (milliseconds, signal) => {
      pauses.push(milliseconds);
      if (pauses.length >= allowedPauses) await untilAbort(signal);
    },
  });
  sender.start();
  await done;
  return { sender, arrived, batches, pauses, refused, left: () => waiting.map(({ number }) => number) };
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

test('events are sent in their order, 500 at a time', async () => {
  const { sender, arrived, batches, left } = await run(1_203, () => ({ answer: 'taken' }));
  expect(arrived).toEqual(numbers(1, 1_203));
  expect(batches).toEqual([500, 500, 203]);
  expect(left()).toEqual([]);
  await sender.close();
});

test('only the events that are to blame are set aside, with the reason, and the others keep their order', async () => {
  const bad = [1, 77, 78, 500];
  const { sender, arrived, refused, batches } = await run(500, (events) => {
    const blamed = events.find(({ number }) => bad.includes(number));
    return blamed ? { answer: 'refused', because: `no ${blamed.number}` } : { answer: 'taken' };
  });
  expect(refused).toEqual(bad.map((number) => [number, `no ${number}`]));
  expect(arrived).toEqual(numbers(1, 500).filter((number) => !bad.includes(number)));
  // Halving finds each of them in about twice the logarithm.
  expect(batches.length).toBeLessThan(60);
  await sender.close();
});

test('a failure in the middle of looking for the one to blame sets nothing aside, and it goes on from there', async () => {
  const { sender, arrived, refused } = await run(8, (events, attempt) => {
    if (attempt === 3) return failed;
    return events.some(({ number }) => number === 2)
      ? { answer: 'refused', because: 'no' }
      : { answer: 'taken' };
  });
  expect(refused).toEqual([[2, 'no']]);
  expect(arrived).toEqual([1, 3, 4, 5, 6, 7, 8]);
  await sender.close();
});

test('the pause doubles up to five minutes, half of it by chance, and begins anew after a success', async () => {
  const longest = await run(1, () => failed, { pauses: 12 });
  expect(longest.pauses).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000, 300_000,
  ]);
  expect(longest.left()).toEqual([1]);
  await longest.sender.close();

  const shortest = await run(1, () => failed, { pauses: 3, chance: 0 });
  expect(shortest.pauses).toEqual([500, 1_000, 2_000]);
  await shortest.sender.close();

  const between = await run(4, (_, attempt) => ([1, 2, 4].includes(attempt) ? failed : { answer: 'taken' }));
  expect(between.pauses.slice(0, 2)).toEqual([1_000, 2_000]);
  expect(between.sender.problem).toBeUndefined();
  await between.sender.close();
});

test('a line that carries few events at a time is given few, and more again once it carries them', async () => {
  const { sender, arrived, batches, pauses } = await run(300, (events, attempt) =>
    attempt < 12 && events.length > 60 ? failed : { answer: 'taken' },
  );
  expect(arrived).toEqual(numbers(1, 300));
  expect(batches.slice(0, 4)).toEqual([300, 250, 125, 62]);
  expect(pauses.length).toBeGreaterThan(3);
  await sender.close();
});

test('what is wrong is said from its beginning, and a try can be asked for at once', async () => {
  let well = false;
  const answers: (() => void)[] = [];
  const { sender, arrived } = await run(
    2,
    () => {
      if (well) for (const answer of answers) answer();
      return well ? { answer: 'taken' } : failed;
    },
    { pauses: 1 },
  );
  expect(sender.problem).toEqual({
    kind: 'unreachable',
    detail: 'fetch failed',
    since: '2026-03-01T12:00:00.000Z',
    nextTryAt: '2026-03-01T12:00:01.000Z',
  });
  well = true;
  const delivered = new Promise<void>((resolve) => answers.push(resolve));
  sender.tryNow();
  await delivered;
  await sender.close();
  expect(arrived).toEqual([1, 2]);
});

test('closing lets go of what is on its way', async () => {
  let stopped: AbortSignal | undefined;
  const sender = new Sender({
    source: { next: async () => [event(1)], sent: async () => {}, refused: async () => {} },
    destination: {
      deliver: (_, stop) => {
        stopped = stop;
        return new Promise((resolve) => stop.addEventListener('abort', () => resolve(failed)));
      },
    },
    log: createLog({ format: 'json', level: 'silent' }),
    now: () => 0,
    chance: () => 1,
    idle: async () => {},
    pause: async () => expect.unreachable(),
  });
  sender.start();
  await Promise.resolve();
  await sender.close();
  expect(stopped?.aborted).toBe(true);
});

test.each([
  [400, '22P02', 'refused'],
  [409, '23505', 'refused'],
  [400, '23514', 'refused'],
  [500, '54000', 'refused'],
  [400, 'P0001', 'refused'],
  [413, '', 'refused'],
  [401, '', 'key'],
  [401, 'PGRST301', 'key'],
  [403, '42501', 'key'],
  [401, '42501', 'key'],
  [404, 'PGRST205', 'schema'],
  [404, '42P01', 'schema'],
  [400, 'PGRST204', 'schema'],
  [0, '', 'unreachable'],
  [429, '', 'unwell'],
  [500, '57014', 'unwell'],
  [503, 'PGRST001', 'unwell'],
  [502, '', 'unwell'],
])('an answer %i %s is %s', (status, code, expected) => {
  const judged = judge(status, { code, message: 'words' });
  expect(judged.answer === 'failed' ? judged.problem : judged.answer).toBe(expected);
});
