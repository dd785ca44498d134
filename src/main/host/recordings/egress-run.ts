/** One recording by LiveKit Egress, from being asked for until its file is safe. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Egress, EgressError } from '../livekit/egress.ts';
import type { LiveKit } from '../livekit/livekit.ts';
import { describe } from '../livekit/room-service.ts';
import type { Log } from '../runtime/log.ts';
import type { EgressFiles } from './egress-files.ts';
import { type EncryptedFile, encryptClearFile } from './encrypt-clear-file.ts';
import { UnplayableError } from './probe-media.ts';

/** What is to be recorded, under the recording's own id, and where its encrypted file belongs. */
export interface EgressTask {
  readonly egressId: string;
  readonly roomName: string;
  readonly path: string;
  readonly recipients: readonly string[];
}

export interface EgressOutcome {
  /** What is safe; undefined: nothing is. */
  readonly file?: EncryptedFile | undefined;
  /** Why it ended before its time or has no file, in words for whoever looks after it. */
  readonly problem?: string | undefined;
}

/** One recording that Egress makes. */
export interface EgressRecording {
  /** Its file is safe, or there will be none. Never rejects. */
  readonly outcome: Promise<EgressOutcome>;
  /** Whether it may receive what is said and shown. The video server sees to it, whatever Egress does. */
  allow(allowed: boolean): Promise<void>;
  /** It receives nothing more from now on, and finishes its file. */
  stop(): Promise<void>;
  /** The same, and nothing of it is kept. */
  abandon(): Promise<void>;
}

export interface EgressRunParts {
  readonly livekit: Pick<
    LiveKit,
    'egress' | 'onEvent' | 'onStatus' | 'setAdmitted' | 'removeParticipant' | 'listParticipants'
  >;
  readonly files: EgressFiles;
  readonly log: Log;
  now(): number;
}

/** Until it records, all in all, ms. Without a worker LiveKit itself would say so only after ten seconds. */
const startWithinMs = 10_000;
const lookEveryMs = { starting: 500, running: 2_000 } as const;
/** Egress that is not in its room for so long, and does not finish, is gone, ms. */
const awayForMs = 10_000;
/** Finishing the file of an hour and sending it to a bucket takes its time, ms. */
const finishWithinMs = 15 * 60_000;
const encryptAgainMs = 30_000;

export class EgressRun implements EgressRecording {
  readonly task: EgressTask;
  readonly outcome: Promise<EgressOutcome>;
  /** Settled once it is known who of LiveKit records it, or that nobody does. LiveKit has to be there for that. */
  readonly known: Promise<void>;
  readonly #parts: EgressRunParts;
  readonly #ending = new AbortController();
  #over = false;
  #settleOutcome: (outcome: EgressOutcome) => void = () => {};
  #settleKnown: () => void = () => {};
  #identity: string | undefined;
  #allowed = true;
  /** What the video server was last told. */
  #toldAllowed = true;
  #stopping = false;
  /** It has taken the order to end. */
  #ordered = false;
  #keeps = true;
  #following = false;
  #awaySince: number | undefined;
  #sooner = new AbortController();

  constructor(task: EgressTask, parts: EgressRunParts) {
    this.task = task;
    this.#parts = parts;
    this.outcome = new Promise((resolve) => {
      this.#settleOutcome = resolve;
    });
    this.known = new Promise((resolve) => {
      this.#settleKnown = resolve;
    });
  }

  /** Under which Egress is in the room: LiveKit's own id of the recording. */
  get identity(): string | undefined {
    return this.#identity;
  }

  /** Nothing of it is in the room any more. */
  get over(): boolean {
    return this.#over;
  }

  get allowed(): boolean {
    return this.#allowed;
  }

  /** @throws EgressError when it does not record in time; nothing of it is left then. */
  async start(): Promise<void> {
    const { livekit, files } = this.#parts;
    const { egressId, roomName } = this.task;
    const deadline = this.#parts.now() + startWithinMs;
    try {
      const output = await files.outputFor(egressId);
      this.#taken(await livekit.egress.start(roomName, output, startWithinMs / 1_000));
      await this.#begun(deadline);
    } catch (error) {
      this.#settleKnown();
      void this.abandon();
      throw error;
    }
    void this.#follow();
  }

  /** Goes on with what an earlier run of this host has started. */
  takeUp(allowed: boolean): void {
    this.#allowed = allowed;
    void this.#follow();
  }

  async allow(allowed: boolean): Promise<void> {
    this.#allowed = allowed && !this.#stopping;
    await this.#tellAllowed();
  }

  /** The video server says that it has come into its room, maybe anew: it may have been let in as it asked to be. */
  async came(): Promise<void> {
    this.#toldAllowed = true;
    await this.#tellAllowed();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.allow(false);
    await this.#order();
    this.look();
  }

  async abandon(): Promise<void> {
    this.#keeps = false;
    this.#over = true;
    await this.stop();
    if (this.#identity === undefined) this.#settleOutcome({});
    else if (!this.#following) void this.#follow();
  }

  /** Looks at once how it is. */
  look(): void {
    this.#sooner.abort();
  }

  /** Nothing is done any more; what Egress does goes on. */
  letGo(): void {
    this.#ending.abort();
    this.#settleKnown();
    this.look();
  }

  #taken({ egressId }: Egress): void {
    this.#identity = egressId;
    this.#settleKnown();
  }

  async #begun(deadline: number): Promise<void> {
    for (;;) {
      const egress = await this.#find().catch(ignoreUnanswered);
      const state = egress === 'unanswered' ? undefined : egress?.state;
      if (state === 'active') return;
      if (egress !== 'unanswered' && (egress?.state === 'failed' || egress?.state === 'ended'))
        throw new EgressError(`LiveKit Egress ended at once: ${egress.error ?? 'it says nothing'}`);
      if (this.#parts.now() >= deadline)
        throw new EgressError('LiveKit Egress has taken it on, but does not record within ten seconds');
      await this.#nextLook(lookEveryMs.starting);
    }
  }

  async #follow(): Promise<void> {
    const { log, now } = this.#parts;
    this.#following = true;
    let heardAt = now();
    let stoppedAt: number | undefined;
    while (!this.#ending.signal.aborted) {
      const egress = await this.#find().catch(ignoreUnanswered);
      if (egress !== 'unanswered') heardAt = now();
      if (this.#stopping) stoppedAt ??= now();
      const problem = await this.#problemOf(egress, stoppedAt ?? heardAt);
      if (egress !== 'unanswered') this.#settleKnown();
      if (problem !== undefined || (egress !== 'unanswered' && egress?.state === 'ended')) {
        if (problem !== undefined && this.#keeps) log.error(`${this.task.egressId}: ${problem}`);
        await this.#finish(problem);
        return;
      }
      await this.#tellAllowed();
      if (this.#stopping && !this.#ordered) await this.#order();
      await this.#nextLook(lookEveryMs.running);
    }
  }

  /** Why there is nothing more to wait for. */
  async #problemOf(egress: Egress | undefined | 'unanswered', since: number): Promise<string | undefined> {
    const { now } = this.#parts;
    if (now() - since > finishWithinMs) return 'LiveKit Egress did not finish. See its log';
    if (egress === 'unanswered') return undefined;
    if (egress === undefined) return 'LiveKit knows nothing of this recording any more';
    if (this.#identity === undefined) this.#taken(egress);
    if (egress.state === 'failed')
      return `LiveKit Egress failed: ${egress.error ?? 'it does not say why'}. See its log`;
    if (egress.state === 'ending' || egress.state === 'ended' || !(await this.#isAway())) {
      this.#awaySince = undefined;
      return undefined;
    }
    this.#awaySince ??= now();
    if (now() - this.#awaySince < awayForMs) return undefined;
    return 'LiveKit Egress is gone: it left the call and finished nothing. See that it runs';
  }

  async #isAway(): Promise<boolean> {
    const there = await this.#parts.livekit.listParticipants(this.task.roomName).catch(() => undefined);
    return there?.every(({ identity }) => identity !== this.#identity) ?? false;
  }

  /** Found by its file, which has the recording's own id. */
  async #find(): Promise<Egress | undefined> {
    const { livekit, files } = this.#parts;
    const known = await livekit.egress.list(this.task.roomName);
    return known.find(({ filePath }) => files.ownerOf(filePath) === this.task.egressId);
  }

  async #tellAllowed(): Promise<void> {
    const { livekit, log } = this.#parts;
    const allowed = this.#allowed;
    if (this.#identity === undefined || this.#toldAllowed === allowed) return;
    try {
      await livekit.setAdmitted(this.task.roomName, this.#identity, 'recorder', allowed);
      this.#toldAllowed = allowed;
    } catch (cause) {
      log.warn(
        `${this.task.egressId} could not be ${allowed ? 'resumed' : 'paused'} yet: ${describe(cause)}`,
      );
    }
  }

  /** Has Egress end. One that does not answer is sent out of the room, which ends it too. */
  async #order(): Promise<void> {
    const { livekit, log } = this.#parts;
    if (this.#identity === undefined) return;
    try {
      await livekit.egress.stop(this.#identity);
      this.#ordered = true;
    } catch (cause) {
      log.warn(`${this.task.egressId} could not be told to end: ${describe(cause)}`);
      await livekit.removeParticipant(this.task.roomName, this.#identity).catch(() => {});
    }
  }

  async #finish(problem: string | undefined): Promise<void> {
    this.#over = true;
    this.#settleKnown();
    const { files, log } = this.#parts;
    const { egressId, path, recipients } = this.task;
    while (!this.#ending.signal.aborted) {
      try {
        const clear = this.#keeps ? await files.open(egressId) : undefined;
        const file = clear && (await encryptClearFile(clear, path, recipients));
        await this.#removeClear();
        const nothing = file || !this.#keeps ? undefined : 'LiveKit Egress left no file';
        this.#settleOutcome({ file, problem: problem ?? nothing });
        return;
      } catch (cause) {
        if (cause instanceof UnplayableError) {
          await this.#removeClear();
          this.#settleOutcome({ problem: problem ?? cause.message });
          return;
        }
        // The clear file is all there is: it stays until it could be encrypted.
        log.error(
          `${egressId} lies in clear where LiveKit Egress wrote it and could not be encrypted yet`,
          cause,
        );
        await delay(encryptAgainMs, undefined, { signal: this.#ending.signal }).catch(() => {});
      }
    }
  }

  async #removeClear(): Promise<void> {
    await this.#parts.files.remove(this.task.egressId).catch((cause: unknown) => {
      this.#parts.log.error(
        `The clear file of ${this.task.egressId} could not be deleted. Let this host delete where LiveKit Egress writes, and restart it`,
        cause,
      );
    });
  }

  /** At once when it was told to look since the last time. */
  async #nextLook(withinMs: number): Promise<void> {
    await delay(withinMs, undefined, { signal: this.#sooner.signal }).catch(() => {});
    this.#sooner = new AbortController();
  }
}

/** LiveKit may be away for a moment; that says nothing of the recording. */
function ignoreUnanswered(cause: unknown): 'unanswered' {
  if (!(cause instanceof EgressError)) throw cause;
  return 'unanswered';
}
