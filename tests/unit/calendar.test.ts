import { describe, expect, test } from 'vitest';
import {
  addDays,
  momentOf,
  nextQuarter,
  startOfWeek,
  toDateInput,
  toTimeInput,
} from '../../src/renderer/components/calendar.ts';

describe('the calendar', () => {
  test.each([
    ['2026-11-23', '2026-11-23'],
    ['2026-11-29', '2026-11-23'],
    ['2026-12-01', '2026-11-30'],
    ['2027-01-01', '2026-12-28'],
  ])('the week of %s begins on Monday %s', (day, monday) => {
    expect(toDateInput(startOfWeek(new Date(`${day}T15:20`)))).toBe(monday);
  });

  test('the day after the last of a month or year is the first of the next', () => {
    expect(toDateInput(addDays(new Date('2026-12-31T10:00'), 1))).toBe('2027-01-01');
    expect(toTimeInput(addDays(new Date('2026-12-31T10:05'), 60))).toBe('10:05');
  });

  test('what inputs hold is read back as the same moment, and half of it as none', () => {
    const moment = new Date(2026, 2, 3, 9, 5);
    expect(momentOf(toDateInput(moment), toTimeInput(moment))).toEqual(moment);
    expect(momentOf('', '09:05')).toBeUndefined();
    expect(momentOf('2026-03-03', '')).toBeUndefined();
    expect(momentOf('2026-02-31', '09:00')?.getDate()).not.toBe(31);
  });

  test('the next quarter of an hour leaves five minutes', () => {
    expect(toTimeInput(nextQuarter(new Date(2026, 2, 3, 9, 8)))).toBe('09:15');
    expect(toTimeInput(nextQuarter(new Date(2026, 2, 3, 9, 11)))).toBe('09:30');
  });
});
