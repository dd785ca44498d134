/** How much a window may have captured, and which numbers have come: the arithmetic of recordings. */
import { describe, expect, test } from 'vitest';
import { Grants } from '../../src/main/host/recordings/grants.ts';
import { Numbers } from '../../src/main/host/recordings/numbers.ts';
import { Chance } from '../support/chance.ts';

describe('a grant', () => {
  test('is good for as much media as it is long, and a second', () => {
    const grants = new Grants();
    expect(grants.allows(1, 1, 0)).toBe(false);
    grants.give(10_000);
    expect(grants.allows(1, 1_000_000, 10_000)).toBe(true);
    expect(grants.allows(1, 1_000_001, 10_000)).toBe(false);
    grants.count(1, 800_000);
    expect(grants.allows(1, 400_000, 10_000)).toBe(false);
    expect(grants.allows(1, 400_000, 10_300)).toBe(true);
    grants.take(11_000);
    grants.count(1, 1_200_000);
    // However much later it comes.
    expect(grants.allows(1, 1_000, 1_000_000)).toBe(false);
    expect(grants.open).toBeUndefined();
  });

  test('is not made longer by another one, and its place is that of the time before it', () => {
    const grants = new Grants();
    grants.give(0);
    grants.take(2_000);
    grants.give(60_000);
    expect(grants.open).toBe(2);
    expect(grants.elapsedMs(61_000)).toBe(3_000);
    expect(grants.allows(1, 3_500_000, 61_000)).toBe(false);
    expect(grants.allows(2, 1_900_000, 61_000)).toBe(true);
    expect(grants.reaches(4_900_000, 61_000)).toBe(true);
    expect(grants.reaches(61_000_000, 61_000)).toBe(false);
    expect(grants.allows(3, 1, 61_000)).toBe(false);
  });

  test('is the same after a restart of the host', () => {
    const grants = new Grants();
    grants.give(0);
    grants.take(2_000);
    grants.give(5_000);
    const again = Grants.parse(grants.toJson());
    expect([again.open, again.elapsedMs(6_000)]).toEqual([2, 3_000]);
    again.take(7_000);
    again.take(9_000);
    expect(again.elapsedMs(100_000)).toBe(4_000);
  });

  test('gives back what was counted and not kept', () => {
    const grants = new Grants();
    grants.give(0);
    grants.count(1, 1_000_000);
    expect(grants.allows(1, 1, 0)).toBe(false);
    grants.count(1, -1_000_000);
    expect(grants.allows(1, 1_000_000, 0)).toBe(true);
  });

  test('that stands while a clock is set back is not shorter than nothing', () => {
    const grants = new Grants();
    grants.give(10_000);
    expect(grants.elapsedMs(5_000)).toBe(0);
    grants.take(5_000);
    expect(grants.elapsedMs(20_000)).toBe(0);
  });
});

describe('numbers', () => {
  test.each([1, 2, 3, 4, 5])('come in any order, and what is without a hole is known (%i)', (seed) => {
    const chance = new Chance(seed);
    const numbers = new Numbers();
    const model = new Set<number>();
    for (let step = 0; step < 400; step += 1) {
      const number = 1 + chance.below(200);
      expect(numbers.has(number)).toBe(model.has(number));
      numbers.add(number);
      model.add(number);
      let durable = 0;
      while (model.has(durable + 1)) durable += 1;
      expect([numbers.durable, numbers.highest]).toEqual([durable, Math.max(...model)]);
    }
  });
});
