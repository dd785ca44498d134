/** The operations of recording with LiveKit Egress as the recorder: a real host, video server and Redis, and a stand-in for Egress behind LiveKit's Egress API. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Room } from '@livekit/rtc-node';
import { AccessToken } from 'livekit-server-sdk';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { bringLiveKitForTests } from '../../scripts/parts/livekit.ts';
import { recordingPath } from '../../src/main/host/recordings/recording-bytes.ts';
import { loadSecrets } from '../../src/main/host/runtime/secrets.ts';
import { consentVersions } from '../../src/shared/consent/consent.ts';
import type { Recording } from '../../src/shared/contract/recordings.ts';
import { freePort } from '../support/free-port.ts';
import {
  HandMadeRecorder,
  ordersTold,
  readyToRecord,
  recordingTold,
  startRecording,
  stopRecording,
} from '../support/hand-made-recorder.ts';
import { startHostProcess } from '../support/killable-host.ts';
import { probe, sound } from '../support/recorded-content.ts';
import { people } from '../support/synthetic-media.ts';
import {
  type CreatedConsultation,
  closeTestHost,
  OpenClients,
  type RestAnswer,
  restCaller,
  startTestHost,
  type TestHost,
} from '../support/test-host.ts';
import { untilWithin } from '../support/until.ts';
import { EgressStandIn } from './egress-stand-in.ts';
import { heardShare } from './heard.ts';
import { joinRoom, leaveRoom } from './room-guest.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 600_000 });
const until = untilWithin(60_000);
/** What a recording is made of has to pass first. */
const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1_000));

/** Egress begins before it says so. */
const startSlackMs = 1_000;

let egress: EgressStandIn;
let host: TestHost;
let settings: Record<string, string>;
const clients = new OpenClients();
const guests: Room[] = [];

beforeAll(async () => {
  egress = await EgressStandIn.start();
  settings = {
    LIVEKIT_EMBEDDED: 'on',
    LIVEKIT_SERVER: await bringLiveKitForTests(),
    LIVEKIT_EGRESS: egress.folder,
    REDIS_URL: egress.redisUrl,
  };
  host = await startTestHost(settings);
  await ready(host);
});

afterEach(async () => {
  await egress.killWorker();
  clients.closeAll();
  for (const guest of guests.splice(0)) await leaveRoom(guest);
});

afterAll(async () => {
  if (host) await closeTestHost(host);
  await egress?.close();
});

type Callable = Pick<TestHost, 'url' | 'call'>;

const ready = ({ call }: Pick<TestHost, 'call'>) =>
  until('the video server runs', async () => {
    const { body } = await call('GET', '/api/livekit');
    return (body.data as unknown as { state: string }).state === 'ready';
  });

/** Both in a call through the video server, seen and heard there, and agreed to be recorded. */
async function call(at: Callable = host, consultation?: CreatedConsultation) {
  const planned = consultation ?? (await host.createConsultation({ transport: 'sfu' }));
  const { doctor, patient } = await readyToRecord(at, planned);
  clients.keep(doctor);
  clients.keep(patient);
  const door = at.url.replace('http', 'ws');
  guests.push(
    await joinRoom(door, planned.doctorToken, people.doctor),
    await joinRoom(door, planned.patientToken, people.patient),
  );
  return { consultation: planned, doctor, patient };
}

const startWorker = (dataDir = host.dataDir) => egress.startWorker(join(dataDir, 'livekit', 'egress.yaml'));

async function recordings({ call: ask }: Pick<TestHost, 'call'>, { consultationId }: CreatedConsultation) {
  const { body } = await ask('GET', `/api/recordings?consultationId=${consultationId}`);
  return body.data as unknown as Recording[];
}

const egressIdOf = ({ body }: RestAnswer) => String(body.data?.egressId);

/** By the ordinary tool, with the clinic's key. */
async function decrypted(
  dataDir: string,
  egressId: string,
  work: (file: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'egress-decrypted-'));
  try {
    const [key, plain] = [join(folder, 'key.txt'), join(folder, 'recording.mp4')];
    await writeFile(key, `${loadSecrets(dataDir).secrets.recordingIdentity}\n`);
    const encrypted = recordingPath(dataDir, egressId);
    await promisify(execFile)('age', ['--decrypt', '--identity', key, '--output', plain, encrypted]);
    await work(plain);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('a call through the video server is recorded by Egress, and kept as one encrypted file', async () => {
  await startWorker();
  const { consultation, doctor, patient } = await call();
  const started = await startRecording(host, consultation);
  expect(started.body.data).toMatchObject({ recorder: 'egress', status: 'EGRESS_ACTIVE' });
  const egressId = egressIdOf(started);
  for (const client of [doctor, patient])
    expect(await client.until(() => recordingTold(client), 'the recording')).toMatchObject({
      egressId,
      recorder: 'egress',
      state: 'recording',
    });
  // Nothing but what Egress records is recorded.
  expect(ordersTold(doctor)).toBeUndefined();
  const again = await startRecording(host, consultation);
  expect([again.status, again.body.error?.details]).toEqual([409, { egressId }]);

  const at = `/api/consultations/${consultation.consultationId}/transport`;
  const moved = await host.call('POST', at, { body: { transport: 'p2p' } });
  expect(moved.status).toBe(200);
  await seconds(4);
  expect(doctor.events.map(({ event }) => event.type)).not.toContain('transport-changed');
  const stopped = await stopRecording(host, consultation, egressId);

  expect(stopped.body.data).toMatchObject({ egressId, status: 'EGRESS_COMPLETE' });
  expect(Number(stopped.body.data?.durationMs)).toBeGreaterThan(3_500);
  expect(await doctor.event('transport-changed')).toMatchObject({ transport: 'p2p' });
  expect(await readdir(egress.folder)).toEqual([]);
  await decrypted(host.dataDir, egressId, async (file) => {
    const { videoCodec, audioCodec, duration } = await probe(file);
    expect([videoCodec, audioCodec]).toEqual(['h264', 'aac']);
    expect(duration).toBeCloseTo(Number(stopped.body.data?.durationMs) / 1_000, 1);
    const heard = await sound(file);
    for (const { tone } of [people.doctor, people.patient])
      expect(heardShare(heard, tone, 1, 3)).toBeGreaterThan(0.7);
  });
});

test('nothing is recorded from the moment that somebody takes their consent back', async () => {
  await startWorker();
  const { consultation, doctor } = await call();
  const egressId = egressIdOf(await startRecording(host, consultation));
  await doctor.until(() => recordingTold(doctor), 'the recording');
  await seconds(2);
  const withdrawnAt = Date.now();
  await host.call('POST', `/api/consultations/${consultation.consultationId}/consents`, {
    token: consultation.patientToken,
    body: { purpose: 'recording', answer: 'withdrawn', version: consentVersions.recording },
  });
  await doctor.until(() => recordingTold(doctor) === undefined, 'that nothing is recorded');
  const [recording] = await recordings(host, consultation);
  const recordedMs = withdrawnAt - Date.parse(recording?.startedAt ?? '');
  const kept = await until('it is safe', async () => {
    const [found] = await recordings(host, consultation);
    return found?.status === 'EGRESS_COMPLETE' && found;
  });
  expect(kept).toMatchObject({ egressId, endedAs: 'withdrawn', recorder: 'egress' });
  expect(kept.capturedMs - recordedMs).toBeLessThan(1_000);
  expect(kept.durationMs - recordedMs).toBeLessThan(1_000 + startSlackMs);
});

test("without an Egress the doctor's window records, and the doctor is told why", async () => {
  const { consultation, doctor } = await call();
  const before = Date.now();
  const started = await startRecording(host, consultation);
  expect(Date.now() - before).toBeLessThan(12_000);
  expect(started.body.data).toMatchObject({ recorder: 'client', status: 'EGRESS_ACTIVE' });
  expect(await doctor.event('recording-trouble')).toMatchObject({ trouble: 'egress-not-started' });
  const recorder = new HandMadeRecorder(doctor, await doctor.until(() => ordersTold(doctor), 'the orders'));
  await recorder.record(2);
  recorder.begin();
  const stopped = await stopRecording(host, consultation, egressIdOf(started));
  expect(stopped.body.data).toMatchObject({ status: 'EGRESS_COMPLETE' });
  const audit = await host.call('GET', `/api/audit?consultationId=${consultation.consultationId}`);
  expect(JSON.stringify(audit.body.data)).toContain('recording.egress-not-started');
});

test("when Egress is lost the doctor's window goes on, and nothing unplayable is kept", async () => {
  await startWorker();
  const { consultation, doctor } = await call();
  const lost = egressIdOf(await startRecording(host, consultation));
  await seconds(1);
  await egress.killWorker();
  await until('the doctor is told', async () =>
    doctor.events.some(({ event }) => event.type === 'recording-trouble' && event.trouble === 'egress-lost'),
  );
  const orders = await doctor.until(() => ordersTold(doctor), 'the orders to go on');
  expect(orders.egressId).not.toBe(lost);
  expect(recordingTold(doctor)).toMatchObject({ egressId: orders.egressId, recorder: 'client' });
  const [, first] = await recordings(host, consultation);
  expect(first).toMatchObject({
    egressId: lost,
    status: 'EGRESS_FAILED',
    endedAs: 'interrupted',
    durationMs: 0,
  });
  expect(await readdir(egress.folder)).toEqual([]);
  expect(await readdir(join(host.dataDir, 'recordings'))).not.toContain(`${lost}.age`);
});

test('what is said to be from the video server and is not signed by it changes nothing', async () => {
  await startWorker();
  const { consultation } = await call();
  const egressId = egressIdOf(await startRecording(host, consultation));
  const config = JSON.parse(await readFile(join(host.dataDir, 'livekit', 'egress.yaml'), 'utf8'));
  const body = JSON.stringify({ event: 'egress_ended', egressInfo: { egressId, status: 'EGRESS_FAILED' } });
  const token = new AccessToken(config.api_key, config.api_secret, { ttl: 60 });
  token.sha256 = createHash('sha256').update(body).digest('base64');
  for (const authorization of [undefined, 'nonsense', await token.toJwt()]) {
    const { status } = await host.call('POST', '/livekit/webhook', {
      rawBody: body,
      ...(authorization === undefined ? {} : { headers: { authorization } }),
    });
    expect(status).toBe(401);
  }
  await seconds(2);
  expect(await recordings(host, consultation)).toMatchObject([{ egressId, status: 'EGRESS_ACTIVE' }]);
  await stopRecording(host, consultation, egressId);
});

/** A call that Egress records, by a host that can be killed. */
async function recordedByHostOfItsOwn() {
  const dataDir = await mkdtemp(join(tmpdir(), 'egress-killed-'));
  const environment = { ...settings, PORT: String(await freePort()) };
  let killable = await startHostProcess(dataDir, environment);
  const end = async () => {
    await killable.kill();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const at: Callable = { url: killable.url, call: restCaller(() => killable.url) };
    await ready(at);
    await startWorker(dataDir);
    const created = await at.call('POST', '/api/consultations/create', {
      body: { consultationId: 'c', patientId: 'p', doctorId: 'd', transport: 'sfu' },
    });
    const { consultation } = await call(at, created.body.data as unknown as CreatedConsultation);
    const egressId = egressIdOf(await startRecording(at, consultation));
    const restart = async (change: Record<string, string> = {}) => {
      await killable.kill();
      killable = await startHostProcess(dataDir, { ...environment, ...change });
    };
    return { at, dataDir, consultation, egressId, output: () => killable.output(), restart, end };
  } catch (error) {
    await end();
    throw error;
  }
}

test('a host that was killed in the middle finds the recording again', async () => {
  const clinic = await recordedByHostOfItsOwn();
  const { at, dataDir, consultation, egressId } = clinic;
  try {
    await seconds(3);
    await clinic.restart();
    await ready(at);
    const { client: doctor, state } = await clients.join(at.url, consultation.doctorToken);
    await clients.join(at.url, consultation.patientToken);
    const goesOn = () => (recordingTold(doctor) ?? state.recording)?.state === 'recording';
    await doctor.until(goesOn, 'that it is being recorded');
    await seconds(3);
    // The same Egress, let in again by the new host: what it has recorded since is in the same file.
    expect(await recordings(at, consultation)).toMatchObject([{ egressId, status: 'EGRESS_ACTIVE' }]);
    const stopped = await stopRecording(at, consultation, egressId);
    expect(stopped.body.data).toMatchObject({ egressId, status: 'EGRESS_COMPLETE' });
    expect(Number(stopped.body.data?.durationMs)).toBeGreaterThan(5_500);
    expect(await readdir(egress.folder)).toEqual([]);
    await decrypted(dataDir, egressId, async (file) => {
      expect(heardShare(await sound(file), people.patient.tone, 1, 2)).toBeGreaterThan(0.7);
    });
  } finally {
    await clinic.end();
  }
});

test('what Egress recorded is collected later when a host was started without it meanwhile', async () => {
  const clinic = await recordedByHostOfItsOwn();
  const { at, dataDir, consultation, egressId } = clinic;
  try {
    await seconds(3);
    await clinic.restart({ LIVEKIT_EGRESS: '', LOG_LEVEL: 'error' });
    expect(clinic.output()).toContain(`Recording ${egressId} was being made by LiveKit Egress`);
    expect(await recordings(at, consultation)).toMatchObject([
      { egressId, status: 'EGRESS_ENDING', endedAs: 'interrupted' },
    ]);
    await clinic.restart();
    await until('its file is collected', async () => {
      const [kept] = await recordings(at, consultation);
      return kept?.status === 'EGRESS_COMPLETE';
    });
    expect(await readdir(egress.folder)).toEqual([]);
    await decrypted(dataDir, egressId, async (file) => {
      expect(heardShare(await sound(file), people.patient.tone, 1, 2)).toBeGreaterThan(0.7);
    });
  } finally {
    await clinic.end();
  }
});
