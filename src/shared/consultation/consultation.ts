/** The life of a consultation: one pure transition function; the host decides with it, windows show it. */

export const consultationStates = ['planned', 'waiting', 'live', 'closed'] as const;
/** planned: nobody there yet; waiting: a patient is in the waiting room; live: a patient was admitted; closed: ended for good. */
export type ConsultationState = (typeof consultationStates)[number];

export type ConsultationEvent = 'patient-arrived' | 'patient-left' | 'patient-admitted' | 'closed';

/**
 * The state after an event. Total: every event has an answer in every state.
 * A consultation that is live stays live when the patient leaves, because the same link brings them back.
 */
export function nextConsultationState(state: ConsultationState, event: ConsultationEvent): ConsultationState {
  switch (state) {
    case 'closed':
      return 'closed';
    case 'live':
      return event === 'closed' ? 'closed' : 'live';
    case 'planned':
    case 'waiting':
      switch (event) {
        case 'patient-arrived':
          return 'waiting';
        case 'patient-left':
          return 'planned';
        case 'patient-admitted':
          return 'live';
        case 'closed':
          return 'closed';
      }
  }
}

/** The media room of a consultation. */
export function roomNameOf(consultationId: string): string {
  return `consultation-${consultationId}`;
}

/** The inverse of `roomNameOf`; undefined for a name that is not a consultation's. */
export function consultationIdOf(roomName: string): string | undefined {
  return /^consultation-(.+)$/.exec(roomName)?.[1];
}
