/** What recordings may be encoded as, and what has to stay the same for one file to hold all of a recording. */
import type { VideoCodec } from 'mediabunny';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { Segment } from '../../../shared/recording/segment.ts';

/** By the words of the WebCodecs registry; undefined for what is not recorded. */
export function videoCodecOf(codec: string): VideoCodec | undefined {
  if (codec === 'vp8') return 'vp8';
  if (codec.startsWith('vp09.')) return 'vp9';
  if (codec.startsWith('av01.')) return 'av1';
  if (codec.startsWith('avc1.')) return 'avc';
  return undefined;
}

/** The same text for what one file can hold. @throws CatalogueError BAD_REQUEST for what is not recorded. */
export function codecsOf({ video, audio }: Pick<Segment, 'video' | 'audio'>): string {
  const codec = videoCodecOf(video.codec);
  if (codec === undefined || audio.codec !== 'opus')
    throw new CatalogueError('BAD_REQUEST', 'Send pictures as VP8, VP9, AV1 or H.264, and sound as Opus.');
  const picture = codec === 'avc' || codec === 'av1' ? [video.description] : [];
  return JSON.stringify([codec, ...picture, audio.sampleRate, audio.numberOfChannels]);
}
