/** The people of a call as screens show them: with the link as it really is, and a name for everybody. */
import { useTranslation } from 'react-i18next';
import type { ParticipantRole } from '../../../shared/access/access.ts';
import type { CallSnapshot, RemoteParticipantView } from '../../call/call.ts';
import type { WaitingPerson } from '../doctor/waiting-card.tsx';

export const roleWords: Readonly<Record<ParticipantRole, string>> = {
  doctor: 'roles.doctor',
  patient: 'roles.patient',
  observer: 'roles.observer',
};

/** When our own link is lost, so is the one to each of them; who gave no name is called by the role. */
export function usePeople(call: CallSnapshot): RemoteParticipantView[] {
  const { t } = useTranslation();
  return call.remotes.map((person) => ({
    ...person,
    participant: {
      ...person.participant,
      displayName: person.participant.displayName || t(roleWords[person.participant.role]),
    },
    ...(call.mediaLink.name === 'lost' ? { link: call.mediaLink } : {}),
  }));
}

/** Who is at the door, with what the patient says of observers and what was told to them. */
export function waitingPeople(call: CallSnapshot): WaitingPerson[] {
  return call.waiting.map((person) => ({
    ...person,
    since: person.waitingSince ?? person.joinedAt,
    transport: call.transport.active,
    scheduledAt: call.consultation.scheduledAt,
    doctorName: call.consultation.doctorName,
    ...(person.role === 'observer'
      ? {
          consent:
            call.consents.observers.find(({ identity }) => identity === person.identity)?.answer ?? 'pending',
        }
      : {}),
    message: call.waitingMessage?.text,
  }));
}

/** Everybody but observers, of whom nothing is ever received. */
export function sendersAmong(people: readonly RemoteParticipantView[]): RemoteParticipantView[] {
  return people.filter(({ participant }) => participant.role !== 'observer');
}
