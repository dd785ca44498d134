/** Recordings against kills of the host, changed bytes and a full disk: less than a second is lost, and every file plays. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../src/shared/contract/audit.ts';
import type { Recording } from '../../src/shared/contract/recordings.ts';
import type { RecorderOrders } from '../../src/shared/signaling/recording.ts';
import { Chance } from '../support/chance.ts';
import {
  makeSegment,
  ordersTold,
  readyToRecord,
  segmentUs,
  startRecording,
  stopRecording,
} from '../support/hand-made-recorder.ts';
import { type KillableHost, startHostProcess } from '../support/killable-host.ts';
import { probeRecording } from '../support/recorded-file.ts';
import {
  type CreatedConsultation,
  type HandMadeClient,
  joinBy,
  type RestAnswer,
} from '../support/test-host.ts';

/** The long form: KILLS=20 npx vitest run --project host recording-killed */
const kills = Number(process.env.KILLS ?? 2);

let dataDir: string;
let host: KillableHost;
const open = new Set<HandMadeClient>();

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'autamedica-killed-'));
  host = await startHostProcess(dataDir);
});
afterEach(async () => {
  for (const client of open) client.close();
  open.clear();
  await host.kill();
  await rm(dataDir, { recursive: true, force: true });
});

async function call(
  method: string,
  path: string,
  { body, token }: { readonly body?: unknown; readonly token?: string } = {},
): Promise<RestAnswer> {
  const response = await fetch(`${host.url}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** The same clinic once more, at the same address. */
async function restart(environment: Record<string, string> = {}): Promise<void> {
  host = await startHostProcess(dataDir, { PORT: String(host.port), ...environment });
}

async function recording() {
  const created = await call('POST', '/api/consultations/create', {
    body: { consultationId: 'c', patientId: 'p', doctorId: 'd' },
  });
  const consultation = created.body.data as unknown as CreatedConsultation;
  const { doctor, patient } = await readyToRecord({ url: host.url, call }, consultation);
  open.add(doctor);
  open.add(patient);
  await startRecording({ call }, consultation);
  const orders = await doctor.until(() => ordersTold(doctor), 'the orders');
  return { consultation, doctor, orders, egressId: orders.egressId };
}

const shown = async (egressId: string) =>
  (await call('GET', `/api/recordings/${egressId}`)).body.data as unknown as Recording;

const finished = (egressId: string) =>
  expect
    .poll(async () => (await shown(egressId)).status, { timeout: 20_000, interval: 100 })
    .toBe('EGRESS_COMPLETE');

async function eventsOf(egressId: string): Promise<string[]> {
  const { body } = await call('GET', '/api/audit?limit=500');
  const { entries } = body.data as unknown as { entries: AuditEntry[] };
  return entries
    .filter(({ target }) => target === egressId)
    .map(({ event, detail }) => `${event} ${detail ?? ''}`.trim());
}

/** Captures by its own clock whether the host is there or not, and keeps what was not acknowledged. */
class Window {
  readonly #orders: RecorderOrders;
  #client: HandMadeClient | undefined;
  readonly #begun = performance.now();
  #ended: number | undefined;
  acknowledged = 0;
  #over = false;
  readonly #sending: Promise<void>;

  constructor(client: HandMadeClient, orders: RecorderOrders) {
    this.#client = client;
    this.#orders = orders;
    this.#sending = this.#send();
  }

  /** Segments that were captured. */
  get captured(): number {
    return Math.floor(((this.#ended ?? performance.now()) - this.#begun) / (segmentUs / 1_000));
  }

  back(client: HandMadeClient): void {
    this.#client = client;
  }

  away(): void {
    this.#client = undefined;
  }

  /** No more is captured. Done when all is acknowledged and said to be sent. */
  async end(): Promise<number> {
    this.#ended = performance.now();
    await this.#sending;
    // As a window does: one that says so before it is ordered to end is answered that the recording goes on.
    const client = this.#client;
    await client?.until(() => ordersTold(client)?.end, 'the order to end');
    const capturedMs = (this.captured * segmentUs) / 1_000;
    const { egressId } = this.#orders;
    await this.#client?.request('recorded', { egressId, last: this.captured, capturedMs });
    return capturedMs;
  }

  die(): Promise<void> {
    this.#over = true;
    return this.#sending;
  }

  async #send(): Promise<void> {
    while (!this.#over && (this.#ended === undefined || this.acknowledged < this.captured)) {
      const client = this.#client;
      if (client === undefined || this.acknowledged >= this.captured) {
        await new Promise((later) => setTimeout(later, 10));
        continue;
      }
      const segment = await makeSegment(this.#orders, this.acknowledged + 1);
      const answer = await client.send('segment', segment).catch(() => undefined);
      if (answer?.ok) this.acknowledged += 1;
      else if (answer && answer.error.code !== 'INTERNAL_ERROR') throw new Error(answer.error.code);
    }
  }
}

const passing = (ms: number) => new Promise((later) => setTimeout(later, ms));

describe('a host that is killed', () => {
  test(
    `at any moment is gone on with in the same file, and nothing is missing, ${kills} times`,
    async () => {
      const { consultation, doctor, orders, egressId } = await recording();
      const window = new Window(doctor, orders);
      const chance = new Chance(7);
      for (let kill = 0; kill < kills; kill += 1) {
        await passing(200 + chance.below(1_200));
        window.away();
        await host.kill();
        await restart();
        const back = await joinBy(host.url, consultation.doctorToken);
        open.add(back.client);
        await back.client.request('recorder', { ready: true });
        expect(back.state.recorderOrders).toMatchObject({ egressId, grant: 1, end: false });
        // What was acknowledged is there.
        expect(back.state.recorderOrders?.durable).toBeGreaterThanOrEqual(window.acknowledged);
        expect(back.state.recording).toMatchObject({ egressId, state: 'recording' });
        window.back(back.client);
      }
      await passing(400);
      const stopping = stopRecording({ call }, consultation, egressId);
      const capturedMs = await window.end();
      expect((await stopping).body.data).toMatchObject({
        status: 'EGRESS_COMPLETE',
        durationMs: capturedMs,
      });
      const file = await probeRecording(dataDir, egressId);
      expect(file.complaints).toBe('');
      expect(Math.abs(file.durationMs - capturedMs)).toBeLessThan(50);
      expect(file.longestGapMs.audio).toBeLessThanOrEqual(21);
      if (process.env.KILLS)
        process.stdout.write(`${kills} kills of the host: ${capturedMs} ms, none lost\n`);
    },
    60_000 + kills * 15_000,
  );

  test(
    `together with the window has all but the last second, ${kills} times`,
    async () => {
      const chance = new Chance(11);
      let most = 0;
      for (let kill = 0; kill < kills; kill += 1) {
        const { consultation, doctor, orders, egressId } = await recording();
        const window = new Window(doctor, orders);
        await passing(1_000 + chance.below(800));
        const captured = window.captured;
        await host.kill();
        await window.die();
        await restart();
        expect((await stopRecording({ call }, consultation, egressId)).body.data).toMatchObject({
          status: 'EGRESS_COMPLETE',
        });
        const { durationMs, capturedMs } = await shown(egressId);
        const lost = (captured * segmentUs) / 1_000 - durationMs;
        expect(lost).toBeLessThan(1_000);
        expect(capturedMs).toBeGreaterThanOrEqual(durationMs);
        most = Math.max(most, lost);
        const file = await probeRecording(dataDir, egressId);
        expect([file.durationMs, file.complaints]).toEqual([durationMs, '']);
        await call('POST', '/api/consultations/c/close');
        await host.kill();
        await rm(dataDir, { recursive: true });
        dataDir = await mkdtemp(join(tmpdir(), 'autamedica-killed-'));
        await restart();
      }
      if (process.env.KILLS)
        process.stdout.write(`${kills} kills of host and window: ${most} ms lost at most\n`);
    },
    60_000 + kills * 20_000,
  );

  test(
    `while it finishes a file finishes it with the next start, and the audit log says what was saved, ${kills} times`,
    async () => {
      const chance = new Chance(13);
      const { consultation, doctor, orders, egressId } = await recording();
      const window = new Window(doctor, orders);
      await passing(1_700);
      void stopRecording({ call }, consultation, egressId).catch(() => {});
      const capturedMs = await window.end();
      for (let kill = 0; kill < kills; kill += 1) {
        await passing(chance.below(40));
        await host.kill();
        await restart();
      }
      await finished(egressId);
      const file = await probeRecording(dataDir, egressId);
      expect(file.complaints).toBe('');
      expect(Math.abs(file.durationMs - capturedMs)).toBeLessThan(50);
      expect(await shown(egressId)).toMatchObject({ endedAs: 'stopped', durationMs: capturedMs });
      const events = await eventsOf(egressId);
      expect(events.some((event) => /^recording\.(saved|recovered) \d+ of \d+ ms$/.test(event))).toBe(true);
      expect(await readdir(join(dataDir, 'recordings'))).not.toContain(`${egressId}.age.part`);
    },
    60_000 + kills * 10_000,
  );

  test('and whose consultation nobody comes back to, ends the recording with what is there', async () => {
    const { consultation, doctor, orders, egressId } = await recording();
    const window = new Window(doctor, orders);
    await passing(900);
    const { acknowledged } = window;
    await host.kill();
    await window.die();
    await restart();
    await call('POST', `/api/consultations/${consultation.consultationId}/close`);
    await finished(egressId);
    expect(await shown(egressId)).toMatchObject({ endedAs: 'closed' });
    expect((await shown(egressId)).durationMs).toBeGreaterThanOrEqual((acknowledged * segmentUs) / 1_000);
  });
});

describe('a window that never comes back', () => {
  // Two minutes: as long as a lost connection is waited for.
  test.runIf(process.env.KILLS)(
    'to a host that was killed is not waited for longer than a lost connection',
    async () => {
      const { doctor, orders, egressId } = await recording();
      const window = new Window(doctor, orders);
      await passing(900);
      await host.kill();
      await window.die();
      await restart();
      expect(await shown(egressId)).toMatchObject({ status: 'EGRESS_ACTIVE' });
      await expect
        .poll(async () => (await shown(egressId)).status, { timeout: 140_000, interval: 1_000 })
        .toBe('EGRESS_COMPLETE');
      const { durationMs, capturedMs, endedAs } = await shown(egressId);
      expect(endedAs).toBe('interrupted');
      expect(durationMs).toBeGreaterThanOrEqual((window.acknowledged * segmentUs) / 1_000);
      // What is not known to have been captured is not said to have been.
      expect(capturedMs - durationMs).toBeLessThan(1_000);
      const saved = `${durationMs} of ${capturedMs} ms`;
      expect(await eventsOf(egressId)).toContain(`recording.recovered ${saved}`);
    },
    180_000,
  );
});

describe('a byte that is changed in the log', () => {
  test('costs its segment, is named, and the rest is a file that plays', async () => {
    const { consultation, doctor, orders, egressId } = await recording();
    const window = new Window(doctor, orders);
    while (window.acknowledged < 5) await passing(20);
    await host.kill();
    await window.die();
    const path = join(dataDir, 'recordings', `${egressId}.log`);
    const log = await readFile(path);
    // In the third segment of five.
    const at = Math.floor(log.length * 0.5);
    log.writeUInt8(log.readUInt8(at) ^ 1, at);
    await writeFile(path, log);
    await restart({ LOG_LEVEL: 'error' });
    expect((await stopRecording({ call }, consultation, egressId)).body.data).toMatchObject({
      status: 'EGRESS_COMPLETE',
    });
    const named = /Bytes (\d+) to (\d+) of the log of (EG_\w+) are not what was written/.exec(host.output());
    expect(named?.[3]).toBe(egressId);
    expect(Number(named?.[1])).toBeLessThanOrEqual(at);
    expect(Number(named?.[2])).toBeGreaterThan(at);
    expect(await eventsOf(egressId)).toContain(`recording.damaged bytes ${named?.[1]} to ${named?.[2]}`);
    const file = await probeRecording(dataDir, egressId);
    expect(file.complaints).toBe('');
    const { durationMs, capturedMs } = await shown(egressId);
    expect(file.durationMs - durationMs).toBe(400);
    expect(capturedMs).toBeGreaterThan(durationMs);
  });
});

describe.runIf(process.platform === 'linux')('a disk that takes no more', () => {
  const limit = (bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(host.pid), `--fsize=${bytes}:unlimited`]);

  test('refuses segments with the reason, takes them when there is room, and nothing is corrupt', async () => {
    const { consultation, doctor, orders, egressId } = await recording();
    const send = async (number: number) => {
      const answer = await doctor.send('segment', await makeSegment(orders, number));
      return answer.ok ? answer.data : answer.error.code;
    };
    expect(await send(1)).toEqual({ durable: 1 });
    const { size } = await stat(join(dataDir, 'recordings', `${egressId}.log`));
    limit(size + 1_000);
    expect(await send(2)).toBe('STORAGE_FULL');
    expect((await stat(join(dataDir, 'recordings', `${egressId}.log`))).size).toBe(size);
    limit('unlimited');
    expect(await send(2)).toEqual({ durable: 2 });
    // And while it is finished: its segments stay, and it is finished when there is room.
    limit(4_096);
    const stopping = stopRecording({ call }, consultation, egressId);
    await doctor.until(() => ordersTold(doctor)?.end, 'the order to end');
    await doctor.request('recorded', { egressId, last: 2, capturedMs: 800 });
    expect((await stopping).body.error?.code).toBe('STORAGE_FULL');
    limit('unlimited');
    expect((await stopRecording({ call }, consultation, egressId)).body.data).toMatchObject({
      status: 'EGRESS_COMPLETE',
      endedAt: expect.stringContaining('T'),
      durationMs: 800,
    });
    const file = await probeRecording(dataDir, egressId);
    expect([file.durationMs, file.complaints]).toEqual([800, '']);
  });
});
