import { describe, expect, test } from 'vitest';
import {
  type ConsultationEvent,
  type ConsultationState,
  consultationEvents,
  consultationStates,
  isOpen,
  nextConsultationState,
  storedState,
} from '../../src/shared/consultation/consultation.ts';

const pairs = consultationStates.flatMap((state) =>
  consultationEvents.map((event) => ({ state, event, next: nextConsultationState(state, event) })),
);

/** Every state that some sequence of events leads to, refused events changing nothing. */
function reachable(
  from: ConsultationState,
  events: readonly ConsultationEvent[] = consultationEvents,
): Set<ConsultationState> {
  const found = new Set([from]);
  for (const state of found) {
    for (const event of events) found.add(nextConsultationState(state, event) ?? state);
  }
  return found;
}

describe('the life of a consultation', () => {
  test('decides every event in every state, and says so again', () => {
    expect(pairs).toHaveLength(consultationStates.length * consultationEvents.length);
    for (const { state, event, next } of pairs) {
      if (next !== undefined) expect(consultationStates).toContain(next);
      expect(nextConsultationState(state, event)).toBe(next);
    }
  });

  test('can go from planned to each of the others, and to no state that is not listed', () => {
    expect([...reachable('planned')].sort()).toEqual([...consultationStates].sort());
  });

  test('is not taken from people who talk by anything but closing', () => {
    expect(
      reachable(
        'live',
        consultationEvents.filter((event) => event !== 'closed'),
      ),
    ).toEqual(new Set(['live']));
    expect(nextConsultationState('live', 'closed')).toBe('closed');
  });

  test.each(['closed', 'cancelled'] as const)('stays %s for ever', (state) => {
    expect(reachable(state)).toEqual(new Set([state]));
  });

  test('comes back from missed by a new time only', () => {
    const back = consultationEvents.filter((event) => {
      const next = nextConsultationState('missed', event);
      return next !== undefined && isOpen(next);
    });
    expect(back).toEqual(['rescheduled']);
    expect(nextConsultationState('missed', 'patient-admitted')).toBeUndefined();
  });

  test('is not missed while the patient waits', () => {
    expect(nextConsultationState('waiting', 'time-passed')).toBe('waiting');
    expect(nextConsultationState('planned', 'time-passed')).toBe('missed');
  });

  test('admits nobody to one that is not open', () => {
    for (const { state, event, next } of pairs) {
      if (event === 'patient-admitted') expect(next).toBe(isOpen(state) ? 'live' : undefined);
    }
  });

  test('never refuses that somebody comes, goes, or that time passes: only decisions can be refused', () => {
    for (const { event, next } of pairs) {
      if (event === 'patient-arrived' || event === 'patient-left' || event === 'time-passed')
        expect(next).toBeDefined();
    }
  });

  test('repeats an event without doing anything new', () => {
    for (const { event, next } of pairs) {
      if (next !== undefined) expect(nextConsultationState(next, event)).toBe(next);
    }
  });

  test('keeps the same whether the patient is there or not, as presence is not stored', () => {
    for (const state of consultationStates) {
      const arrived = nextConsultationState(state, 'patient-arrived') ?? state;
      const left = nextConsultationState(state, 'patient-left') ?? state;
      expect(storedState(arrived)).toBe(storedState(state));
      expect(storedState(left)).toBe(storedState(state));
    }
  });
});
