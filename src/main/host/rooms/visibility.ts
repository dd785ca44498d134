/** Who of a room sees whom, and who may send signals to whom; the same rule for both, so that nobody can address the unseen. */
import type { ParticipantRole } from '../../../shared/access/access.ts';

interface Person {
  readonly identity: string;
  readonly role: ParticipantRole;
  readonly admitted: boolean;
}

/**
 * Admitted people see each other. A doctor sees who waits. A waiting patient sees the doctor only,
 * so that both can connect in advance; a waiting observer sees nobody.
 */
export function sees(viewer: Person, other: Person): boolean {
  if (viewer.identity === other.identity) return false;
  if (viewer.admitted && other.admitted) return true;
  if (viewer.admitted && viewer.role === 'doctor') return true;
  return !viewer.admitted && viewer.role === 'patient' && other.admitted && other.role === 'doctor';
}

/** Signals go between two people who see each other and of whom none is a waiting observer. */
export function maySignal(from: Person, to: Person): boolean {
  return sees(from, to) && sees(to, from);
}
