/** Recording and consent, in every order: nothing is captured with the host's leave that somebody present has not agreed to. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { consentVersions } from '../../src/shared/consent/consent.ts';
import type { AuditEntry } from '../../src/shared/contract/audit.ts';
import type { Recording } from '../../src/shared/contract/recordings.ts';
import type { RecorderOrders, RunningRecording } from '../../src/shared/signaling/recording.ts';
import { Chance } from '../support/chance.ts';
import {
  HandMadeRecorder,
  makeSegment,
  ordersTold,
  readyToRecord,
  recordingTold,
  startRecording,
  stopRecording,
} from '../support/hand-made-recorder.ts';
import {
  agreeToObserver,
  type CreatedConsultation,
  closeTestHost,
  type HandMadeClient,
  inviteTo,
  joinBy,
  OpenClients,
  redeem,
  startTestHost,
  type TestHost,
} from '../support/test-host.ts';

let host: TestHost;
const clients = new OpenClients();

beforeAll(async () => {
  host = await startTestHost();
});
afterEach(() => clients.closeAll());
afterAll(() => closeTestHost(host));

async function answer(on: TestHost, { consultationId }: CreatedConsultation, token: string, word: string) {
  const { body } = await on.call('POST', `/api/consultations/${consultationId}/consents`, {
    token,
    body: { purpose: 'recording', answer: word, version: consentVersions.recording },
  });
  return body.error?.code ?? 'done';
}

async function recording() {
  const consultation = await host.createConsultation();
  const { doctor, patient } = await readyToRecord(host, consultation);
  clients.keep(doctor);
  clients.keep(patient);
  await startRecording(host, consultation);
  const orders = await doctor.until(() => ordersTold(doctor), 'the orders');
  return { consultation, doctor, patient, orders, egressId: orders.egressId };
}

const shown = async (egressId: string) =>
  (await host.call('GET', `/api/recordings/${egressId}`)).body.data as unknown as Recording;

/** Observes, agreed to by the patient, and not yet asked about recording. */
async function letObserverIn(consultation: CreatedConsultation) {
  const code = await inviteTo(host, consultation.consultationId, { role: 'observer' });
  const visitor = await redeem(host, code, 'Lucía');
  await agreeToObserver(host, consultation, visitor.identity);
  const { client } = await clients.join(host.url, visitor.token);
  const at = `/api/consultations/${consultation.consultationId}/participants/${visitor.identity}/admit`;
  expect((await host.call('POST', at)).body.success).toBe(true);
  return { ...visitor, client };
}

describe('somebody who comes in', () => {
  test('without having agreed pauses it at once, and it goes on under another grant when they agree', async () => {
    const { consultation, doctor, patient, orders, egressId } = await recording();
    await new HandMadeRecorder(doctor, orders).record(2);
    const observer = await letObserverIn(consultation);
    await doctor.until(() => recordingTold(doctor)?.state === 'paused', 'the pause');
    const paused = ordersTold(doctor);
    expect(paused).toMatchObject({ egressId, durable: 2, next: 3, fromUs: 800_000, end: false });
    expect(paused).not.toHaveProperty('grant');
    await patient.until(() => recordingTold(patient)?.state === 'paused', 'the pause');
    // Whoever comes in is told that there is a recording.
    expect(await observer.client.event('recording-changed')).toMatchObject({
      recording: { state: 'paused' },
    });
    expect(await answer(host, consultation, observer.token, 'agreed')).toBe('done');
    await doctor.until(() => recordingTold(doctor)?.state === 'recording', 'that it goes on');
    const resumed = ordersTold(doctor);
    expect(resumed).toMatchObject({ egressId, grant: 2 });
    // What was captured before counts for its own grant, not for this one.
    const segment = await makeSegment({ ...orders, grant: 2 }, 3, { fromUs: 800_000, toUs: 1_000_000 });
    expect(await doctor.request('segment', segment)).toEqual({ durable: 3 });
    const { body } = await host.call('GET', `/api/audit?consultationId=${consultation.consultationId}`);
    const events = ((body.data as unknown as { entries: AuditEntry[] }).entries ?? [])
      .filter(({ target }) => target === egressId)
      .map(({ event }) => event);
    expect(events.reverse()).toEqual([
      'recording.start',
      'recording.started',
      'recording.paused',
      'recording.resumed',
    ]);
  });

  test('is no reason to pause once they have gone', async () => {
    const { consultation, doctor } = await recording();
    const observer = await letObserverIn(consultation);
    await doctor.until(() => recordingTold(doctor)?.state === 'paused', 'the pause');
    await observer.client.request('leave');
    await doctor.until(() => recordingTold(doctor)?.state === 'recording', 'that it goes on');
  });
});

describe('withdrawing', () => {
  test('ends it within a second, keeps what was recorded before, and takes nothing that comes after', async () => {
    const { consultation, doctor, patient, orders, egressId } = await recording();
    const recorder = new HandMadeRecorder(doctor, orders).begin();
    await recorder.has(3);
    const before = performance.now();
    expect(await answer(host, consultation, consultation.patientToken, 'withdrawn')).toBe('done');
    await patient.until(
      () => patient.events.some(({ event }) => event.type === 'recording-changed' && !event.recording),
      'that nothing is recorded any more',
    );
    await doctor.until(() => ordersTold(doctor)?.end === true, 'the order to end');
    expect(performance.now() - before).toBeLessThan(1_000);
    await expect
      .poll(() => shown(egressId), { timeout: 10_000 })
      .toMatchObject({ status: 'EGRESS_COMPLETE', endedAs: 'withdrawn' });
    expect((await shown(egressId)).durationMs).toBe(recorder.capturedMs);
    expect(ordersTold(doctor)).toBeUndefined();
    const refused = await startRecording(host, consultation);
    expect(refused.body.error?.code).toBe('RECORDING_CONSENT_MISSING');
  });

  test('is not undone by a window that goes on and says that it was captured before', async () => {
    const { consultation, doctor, orders } = await recording();
    await new HandMadeRecorder(doctor, orders).record(2);
    expect(await answer(host, consultation, consultation.patientToken, 'withdrawn')).toBe('done');
    const answers = [];
    for (let number = 3; number <= 8; number += 1) {
      const answered = await doctor.send('segment', await makeSegment(orders, number));
      answers.push(answered.ok ? 'kept' : answered.error.code);
    }
    // A second of what was on its way, and not more: 0.8 s had been captured of as much time.
    expect(answers.filter((word) => word === 'kept').length).toBeLessThanOrEqual(3);
    expect(answers.at(-1)).toBe('NO_GRANT');
  });
});

describe('in every order of joining, agreeing, withdrawing, starting, stopping and restarting', () => {
  const seen = { recording: 0, paused: 0, ended: 0 };

  test.each([1, 2, 3])(
    'nobody is recorded who has not agreed (%i)',
    async (seed) => {
      let own = await startTestHost();
      try {
        for (let course = 0; course < 2; course += 1) {
          const trial = new Trial(own, new Chance(seed * 1_000 + course), seen);
          await trial.begin();
          for (let step = 0; step < 60; step += 1) own = await trial.step();
          trial.end();
        }
      } finally {
        await closeTestHost(own);
      }
    },
    60_000,
  );

  test('and all of it happened', () => {
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
  });
});

interface Someone {
  readonly identity: string;
  readonly token: string;
  readonly role: 'doctor' | 'patient' | 'observer';
  client?: HandMadeClient | undefined;
  /** What the answer to joining said. */
  joined?: { recording?: RunningRecording | undefined; orders?: RecorderOrders | undefined } | undefined;
}

/** A consultation in which everything happens by chance, compared after each step with a model written down anew here. */
class Trial {
  #host: TestHost;
  readonly #chance: Chance;
  readonly #seen: { recording: number; paused: number; ended: number };
  #consultation!: CreatedConsultation;
  readonly #people: Someone[] = [];
  /** Answers to the open question; undefined while none is. */
  #answers: Map<string, string> | undefined;
  /** In the call when the host was restarted, and not heard of since: a direct call goes on without the host. */
  readonly #lingering = new Set<string>();
  readonly #admitted = new Set<string>();
  /** Being recorded, by its id. */
  #running: string | undefined;
  #restarted = false;
  readonly #course: string[] = [];

  constructor(own: TestHost, chance: Chance, seen: { recording: number; paused: number; ended: number }) {
    this.#host = own;
    this.#chance = chance;
    this.#seen = seen;
  }

  async begin(): Promise<void> {
    this.#consultation = await this.#host.createConsultation();
    const { doctorId, doctorToken, patientId, patientToken } = this.#consultation;
    this.#admitted.add(doctorId);
    this.#people.push(
      { identity: doctorId, token: doctorToken, role: 'doctor' },
      { identity: patientId, token: patientToken, role: 'patient' },
      await this.#visitor(),
      await this.#visitor(),
    );
    const [doctor, patient] = this.#people;
    if (!doctor || !patient) return;
    await this.#join(doctor);
    await this.#join(patient);
    await this.#admit(patient);
    await this.#ask();
    await answer(this.#host, this.#consultation, patient.token, 'agreed');
    this.#answers?.set(patient.identity, 'agreed');
  }

  async #visitor(): Promise<Someone> {
    const code = await inviteTo(this.#host, this.#consultation.consultationId, { role: 'observer' });
    const visitor = await redeem(this.#host, code, 'Lucía');
    await agreeToObserver(this.#host, this.#consultation, visitor.identity);
    return { ...visitor, role: 'observer' };
  }

  end(): void {
    for (const person of this.#people) person.client?.close();
  }

  async step(): Promise<TestHost> {
    const person = this.#chance.pick(this.#people);
    const what = this.#chance.pick([
      ...[
        'join',
        'join',
        'join',
        'leave',
        'drop',
        'admit',
        'admit',
        'ask',
        'ask',
        'answer',
        'answer',
        'answer',
      ],
      ...['start', 'start', 'start', 'start', 'stop', 'segment', 'restart', 'admitted and started at once'],
    ]);
    this.#course.push(`${what} ${person.role} ${person.identity}`);
    switch (what) {
      case 'join':
        await this.#join(person);
        break;
      case 'leave':
        await this.#leave(person);
        break;
      case 'drop':
        person.client?.close();
        person.client = undefined;
        break;
      case 'admit':
        await this.#admit(person);
        break;
      case 'ask':
        await this.#ask();
        break;
      case 'answer':
        await this.#answer(person);
        break;
      case 'start':
        await this.#start();
        break;
      case 'stop':
        await this.#stop();
        break;
      case 'segment':
        await this.#segment();
        break;
      case 'restart':
        await this.#restart();
        break;
      default:
        await Promise.all([this.#admit(person), this.#start()]);
    }
    await this.#compare();
    return this.#host;
  }

  async #join(person: Someone): Promise<void> {
    person.client?.close();
    this.#lingering.delete(person.identity);
    const { client, state } = await joinBy(this.#host.url, person.token);
    person.client = client;
    person.joined = { recording: state.recording, orders: state.recorderOrders };
    if (person.role === 'doctor') await client.request('recorder', { ready: true });
  }

  async #leave(person: Someone): Promise<void> {
    const there = person.client?.socket.connected === true;
    await person.client?.send('leave').catch(() => undefined);
    person.client?.close();
    person.client = undefined;
    // Whoever records has gone, and the recording with them.
    if (there && person.role === 'doctor') this.#ended();
  }

  async #admit({ identity }: Someone): Promise<void> {
    const { consultationId } = this.#consultation;
    const at = `/api/consultations/${consultationId}/participants/${identity}/admit`;
    if ((await this.#host.call('POST', at)).body.success) this.#admitted.add(identity);
  }

  async #ask(): Promise<void> {
    const { consultationId, doctorId } = this.#consultation;
    await this.#host.call('POST', `/api/consultations/${consultationId}/consents/ask`, {
      body: { purpose: 'recording' },
    });
    this.#answers ??= new Map([[doctorId, 'agreed']]);
  }

  async #answer(person: Someone): Promise<void> {
    const word = this.#chance.pick([...Array(14).fill('agreed'), 'declined', 'withdrawn'] as string[]);
    const done = await answer(this.#host, this.#consultation, person.token, word);
    if (done !== 'done' || this.#answers === undefined) return;
    if (word === 'agreed') this.#answers.set(person.identity, word);
    else {
      this.#answers = undefined;
      this.#ended();
    }
  }

  #ended(): void {
    if (this.#running !== undefined) this.#seen.ended += 1;
    this.#running = undefined;
  }

  async #start(): Promise<void> {
    const mayRun = await this.#mayRun();
    const { body } = await startRecording(this.#host, this.#consultation);
    const egressId = body.data?.egressId as string | undefined;
    const doctor = this.#people.find(({ role }) => role === 'doctor')?.client?.socket.connected === true;
    const possible = mayRun && doctor && this.#running === undefined;
    // Who comes in at the same moment may have been before it or after it.
    const clear = !this.#course.at(-1)?.startsWith('admitted');
    if (clear && !this.#restarted) expect(egressId !== undefined, this.#story()).toBe(possible);
    if (egressId === undefined) return;
    expect(this.#running, this.#story()).toBeUndefined();
    this.#running = egressId;
  }

  async #stop(): Promise<void> {
    if (this.#running === undefined) return;
    const doctor = this.#people.find(({ role }) => role === 'doctor');
    const stopping = stopRecording(this.#host, this.#consultation, this.#running);
    if (doctor?.client?.socket.connected) {
      const { client } = doctor;
      await client.until(() => this.#ordersOf(doctor)?.end, 'the order to end');
      await client.request('recorded', { egressId: this.#running, last: 0, capturedMs: 0 });
    }
    expect((await stopping).body.success, this.#story()).toBe(true);
    this.#ended();
  }

  /** A window that records whatever it is told. */
  async #segment(): Promise<void> {
    const doctor = this.#people.find(({ role }) => role === 'doctor');
    const orders = doctor && this.#ordersOf(doctor);
    if (!doctor?.client?.socket.connected || orders === undefined) return;
    await doctor.client.send('segment', await makeSegment(orders, orders.next, { grant: orders.grant ?? 1 }));
  }

  async #restart(): Promise<void> {
    for (const { identity } of await this.#inside()) this.#lingering.add(identity);
    await this.#host.close();
    for (const person of this.#people) {
      person.client?.close();
      person.client = undefined;
    }
    this.#host = await startTestHost({ DATA_DIR: this.#host.dataDir });
    this.#restarted = true;
  }

  /** Everybody in the call, also those whose connection is lost. */
  async #inside(): Promise<{ identity: string }[]> {
    const { roomName } = this.#consultation;
    const { body } = await this.#host.call('GET', `/api/rooms/${roomName}/stats`);
    const there = (body.data?.participants ?? []) as unknown as { identity: string; state: string }[];
    // Of who is lost it is not said whether they waited.
    return there.filter(
      ({ identity, state }) =>
        state === 'admitted' || (state === 'disconnected' && this.#admitted.has(identity)),
    );
  }

  async #mayRun(): Promise<boolean> {
    const inside = (await this.#inside()).map(({ identity }) => identity);
    const present = [...inside, ...this.#lingering];
    return (
      this.#answers !== undefined &&
      present.length > 0 &&
      present.every((identity) => this.#answers?.get(identity) === 'agreed')
    );
  }

  #ordersOf({ client, joined }: Someone): RecorderOrders | undefined {
    const told = client?.events.some(({ event }) => event.type === 'recorder-orders');
    return told && client ? ordersTold(client) : joined?.orders;
  }

  async #compare(): Promise<void> {
    const inside = new Set((await this.#inside()).map(({ identity }) => identity));
    const mayRun = await this.#mayRun();
    for (const person of this.#people) {
      const { client, identity, role } = person;
      if (client === undefined || !client.socket.connected || !inside.has(identity)) continue;
      // Answered after everything that was told before.
      await client.send('echo').catch(() => undefined);
      const told = client.events.some(({ event }) => event.type === 'recording-changed');
      const recording = told ? recordingTold(client) : person.joined?.recording;
      expect(recording?.egressId, this.#story()).toBe(this.#running);
      if (recording === undefined) continue;
      this.#seen[recording.state] += 1;
      if (recording.state === 'recording') expect(mayRun, this.#story()).toBe(true);
      // After a restart, somebody may be present of whom this does not know.
      else if (!this.#restarted) expect(mayRun, this.#story()).toBe(false);
      const grant = role === 'doctor' ? this.#ordersOf(person)?.grant : undefined;
      if (role === 'doctor') expect(grant !== undefined, this.#story()).toBe(recording.state === 'recording');
      else expect(this.#ordersOf(person), this.#story()).toBeUndefined();
    }
  }

  #story(): string {
    return this.#course.join('\n');
  }
}
