/** What a recorded file really holds: decoded by ffmpeg, and looked at and listened to. */
import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const most = 1 << 30;

/** Size to which pictures are brought before they are looked at. */
export const seenWidth = 160;
export const seenHeight = 90;
const rate = 48_000;

/**
 * Opens an age file with the ordinary tool, as anybody would who has the clinic's key.
 * @param parent a folder that is removed with everything in it.
 */
export async function decryptWithAge(file: string, identity: string, parent: string): Promise<string> {
  const folder = await mkdtemp(join(parent, 'opened-'));
  const key = join(folder, 'key.txt');
  const plain = join(folder, 'recording');
  await writeFile(key, `${identity}\n`, { mode: 0o600 });
  await run('age', ['--decrypt', '--identity', key, '--output', plain, file]);
  return plain;
}

export interface Probe {
  /** s, as the container says. */
  readonly duration: number;
  readonly format: string;
  readonly videoCodec: string;
  readonly audioCodec: string;
  readonly width: number;
  readonly height: number;
}

interface ProbeOutput {
  readonly format: { readonly duration: string; readonly format_name: string };
  readonly streams: readonly {
    readonly codec_type: string;
    readonly codec_name: string;
    readonly width?: number;
    readonly height?: number;
  }[];
}

export async function probe(file: string): Promise<Probe> {
  const { stdout } = await run('ffprobe', [
    ...['-v', 'error', '-print_format', 'json', '-show_format', '-show_streams', file],
  ]);
  const { format, streams } = JSON.parse(stdout) as ProbeOutput;
  const video = streams.find(({ codec_type }) => codec_type === 'video');
  const audio = streams.find(({ codec_type }) => codec_type === 'audio');
  return {
    duration: Number(format.duration),
    format: format.format_name,
    videoCodec: video?.codec_name ?? '',
    audioCodec: audio?.codec_name ?? '',
    width: video?.width ?? 0,
    height: video?.height ?? 0,
  };
}

/** Presentation times of one stream's packets, s. */
export async function packetTimes(file: string, stream: 'v' | 'a'): Promise<number[]> {
  const { stdout } = await run(
    'ffprobe',
    ['-v', 'error', '-select_streams', stream, '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file],
    { maxBuffer: most },
  );
  return stdout
    .split('\n')
    .map((line) => Number.parseFloat(line))
    .filter(Number.isFinite);
}

/** Longest time between two packets that follow each other, s. */
export function longestGap(times: readonly number[]): number {
  return Math.max(0, ...times.slice(1).map((time, index) => time - (times[index] ?? time)));
}

export interface SeenPicture {
  /** s */
  readonly at: number;
  /** Colour at a place, each coordinate from 0 to 1. */
  colour(x: number, y: number): readonly [number, number, number];
}

/**
 * All pictures from a moment on, as a player shows them.
 * @param from s; the file is sought to it first.
 */
export async function pictures(
  file: string,
  { from = 0, most: count = 100_000 } = {},
): Promise<SeenPicture[]> {
  const times = (await packetTimes(file, 'v')).filter((time) => time >= from - 0.001);
  const { stdout } = await run(
    'ffmpeg',
    [
      ...['-v', 'error', ...(from > 0 ? ['-ss', String(from)] : []), '-i', file],
      ...['-frames:v', String(count), '-fps_mode', 'passthrough', '-s', `${seenWidth}x${seenHeight}`],
      ...['-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'],
    ],
    { maxBuffer: most, encoding: 'buffer' },
  );
  const size = seenWidth * seenHeight * 3;
  return Array.from({ length: Math.floor(stdout.length / size) }, (_, index) => ({
    at: times[index] ?? Number.NaN,
    colour(x, y) {
      const column = Math.min(seenWidth - 1, Math.floor(x * seenWidth));
      const row = Math.min(seenHeight - 1, Math.floor(y * seenHeight));
      const at = index * size + (row * seenWidth + column) * 3;
      return [stdout[at] ?? 0, stdout[at + 1] ?? 0, stdout[at + 2] ?? 0];
    },
  }));
}

/** The sound, 48,000 samples a second from -1 to 1. */
export async function sound(file: string): Promise<Float32Array> {
  const { stdout } = await run(
    'ffmpeg',
    ['-v', 'error', '-i', file, '-ac', '1', '-ar', String(rate), '-f', 'f32le', '-'],
    { maxBuffer: most, encoding: 'buffer' },
  );
  return new Float32Array(stdout.buffer, stdout.byteOffset, Math.floor(stdout.byteLength / 4));
}

/** Amplitude of a tone in a part of a sound (Goertzel). */
export function toneIn(samples: Float32Array, hertz: number, fromSeconds: number, seconds: number): number {
  const part = samples.subarray(Math.round(fromSeconds * rate), Math.round((fromSeconds + seconds) * rate));
  const factor = 2 * Math.cos((2 * Math.PI * hertz) / rate);
  let [one, two] = [0, 0];
  for (const sample of part) [one, two] = [sample + factor * one - two, one];
  return (2 * Math.sqrt(Math.max(0, one * one + two * two - factor * one * two))) / Math.max(1, part.length);
}

export function isNear(
  seen: readonly [number, number, number],
  wanted: readonly [number, number, number],
  most = 50,
): boolean {
  return seen.every((value, index) => Math.abs(value - (wanted[index] ?? 0)) < most);
}

/**
 * How much later the flash of a flash-and-beep source is seen than its beep is heard, s, once for each beep.
 * @param bright whether a picture shows the flash.
 */
export function lipSync(
  seen: readonly SeenPicture[],
  heard: Float32Array,
  hertz: number,
  bright: (picture: SeenPicture) => boolean,
): number[] {
  const step = 0.005;
  const beeps: number[] = [];
  let silent = true;
  for (let at = 0; at + step < heard.length / rate; at += step) {
    const loud = toneIn(heard, hertz, at, step) > 0.08;
    if (loud && silent) beeps.push(at);
    silent = !loud;
  }
  const flashes = seen
    .filter((picture, index) => index > 0 && bright(picture) && !bright(seen[index - 1] ?? picture))
    .map(({ at }) => at);
  return beeps.flatMap((beep) => {
    const flash = flashes.find((at) => Math.abs(at - beep) < 0.5);
    return flash === undefined ? [] : [flash - beep];
  });
}
