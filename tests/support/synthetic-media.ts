/** Cameras and microphones that can be told apart: each has a colour and a tone of its own, in files that Chromium reads. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface SyntheticPerson {
  /** 8-bit red, green, blue of the picture. */
  readonly colour: readonly [number, number, number];
  /** Hz */
  readonly tone: number;
}

/** Colours far apart in hue and tones that are no harmonics of each other. */
export const people = {
  doctor: { colour: [40, 60, 200], tone: 440 },
  patient: { colour: [200, 60, 40], tone: 1_030 },
  observer: { colour: [50, 160, 60], tone: 730 },
} as const satisfies Record<string, SyntheticPerson>;

export type SyntheticName = keyof typeof people;

const width = 640;
const height = 360;
const framesPerSecond = 30;
const sampleRate = 48_000;

/** One second of a plain picture with a white bar that moves, as YUV4MPEG2; Chromium plays it in a loop. */
function y4m([red, green, blue]: SyntheticPerson['colour']): Buffer {
  const luma = Math.round(16 + 0.257 * red + 0.504 * green + 0.098 * blue);
  const blueDifference = Math.round(128 - 0.148 * red - 0.291 * green + 0.439 * blue);
  const redDifference = Math.round(128 + 0.439 * red - 0.368 * green - 0.071 * blue);
  const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F${framesPerSecond}:1 Ip A1:1 C420jpeg\n`)];
  for (let frame = 0; frame < framesPerSecond; frame += 1) {
    const picture = Buffer.alloc(width * height, luma);
    const from = Math.floor((frame / framesPerSecond) * (width - 16));
    for (let row = 0; row < 24; row += 1) picture.fill(235, row * width + from, row * width + from + 16);
    parts.push(
      Buffer.from('FRAME\n'),
      picture,
      Buffer.alloc((width * height) / 4, blueDifference),
      Buffer.alloc((width * height) / 4, redDifference),
    );
  }
  return Buffer.concat(parts);
}

/** One second of a sine at a fifth of full scale, 16-bit mono WAV. Whole periods, so that the loop has no click. */
function wav(tone: number): Buffer {
  const data = Buffer.alloc(sampleRate * 2);
  for (let index = 0; index < sampleRate; index += 1) {
    data.writeInt16LE(Math.round(Math.sin((2 * Math.PI * tone * index) / sampleRate) * 6_500), index * 2);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

/** Chromium's switches for somebody's camera and microphone; the files are made in `folder`. */
export async function syntheticDevices(folder: string, name: SyntheticName): Promise<string[]> {
  const { colour, tone } = people[name];
  await mkdir(folder, { recursive: true });
  const video = join(folder, `${name}.y4m`);
  const audio = join(folder, `${name}.wav`);
  await writeFile(video, y4m(colour));
  await writeFile(audio, wav(tone));
  return [
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${video}`,
    `--use-file-for-fake-audio-capture=${audio}`,
  ];
}
