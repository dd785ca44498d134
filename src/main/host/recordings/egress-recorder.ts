/**
 * LiveKit Egress as what records: starts it, follows it, lets it receive only while everybody agrees, and takes its file once it is
 * finished. What it is told by webhook only makes it look sooner; it asks LiveKit itself.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import { isOver } from '../livekit/egress.ts';
import type { RtcAdmission } from '../livekit/livekit.ts';
import { describe } from '../livekit/room-service.ts';
import type { Place } from '../livekit/tokens.ts';
import { type EgressRecording, EgressRun, type EgressRunParts, type EgressTask } from './egress-run.ts';

const tidyWithinMs = 60_000;
const lookEveryMs = 500;
/** Longer than a video server takes to start. */
const knownWithinMs = 5_000;

export class EgressRecorder {
  readonly #parts: EgressRunParts;
  readonly #running = new Map<string, EgressRun>();
  #tidied = false;
  readonly #stopListening: (() => void)[];

  constructor(parts: EgressRunParts) {
    this.#parts = { ...parts, log: parts.log.scope('Egress') };
    const { livekit } = parts;
    const look = () => {
      for (const run of this.#running.values()) run.look();
    };
    this.#stopListening = [
      livekit.onStatus(({ state }) => {
        if (state === 'ready' && !this.#tidied) void this.#tidyOnce();
        look();
      }),
      livekit.onEvent((event) => {
        if (event.type === 'egress') look();
        if (event.type === 'participant-joined') void this.#find(event)?.came();
      }),
    ];
  }

  /** @returns `started` rejects with an EgressError when it does not record within ten seconds; nothing of it is left then. */
  start(task: EgressTask): { readonly recording: EgressRecording; readonly started: Promise<void> } {
    const run = this.#add(task);
    return { recording: run, started: run.start() };
  }

  /** Goes on with a recording that an earlier run of this host has started. */
  takeUp(task: EgressTask, allowed: boolean): EgressRecording {
    const run = this.#add(task);
    run.takeUp(allowed);
    return run;
  }

  /**
   * What LiveKit's door is told of somebody who shows a token of Egress.
   * @throws CatalogueError FORBIDDEN; LIVEKIT_UNAVAILABLE while LiveKit itself does not say who records.
   */
  async admit({ roomName, identity }: Place): Promise<RtcAdmission> {
    // One that was just asked for may come before LiveKit has said under which id, and so may one that is older than this host.
    const known = Promise.all(this.#runsOf(roomName).map((run) => run.known));
    const answered = await Promise.race([known, delay(knownWithinMs, undefined, { ref: false })]);
    const run = this.#find({ roomName, identity });
    if (run === undefined) throw new CatalogueError(answered ? 'FORBIDDEN' : 'LIVEKIT_UNAVAILABLE');
    return { roomName, identity, role: 'recorder', admitted: run.allowed, issuedAt: this.#parts.now() };
  }

  /** Whether somebody in a room is what records it for this host. Every other recorder is sent away. */
  isRecorder(roomName: string, identity: string): boolean {
    return this.#find({ roomName, identity }) !== undefined;
  }

  /**
   * Ends and forgets what nobody waits for: recordings that were given up when the host was killed, and clear files of such. Done by
   * itself when the video server is there for the first time: until then, what was being made must have been taken up.
   */
  async tidy(): Promise<void> {
    const known = this.#running;

    const { files, livekit } = this.#parts;
    const ofNobody = (await livekit.egress.list()).filter(({ filePath, state }) => {
      const owner = files.ownerOf(filePath);
      return owner !== undefined && !known.has(owner) && !isOver(state);
    });
    await Promise.all(
      ofNobody.map(async ({ egressId, roomName }) => {
        // One that was killed is listed for good, and cannot be reached.
        if (
          await livekit.egress.stop(egressId).then(
            () => true,
            () => false,
          )
        )
          await this.#ended(roomName, egressId);
      }),
    );
    for (const owner of await files.list()) if (!known.has(owner)) await files.remove(owner);
  }

  /** Lets go of what runs, for the next run of this host to take up. */
  close(): void {
    for (const stop of this.#stopListening) stop();
    for (const run of this.#running.values()) run.letGo();
    this.#parts.files.close();
  }

  async #tidyOnce(): Promise<void> {
    this.#tidied = true;
    await this.tidy().catch((cause: unknown) => {
      this.#tidied = false;
      this.#parts.log.warn(
        `What an earlier run left behind could not be looked after yet: ${describe(cause)}`,
      );
    });
  }

  /** Its file is written until then. */
  async #ended(roomName: string, egressId: string): Promise<void> {
    const deadline = this.#parts.now() + tidyWithinMs;
    while (this.#parts.now() < deadline) {
      const found = await this.#parts.livekit.egress.list(roomName).catch(() => []);
      if (found.some((egress) => egress.egressId === egressId && isOver(egress.state))) return;
      await delay(lookEveryMs);
    }
  }

  #add(task: EgressTask): EgressRun {
    const run = new EgressRun(task, this.#parts);
    this.#running.set(task.egressId, run);
    void run.outcome.then(() => this.#running.delete(task.egressId));
    return run;
  }

  #find({ roomName, identity }: Place): EgressRun | undefined {
    return this.#runsOf(roomName).find((run) => run.identity === identity);
  }

  /** One that finishes its file is still there while another begins. */
  #runsOf(roomName: string): EgressRun[] {
    return [...this.#running.values()].filter((run) => run.task.roomName === roomName && !run.over);
  }
}
