/**
 * Recordings while they are made: begun with everybody's consent, paused and ended by it, kept segment by segment, and finished to
 * a file whatever happens in between.
 */
import { mkdirSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { identityToRecipient } from 'age-encryption';
import { type RecordingConsent, recordingConsent } from '../../../shared/consent/recording.ts';
import { isOpen } from '../../../shared/consultation/consultation.ts';
import type { AuditDetail } from '../../../shared/contract/audit.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { RecordingEnd, Recording as ShownRecording } from '../../../shared/contract/recordings.ts';
import type { RequestPayload } from '../../../shared/signaling/messages.ts';
import type { RecorderOrders, RunningRecording } from '../../../shared/signaling/recording.ts';
import type { Admission } from '../admission/admission.ts';
import type { AuditTrail } from '../audit/trail.ts';
import type { ConsentStore } from '../consent/store.ts';
import type { ConsultationStore } from '../consultations/store.ts';
import { graceMs, type Room } from '../rooms/room.ts';
import type { RoomManager } from '../rooms/room-manager.ts';
import type { RoomRecording } from '../rooms/room-recording.ts';
import { newAgeIdentity } from '../runtime/age-keys.ts';
import type { Log } from '../runtime/log.ts';
import { Turns } from '../runtime/turns.ts';
import type { Tables } from '../storage/database.ts';
import { storageFailure } from '../storage/failures.ts';
import type { OpenFile } from './age-file.ts';
import { newEgressId } from './new-egress-id.ts';
import { CodecChangedError, Recording } from './recording.ts';
import { recordingPath } from './recording-bytes.ts';
import { recordingFact } from './recording-fact.ts';
import { segmentLogPath } from './segment-log.ts';
import { type RecordingStore, type RecordingsQuery, type StoredRecording, toStored } from './store.ts';
import { writeRecording } from './write-recording.ts';

/** How long a window may take to send what is left when a recording ends, ms. */
const completeWithinMs = 5_000;
/** How long segments are still taken of a recording of which some may be missing, ms. */
const lateMs = 24 * 60 * 60_000;
/** The file is written anew when so long no more late segments came, ms. */
const lateQuietMs = 3_000;
/** A disk that was full is tried again after this, ms. */
const fullAgainMs = 60_000;
const sweepEveryMs = 10 * 60_000;

export interface RecordingsParts {
  readonly store: RecordingStore;
  readonly consents: Pick<ConsentStore, 'ledger'>;
  readonly consultations: Pick<ConsultationStore, 'find'>;
  readonly admission: Pick<Admission, 'require' | 'requireOpen' | 'inTurn'>;
  readonly rooms: Pick<RoomManager, 'find'>;
  readonly trail: Pick<AuditTrail, 'note' | 'about' | 'during'>;
  readonly log: Log;
  readonly dataDir: string;
  /** The age recipient that recordings are kept for. */
  readonly recipient: string;
  /** ms since the epoch; never back, because grants are measured by it. */
  now(): number;
  /** A recording's file is final now. */
  settled(): void;
  readonly openFile?: OpenFile | undefined;
}

/** `recovered`: after the host was stopped, or the window was away, in the middle of it. */
type How = 'saved' | 'recovered';

interface Ending {
  /** The window has sent what it had, or had its time for it. */
  readonly collected: Promise<void>;
  /** The file is safe, or it is known why not. */
  readonly finished: Promise<void>;
}

export class Recordings implements RoomRecording {
  readonly #parts: RecordingsParts;
  readonly #log: Log;
  /** Being made, by consultation: until the window has sent everything. */
  readonly #current = new Map<string, Recording>();
  /** Whose log is open, by egressId: being made, being finished, or taking late segments. */
  readonly #open = new Map<string, Recording>();
  readonly #endings = new Map<string, Ending>();
  /** Of recordings that a start of the host found, until their room is known again: when something was last heard of them. */
  readonly #unseen = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #finishing = new Set<Promise<void>>();
  readonly #turns = new Turns();
  readonly #closing = new AbortController();
  readonly #sweeper: NodeJS.Timeout;

  private constructor(parts: RecordingsParts) {
    this.#parts = parts;
    this.#log = parts.log.scope('Recordings');
    this.#sweeper = setInterval(() => void this.#sweep(), sweepEveryMs);
    this.#sweeper.unref();
  }

  /** Takes up what was being made or finished when the host was stopped. */
  static async open(parts: RecordingsParts): Promise<Recordings> {
    mkdirSync(join(parts.dataDir, 'recordings'), { recursive: true, mode: 0o700 });
    const recordings = new Recordings(parts);
    await recordings.#takeUp();
    return recordings;
  }

  /** @throws CatalogueError ROOM_NOT_FOUND, ALREADY_RECORDING, RECORDING_CONSENT_MISSING or NO_RECORDER */
  async start(consultationId: string, roomName: string) {
    const consultation = await this.#parts.admission.requireOpen(consultationId);
    if (consultation.roomName !== roomName) throw new CatalogueError('ROOM_NOT_FOUND');
    // One that was just stopped has its last segments still on their way.
    const before = this.#current.get(consultationId);
    if (before?.ended) await this.#endings.get(before.egressId)?.collected;
    const recording = await this.#parts.admission.inTurn(consultationId, () => this.#start(consultationId));
    return {
      egressId: recording.egressId,
      roomName,
      startedAt: recording.startedAt,
      status: 'EGRESS_ACTIVE' as const,
      recorder: 'client' as const,
    };
  }

  async #start(consultationId: string): Promise<Recording> {
    const { store, rooms, trail } = this.#parts;
    await this.#parts.admission.requireOpen(consultationId);
    const running = this.#current.get(consultationId);
    if (running) throw new CatalogueError('ALREADY_RECORDING', { egressId: running.egressId });
    const room = rooms.find(consultationId);
    const consent = room?.recordingConsent ?? { verdict: 'stop', answers: [] };
    if (consent.verdict !== 'run') throw new CatalogueError('RECORDING_CONSENT_MISSING', consent);
    const recorderIdentity = room?.recorderIdentity;
    if (recorderIdentity === undefined) throw new CatalogueError('NO_RECORDER');
    const egressId = newEgressId();
    trail.about({ target: egressId });
    const now = this.#parts.now();
    const row = {
      ...emptyRow,
      id: egressId,
      consultation_id: consultationId,
      started_at: new Date(now).toISOString(),
      recorder_identity: recorderIdentity,
      working_identity: newAgeIdentity(),
      grants: JSON.stringify([{ number: 1, from: now }]),
    };
    const recording = await this.#openRecording(toStored(row));
    try {
      await store.insert(row);
    } catch (error) {
      await this.#close(recording);
      await rm(this.#logPath(egressId), { force: true });
      throw error;
    }
    this.#current.set(consultationId, recording);
    this.#note(recording, 'started');
    this.#log.info(`Recording started: ${egressId}`);
    // Somebody may have come or gone meanwhile.
    if (room) this.consentChanged(consultationId, room.recordingConsent);
    room?.tellRecording();
    return recording;
  }

  /**
   * Ends a recording, or waits for the end of one; answered when its file is safe.
   * @throws CatalogueError RECORDING_NOT_FOUND
   */
  async stop(consultationId: string, egressId: string) {
    const { admission, store } = this.#parts;
    await admission.require(consultationId);
    const stored = await store.find(egressId);
    if (stored?.consultationId !== consultationId) throw new CatalogueError('RECORDING_NOT_FOUND');
    const current = this.#current.get(consultationId);
    const left = this.#open.get(egressId);
    const ending = this.#endings.get(egressId);
    if (current?.egressId === egressId) await this.#end(current, 'stopped').finished;
    else if (ending) await ending.finished;
    // It could not be finished before, for instance because the disk was full.
    else if (left && stored.status !== 'EGRESS_COMPLETE') await this.#finish(left, 'saved');
    const { status, endedAt, durationMs, sizeBytes } = (await store.find(egressId)) ?? stored;
    return { egressId, status, endedAt: endedAt ?? '', durationMs, sizeBytes: sizeBytes ?? 0 };
  }

  /** Ends what is being recorded of a consultation that is about to be closed; done when the window has sent what it had. */
  async endAsClosed(consultationId: string): Promise<void> {
    const recording = this.#current.get(consultationId);
    if (recording) await this.#end(recording, 'closed').collected;
  }

  /** Newest first. @throws CatalogueError RECORDING_NOT_FOUND for a page after one that there is not. */
  async list(query: RecordingsQuery = {}): Promise<ShownRecording[]> {
    const after = query.after === undefined ? undefined : await this.get(query.after);
    return (await this.#parts.store.list(query, after)).map((recording) => this.#shown(recording));
  }

  /** @throws CatalogueError RECORDING_NOT_FOUND */
  async get(egressId: string): Promise<ShownRecording> {
    const recording = await this.#parts.store.get(egressId);
    if (recording === undefined) throw new CatalogueError('RECORDING_NOT_FOUND');
    return this.#shown(recording);
  }

  /** Leaves nothing of what a file could be made from again: for a recording that is deleted. The file is its owner's to delete. */
  async discard(egressId: string): Promise<void> {
    await this.#turns.run(egressId, async () => {
      await this.#settle(egressId);
    });
  }

  /**
   * Takes one segment of a window.
   * @throws CatalogueError FORBIDDEN, RECORDING_NOT_FOUND, RECORDING_OVER, NO_GRANT, BAD_REQUEST; the file system's error.
   */
  async segment(
    room: Room,
    identity: string,
    { egressId, ...sent }: RequestPayload<'segment'>,
  ): Promise<{ durable: number }> {
    const recording = await this.#requireTaking(room, identity, egressId);
    try {
      return { durable: await recording.take(sent, this.#parts.now()) };
    } catch (error) {
      if (!(error instanceof CodecChangedError)) throw error;
      this.#beginAgain(recording);
      throw new CatalogueError('RECORDING_OVER');
    } finally {
      this.#finishLate(recording, lateQuietMs);
    }
  }

  /** A window says that it has sent everything. @throws as `segment` does. */
  async recorded(
    room: Room,
    identity: string,
    { egressId, capturedMs }: RequestPayload<'recorded'>,
  ): Promise<Record<string, never>> {
    const recording = await this.#requireTaking(room, identity, egressId);
    if (recording.ended === undefined)
      throw new CatalogueError('BAD_REQUEST', 'This recording goes on; say so when you are ordered to end.');
    recording.recorded(capturedMs);
    this.#finishLate(recording, 0);
    return {};
  }

  running(consultationId: string): RunningRecording | undefined {
    return this.#current.get(consultationId)?.running(this.#parts.now());
  }

  orders(consultationId: string, identity: string): RecorderOrders | undefined {
    const recording = this.#current.get(consultationId);
    return recording?.recorderIdentity === identity ? recording.orders() : undefined;
  }

  consentChanged(consultationId: string, { verdict }: RecordingConsent): void {
    const recording = this.#current.get(consultationId);
    if (recording === undefined || recording.ended) return;
    const { egressId, grants } = recording;
    // What changed while the host was away is only known to have been so until then.
    const until = this.#unseen.get(egressId) ?? this.#parts.now();
    this.#unseen.delete(egressId);
    if (verdict === 'stop') {
      grants.take(until);
      this.#end(recording, 'withdrawn');
      return;
    }
    const runs = grants.open !== undefined;
    if (runs === (verdict === 'run')) return;
    if (runs) grants.take(until);
    else grants.give(this.#parts.now());
    this.#note(recording, runs ? 'paused' : 'resumed');
    this.#change(egressId, { grants: grants.toJson() });
    this.#parts.rooms.find(consultationId)?.tellRecording();
  }

  recorderGone(consultationId: string, identity: string, lastSeen: number): void {
    const recording = this.#current.get(consultationId);
    if (recording?.recorderIdentity === identity) this.#end(recording, 'interrupted', { lastSeen });
  }

  roomClosed(consultationId: string): void {
    const recording = this.#current.get(consultationId);
    if (recording) this.#end(recording, 'closed');
  }

  /** Recordings that are being made go on with the next start. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    this.#closing.abort();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    while (this.#finishing.size > 0) await Promise.all(this.#finishing);
    for (const recording of this.#open.values()) await recording.log.close();
    this.#open.clear();
    this.#current.clear();
  }

  /** Ends the taking of it at once; what the window has still to send is taken for a while, where there is a window. */
  #end(
    recording: Recording,
    as: RecordingEnd,
    {
      // Of one that a start of the host found nothing was heard since.
      lastSeen = this.#unseen.get(recording.egressId) ?? this.#parts.now(),
      wait = true,
      how = (this.#unseen.has(recording.egressId) ? 'recovered' : 'saved') as How,
    } = {},
  ): Ending {
    const { egressId, consultationId } = recording;
    const known = this.#endings.get(egressId);
    if (known) return known;
    const now = this.#parts.now();
    recording.grants.take(now);
    recording.ended = { as, at: now, lastSeen };
    const collected = this.#collect(recording, wait);
    const ending = { collected, finished: collected.then(() => this.#finish(recording, how)) };
    this.#endings.set(egressId, ending);
    ending.finished.catch(() => {}).finally(() => this.#endings.delete(egressId));
    this.#parts.rooms.find(consultationId)?.tellRecording();
    return ending;
  }

  async #collect(recording: Recording, wait: boolean): Promise<void> {
    const { consultationId, ended } = recording;
    const { rooms, now } = this.#parts;
    this.#note(recording, 'ended', ended?.as);
    this.#log.info(`Recording ended: ${recording.egressId} (${ended?.as})`);
    this.#change(recording.egressId, {
      ...endOf(recording),
      status: 'EGRESS_ENDING',
      duration_ms: recording.durableMs,
      captured_ms: recording.capturedMs(now()),
    });
    const there = rooms.find(consultationId)?.recorderIdentity === recording.recorderIdentity;
    if (wait && there) await recording.completion(completeWithinMs, this.#closing.signal);
    if (this.#current.get(consultationId) === recording) this.#current.delete(consultationId);
    rooms.find(consultationId)?.tellRecording();
  }

  /** Writes the file from what is there. @throws what kept it from being written; it is tried again. */
  async #finish(recording: Recording, how: How): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const work = this.#turns.run(recording.egressId, () => this.#finishInTurn(recording, how));
    const settled = work.catch(() => {});
    this.#finishing.add(settled);
    try {
      await work;
    } finally {
      this.#finishing.delete(settled);
    }
  }

  async #finishInTurn(recording: Recording, how: How): Promise<void> {
    const { egressId, log } = recording;
    if (this.#open.get(egressId) !== recording) return;
    try {
      await recording.quiet();
      // What came late may be nothing new.
      while (recording.writtenBytes !== log.size) {
        const bytes = log.size;
        await this.#writeFile(recording, how);
        recording.writtenBytes = bytes;
        await recording.quiet();
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#couldNotFinish(recording, how, error);
      throw error;
    }
    const complete = recording.isComplete;
    await this.#close(recording);
    if (complete) await this.#settle(egressId);
  }

  /** The row says that it is there in the commit of its audit entry, so that a kill takes neither without the other. */
  async #writeFile(recording: Recording, how: How): Promise<void> {
    const { egressId, log, segments, identity, ended } = recording;
    const { dataDir, recipient, openFile, store, trail, now } = this.#parts;
    const logBytes = log.size;
    const file = await writeRecording(
      { log, segments, identity },
      recordingPath(dataDir, egressId),
      [recipient],
      {
        signal: this.#closing.signal,
        ...(openFile ? { openFile } : {}),
      },
    );
    for (const { number, position, length } of file?.unreadable ?? [])
      this.#log.error(
        `Segment ${number} of ${egressId} is not what was written: bytes ${position} to ${position + length} of its log`,
      );
    const durationMs = file?.durationMs ?? 0;
    const capturedMs = Math.max(recording.capturedMs(now()), durationMs);
    const saved = `${durationMs} of ${capturedMs} ms` as const;
    await trail.during(recordingFact(recording, how, saved), 'each', () =>
      store.change(egressId, {
        // Once more, because the disk may have been full when it ended.
        ...endOf(recording),
        status: file ? 'EGRESS_COMPLETE' : 'EGRESS_FAILED',
        duration_ms: durationMs,
        captured_ms: capturedMs,
        size_bytes: file?.sizeBytes ?? null,
        sha256: file?.sha256 ?? null,
        content_type: file?.contentType ?? null,
        log_bytes: logBytes,
        log_until: new Date((ended?.at ?? now()) + lateMs).toISOString(),
      }),
    );
    this.#log.info(`Recording ${how}: ${egressId}, ${saved}`);
  }

  #couldNotFinish(recording: Recording, how: How, error: unknown): void {
    const { egressId } = recording;
    this.#log.error(`Recording ${egressId} could not be written; its segments are kept`, error);
    if (storageFailure(error)) {
      this.#later(egressId, fullAgainMs, () => this.#finish(recording, how));
      return;
    }
    // Something that another try would not change; the next start, perhaps of a newer version, tries all the same.
    this.#change(egressId, { status: 'EGRESS_FAILED', ended_as: 'failed' });
  }

  /** Nothing more is taken of a recording: its log and its own key go. */
  async #settle(egressId: string): Promise<void> {
    await this.#parts.store.change(egressId, { working_identity: null, log_until: null });
    const open = this.#open.get(egressId);
    if (open) await this.#close(open);
    await rm(this.#logPath(egressId), { force: true });
    this.#parts.settled();
  }

  async #close(recording: Recording): Promise<void> {
    this.#open.delete(recording.egressId);
    await recording.log.close();
  }

  /** A segment that came after the end has the file written anew. */
  #finishLate(recording: Recording, quietMs: number): void {
    const { egressId } = recording;
    if (recording.ended === undefined || this.#current.get(recording.consultationId) === recording) return;
    this.#later(egressId, quietMs, () => this.#finish(recording, 'recovered'));
  }

  #later(egressId: string, ms: number, work: () => Promise<void>): void {
    clearTimeout(this.#timers.get(egressId));
    if (this.#closing.signal.aborted) return;
    const timer = setTimeout(() => {
      this.#timers.delete(egressId);
      work().catch(() => {});
    }, ms);
    timer.unref();
    this.#timers.set(egressId, timer);
  }

  /** The window encodes in another way than it began: that is another file, and so another recording. */
  #beginAgain(recording: Recording): void {
    const { consultationId } = recording;
    if (this.#current.get(consultationId) !== recording || recording.ended) return;
    this.#end(recording, 'interrupted', { wait: false })
      .collected.then(() => this.#parts.admission.inTurn(consultationId, () => this.#start(consultationId)))
      .catch((error) => this.#log.error('A recording could not go on as another one', error));
  }

  async #requireTaking(room: Room, identity: string, egressId: string): Promise<Recording> {
    room.requireRecorder(identity);
    const isOwn = (recording: {
      readonly consultationId: string;
      readonly recorderIdentity: string | undefined;
    }) =>
      recording.consultationId === room.settings.consultationId && recording.recorderIdentity === identity;
    const open = this.#open.get(egressId);
    if (open && isOwn(open)) return open;
    return this.#turns.run(egressId, async () => {
      const opened = this.#open.get(egressId);
      const stored = await this.#parts.store.find(egressId);
      if (stored === undefined || !isOwn(stored)) throw new CatalogueError('RECORDING_NOT_FOUND');
      if (opened) return opened;
      if (stored.workingIdentity === undefined || !this.#takesLate(stored))
        throw new CatalogueError('RECORDING_OVER');
      return this.#openRecording(stored);
    });
  }

  #takesLate({ logUntil }: StoredRecording): boolean {
    return logUntil !== undefined && Date.parse(logUntil) > this.#parts.now();
  }

  async #openRecording(stored: StoredRecording): Promise<Recording> {
    const { egressId, workingIdentity, endedAs, endedAt } = stored;
    const recipients = [this.#parts.recipient, await identityToRecipient(workingIdentity ?? '')];
    const recording = await Recording.open(stored, this.#logPath(egressId), recipients, this.#parts.openFile);
    if (endedAs !== undefined && endedAt !== undefined) {
      const at = Date.parse(endedAt);
      recording.ended = { as: endedAs, at, lastSeen: at };
    }
    for (const { from, to } of recording.log.damage) {
      this.#log.error(`Bytes ${from} to ${to} of the log of ${egressId} are not what was written`);
      this.#note(recording, 'damaged', `bytes ${from} to ${to}`);
    }
    this.#open.set(egressId, recording);
    return recording;
  }

  async #takeUp(): Promise<void> {
    const unsettled = await this.#parts.store.unsettled();
    for (const stored of unsettled) {
      // One that cannot be taken up keeps nobody from working.
      await this.#takeUpOne(stored).catch((error) =>
        this.#log.error(`Recording ${stored.egressId} could not be taken up`, error),
      );
    }
    const known = new Set(unsettled.map(({ egressId }) => egressId));
    const folder = join(this.#parts.dataDir, 'recordings');
    for (const name of await readdir(folder)) {
      const egressId = /^(EG_[^.]+)\.(log|age\.part)$/.exec(name)?.[1];
      if (egressId === undefined || known.has(egressId)) continue;
      if (name.endsWith('.log') && (await this.#isOfLaterTime(egressId))) continue;
      await rm(join(folder, name), { force: true });
    }
  }

  /** A restored backup may be older than a recording: then its segments are all there is of it, and a later backup may know it. */
  async #isOfLaterTime(egressId: string): Promise<boolean> {
    if ((await this.#parts.store.find(egressId)) !== undefined) return false;
    // Of one that nobody was told of: the host was killed while it began.
    if ((await stat(this.#logPath(egressId))).size === 0) return false;
    this.#log.warn(`${egressId}.log holds segments of a recording that the database does not know; it stays`);
    return true;
  }

  async #takeUpOne(stored: StoredRecording): Promise<void> {
    const { egressId, consultationId, status, logUntil } = stored;
    const log = await stat(this.#logPath(egressId)).catch(() => undefined);
    const over = status === 'EGRESS_COMPLETE' || status === 'EGRESS_FAILED';
    if (over && logUntil !== undefined) {
      if (!this.#takesLate(stored)) return this.#settle(egressId);
      if (log === undefined || log.size === stored.logBytes) return;
    }
    const lastSeen = log?.mtimeMs ?? Date.parse(stored.startedAt);
    const recording = await this.#openRecording(stored);
    if (recording.ended) {
      recording.ended = { ...recording.ended, lastSeen: Math.min(lastSeen, recording.ended.at) };
      void this.#finish(recording, 'recovered').catch(() => {});
      return;
    }
    this.#current.set(consultationId, recording);
    const consultation = await this.#parts.consultations.find(consultationId);
    const ledger = await this.#parts.consents.ledger(consultationId);
    const closed = consultation === undefined || !isOpen(consultation.state);
    if (closed || recordingConsent(ledger, [])?.verdict === 'stop') {
      recording.grants.take(lastSeen);
      this.#end(recording, closed ? 'closed' : 'withdrawn', { lastSeen, how: 'recovered' });
      return;
    }
    this.#unseen.set(egressId, lastSeen);
    this.#later(egressId, graceMs.admitted, async () => {
      const there = this.#parts.rooms.find(consultationId)?.member(recording.recorderIdentity);
      if (there === undefined) this.#end(recording, 'interrupted', { lastSeen, how: 'recovered' });
    });
  }

  /** What nobody has sent in a day does not come any more. */
  async #sweep(): Promise<void> {
    try {
      for (const stored of await this.#parts.store.unsettled()) {
        if (stored.logUntil !== undefined && !this.#takesLate(stored)) await this.discard(stored.egressId);
      }
    } catch (error) {
      this.#log.error('Logs of recordings could not be tidied', error);
    }
  }

  #shown(recording: ShownRecording): ShownRecording {
    const open = this.#current.get(recording.consultationId);
    if (open?.egressId !== recording.egressId) return recording;
    return {
      ...recording,
      durationMs: open.durableMs,
      capturedMs: open.capturedMs(this.#parts.now()),
    };
  }

  #note(recording: Recording, what: string, detail?: AuditDetail): void {
    this.#parts.trail.note(recordingFact(recording, what, detail));
  }

  /** Nobody waits for it: what it says is also known from the log and the ledger. */
  #change(egressId: string, change: Partial<Tables['recordings']>): void {
    this.#parts.store.change(egressId, change).catch((error) => {
      this.#log.error(`What happened to recording ${egressId} could not be kept`, error);
    });
  }

  #logPath(egressId: string): string {
    return segmentLogPath(this.#parts.dataDir, egressId);
  }
}

const emptyRow = {
  recorder: 'client',
  status: 'EGRESS_ACTIVE',
  ended_at: null,
  ended_as: null,
  duration_ms: 0,
  captured_ms: 0,
  size_bytes: null,
  sha256: null,
  content_type: null,
  log_until: null,
  log_bytes: 0,
} as const;

/** How it ended, as a row says it. */
function endOf({ ended, grants }: Recording): Partial<Tables['recordings']> {
  return {
    grants: grants.toJson(),
    ...(ended ? { ended_at: new Date(ended.at).toISOString(), ended_as: ended.as } : {}),
  };
}
