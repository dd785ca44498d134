/** Recordings by LiveKit Egress while they are made: begun, paused and ended by what people have agreed to, and kept as one encrypted file. */
import { type RecordingConsent, recordingConsent } from '../../../shared/consent/recording.ts';
import { isOpen } from '../../../shared/consultation/consultation.ts';
import type { AuditDetail } from '../../../shared/contract/audit.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { RecordingEnd } from '../../../shared/contract/recordings.ts';
import type { RunningRecording } from '../../../shared/signaling/recording.ts';
import type { AuditTrail } from '../audit/trail.ts';
import type { ConsentStore } from '../consent/store.ts';
import type { ConsultationStore } from '../consultations/store.ts';
import { graceMs, type Room } from '../rooms/room.ts';
import type { RoomManager } from '../rooms/room-manager.ts';
import type { Log } from '../runtime/log.ts';
import type { Tables } from '../storage/database.ts';
import type { EgressRecorder } from './egress-recorder.ts';
import type { EgressOutcome, EgressRecording, EgressTask } from './egress-run.ts';
import { Grants } from './grants.ts';
import { newEgressId } from './new-egress-id.ts';
import { recordingPath } from './recording-bytes.ts';
import { recordingFact } from './recording-fact.ts';
import type { RecordingStore, StoredRecording } from './store.ts';

export interface EgressRecordingsParts {
  readonly recorder: EgressRecorder;
  readonly store: RecordingStore;
  readonly consents: Pick<ConsentStore, 'ledger'>;
  readonly consultations: Pick<ConsultationStore, 'find'>;
  readonly rooms: Pick<RoomManager, 'find'>;
  readonly trail: Pick<AuditTrail, 'note' | 'about'>;
  readonly log: Log;
  readonly dataDir: string;
  /** The age recipient that recordings are kept for. */
  readonly recipient: string;
  /** ms since the epoch; never back. */
  now(): number;
  /** A recording's file is final now. */
  settled(): void;
  /** Egress was lost in the middle of a recording, of which is kept what there is. */
  lost(consultationId: string): void;
}

/** One that is being made, or of which the file is awaited. */
interface Current {
  readonly egressId: string;
  readonly consultationId: string;
  readonly startedAt: string;
  readonly grants: Grants;
  readonly run: EgressRecording;
  ended?: { readonly as: RecordingEnd; readonly at: number };
  /** The file is safe, or it is known that there is none. */
  readonly finished: Promise<void>;
}

/** Between being asked for and being made. */
interface Starting {
  readonly egressId: string;
  readonly run: EgressRecording;
}

/**
 * For a start without Egress: what was being recorded by it ends, as nobody can follow it now. The next start with it collects
 * the file.
 */
export async function endWithoutEgress({
  store,
  trail,
  log,
  now,
}: Pick<EgressRecordingsParts, 'store' | 'trail' | 'log' | 'now'>): Promise<void> {
  for (const { egressId, consultationId, grants: stored, endedAs } of await store.unfinishedByEgress()) {
    log
      .scope('Recordings')
      .error(
        `Recording ${egressId} was being made by LiveKit Egress, which is switched off now. Its file lies unencrypted where Egress writes. Set LIVEKIT_EGRESS as it was and start again: the file is collected, encrypted and deleted there.`,
      );
    if (endedAs !== undefined) continue;
    const at = now();
    const grants = Grants.parse(stored);
    grants.take(at);
    await store.change(egressId, endingRow(grants, 'interrupted', at));
    trail.note(recordingFact({ egressId, consultationId }, 'ended', 'interrupted'));
  }
}

export class EgressRecordings {
  readonly #parts: EgressRecordingsParts;
  readonly #log: Log;
  readonly #starting = new Map<string, Starting>();
  /** By egressId. */
  readonly #current = new Map<string, Current>();
  #closed = false;

  private constructor(parts: EgressRecordingsParts) {
    this.#parts = parts;
    this.#log = parts.log.scope('Recordings');
  }

  /** Takes up what was being made when the host was stopped. */
  static async open(parts: EgressRecordingsParts): Promise<EgressRecordings> {
    const recordings = new EgressRecordings(parts);
    for (const stored of await parts.store.unfinishedByEgress()) await recordings.#takeUp(stored);
    return recordings;
  }

  /** What is being made, or begins, of a consultation. */
  activeId(consultationId: string): string | undefined {
    return (this.#activeOf(consultationId) ?? this.#starting.get(consultationId))?.egressId;
  }

  /**
   * Done when it records.
   * @throws EgressError when it does not begin within ten seconds; CatalogueError RECORDING_CONSENT_MISSING.
   */
  async start(room: Room): Promise<{ egressId: string; startedAt: string }> {
    const { consultationId, roomName } = room.settings;
    requireConsent(room);
    const egressId = newEgressId();
    const { recording: run, started } = this.#parts.recorder.start(this.#task(egressId, roomName));
    this.#starting.set(consultationId, { egressId, run });
    try {
      await started;
    } finally {
      this.#starting.delete(consultationId);
    }
    const now = this.#parts.now();
    const startedAt = new Date(now).toISOString();
    const grants = new Grants([{ number: 1, from: now }]);
    this.#parts.trail.about({ target: egressId });
    try {
      await this.#parts.store.insert({
        ...emptyRow,
        id: egressId,
        consultation_id: consultationId,
        started_at: startedAt,
        grants: grants.toJson(),
      });
    } catch (error) {
      await run.abandon();
      throw error;
    }
    const current = this.#follow({ egressId, consultationId, startedAt }, grants, run);
    this.#note(current, 'started', 'egress');
    this.#log.info(`Recording started by LiveKit Egress: ${egressId}`);
    // Somebody may have come or gone meanwhile.
    this.consentChanged(consultationId, room.recordingConsent);
    room.tellRecording();
    room.reconsiderTransport();
    return { egressId, startedAt };
  }

  /** Done when its file is safe, or there is none. */
  async stop(egressId: string): Promise<void> {
    const current = this.#current.get(egressId);
    if (current === undefined) return;
    this.#end(current, 'stopped');
    await current.finished;
  }

  running(consultationId: string): RunningRecording | undefined {
    const current = this.#activeOf(consultationId);
    if (current === undefined) return undefined;
    const { egressId, startedAt, grants } = current;
    return {
      egressId,
      recorder: 'egress',
      state: grants.open === undefined ? 'paused' : 'recording',
      startedAt,
      elapsedMs: grants.elapsedMs(this.#parts.now()),
    };
  }

  consentChanged(consultationId: string, { verdict }: RecordingConsent): void {
    void this.#starting.get(consultationId)?.run.allow(verdict === 'run');
    const current = this.#activeOf(consultationId);
    if (current === undefined) return;
    const { egressId, grants, run } = current;
    if (verdict === 'stop') {
      this.#end(current, 'withdrawn');
      return;
    }
    const runs = grants.open !== undefined;
    if (runs === (verdict === 'run')) return;
    if (runs) grants.take(this.#parts.now());
    else grants.give(this.#parts.now());
    void run.allow(!runs);
    this.#note(current, runs ? 'paused' : 'resumed');
    this.#change(egressId, { grants: grants.toJson() });
    this.#parts.rooms.find(consultationId)?.tellRecording();
  }

  /** Ends it when the last doctor has left. */
  participantGone(consultationId: string): void {
    const current = this.#activeOf(consultationId);
    const members = this.#parts.rooms.find(consultationId)?.members ?? [];
    if (current !== undefined && !members.some(({ role, admitted }) => role === 'doctor' && admitted))
      this.#end(current, 'interrupted');
  }

  roomClosed(consultationId: string): void {
    const current = this.#activeOf(consultationId);
    if (current !== undefined) this.#end(current, 'closed');
  }

  /** The video server is away, and with it what Egress records. */
  videoServerLost(): void {
    for (const current of this.#current.values()) {
      if (current.ended !== undefined) continue;
      this.#end(current, 'interrupted');
      this.#parts.lost(current.consultationId);
    }
  }

  /** Lets go of what is being made; the next start of the host takes it up. Until then Egress receives nothing: nobody could stop it. */
  async close(): Promise<void> {
    this.#closed = true;
    const active = [...this.#current.values()].filter(({ ended }) => ended === undefined);
    await Promise.all(active.map(({ run }) => run.allow(false)));
    this.#parts.recorder.close();
    this.#current.clear();
  }

  #activeOf(consultationId: string): Current | undefined {
    for (const current of this.#current.values())
      if (current.consultationId === consultationId && current.ended === undefined) return current;
    return undefined;
  }

  #task(egressId: string, roomName: string): EgressTask {
    const { dataDir, recipient } = this.#parts;
    return { egressId, roomName, path: recordingPath(dataDir, egressId), recipients: [recipient] };
  }

  #follow(
    { egressId, consultationId, startedAt }: Pick<Current, 'egressId' | 'consultationId' | 'startedAt'>,
    grants: Grants,
    run: EgressRecording,
  ): Current {
    const finished = run.outcome.then((outcome) => this.#finish(egressId, outcome));
    const current: Current = { egressId, consultationId, startedAt, grants, run, finished };
    this.#current.set(egressId, current);
    return current;
  }

  /** At once it is sent nothing more; its file follows. */
  #end(current: Current, as: RecordingEnd): void {
    if (current.ended !== undefined) return;
    const { egressId, consultationId, grants, run } = current;
    const now = this.#parts.now();
    grants.take(now);
    current.ended = { as, at: now };
    void run.stop();
    this.#note(current, 'ended', as);
    this.#log.info(`Recording ended: ${egressId} (${as})`);
    this.#change(egressId, endingRow(grants, as, now));
    const room = this.#parts.rooms.find(consultationId);
    room?.tellRecording();
    room?.reconsiderTransport();
  }

  async #finish(egressId: string, { file, problem }: EgressOutcome): Promise<void> {
    const current = this.#current.get(egressId);
    if (current === undefined || this.#closed) return;
    const wasLost = current.ended === undefined;
    if (wasLost) this.#end(current, 'interrupted');
    const captured = current.grants.elapsedMs(this.#parts.now());
    await this.#parts.store
      .change(egressId, {
        status: file ? 'EGRESS_COMPLETE' : 'EGRESS_FAILED',
        duration_ms: file?.durationMs ?? 0,
        captured_ms: Math.max(captured, file?.durationMs ?? 0),
        size_bytes: file?.sizeBytes ?? null,
        sha256: file?.sha256 ?? null,
        content_type: file?.contentType ?? null,
      })
      .catch((error: unknown) =>
        this.#log.error(`The end of recording ${egressId} could not be kept`, error),
      );
    if (file) this.#note(current, 'saved', `${file.durationMs} of ${captured} ms`);
    else this.#lost(current, problem);
    this.#current.delete(egressId);
    this.#parts.settled();
    if (wasLost) this.#parts.lost(current.consultationId);
  }

  /** It receives nothing until its room is known again and everybody in it has agreed. */
  async #takeUp(stored: StoredRecording): Promise<void> {
    const { egressId, consultationId, roomName, startedAt, endedAs, endedAt } = stored;
    const grants = Grants.parse(stored.grants);
    const run = this.#parts.recorder.takeUp(this.#task(egressId, roomName), false);
    const current = this.#follow({ egressId, consultationId, startedAt }, grants, run);
    if (endedAs !== undefined && endedAt !== undefined) {
      current.ended = { as: endedAs, at: Date.parse(endedAt) };
      void run.stop();
      return;
    }
    // What it recorded while the host was away is in the file; for how long is known from the file alone.
    grants.take(this.#parts.now());
    const consultation = await this.#parts.consultations.find(consultationId);
    const ledger = await this.#parts.consents.ledger(consultationId);
    const closed = consultation === undefined || !isOpen(consultation.state);
    if (closed || recordingConsent(ledger, [])?.verdict === 'stop') {
      this.#end(current, closed ? 'closed' : 'withdrawn');
      return;
    }
    const timer = setTimeout(() => this.participantGone(consultationId), graceMs.admitted);
    timer.unref();
    void run.outcome.then(() => clearTimeout(timer));
  }

  #lost(current: Current, problem = 'it does not say why'): void {
    this.#note(current, 'lost');
    this.#log.error(`Nothing of recording ${current.egressId} could be saved: ${problem}`);
  }

  #note(current: Current, what: string, detail?: AuditDetail): void {
    this.#parts.trail.note(recordingFact(current, what, detail));
  }

  #change(egressId: string, change: Partial<Tables['recordings']>): void {
    this.#parts.store.change(egressId, change).catch((error: unknown) => {
      this.#log.error(`What happened to recording ${egressId} could not be kept`, error);
    });
  }
}

/** It has ended, and its file is awaited. */
function endingRow(grants: Grants, as: RecordingEnd, at: number): Partial<Tables['recordings']> {
  return {
    status: 'EGRESS_ENDING',
    ended_at: new Date(at).toISOString(),
    ended_as: as,
    captured_ms: grants.elapsedMs(at),
    grants: grants.toJson(),
  };
}

function requireConsent(room: Room): void {
  const consent = room.recordingConsent;
  if (consent.verdict !== 'run') throw new CatalogueError('RECORDING_CONSENT_MISSING', consent);
}

const emptyRow = {
  recorder: 'egress',
  status: 'EGRESS_ACTIVE',
  ended_at: null,
  ended_as: null,
  duration_ms: 0,
  captured_ms: 0,
  size_bytes: null,
  sha256: null,
  content_type: null,
  recorder_identity: null,
  working_identity: null,
  log_until: null,
  log_bytes: 0,
} as const;
