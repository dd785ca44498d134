/**
 * Makes the file of a recording from its log: WebM or MP4 with duration and cues, encrypted as one age file. As a stream: what is
 * in memory does not grow with the recording.
 */
import {
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  Output,
  StreamTarget,
  type StreamTargetChunk,
  type VideoCodec,
  WebMOutputFormat,
} from 'mediabunny';
import type {
  RecordedAudioConfig,
  RecordedPacket,
  RecordedVideoConfig,
  Segment,
} from '../../../shared/recording/segment.ts';
import { type AgeFileWriter, createAgeFile, type OpenFile } from './age-file.ts';
import { videoCodecOf } from './codecs.ts';
import { openLogged } from './open-segment.ts';
import type { LoggedSegment, SegmentLog } from './segment-log.ts';

export interface WrittenRecording {
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Time that is in it; a hole is not counted, though it takes its time when it is played. */
  readonly durationMs: number;
  readonly contentType: 'video/webm' | 'video/mp4';
  /** Segments of the log that could not be opened any more. */
  readonly unreadable: readonly LoggedSegment[];
}

export interface RecordingSource {
  readonly log: Pick<SegmentLog, 'read'>;
  /** Which of the log; each number once. */
  readonly segments: readonly LoggedSegment[];
  /** The recording's own age identity. */
  readonly identity: string;
}

/**
 * Done when the file is at its path, whole and durable. One that is there is replaced.
 * @returns undefined when there is nothing to be seen or heard, and no file then.
 * @throws the file system's error, or the reason of the signal's abort; nothing is left behind.
 */
export async function writeRecording(
  source: RecordingSource,
  path: string,
  recipients: readonly string[],
  { signal, openFile }: { readonly signal?: AbortSignal; readonly openFile?: OpenFile } = {},
): Promise<WrittenRecording | undefined> {
  const first = await firstOfEach(source);
  if (first.video === undefined && first.audio === undefined) return undefined;
  const writer = await createAgeFile(path, recipients, openFile ? { openFile } : {});
  try {
    const file = new MediaFile(writer, first);
    await file.begin();
    const unreadable: LoggedSegment[] = [];
    let us = 0;
    let previous: Segment | undefined;
    for await (const { segment, logged } of inOrder(source)) {
      signal?.throwIfAborted();
      if (segment === undefined) {
        unreadable.push(logged);
        continue;
      }
      if (segment.number !== (previous?.number ?? segment.number - 1) + 1) file.hole();
      await file.add(segment);
      // Segments may overlap where a window began anew.
      us += Math.max(0, segment.toUs - Math.max(segment.fromUs, previous?.toUs ?? 0));
      previous = segment;
    }
    await file.end();
    const { sizeBytes, sha256 } = await writer.close();
    return {
      sizeBytes,
      sha256,
      durationMs: Math.round(us / 1_000),
      contentType: file.contentType,
      unreadable,
    };
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

/** What has to be known of a file before it begins: which tracks it has, and what decodes them. */
interface Tracks {
  readonly video: RecordedVideoConfig | undefined;
  readonly audio: RecordedAudioConfig | undefined;
}

/** Nearly always both are in the first segment. */
async function firstOfEach(source: RecordingSource): Promise<Tracks> {
  let video: RecordedVideoConfig | undefined;
  let audio: RecordedAudioConfig | undefined;
  for await (const { segment } of inOrder(source)) {
    if (segment?.packets.some(({ track, key }) => track === 'video' && key)) video ??= segment.video;
    if (segment?.packets.some(({ track }) => track === 'audio')) audio ??= segment.audio;
    if (video && audio) break;
  }
  return { video, audio };
}

/** By their numbers, not as they came. */
async function* inOrder({
  log,
  segments,
  identity,
}: RecordingSource): AsyncGenerator<{ logged: LoggedSegment; segment: Segment | undefined }> {
  for (const logged of [...segments].sort((a, b) => a.number - b.number)) {
    yield { logged, segment: await openLogged(log, logged, identity) };
  }
}

/** One file being muxed. */
class MediaFile {
  readonly contentType: WrittenRecording['contentType'];
  readonly #output: Output;
  readonly #video:
    | { readonly source: EncodedVideoPacketSource; readonly config: VideoDecoderConfig }
    | undefined;
  readonly #audio:
    | { readonly source: EncodedAudioPacketSource; readonly config: AudioDecoderConfig }
    | undefined;
  /** Nothing that depends on a picture that is not there. */
  #awaitsKey = true;
  readonly #lastUs = { video: -1, audio: -1 };

  constructor(writer: AgeFileWriter, { video, audio }: Tracks) {
    const codec = video && videoCodecOf(video.codec);
    const mp4 = codec === 'avc';
    this.contentType = mp4 ? 'video/mp4' : 'video/webm';
    this.#output = new Output({
      format: mp4 ? new Mp4OutputFormat({ fastStart: false }) : new WebMOutputFormat(),
      target: new StreamTarget(
        new WritableStream<StreamTargetChunk>({
          write: ({ position, data }) => writer.write(position, data),
        }),
      ),
    });
    if (video && codec) {
      this.#video = { source: new EncodedVideoPacketSource(codec), config: videoConfig(video, codec) };
      this.#output.addVideoTrack(this.#video.source);
    }
    if (audio) {
      this.#audio = { source: new EncodedAudioPacketSource('opus'), config: withDescription(audio) };
      this.#output.addAudioTrack(this.#audio.source);
    }
  }

  begin(): Promise<void> {
    return this.#output.start();
  }

  end(): Promise<void> {
    return this.#output.finalize();
  }

  /** Something is missing before what comes next. */
  hole(): void {
    this.#awaitsKey = true;
  }

  async add({ packets }: Segment): Promise<void> {
    for (const packet of [...packets].sort((a, b) => a.timestampUs - b.timestampUs)) await this.#add(packet);
  }

  async #add({ track, timestampUs, durationUs, key, data }: RecordedPacket): Promise<void> {
    // Time does not go back: what a window that began anew has sent twice is there already.
    if (timestampUs <= this.#lastUs[track]) return;
    const packet = () =>
      new EncodedPacket(data, key ? 'key' : 'delta', timestampUs / 1_000_000, durationUs / 1_000_000);
    if (track === 'video') {
      if (!this.#video || (this.#awaitsKey && !key)) return;
      this.#awaitsKey = false;
      await this.#video.source.add(packet(), { decoderConfig: this.#video.config });
    } else {
      if (!this.#audio) return;
      await this.#audio.source.add(packet(), { decoderConfig: this.#audio.config });
    }
    this.#lastUs[track] = timestampUs;
  }
}

function videoConfig(config: RecordedVideoConfig, codec: VideoCodec): VideoDecoderConfig {
  const { description: _, ...rest } = config;
  return codec === 'avc' || codec === 'av1' ? withDescription(config) : rest;
}

function withDescription<Config extends { readonly description?: string | undefined }>(
  config: Config,
): Omit<Config, 'description'> & { description?: Uint8Array<ArrayBuffer> } {
  const { description, ...rest } = config;
  return description === undefined
    ? rest
    : { ...rest, description: Uint8Array.from(Buffer.from(description, 'base64')) };
}
