/** What a room is told of its recording, and what it tells of that concerns one. */
import type { RecordingConsent } from '../../../shared/consent/recording.ts';
import type { RecorderOrders, RunningRecording } from '../../../shared/signaling/recording.ts';

export interface RoomRecording {
  /** As everybody in the call is told. */
  running(consultationId: string): RunningRecording | undefined;
  /** What a window is to do that may record. */
  orders(consultationId: string, identity: string): RecorderOrders | undefined;
  /** Somebody came, went or answered. */
  consentChanged(consultationId: string, consent: RecordingConsent): void;
  /** Somebody is not in the room any more, or their window cannot record. @param lastSeen ms since the epoch. */
  recorderGone(consultationId: string, identity: string, lastSeen: number): void;
  /** Everybody was sent home. */
  roomClosed(consultationId: string): void;
}
