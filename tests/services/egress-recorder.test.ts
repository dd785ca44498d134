/** Recording by LiveKit Egress beside a real video server and a real Redis. Egress itself is our own stand-in, behind LiveKit's Egress API. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Room } from '@livekit/rtc-node';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { AccessToken } from 'livekit-server-sdk';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { redisConfig } from '../../src/main/host/livekit/redis.ts';
import { EgressBucketFiles } from '../../src/main/host/recordings/egress-bucket.ts';
import { type EgressFiles, EgressFolder } from '../../src/main/host/recordings/egress-files.ts';
import { EgressRecorder } from '../../src/main/host/recordings/egress-recorder.ts';
import type { EgressRecording, EgressTask } from '../../src/main/host/recordings/egress-run.ts';
import { openBucket, type S3Settings } from '../../src/main/host/recordings/s3-bucket.ts';
import { loadConfig } from '../../src/main/host/runtime/config.ts';
import { startHost, type TestHost } from '../livekit/support.ts';
import { probe, sound } from '../support/recorded-content.ts';
import { people } from '../support/synthetic-media.ts';
import { EgressStandIn } from './egress-stand-in.ts';
import { heardShare } from './heard.ts';
import { joinRoom, leaveRoom } from './room-guest.ts';
import { S3StandIn } from './s3-stand-in.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 600_000 });
const roomName = 'consultation-1';

let egress: EgressStandIn;
let host: TestHost;
let recorder: EgressRecorder;
let folder: string;
let identity: string;
const guests: Room[] = [];
let number = 0;

beforeAll(async () => {
  egress = await EgressStandIn.start();
  identity = await generateX25519Identity();
  host = await startHost({
    redis: redisConfig(new URL(egress.redisUrl)),
    authorizeRecorder: (place) => recorder.admit(place),
  });
  await host.until('ready');
});

afterAll(async () => {
  await host?.close();
  await egress?.close();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'egress-kept-'));
  recorder = newRecorder();
  for (const [name, person] of Object.entries({ doctor: people.doctor, patient: people.patient })) {
    const role = name === 'doctor' ? 'doctor' : 'patient';
    guests.push(await joinRoom(host.url, await host.invite(name, role, true), person));
  }
});

afterEach(async () => {
  recorder.close();
  for (const guest of guests.splice(0)) await leaveRoom(guest);
  await egress.killWorker();
  await host.livekit.deleteRoom(roomName);
  await rm(folder, { recursive: true, force: true });
});

function newRecorder(files: EgressFiles = new EgressFolder(egress.folder)): EgressRecorder {
  return new EgressRecorder({
    livekit: host.livekit,
    files,
    log: host.log,
    now: () => Date.now(),
  });
}

async function task(): Promise<EgressTask> {
  number += 1;
  const egressId = `EG_recording-${number}`;
  const recipients = [await identityToRecipient(identity)];
  return { egressId, roomName, path: join(folder, `${egressId}.age`), recipients };
}

async function begun(wanted: EgressTask): Promise<EgressRecording> {
  const { recording, started } = recorder.start(wanted);
  await started;
  return recording;
}

const startWorker = () => egress.startWorker(join(host.dataDir, 'livekit', 'egress.yaml'));
/** What a recording is made of has to pass first. */
const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1_000));

/** By the ordinary tool. */
async function decrypted({ path }: EgressTask): Promise<string> {
  const [key, plain] = [join(folder, 'key.txt'), `${path}.mp4`];
  await writeFile(key, `${identity}\n`);
  await promisify(execFile)('age', ['--decrypt', '--identity', key, '--output', plain, path]);
  return plain;
}

it('records both, encrypts what was recorded, and leaves nothing in clear', async () => {
  await startWorker();
  const wanted = await task();
  const recording = await begun(wanted);
  const startedAt = Date.now();
  await seconds(4);
  await recording.stop();
  const lasted = (Date.now() - startedAt) / 1_000;
  const { file, problem } = await recording.outcome;

  expect(problem).toBeUndefined();
  expect(await readdir(egress.folder)).toEqual([]);
  expect((await readFile(wanted.path)).subarray(0, 21).toString()).toBe('age-encryption.org/v1');
  const plain = await decrypted(wanted);
  const { duration, videoCodec, audioCodec } = await probe(plain);
  expect([videoCodec, audioCodec]).toEqual(['h264', 'aac']);
  expect(Math.abs(duration - lasted)).toBeLessThan(1);
  expect(Math.abs((file?.durationMs ?? 0) / 1_000 - duration)).toBeLessThan(0.1);
  const heard = await sound(plain);
  for (const { tone } of [people.doctor, people.patient])
    expect(heardShare(heard, tone, 1, 3)).toBeGreaterThan(0.7);
});

it('is fetched from a bucket, encrypted, and deleted there in every version', async () => {
  const bucket = 'egress-of-the-tests';
  const s3 = await S3StandIn.start();
  try {
    await s3.makeBucket(bucket, { versions: true });
    const settings = loadConfig({ ...s3.settings(bucket), S3_PREFIX: 'clinic' }).s3 as S3Settings;
    recorder.close();
    recorder = newRecorder(new EgressBucketFiles(settings, await openBucket(settings)));
    await startWorker();
    const wanted = await task();
    const recording = await begun(wanted);
    await seconds(2);
    await recording.stop();
    expect((await recording.outcome).file?.durationMs).toBeGreaterThan(1_500);
    const { videoCodec, audioCodec } = await probe(await decrypted(wanted));
    expect([videoCodec, audioCodec]).toEqual(['h264', 'aac']);
    expect(await s3.listed(`/${bucket}?versions=`, 'Key')).toEqual([]);
    expect(await s3.leftOnDisk(bucket)).toEqual([]);
  } finally {
    await s3.close();
  }
});

it('is sent nothing while it may not record, nor let in otherwise if it comes anew', async () => {
  await startWorker();
  const wanted = await task();
  const recording = await begun(wanted);
  await seconds(2);
  await recording.allow(false);
  const pausedAt = Date.now();
  const { egressId } =
    (await host.livekit.egress.list(roomName)).find(({ state }) => state === 'active') ?? {};
  expect(await recorder.admit({ roomName, identity: egressId ?? '' })).toMatchObject({
    role: 'recorder',
    admitted: false,
  });
  await seconds(2);
  await recording.allow(true);
  const resumedAt = Date.now();
  await seconds(2);
  await recording.stop();
  const stoppedAt = Date.now();
  await recording.outcome;

  const plain = await decrypted(wanted);
  const heard = await sound(plain);
  const { duration } = await probe(plain);
  const at = (time: number) => duration - (stoppedAt - time) / 1_000;
  const share = (from: number, to: number) => heardShare(heard, people.patient.tone, from, to);
  expect(share(0.5, at(pausedAt) - 0.5)).toBeGreaterThan(0.7);
  expect(share(at(pausedAt) + 0.6, at(resumedAt) - 0.2)).toBe(0);
  expect(share(at(resumedAt) + 0.8, duration - 0.4)).toBeGreaterThan(0.7);
});

it('does not begin without an Egress, and says so within ten seconds', async () => {
  const startedAt = Date.now();
  await expect(begun(await task())).rejects.toThrow(/No LiveKit Egress answers/);
  expect(Date.now() - startedAt).toBeLessThan(11_000);
});

it('says that an Egress was lost, and keeps nothing of what nobody can play', async () => {
  await startWorker();
  const wanted = await task();
  const recording = await begun(wanted);
  await seconds(1);
  await egress.killWorker();
  const { file, problem } = await recording.outcome;
  expect(problem).toMatch(/LiveKit Egress is gone/);
  expect(file).toBeUndefined();
  expect([...(await readdir(egress.folder)), ...(await readdir(folder))]).toEqual([]);
});

it('is gone on with by a host that was started again', async () => {
  await startWorker();
  const wanted = await task();
  await begun(wanted);
  recorder.close();
  recorder = newRecorder();
  const recording = recorder.takeUp(wanted, true);
  await recorder.tidy();
  await seconds(2);
  await recording.stop();
  const { file, problem } = await recording.outcome;
  expect(problem).toBeUndefined();
  expect(file?.durationMs).toBeGreaterThan(1_500);
});

it('begins while the last one still finishes its file', async () => {
  await startWorker();
  const first = await begun(await task());
  await seconds(1);
  await first.stop();
  const second = await begun(await task());
  await seconds(1);
  await second.stop();
  for (const { outcome } of [first, second]) expect((await outcome).file?.durationMs).toBeGreaterThan(500);
});

it('ends what nobody waits for, and keeps nothing of it', async () => {
  await startWorker();
  const wanted = await task();
  await begun(wanted);
  await seconds(1);
  recorder.close();
  recorder = newRecorder();
  await recorder.tidy();
  const known = await host.livekit.egress.list(roomName);
  expect(known.find(({ filePath }) => filePath.includes(wanted.egressId))?.state).toBe('ended');
  expect(await readdir(egress.folder)).toEqual([]);
});

it('lets nobody into a room as its recorder but the one it has started', async () => {
  const config = JSON.parse(await readFile(join(host.dataDir, 'livekit', 'egress.yaml'), 'utf8'));
  const knock = async (room: string) => {
    const token = new AccessToken(config.api_key, config.api_secret, { identity: 'EG_stranger' });
    token.addGrant({ roomJoin: true, room, canSubscribe: true, hidden: true, recorder: true });
    const door = host.url.replace('ws', 'http');
    return (await fetch(`${door}/rtc/validate?access_token=${await token.toJwt()}`)).status;
  };
  expect(await knock(roomName)).toBe(403);
  await startWorker();
  const recording = await begun(await task());
  expect(await knock(roomName)).toBe(403);
  await recording.stop();
  await recording.outcome;
});
