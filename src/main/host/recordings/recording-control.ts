/**
 * What records: LiveKit Egress where it is set up and the call goes through the video server, else a doctor's window. Both behind the
 * same operations, the same ledger and the same rows.
 */
import type { RecordingConsent } from '../../../shared/consent/recording.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { Recording } from '../../../shared/contract/recordings.ts';
import type {
  RecorderOrders,
  RecordingTrouble,
  RunningRecording,
} from '../../../shared/signaling/recording.ts';
import type { Admission } from '../admission/admission.ts';
import { hostItself } from '../audit/fact.ts';
import type { AuditTrail } from '../audit/trail.ts';
import { EgressError } from '../livekit/egress.ts';
import type { LiveKit } from '../livekit/livekit.ts';
import type { RoomManager } from '../rooms/room-manager.ts';
import type { RoomRecording } from '../rooms/room-recording.ts';
import type { Log } from '../runtime/log.ts';
import type { EgressRecordings } from './egress-recordings.ts';
import type { Recordings } from './recordings.ts';
import type { RecordingStore, RecordingsQuery } from './store.ts';

const troubleWords: Readonly<Record<RecordingTrouble, string>> = {
  'egress-not-started': "LiveKit Egress did not begin to record; the doctor's window records instead",
  'egress-lost':
    "LiveKit Egress was lost in the middle of a recording; the doctor's window goes on where it can",
};

export interface RecordingControlParts {
  readonly windows: Recordings;
  /** Undefined: Egress is not set up. */
  readonly egress: EgressRecordings | undefined;
  readonly store: Pick<RecordingStore, 'find'>;
  readonly admission: Pick<Admission, 'require' | 'requireOpen'>;
  readonly rooms: Pick<RoomManager, 'find'>;
  readonly livekit: Pick<LiveKit, 'status'>;
  readonly trail: Pick<AuditTrail, 'note'>;
  readonly log: Log;
}

export class RecordingControl implements RoomRecording {
  readonly #parts: RecordingControlParts;
  readonly #log: Log;

  constructor(parts: RecordingControlParts) {
    this.#parts = parts;
    this.#log = parts.log.scope('Recordings');
  }

  /** @throws CatalogueError ROOM_NOT_FOUND, ALREADY_RECORDING, RECORDING_CONSENT_MISSING or NO_RECORDER */
  async start(consultationId: string, roomName: string) {
    const { admission, egress, livekit, rooms, windows } = this.#parts;
    const consultation = await admission.requireOpen(consultationId);
    if (consultation.roomName !== roomName) throw new CatalogueError('ROOM_NOT_FOUND');
    const egressId = egress?.activeId(consultationId);
    if (egressId !== undefined) throw new CatalogueError('ALREADY_RECORDING', { egressId });
    const room = rooms.find(consultationId);
    const byServer = room?.transport === 'sfu' && livekit.status().state === 'ready';
    if (egress === undefined || room === undefined || !byServer || windows.running(consultationId))
      return windows.start(consultationId, roomName);
    try {
      const started = await egress.start(room);
      return { ...started, roomName, status: 'EGRESS_ACTIVE' as const, recorder: 'egress' as const };
    } catch (cause) {
      if (!(cause instanceof EgressError)) throw cause;
      this.#trouble(consultationId, 'egress-not-started', cause.message);
      return windows.start(consultationId, roomName);
    }
  }

  /**
   * Ends a recording, or waits for the end of one; answered when its file is safe.
   * @throws CatalogueError RECORDING_NOT_FOUND
   */
  async stop(consultationId: string, egressId: string) {
    const { admission, egress, store, windows } = this.#parts;
    await admission.require(consultationId);
    const stored = await store.find(egressId);
    if (stored?.recorder !== 'egress' || stored.consultationId !== consultationId)
      return windows.stop(consultationId, egressId);
    await egress?.stop(egressId);
    const { status, endedAt, durationMs, sizeBytes } = (await store.find(egressId)) ?? stored;
    return { egressId, status, endedAt: endedAt ?? '', durationMs, sizeBytes: sizeBytes ?? 0 };
  }

  /** Newest first. @throws CatalogueError RECORDING_NOT_FOUND for a page after one that there is not. */
  async list(query?: RecordingsQuery): Promise<Recording[]> {
    return (await this.#parts.windows.list(query)).map((recording) => this.#shown(recording));
  }

  /** @throws CatalogueError RECORDING_NOT_FOUND */
  async get(egressId: string): Promise<Recording> {
    return this.#shown(await this.#parts.windows.get(egressId));
  }

  async endAsClosed(consultationId: string): Promise<void> {
    this.#parts.egress?.roomClosed(consultationId);
    await this.#parts.windows.endAsClosed(consultationId);
  }

  /** Egress was lost in the middle: a doctor's window goes on, with a recording of its own. */
  egressLost(consultationId: string): void {
    this.#trouble(consultationId, 'egress-lost');
    const room = this.#parts.rooms.find(consultationId);
    if (room === undefined) return;
    this.#parts.windows.start(consultationId, room.settings.roomName).catch((cause: unknown) => {
      const why = cause instanceof CatalogueError ? cause.code : 'INTERNAL_ERROR';
      this.#log.error(`Nobody goes on with the recording: ${why}`, cause);
    });
  }

  running(consultationId: string): RunningRecording | undefined {
    return this.#parts.egress?.running(consultationId) ?? this.#parts.windows.running(consultationId);
  }

  orders(consultationId: string, identity: string): RecorderOrders | undefined {
    return this.#parts.windows.orders(consultationId, identity);
  }

  consentChanged(consultationId: string, consent: RecordingConsent): void {
    this.#parts.egress?.consentChanged(consultationId, consent);
    this.#parts.windows.consentChanged(consultationId, consent);
  }

  recorderGone(consultationId: string, identity: string, lastSeen: number): void {
    this.#parts.egress?.participantGone(consultationId);
    this.#parts.windows.recorderGone(consultationId, identity, lastSeen);
  }

  roomClosed(consultationId: string): void {
    this.#parts.egress?.roomClosed(consultationId);
    this.#parts.windows.roomClosed(consultationId);
  }

  /** How far Egress has come is not in its row. */
  #shown(recording: Recording): Recording {
    const running = this.#parts.egress?.running(recording.consultationId);
    return running?.egressId === recording.egressId
      ? { ...recording, capturedMs: running.elapsedMs }
      : recording;
  }

  /** Told to the doctors, to the log and to the audit log. */
  #trouble(consultationId: string, trouble: RecordingTrouble, detail?: string): void {
    this.#log.error(`${troubleWords[trouble]}${detail === undefined ? '' : `: ${detail}`}`);
    this.#parts.trail.note({
      event: `recording.${trouble}`,
      caller: hostItself,
      consultationId,
      outcome: 'ok',
    });
    this.#parts.rooms.find(consultationId)?.tellRecordingTrouble(trouble);
  }
}
