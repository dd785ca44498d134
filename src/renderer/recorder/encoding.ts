/** What this machine encodes with: hardware where there is some, else what its processors can do. */
import type { RecordedAudioConfig, RecordedVideoConfig } from '../../shared/recording/segment.ts';
import { pictureHeight, pictureWidth } from './layout.ts';
import { fullPace } from './pace.ts';

/** Hz; Opus has no other for us. */
export const sampleRate = 48_000;

const picture = {
  width: pictureWidth,
  height: pictureHeight,
  bitrate: 1_200_000,
  framerate: fullPace,
  latencyMode: 'realtime',
} as const satisfies Partial<VideoEncoderConfig>;

/** H.264 constrained baseline, level 3.1: what every hardware has. In software (OpenH264) it is half the work of the others. */
const h264: VideoEncoderConfig = { ...picture, codec: 'avc1.42e01f', avc: { format: 'avc' } };
const hardware: VideoEncoderConfig = { ...h264, hardwareAcceleration: 'prefer-hardware' };
/** Profile 0, level 3.1, 8 bits. */
const vp9: VideoEncoderConfig = { ...picture, codec: 'vp09.00.31.08' };
/** Takes longest, and several times as long when other programs want the processors too (docs/benchmarks.md). */
const vp8: VideoEncoderConfig = { ...picture, codec: 'vp8' };

export const soundConfig: AudioEncoderConfig = {
  codec: 'opus',
  sampleRate,
  numberOfChannels: 1,
  bitrate: 64_000,
};

/** Best first. Browsers without H.264 (plain Chromium) have the others. */
const wishes = [hardware, h264, vp9, vp8];

/** @throws Error when this browser can encode none of them. */
export async function chooseVideo(
  supported: (config: VideoEncoderConfig) => Promise<boolean>,
): Promise<VideoEncoderConfig> {
  for (const config of wishes) if (await supported(config).catch(() => false)) return config;
  throw new Error('This browser encodes no video.');
}

export const isSupported = async (config: VideoEncoderConfig): Promise<boolean> =>
  (await VideoEncoder.isConfigSupported(config)).supported === true;

/** What encoders say of their packets, as segments have it. */
export function recordedVideo(config: VideoDecoderConfig): RecordedVideoConfig {
  return {
    codec: config.codec,
    codedWidth: config.codedWidth ?? pictureWidth,
    codedHeight: config.codedHeight ?? pictureHeight,
    ...described(config.description),
  };
}

export function recordedAudio(config: AudioDecoderConfig): RecordedAudioConfig {
  return {
    codec: config.codec,
    sampleRate: config.sampleRate,
    numberOfChannels: config.numberOfChannels,
    ...described(config.description),
  };
}

function described(description: AllowSharedBufferSource | undefined): { description?: string } {
  if (description === undefined) return {};
  const bytes = ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
  return { description: btoa(String.fromCharCode(...bytes)) };
}
