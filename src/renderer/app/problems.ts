/** What a failed request means to the person who made it, in words and with the next step. */
import type { ErrorCode } from '../../shared/contract/errors.ts';
import { CatalogueError, HostUnreachable } from '../host-client/index.ts';

const words: Partial<Record<ErrorCode, string>> = {
  CONSULTATION_CONFLICT: 'problems.conflict',
  CONSULTATION_CLOSED: 'problems.closed',
  CONSULTATION_CANCELLED: 'problems.cancelled',
  CONSULTATION_MISSED: 'problems.missed',
  CONSULTATION_LIVE: 'problems.live',
  CONSULTATION_CHANGED: 'problems.changed',
  CONSULTATION_NOT_FOUND: 'problems.notFound',
  ROOM_NOT_FOUND: 'problems.notFound',
  ROOM_FULL: 'problems.full',
  LIVEKIT_UNAVAILABLE: 'problems.noServer',
  NO_NETWORK: 'problems.noNetwork',
  TLS_PORT_TAKEN: 'problems.tlsPortTaken',
  CERTIFICATE_UNUSABLE: 'problems.certificate',
  NO_RECORDER: 'recording.unable',
  ALREADY_RECORDING: 'problems.alreadyRecording',
  RECORDING_CONSENT_MISSING: 'problems.recordingConsent',
  RECORDING_NOT_FOUND: 'problems.recordingGone',
  RECORDING_GONE: 'problems.recordingFileGone',
  RECORDING_DELETED: 'problems.recordingDeleted',
  RECORDING_HELD: 'problems.recordingHeld',
  RECORDING_NOT_FINISHED: 'problems.recordingNotFinished',
  RECORDING_KEY_ABSENT: 'problems.recordingKeyAbsent',
  RECORDING_DAMAGED: 'problems.recordingDamaged',
  RECORDING_AWAY: 'problems.recordingAway',
  RECORDING_SHARING_OFF: 'problems.recordingSharingOff',
  CONSENT_MISSING: 'problems.consentMissing',
  INVITATION_NOT_FOUND: 'problems.noInvitation',
  PARTICIPANT_NOT_FOUND: 'problems.gone',
  DEVICE_NOT_FOUND: 'problems.deviceGone',
  FORBIDDEN: 'problems.forbidden',
  FOREIGN_ORIGIN: 'problems.forbidden',
  UNAUTHENTICATED: 'problems.forbidden',
};

/** The key of the text. */
export function problemText(error: unknown): string {
  if (error instanceof CatalogueError) return words[error.code] ?? 'problems.unknown';
  return error instanceof HostUnreachable ? 'problems.unreachable' : 'problems.unknown';
}
