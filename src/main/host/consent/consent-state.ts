/** What each person of a room is told of consents; a pure function of the ledger and of who is there. */
import type { ParticipantRole } from '../../../shared/access/access.ts';
import { type ConsentEntry, observerConsent } from '../../../shared/consent/consent.ts';
import { recordingConsent } from '../../../shared/consent/recording.ts';
import type { ConsentState } from '../../../shared/signaling/messages.ts';

interface Person {
  readonly identity: string;
  readonly role: ParticipantRole;
  readonly displayName: string;
  readonly admitted: boolean;
}

export interface ConsentSituation {
  readonly ledger: readonly ConsentEntry[];
  readonly patientId: string;
  readonly members: readonly Person[];
  /** In the call as far as the host knows, members or not. */
  readonly present: readonly string[];
}

export function consentStateFor(viewer: Person, situation: ConsentSituation): ConsentState {
  const { ledger, patientId, members, present } = situation;
  const knowsObservers = viewer.role === 'patient' || (viewer.role === 'doctor' && viewer.admitted);
  const recording = viewer.admitted ? recordingConsent(ledger, present) : undefined;
  return {
    observers: knowsObservers
      ? members
          .filter(({ role }) => role === 'observer')
          .map(({ identity, displayName, admitted }) => ({
            identity,
            displayName,
            state: admitted ? ('admitted' as const) : ('waiting' as const),
            answer: observerConsent(ledger, patientId, identity),
          }))
      : [],
    ...(recording ? { recording: { verdict: recording.verdict, answers: [...recording.answers] } } : {}),
  };
}
