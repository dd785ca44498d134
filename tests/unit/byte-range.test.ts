/** Ranges of bytes as requests ask for them. */
import { expect, test } from 'vitest';
import { rangeOf } from '../../src/main/host/rest/byte-range.ts';

test.each([
  ['bytes=0-9', { from: 0, to: 10 }],
  ['bytes=0-', { from: 0, to: 100 }],
  ['bytes=99-', { from: 99, to: 100 }],
  ['bytes=90-1000', { from: 90, to: 100 }],
  ['bytes=-1', { from: 99, to: 100 }],
  ['bytes=-1000', { from: 0, to: 100 }],
  ['Bytes=5-5', { from: 5, to: 6 }],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=100-200', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=9-0', undefined],
  ['bytes=-', undefined],
  ['bytes=0-1,5-6', undefined],
  ['bytes=x-1', undefined],
  ['items=0-1', undefined],
  ['', undefined],
  [undefined, undefined],
] as const)('of 100 bytes, %s is %o', (header, range) => {
  expect(rangeOf(header, 100)).toEqual(range);
});

test('of nothing, every range lies behind the end', () => {
  expect(rangeOf('bytes=0-', 0)).toBe('unsatisfiable');
  expect(rangeOf('bytes=-5', 0)).toBe('unsatisfiable');
});
