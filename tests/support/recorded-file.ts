/** Looks at a finished recording with the tools that others would use: age, ffprobe and ffmpeg. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadSecrets } from '../../src/main/host/runtime/secrets.ts';

const run = promisify(execFile);

export interface ProbedFile {
  /** ms, as the container says. */
  readonly durationMs: number;
  readonly format: string;
  /** Names of the codecs. */
  readonly codecs: readonly string[];
  /** Pictures and packets of sound. */
  readonly packets: { readonly video: number; readonly audio: number };
  /** The longest time between the beginnings of two pictures, and of two packets of sound, ms. */
  readonly longestGapMs: { readonly video: number; readonly audio: number };
  /** What a decoder says of it; nothing when all is well. */
  readonly complaints: string;
  /** Where a player comes to that jumps to the middle, ms: at or before it. */
  readonly seekedToMs: number;
}

export const encryptedFile = (dataDir: string, egressId: string) =>
  join(dataDir, 'recordings', `${egressId}.age`);

/**
 * Decrypts a recording by the ordinary age tool and probes it.
 * @param identity the private key; the clinic's own when it is not given.
 * @throws Error with the words of the tool.
 */
export async function probeRecording(
  dataDir: string,
  egressId: string,
  identity = loadSecrets(dataDir).secrets.recordingIdentity,
): Promise<ProbedFile> {
  const folder = await mkdtemp(join(tmpdir(), 'autamedica-recorded-'));
  try {
    const [key, plain] = [join(folder, 'key.txt'), join(folder, 'plain')];
    await writeFile(key, identity, { mode: 0o600 });
    await run('age', ['--decrypt', '-i', key, '-o', plain, encryptedFile(dataDir, egressId)]);
    return await probe(plain);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function probe(file: string): Promise<ProbedFile> {
  const show = ['-show_entries', 'format=duration,format_name:stream=codec_name:packet=codec_type,pts_time'];
  const { stdout } = await run('ffprobe', ['-v', 'error', ...show, '-of', 'json', file], {
    maxBuffer: 64 * 1024 * 1024,
  });
  const { format, streams, packets } = JSON.parse(stdout) as {
    format: { duration: string; format_name: string };
    streams: { codec_name: string }[];
    packets: { codec_type: 'video' | 'audio'; pts_time: string }[];
  };
  const timesOf = (type: string) =>
    packets.filter(({ codec_type }) => codec_type === type).map(({ pts_time }) => Number(pts_time) * 1_000);
  const gapOf = (times: number[]) =>
    Math.max(0, ...times.slice(1).map((time, index) => time - (times[index] ?? 0)));
  const [video, audio] = [timesOf('video'), timesOf('audio')];
  const durationMs = Math.round(Number(format.duration) * 1_000);
  const decoded = await run('ffmpeg', ['-v', 'warning', '-i', file, '-f', 'null', '-']);
  const middle = String(durationMs / 2_000);
  const seeked = await run('ffprobe', [
    ...['-v', 'error', '-select_streams', 'v', '-read_intervals', `${middle}%+#1`],
    ...['-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file],
  ]);
  return {
    durationMs,
    format: format.format_name,
    codecs: streams.map(({ codec_name }) => codec_name),
    packets: { video: video.length, audio: audio.length },
    longestGapMs: { video: Math.round(gapOf(video)), audio: Math.round(gapOf(audio)) },
    complaints: decoded.stderr,
    seekedToMs: Math.round(Number.parseFloat(seeked.stdout) * 1_000),
  };
}
