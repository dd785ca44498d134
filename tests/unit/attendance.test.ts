import { describe, expect, test } from 'vitest';
import { attendanceOf, togetherMs } from '../../src/main/host/consultations/attendance.ts';

const at = (minutes: number) => new Date(Date.UTC(2026, 0, 5, 10, 0) + minutes * 60_000).toISOString();
const minutes = (count: number) => count * 60_000;
const now = Date.parse(at(100));

type Stay = Parameters<typeof attendanceOf>[0][number];
let stays = 0;

function stay(
  role: Stay['role'],
  [joined, admitted, left]: readonly [number, number | null, number | null],
  change: Partial<Stay> = {},
): Stay {
  stays += 1;
  return {
    id: String(stays),
    consultation_id: 'c-1',
    identity: role,
    role,
    display_name: role,
    joined_at: at(joined),
    admitted_at: admitted === null ? null : at(admitted),
    seen_at: at(left ?? 100),
    left_at: left === null ? null : at(left),
    left_as: left === null ? null : 'left',
    quality_0: 0,
    quality_1: 0,
    quality_2: 0,
    quality_3: 0,
    quality_4: 0,
    ...change,
  };
}

test('somebody who came back is one person, with what they waited and what they were in', () => {
  const people = attendanceOf(
    [
      stay('doctor', [0, 0, 40]),
      stay('patient', [5, 10, 20], { display_name: 'Elena' }),
      stay('patient', [21, 21, 40], { display_name: 'Elena Ruiz', left_as: 'closed' }),
    ],
    now,
  );
  expect(people).toEqual([
    expect.objectContaining({ role: 'doctor', stays: 1, waitedMs: 0, inCallMs: minutes(40) }),
    {
      identity: 'patient',
      role: 'patient',
      displayName: 'Elena Ruiz',
      firstJoinedAt: at(5),
      admittedAt: at(10),
      lastLeftAt: at(40),
      leftAs: 'closed',
      waitedMs: minutes(5),
      inCallMs: minutes(29),
      stays: 2,
    },
  ]);
});

test('who was never let in was in no call', () => {
  const [person] = attendanceOf([stay('observer', [5, null, 9], { left_as: 'refused' })], now);
  expect(person).toMatchObject({ inCallMs: 0, leftAs: 'refused' });
  expect(person).not.toHaveProperty('admittedAt');
});

test('who is there is there until now', () => {
  const [person] = attendanceOf([stay('patient', [90, 95, null])], now);
  expect(person).toMatchObject({ inCallMs: minutes(5), waitedMs: minutes(5) });
  expect(person).not.toHaveProperty('lastLeftAt');
});

describe('the time together', () => {
  test.each([
    ['overlap', [[0, 0, 30]], [[10, 10, 40]], 20],
    ['do not meet', [[0, 0, 10]], [[10, 10, 40]], 0],
    [
      'meet twice',
      [[0, 0, 60]],
      [
        [5, 10, 20],
        [30, 30, 35],
      ],
      15,
    ],
    [
      'have two windows',
      [
        [0, 0, 30],
        [20, 20, 50],
      ],
      [[0, 0, 50]],
      50,
    ],
    ['one waits', [[0, 0, 30]], [[0, null, 30]], 0],
    ['are still there', [[80, 80, null]], [[90, 90, null]], 10],
  ] as const)('of stays that %s', (_, doctor, patient, expected) => {
    const of = (role: Stay['role'], list: readonly (readonly [number, number | null, number | null])[]) =>
      list.map((times) => stay(role, times));
    expect(togetherMs(of('doctor', doctor), of('patient', patient), now)).toBe(minutes(expected));
    expect(togetherMs(of('patient', patient), of('doctor', doctor), now)).toBe(minutes(expected));
  });
});

describe('the quality', () => {
  const qualityOf = (...times: number[]) => {
    const [zero = 0, one = 0, two = 0, three = 0, four = 0] = times;
    const quality = { quality_0: zero, quality_1: one, quality_2: two, quality_3: three, quality_4: four };
    return attendanceOf([stay('patient', [0, 0, 10], quality)], now)[0]?.quality;
  };

  test.each([
    [[0, 0, 0, 0, 10], { typical: 4, poorShare: 0 }],
    [[0, 0, 0, 6, 4], { typical: 3, poorShare: 0 }],
    [[10, 0, 0, 0, 0], { typical: 0, poorShare: 1 }],
    [[1, 1, 0, 6, 2], { typical: 3, poorShare: 0.2 }],
  ])('of the times %j is %o', (times, expected) => {
    expect(qualityOf(...times)).toEqual(expected);
  });

  test('of somebody who told nothing is unknown', () => {
    expect(qualityOf()).toBeUndefined();
  });
});
