/** What is looked for among the recordings, and what is said of them. */
import { expect, test } from 'vitest';
import { searchOf } from '../../src/renderer/app/recordings/recording-search.ts';
import { daysLeft, lost } from '../../src/renderer/screens/clinic/recording-words.ts';
import type { KeptRecording } from '../../src/shared/contract/recording-library.ts';

const now = new Date(2026, 10, 28, 10).getTime();
const dayOf = (year: number, month: number, day: number) => ({
  from: new Date(year, month - 1, day).toISOString(),
  to: new Date(year, month - 1, day + 1).toISOString(),
});

test.each([
  ['23/11', dayOf(2026, 11, 23)],
  ['23-11-2026', dayOf(2026, 11, 23)],
  [' 3.1.26 ', dayOf(2026, 1, 3)],
  ['31/12', dayOf(2025, 12, 31)],
  ['29/2/2024', dayOf(2024, 2, 29)],
  ['29/2/2026', { search: '29/2/2026' }],
  ['45/11', { search: '45/11' }],
  ['Ruiz', { search: 'Ruiz' }],
  ['habitación 12', { search: 'habitación 12' }],
  ['  ', undefined],
] as const)('"%s" is looked for as %o', (text, search) => {
  expect(searchOf(text, now)).toEqual(search);
});

const recording = (change: Partial<KeptRecording>) => change as KeptRecording;

test('only a loss that can be seen is said', () => {
  expect(lost(recording({ durationMs: 57_200, capturedMs: 58_000 }))).toBe(true);
  expect(lost(recording({ durationMs: 57_700, capturedMs: 58_000 }))).toBe(false);
});

test('what is deleted soon is counted in days', () => {
  const inDays = (days: number) => recording({ deletesAt: new Date(now + days * 86_400_000).toISOString() });
  expect(daysLeft(inDays(2.5), now)).toBe(3);
  expect(daysLeft(inDays(-1), now)).toBe(0);
  expect(daysLeft(inDays(200), now)).toBeUndefined();
  expect(daysLeft(recording({}), now)).toBeUndefined();
});
