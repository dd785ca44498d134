/**
 * Records a room as it is seen and heard: every picture side by side, all voices mixed. Started by the worker as
 * `recorder.ts <egress id> <room> <RoomCompositeEgressRequest as JSON>`, with the configuration of Egress in EGRESS_CONFIG_FILE.
 * What is not sent to it is black and silent, so the file is as long as the recording was.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, writeSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  AudioStream,
  type RemoteTrack,
  Room,
  RoomEvent,
  TrackKind,
  VideoBufferType,
  type VideoFrame,
  VideoStream,
} from '@livekit/rtc-node';
import { AccessToken, RoomCompositeEgressRequest, type S3Upload } from 'livekit-server-sdk';

const width = 640;
const height = 360;
const framesPerSecond = 15;
const sampleRate = 48_000;
const tickMs = 20;
/** What has come by then is mixed: voices do not arrive evenly, samples. */
const held = sampleRate / 10;
/** A picture that is older is not shown any more: who is not sent pictures is not told so, ms. */
const shownForMs = 500;

const [egressId = '', roomName = '', request = '{}'] = process.argv.slice(2);
const [file] = RoomCompositeEgressRequest.fromJsonString(request).fileOutputs;
if (file === undefined) throw new Error('No file is asked for');
const bucket = file.output.case === 's3' ? file.output.value : undefined;
const scratch = bucket && (await mkdtemp(join(tmpdir(), 'egress-')));
const path = scratch ? join(scratch, 'recording.mp4') : file.filepath;
if (!scratch) await mkdir(dirname(path), { recursive: true });
const config = JSON.parse(await readFile(process.env.EGRESS_CONFIG_FILE ?? '', 'utf8')) as {
  readonly api_key: string;
  readonly api_secret: string;
  readonly ws_url: string;
};

/** The latest picture of each that is shown, and what was said and is not mixed yet. */
const pictures = new Map<RemoteTrack, { readonly frame: VideoFrame; readonly at: number }>();
const voices = new Map<RemoteTrack, number[]>();
const room = new Room();
room.on(RoomEvent.TrackSubscribed, (track) => {
  begin();
  void (track.kind === TrackKind.KIND_VIDEO ? watch(track) : listen(track));
});
room.on(RoomEvent.TrackUnsubscribed, (track) => {
  pictures.delete(track);
  voices.delete(track);
});

async function watch(track: RemoteTrack): Promise<void> {
  for await (const { frame } of new VideoStream(track)) {
    // A tiny one is what ends a track.
    if (frame.width < 16) continue;
    const planes = frame.type === VideoBufferType.I420 ? frame : frame.convert(VideoBufferType.I420);
    pictures.set(track, { frame: planes, at: performance.now() });
  }
}

async function listen(track: RemoteTrack): Promise<void> {
  const samples: number[] = [];
  voices.set(track, samples);
  for await (const { data } of new AudioStream(track, sampleRate, 1)) {
    samples.push(...data);
    if (samples.length > sampleRate) samples.splice(0, samples.length - sampleRate);
  }
}

function picture(): Buffer {
  const luma = width * height;
  const canvas = Buffer.alloc(luma * 1.5, 128).fill(16, 0, luma);
  const shown = [...pictures.values()].filter(({ at }) => performance.now() - at < shownForMs);
  const tile = Math.floor(width / Math.max(shown.length, 1) / 2) * 2;
  shown.forEach(({ frame }, index) => {
    paint(canvas, 0, width, height, tile, index * tile, frame.data, 0, frame.width, frame.height);
    const [half, chroma] = [{ width: frame.width / 2, height: frame.height / 2 }, frame.width * frame.height];
    for (const plane of [0, 1]) {
      const from = chroma + plane * half.width * half.height;
      const to = luma + (plane * luma) / 4;
      paint(
        canvas,
        to,
        width / 2,
        height / 2,
        tile / 2,
        (index * tile) / 2,
        frame.data,
        from,
        half.width,
        half.height,
      );
    }
  });
  return canvas;
}

/** Fills a column of one plane with a picture's plane. */
function paint(
  canvas: Buffer,
  start: number,
  stride: number,
  rows: number,
  columns: number,
  left: number,
  data: Uint8Array,
  from: number,
  dataWidth: number,
  dataHeight: number,
): void {
  for (let y = 0; y < rows; y += 1) {
    const row = from + Math.floor((y * dataHeight) / rows) * dataWidth;
    for (let x = 0; x < columns; x += 1) {
      canvas[start + y * stride + left + x] = data[row + Math.floor((x * dataWidth) / columns)] ?? 0;
    }
  }
}

function sound(length: number): Buffer {
  const mixed = Buffer.alloc(length * 2);
  for (const samples of voices.values()) {
    samples.splice(0, length).forEach((sample, index) => {
      const sum = mixed.readInt16LE(index * 2) + sample;
      mixed.writeInt16LE(Math.max(-32_768, Math.min(32_767, sum)), index * 2);
    });
  }
  return mixed;
}

/** The output is full of what libraries log. */
function tell(words: string): void {
  writeSync(3, `${words}\n`);
}

let startedAt: number | undefined;
let ticking: NodeJS.Timeout | undefined;
let frames = 0;
let samples = 0;
const picturesIn = [
  '-f',
  'rawvideo',
  '-pix_fmt',
  'yuv420p',
  '-s',
  `${width}x${height}`,
  '-r',
  `${framesPerSecond}`,
];
const soundIn = ['-f', 's16le', '-ar', `${sampleRate}`, '-ac', '1'];
const queue = ['-thread_queue_size', '512'];
const encoder = spawn(
  'setpriv',
  [
    // It dies with us: what is killed finishes nothing.
    ...['--pdeathsig', 'KILL', 'ffmpeg'],
    ...['-loglevel', 'error', '-y'],
    ...[...queue, ...picturesIn, '-i', 'pipe:0'],
    ...[...queue, ...soundIn, '-i', 'pipe:3'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', `${framesPerSecond * 4}`, '-c:a', 'aac'],
    ...['-movflags', '+faststart', path],
  ],
  { stdio: ['pipe', 'ignore', 'inherit', 'pipe'] },
);
const encoded = once(encoder, 'close');
const [picturesOut, soundOut] = [encoder.stdin, encoder.stdio[3]] as [Writable, Writable];
for (const stream of [picturesOut, soundOut]) stream.on('error', () => {});

/** Like Egress, at the first that is shown or heard. */
function begin(): void {
  if (startedAt !== undefined) return;
  startedAt = performance.now();
  ticking = setInterval(tick, tickMs);
  tell('active');
}

/** By the clock, so that nothing drifts. */
function tick(): void {
  const seconds = (performance.now() - (startedAt ?? 0)) / 1_000;
  const due = Math.floor(seconds * sampleRate) - held;
  if (due > samples) {
    soundOut.write(sound(due - samples));
    samples = due;
  }
  while (frames < Math.floor((due / sampleRate) * framesPerSecond)) {
    picturesOut.write(picture());
    frames += 1;
  }
}

let ending = false;
async function finish(): Promise<void> {
  if (ending) return;
  ending = true;
  clearInterval(ticking);
  picturesOut.end();
  soundOut.end();
  const [code] = (await encoded) as [number];
  // Nobody was ever shown or heard.
  if (code !== 0 || frames === 0) process.exit(1);
  const { size } = await stat(path);
  if (bucket && scratch) {
    await upload(bucket, size);
    await rm(scratch, { recursive: true });
  }
  const duration = Math.round((frames / framesPerSecond) * 1e9);
  const told = {
    filename: file?.filepath,
    location: file?.filepath,
    size: `${size}`,
    duration: `${duration}`,
  };
  tell(JSON.stringify(told));
  process.exit(0);
}

async function upload(to: S3Upload, size: number): Promise<void> {
  const client = new S3Client({
    region: to.region,
    endpoint: to.endpoint,
    forcePathStyle: to.forcePathStyle,
    credentials: { accessKeyId: to.accessKey, secretAccessKey: to.secret },
  });
  const Body = createReadStream(path);
  await client.send(
    new PutObjectCommand({ Bucket: to.bucket, Key: file?.filepath, Body, ContentLength: size }),
  );
}

process.on('SIGTERM', () => void finish());
room.on(RoomEvent.Disconnected, () => void finish());
const token = new AccessToken(config.api_key, config.api_secret, { identity: egressId });
token.addGrant({
  roomJoin: true,
  room: roomName,
  canPublish: false,
  canSubscribe: true,
  hidden: true,
  recorder: true,
});
await room.connect(config.ws_url, await token.toJwt(), { autoSubscribe: true, dynacast: false });
