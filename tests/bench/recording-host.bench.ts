/**
 * What keeping a recording costs the host: encrypted segments checked, written and durable, beside the `age` tool that encrypts the
 * same content into a file; making the file at the end; and what stays in memory over an hour, without waiting an hour for it.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { identityToRecipient } from 'age-encryption';
import { Recording } from '../../src/main/host/recordings/recording.ts';
import type { StoredRecording } from '../../src/main/host/recordings/store.ts';
import { writeRecording } from '../../src/main/host/recordings/write-recording.ts';
import { newAgeIdentity } from '../../src/main/host/runtime/age-keys.ts';
import { encodeSegment, type Segment, segmentUs } from '../../src/shared/recording/segment.ts';
import { contentOf, type SentSegment, sealSegment, vp8 } from '../support/hand-made-recorder.ts';
import { median, printTable, ratio } from './report.ts';

const runs = Number(process.env.BENCH_RUNS ?? 5);
const minutes = Number(process.env.BENCH_RECORDING_MINUTES ?? 60);
/** As a window has under way. */
const inFlight = 4;
/** About 1.6 Mbit/s. */
const segmentBytes = 100_000;
const segmentsMeasured = 200;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const clinic = newAgeIdentity();
const clinicRecipient = await identityToRecipient(clinic);

interface Opened {
  readonly recording: Recording;
  readonly recipients: readonly string[];
}

async function openRecording(folder: string, name: string): Promise<Opened> {
  const workingIdentity = newAgeIdentity();
  const recipients = [clinicRecipient, await identityToRecipient(workingIdentity)];
  const stored: StoredRecording = {
    egressId: `EG_${name}`,
    consultationId: 'measured',
    roomName: 'consultation-measured',
    recorder: 'client',
    status: 'EGRESS_ACTIVE',
    startedAt: new Date().toISOString(),
    durationMs: 0,
    capturedMs: 0,
    recorderIdentity: 'doctor',
    workingIdentity,
    // Allowed since long ago, so that what takes an hour can come at once.
    grants: JSON.stringify([{ number: 1, from: Date.now() - 24 * 60 * 60_000 }]),
    logUntil: undefined,
    logBytes: 0,
  };
  return { recording: await Recording.open(stored, join(folder, `${name}.log`), recipients), recipients };
}

/** Real packets, those of the picture made longer where it is asked for so much: nobody decodes them here. */
async function plainSegment(egressId: string, number: number, bytes?: number): Promise<Uint8Array> {
  const fromUs = (number - 1) * segmentUs;
  const packets = await contentOf(fromUs, fromUs + segmentUs);
  const pictures = packets.filter(({ track }) => track === 'video').length;
  const segment: Segment = {
    egressId,
    number,
    grant: 1,
    fromUs,
    toUs: fromUs + segmentUs,
    video: vp8,
    audio: { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 },
    packets: packets.map((packet) =>
      bytes === undefined || packet.track === 'audio'
        ? packet
        : { ...packet, data: randomBytes(Math.round(bytes / pictures)) },
    ),
  };
  return encodeSegment(segment);
}

async function keepAll(recording: Recording, segments: readonly SentSegment[]): Promise<void> {
  const queue = [...segments];
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let next = queue.shift(); next; next = queue.shift()) await recording.take(next, Date.now());
    }),
  );
}

/** Bytes of content a second until all of it is durable. */
async function ageTool(folder: string, content: readonly Uint8Array[]): Promise<number> {
  const path = join(folder, 'age-tool.age');
  const start = performance.now();
  const age = spawn('age', ['-r', clinicRecipient, '-o', path], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(age, 'exit');
  for (const part of content) if (!age.stdin.write(part)) await once(age.stdin, 'drain');
  age.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`age ended with ${code}`);
  const file = await open(path, 'r+');
  await file.datasync();
  await file.close();
  const seconds = (performance.now() - start) / 1000;
  await rm(path);
  return sizeOf(content) / seconds;
}

const sizeOf = (parts: readonly Uint8Array[]) => parts.reduce((sum, { byteLength }) => sum + byteLength, 0);

async function measureThroughput(folder: string) {
  const { recording, recipients } = await openRecording(folder, 'throughput');
  const { egressId } = recording;
  const numbers = Array.from({ length: segmentsMeasured }, (_, index) => index + 1);
  const plain = await Promise.all(numbers.map((number) => plainSegment(egressId, number, segmentBytes)));
  const sealed = await Promise.all(
    plain.map((bytes, index) => sealSegment({ egressId, recipients: [...recipients] }, index + 1, bytes)),
  );
  const before = process.cpuUsage();
  const start = performance.now();
  await keepAll(recording, sealed);
  const kept = sizeOf(plain) / ((performance.now() - start) / 1000);
  const { user, system } = process.cpuUsage(before);

  const finishing = performance.now();
  await writeRecording(
    { log: recording.log, segments: recording.segments, identity: recording.identity },
    join(folder, 'throughput.age'),
    [clinicRecipient],
  );
  const finished = sizeOf(plain) / ((performance.now() - finishing) / 1000);
  await recording.log.close();
  return {
    kept,
    finished,
    tool: await ageTool(folder, plain),
    cpuMsPerSecond: (user + system) / 1000 / ((segmentsMeasured * segmentUs) / 1_000_000),
  };
}

const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(1);

function memory(): { live: number; resident: number } {
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { live: heapUsed + external, resident: rss };
}

/** What is in memory after each tenth of an hour of recording, and while its file is made. */
async function measureHour(folder: string): Promise<void> {
  const { recording, recipients } = await openRecording(folder, 'hour');
  const { egressId } = recording;
  const total = (minutes * 60_000_000) / segmentUs;
  const rows: string[][] = [];
  const note = (when: string) => {
    const { live, resident } = memory();
    rows.push([when, megabytes(live), megabytes(resident)]);
  };
  for (let number = 1; number <= total; number += 20) {
    const batch = await Promise.all(
      Array.from({ length: Math.min(20, total - number + 1) }, async (_, index) =>
        sealSegment(
          { egressId, recipients: [...recipients] },
          number + index,
          await plainSegment(egressId, number + index),
        ),
      ),
    );
    await keepAll(recording, batch);
    const done = number + batch.length - 1;
    if (done === 100 || Math.floor((done * 4) / total) > Math.floor(((done - batch.length) * 4) / total))
      note(`after ${((done * segmentUs) / 60_000_000).toFixed(0)} min`);
  }
  let highest = 0;
  const watch = setInterval(() => {
    const { heapUsed, external } = process.memoryUsage();
    highest = Math.max(highest, heapUsed + external);
  }, 50);
  const start = performance.now();
  const written = await writeRecording(
    { log: recording.log, segments: recording.segments, identity: recording.identity },
    join(folder, 'hour.age'),
    [clinicRecipient],
  );
  clearInterval(watch);
  rows.push(['highest while its file is made, garbage included', megabytes(highest), '']);
  note('after its file was made');
  await recording.log.close();
  printTable(
    `An hour of recording (${minutes} min, ${megabytes(written?.sizeBytes ?? 0)} MB, its file made in ${((performance.now() - start) / 1000).toFixed(1)} s)`,
    ['', 'live MB', 'resident MB'],
    rows,
  );
}

const folder = await mkdtemp(join(tmpdir(), 'autamedica-bench-'));
try {
  const measured: Awaited<ReturnType<typeof measureThroughput>>[] = [];
  for (let run = 0; run < runs; run += 1) {
    const own = await mkdtemp(join(folder, 'run-'));
    measured.push(await measureThroughput(own));
    await rm(own, { recursive: true });
  }
  const tool = median(measured.map((one) => one.tool));
  const row = (name: string, value: number) => [name, megabytes(value), ratio(value, tool)];
  printTable(
    `Keeping segments of ${segmentBytes / 1000} KB, median of ${runs}`,
    ['', 'MB/s', 'to the age tool'],
    [
      row('checked, written, durable (each segment acknowledged)', median(measured.map(({ kept }) => kept))),
      row('the file made of them', median(measured.map(({ finished }) => finished))),
      row('age tool, one stream into a file, durable at its end', tool),
    ],
  );
  printTable(
    'Processor time of the host',
    ['', ''],
    [['a second of recording', `${median(measured.map((one) => one.cpuMsPerSecond)).toFixed(1)} ms`]],
  );
  await measureHour(folder);
} finally {
  await rm(folder, { recursive: true, force: true });
}
