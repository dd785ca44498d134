/** The life of a consultation: one pure transition function; the host decides with it, windows show it. */

export const consultationStates = ['planned', 'waiting', 'live', 'closed', 'cancelled', 'missed'] as const;
/**
 * planned: nobody there yet; waiting: planned, and the patient is in the waiting room; live: the patient was admitted;
 * closed: ended for good; cancelled: will not take place; missed: its time passed and nobody was admitted.
 */
export type ConsultationState = (typeof consultationStates)[number];

/** What is kept: whether the patient waits is seen in the room, so that a lost connection changes no row. */
export type StoredConsultationState = Exclude<ConsultationState, 'waiting'>;

export const consultationEvents = [
  'patient-arrived',
  'patient-left',
  'patient-admitted',
  'closed',
  'cancelled',
  'rescheduled',
  'time-passed',
] as const;
export type ConsultationEvent = (typeof consultationEvents)[number];

/** A consultation with nobody admitted this long after its time, ms, and nobody in its room, is missed. */
export const missedAfterMs = 12 * 60 * 60_000;

type Answers = Readonly<Record<ConsultationEvent, ConsultationState | undefined>>;

const life: Readonly<Record<ConsultationState, Answers>> = {
  planned: {
    'patient-arrived': 'waiting',
    'patient-left': 'planned',
    'patient-admitted': 'live',
    closed: 'closed',
    cancelled: 'cancelled',
    rescheduled: 'planned',
    'time-passed': 'missed',
  },
  waiting: {
    'patient-arrived': 'waiting',
    'patient-left': 'planned',
    'patient-admitted': 'live',
    closed: 'closed',
    cancelled: 'cancelled',
    rescheduled: 'waiting',
    'time-passed': 'waiting',
  },
  // Only closing ends it. The patient may leave and come back; the clock and the agenda take nothing away from people who talk.
  live: {
    'patient-arrived': 'live',
    'patient-left': 'live',
    'patient-admitted': 'live',
    closed: 'closed',
    cancelled: undefined,
    rescheduled: undefined,
    'time-passed': 'live',
  },
  closed: {
    'patient-arrived': 'closed',
    'patient-left': 'closed',
    'patient-admitted': undefined,
    closed: 'closed',
    cancelled: undefined,
    rescheduled: undefined,
    'time-passed': 'closed',
  },
  cancelled: {
    'patient-arrived': 'cancelled',
    'patient-left': 'cancelled',
    'patient-admitted': undefined,
    closed: undefined,
    cancelled: 'cancelled',
    rescheduled: undefined,
    'time-passed': 'cancelled',
  },
  // A new time opens it again.
  missed: {
    'patient-arrived': 'missed',
    'patient-left': 'missed',
    'patient-admitted': undefined,
    closed: undefined,
    cancelled: 'cancelled',
    rescheduled: 'planned',
    'time-passed': 'missed',
  },
};

/** The state after an event; undefined when the event may not happen in that state. Every pair has its answer. */
export function nextConsultationState(
  state: ConsultationState,
  event: ConsultationEvent,
): ConsultationState | undefined {
  return life[state][event];
}

/** What to keep of a state. */
export function storedState(state: ConsultationState): StoredConsultationState {
  return state === 'waiting' ? 'planned' : state;
}

/** Whether people may come to it. */
export function isOpen(state: ConsultationState): boolean {
  return state === 'planned' || state === 'waiting' || state === 'live';
}

/** The media room of a consultation. */
export function roomNameOf(consultationId: string): string {
  return `consultation-${consultationId}`;
}

/** The inverse of `roomNameOf`; undefined for a name that is not a consultation's. */
export function consultationIdOf(roomName: string): string | undefined {
  return /^consultation-(.+)$/.exec(roomName)?.[1];
}
