/** A clinic whose host can be killed, with a consultation ready to be recorded and a window that records it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { AuditEntry } from '../../src/shared/contract/audit.ts';
import type { Recording } from '../../src/shared/contract/recordings.ts';
import type { RecorderOrders } from '../../src/shared/signaling/recording.ts';
import { makeSegment, ordersTold, readyToRecord, segmentUs, startRecording } from './hand-made-recorder.ts';
import { type KillableHost, startHostProcess } from './killable-host.ts';
import { type CreatedConsultation, type HandMadeClient, joinBy, restCaller } from './test-host.ts';

export class KillableClinic {
  dataDir = '';
  #host: KillableHost | undefined;
  readonly #clients = new Set<HandMadeClient>();

  /** A new clinic: an empty data folder and a host. */
  async start(): Promise<void> {
    this.dataDir = await mkdtemp(join(tmpdir(), 'autamedica-killed-'));
    this.#host = await startHostProcess(this.dataDir);
  }

  async end(): Promise<void> {
    for (const client of this.#clients) client.close();
    this.#clients.clear();
    await this.#host?.kill();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  get host(): KillableHost {
    if (!this.#host) throw new Error('the clinic was not started');
    return this.#host;
  }

  readonly call = restCaller(() => this.host.url);

  /** The same clinic once more, at the same address. */
  async restart(environment: Record<string, string> = {}): Promise<void> {
    this.#host = await startHostProcess(this.dataDir, { PORT: String(this.host.port), ...environment });
  }

  async join(token: string) {
    const joined = await joinBy(this.host.url, token);
    this.#clients.add(joined.client);
    return joined;
  }

  /** A consultation that is being recorded. */
  async recording() {
    const created = await this.call('POST', '/api/consultations/create', {
      body: { consultationId: 'c', patientId: 'p', doctorId: 'd' },
    });
    const consultation = created.body.data as unknown as CreatedConsultation;
    const { doctor, patient } = await readyToRecord({ url: this.host.url, call: this.call }, consultation);
    this.#clients.add(doctor);
    this.#clients.add(patient);
    await startRecording(this, consultation);
    const orders = await doctor.until(() => ordersTold(doctor), 'the orders');
    return { consultation, doctor, orders, egressId: orders.egressId };
  }

  async shown(egressId: string): Promise<Recording> {
    return (await this.call('GET', `/api/recordings/${egressId}`)).body.data as unknown as Recording;
  }

  /** @param within in ms. */
  async finished(egressId: string, within = 20_000): Promise<void> {
    await expect
      .poll(async () => (await this.shown(egressId)).status, { timeout: within, interval: 100 })
      .toBe('EGRESS_COMPLETE');
  }

  /** What the audit log has about a recording. */
  async eventsOf(egressId: string): Promise<string[]> {
    const { body } = await this.call('GET', '/api/audit?limit=500');
    const { entries } = body.data as unknown as { entries: AuditEntry[] };
    return entries
      .filter(({ target }) => target === egressId)
      .map(({ event, detail }) => `${event} ${detail ?? ''}`.trim());
  }
}

/** Captures by its own clock whether the host is there or not, and keeps what was not acknowledged. */
export class RecordingWindow {
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
