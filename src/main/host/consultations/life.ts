/** The life of stored consultations: an event happens to the row as it is at that moment, so that of two who decide at once one is told. */
import {
  type ConsultationEvent,
  nextConsultationState,
  type StoredConsultationState,
  storedState,
} from '../../../shared/consultation/consultation.ts';
import { CatalogueError, type ErrorCode } from '../../../shared/contract/errors.ts';
import type { ConsultationChange, ConsultationStore, StoredConsultation } from './store.ts';

export interface Happening {
  readonly event: ConsultationEvent;
  /** The version it was decided on; when another one is there, somebody was quicker. */
  readonly version?: number | undefined;
  /** What is written with the new state. */
  readonly change?: (consultation: StoredConsultation) => ConsultationChange;
  /** Whether the plan changes by it. */
  readonly replans?: boolean;
}

/**
 * Lets an event happen to a consultation.
 * @returns the consultation as it is now, and whether anything changed: an ending that is repeated changes nothing.
 * @throws CatalogueError CONSULTATION_NOT_FOUND, _CLOSED, _CANCELLED, _MISSED, _LIVE or _CHANGED.
 */
export async function happen(
  store: ConsultationStore,
  consultationId: string,
  { event, version, change, replans = false }: Happening,
): Promise<{ readonly consultation: StoredConsultation; readonly changed: boolean }> {
  for (;;) {
    const consultation = await requireConsultation(store, consultationId);
    const next = nextConsultationState(consultation.state, event);
    if (next === undefined) throw new CatalogueError(refusal(consultation.state));
    const state = storedState(next);
    if (state === consultation.state && isOver(state)) return { consultation, changed: false };
    assertVersion(consultation, version);
    const written = await store.replace(consultation, { ...change?.(consultation), state }, replans);
    if (written) return { consultation: written, changed: true };
  }
}

/**
 * Changes the plan of an open consultation.
 * @throws CatalogueError CONSULTATION_NOT_FOUND, _CLOSED, _CANCELLED, _MISSED or _CHANGED.
 */
export async function replan(
  store: ConsultationStore,
  consultationId: string,
  version: number | undefined,
  change: ConsultationChange,
): Promise<StoredConsultation> {
  for (;;) {
    const consultation = await requireConsultation(store, consultationId);
    assertOpen(consultation);
    assertVersion(consultation, version);
    const written = await store.replace(consultation, change, true);
    if (written) return written;
  }
}

/** @throws CatalogueError CONSULTATION_NOT_FOUND */
export async function requireConsultation(
  store: ConsultationStore,
  consultationId: string,
): Promise<StoredConsultation> {
  const consultation = await store.find(consultationId);
  if (consultation === undefined) throw new CatalogueError('CONSULTATION_NOT_FOUND');
  return consultation;
}

/** @throws CatalogueError CONSULTATION_CLOSED, CONSULTATION_CANCELLED or CONSULTATION_MISSED */
export function assertOpen({ state }: Pick<StoredConsultation, 'state'>): void {
  if (isOver(state)) throw new CatalogueError(refusal(state));
}

/** How a consultation ended; undefined while people may come. */
export function howItEnded({
  state,
}: Pick<StoredConsultation, 'state'>): 'closed' | 'cancelled' | 'missed' | undefined {
  return isOver(state) ? state : undefined;
}

function isOver(state: StoredConsultationState): state is 'closed' | 'cancelled' | 'missed' {
  return state !== 'planned' && state !== 'live';
}

function assertVersion(consultation: StoredConsultation, version: number | undefined): void {
  if (version === undefined || version === consultation.version) return;
  throw new CatalogueError('CONSULTATION_CHANGED', { version: consultation.version });
}

function refusal(state: StoredConsultationState): ErrorCode {
  switch (state) {
    case 'closed':
      return 'CONSULTATION_CLOSED';
    case 'cancelled':
      return 'CONSULTATION_CANCELLED';
    case 'missed':
      return 'CONSULTATION_MISSED';
    case 'planned':
    case 'live':
      // One that is open refuses nothing but to be taken from people who talk.
      return 'CONSULTATION_LIVE';
  }
}
