import type { TFunction } from 'i18next';
import { describe, expect, test } from 'vitest';
import { standingOf, wordsOf } from '../../src/renderer/screens/clinic/appointment-state.ts';
import type { Consultation } from '../../src/shared/contract/contract.ts';

const minute = 60_000;
const time = Date.parse('2026-03-03T13:00:00.000Z');
const at = (minutes: number) => new Date(time + minutes * minute).toISOString();

function consultation(change: Partial<Consultation> = {}): Consultation {
  return {
    consultationId: 'c',
    roomName: 'consultation-c',
    patientId: 'p',
    doctorId: 'd',
    state: 'planned',
    transport: 'auto',
    createdAt: at(-600),
    scheduledAt: at(0),
    version: 1,
    ...change,
  };
}

/** The key and its values instead of a sentence. */
const t = ((key: string, values?: object) =>
  [key, ...Object.values(values ?? {})].join(' ')) as unknown as TFunction;
const wordsAt = (minutes: number, change: Partial<Consultation> = {}, waitingSince?: string) =>
  wordsOf(consultation(change), time + minutes * minute, waitingSince, t);

describe('a planned consultation', () => {
  test.each([
    [-16, 'later'],
    [-15, 'soon'],
    [0, 'soon'],
    [1, 'late'],
    [29, 'late'],
    [30, 'absent'],
  ])('%i minutes after its time is %s', (minutes, standing) => {
    expect(standingOf(consultation(), time + minutes * minute)).toBe(standing);
  });

  test('makes its patient absent only when its own length is over', () => {
    expect(standingOf(consultation({ durationMinutes: 60 }), time + 59 * minute)).toBe('late');
    expect(standingOf(consultation({ durationMinutes: 10 }), time + 10 * minute)).toBe('absent');
  });

  test('says how late its patient is', () => {
    expect(wordsAt(12)).toMatchObject({ text: 'agenda.late 12', tone: 'warn' });
  });

  test('that was made for now is neither late nor absent', () => {
    const { scheduledAt: _, ...instant } = consultation();
    expect(standingOf(instant, time + 600 * minute)).toBe('unplanned');
  });
});

describe('the others', () => {
  test('say how long: waiting, talking, and having talked', () => {
    expect(wordsAt(10, { state: 'waiting' }, at(6)).text).toBe('agenda.waitingFor 4');
    expect(wordsAt(10, { state: 'waiting' }).text).toBe('agenda.waiting');
    expect(wordsAt(10, { state: 'live', startedAt: at(3) }).text).toBe('agenda.liveFor 7');
    expect(wordsAt(600, { state: 'closed', startedAt: at(3), closedAt: at(21) }).text).toBe(
      'agenda.closedAfter 18',
    );
    expect(wordsAt(600, { state: 'closed', closedAt: at(21) }).text).toBe('agenda.closedUnheld');
  });

  test('never say a negative time, whatever the clocks of two computers show', () => {
    expect(wordsAt(0, { state: 'live', startedAt: at(2) }).text).toBe('agenda.liveFor 0');
  });

  test('say why they were cancelled, if anybody said it', () => {
    expect(wordsAt(0, { state: 'cancelled', cancelReason: 'Viaja' }).text).toBe('agenda.cancelledFor Viaja');
    expect(wordsAt(0, { state: 'cancelled' }).text).toBe('agenda.cancelled');
    expect(wordsAt(900, { state: 'missed' }).text).toBe('agenda.missed');
  });
});
