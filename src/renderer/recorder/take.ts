/**
 * One stretch of capturing under one grant: sound and composed pictures through their encoders to segments. The samples of the
 * sound are its clock. Runs in the recorder's worker.
 */
import type {
  RecordedAudioConfig,
  RecordedPacket,
  RecordedVideoConfig,
} from '../../shared/recording/segment.ts';
import type { Composer } from './composer.ts';
import { recordedAudio, recordedVideo, sampleRate, soundConfig } from './encoding.ts';
import { Pace } from './pace.ts';
import { Segmenter, type Stretch } from './segmenter.ts';
import { SoundClock } from './sound-clock.ts';

/** Samples of one packet of sound: 20 ms. */
const packetSamples = 960;
const keyIntervalUs = 2_000_000;
/**
 * How much longer sound is on its way to here than pictures are, µs: through the audio thread and its buffers. Measured by a
 * source that flashes and beeps (tests/services/recorder.test.ts).
 */
const soundLagUs = 20_000;
/** Times an encoder of pictures may fail in one take. */
const mostFailures = 5;

export interface TakeOptions {
  /** Where in the recording it begins, µs. */
  readonly fromUs: number;
  readonly composer: Composer;
  readonly video: VideoEncoderConfig;
  readonly onStretch: (stretch: Stretch, codecs: Codecs) => void;
  /** Pictures cannot be encoded like this any more; sound goes on. */
  readonly onVideoFailed: () => void;
}

export interface Codecs {
  readonly video: RecordedVideoConfig;
  readonly audio: RecordedAudioConfig;
}

export class Take {
  readonly #options: TakeOptions;
  readonly #segmenter: Segmenter;
  readonly #pace: Pace;
  readonly #clock = new SoundClock();
  readonly #sound: AudioEncoder;
  #pictures: VideoEncoder;
  #videoConfig: RecordedVideoConfig;
  #audioConfig: RecordedAudioConfig = { codec: 'opus', sampleRate, numberOfChannels: 1 };
  /** Given to the encoder so far. */
  #samples = 0;
  /** Too few for a packet yet. */
  #rest = new Float32Array(packetSamples);
  #resting = 0;
  #keyUs = Number.NEGATIVE_INFINITY;
  /** The last picture that was drawn. */
  #shown: VideoFrame | undefined;
  #failures = 0;
  #stopping = false;

  constructor(options: TakeOptions) {
    this.#options = options;
    this.#segmenter = new Segmenter(options.fromUs, (stretch) =>
      options.onStretch(stretch, { video: this.#videoConfig, audio: this.#audioConfig }),
    );
    this.#pace = new Pace(options.fromUs);
    this.#videoConfig = recordedVideo({
      codec: options.video.codec,
      codedWidth: options.video.width,
      codedHeight: options.video.height,
    });
    this.#sound = new AudioEncoder({
      output: (chunk, metadata) => this.#soundOut(chunk, metadata),
      error: () => {},
    });
    this.#sound.configure(soundConfig);
    this.#pictures = this.#makePictures();
  }

  /** µs of the recording that were captured. */
  get capturedUs(): number {
    return this.#at(this.#samples + this.#resting);
  }

  /** Samples that follow the last ones without a hole. */
  hear(samples: Float32Array): void {
    if (this.#stopping) return;
    for (let from = 0; from < samples.length; ) {
      const taken = samples.subarray(from, from + packetSamples - this.#resting);
      this.#rest.set(taken, this.#resting);
      this.#resting += taken.length;
      from += taken.length;
      if (this.#resting === packetSamples) this.#encodeSound();
    }
    this.#clock.heard(this.capturedUs, performance.now());
    this.see();
  }

  /** Answers where in the recording it ends, µs, when all of it came out as segments. */
  async stop(): Promise<number> {
    this.#stopping = true;
    this.#showUntilEnd();
    await Promise.all([this.#sound, this.#pictures].map((encoder) => encoder.flush().catch(() => {})));
    for (const encoder of [this.#sound, this.#pictures]) if (encoder.state !== 'closed') encoder.close();
    return this.#segmenter.flush();
  }

  #at(samples: number): number {
    return this.#options.fromUs + Math.round((samples / sampleRate) * 1_000_000);
  }

  #encodeSound(): void {
    const data = new AudioData({
      format: 'f32-planar',
      sampleRate,
      numberOfFrames: packetSamples,
      numberOfChannels: 1,
      timestamp: this.#at(this.#samples),
      data: this.#rest,
    });
    this.#samples += packetSamples;
    this.#resting = 0;
    this.#sound.encode(data);
    data.close();
  }

  /** Draws and encodes a picture when one is due: to be called often. What is seen now belongs to sound that is still on its way. */
  see(): void {
    if (this.#stopping || this.#samples === 0 || this.#pictures.state !== 'configured') return;
    // Not the encoder's own `encodeQueueSize`: that does not count what its threads are working on.
    const { awaited } = this.#segmenter;
    const due = this.#pace.due(this.#clock.at(performance.now()) + soundLagUs, awaited);
    if (due === undefined) return;
    const last = this.#shown;
    if (last) this.#repeat(last, due.repeats);
    last?.close();
    const duration = Math.round(1_000_000 / this.#pace.picturesPerSecond);
    this.#shown = this.#options.composer.compose(due.timestampUs, duration);
    this.#encode(this.#shown.clone());
  }

  /** Pictures that found no room in the encoder do not come any more: the last one stays for as long as there is sound. */
  #showUntilEnd(): void {
    const last = this.#shown;
    this.#shown = undefined;
    if (last && this.#pictures.state === 'configured')
      this.#repeat(last, this.#pace.repeatsUntil(this.#at(this.#samples)));
    last?.close();
  }

  #repeat(picture: VideoFrame, times: readonly number[]): void {
    const duration = Math.round(1_000_000 / this.#pace.picturesPerSecond);
    for (const timestamp of times) this.#encode(new VideoFrame(picture, { timestamp, duration }));
  }

  #encode(frame: VideoFrame): void {
    const keyFrame = frame.timestamp - this.#keyUs >= keyIntervalUs;
    if (keyFrame) this.#keyUs = frame.timestamp;
    this.#segmenter.await(frame.timestamp);
    this.#pictures.encode(frame, { keyFrame });
    frame.close();
  }

  /** The encoder died, as it does with the process of the graphics card: the same codec once more, by whatever can. */
  #encodeAnew(): void {
    this.#segmenter.giveUp();
    this.#keyUs = Number.NEGATIVE_INFINITY;
    this.#failures += 1;
    if (this.#failures > mostFailures) this.#options.onVideoFailed();
    else this.#pictures = this.#makePictures();
  }

  #makePictures(): VideoEncoder {
    const encoder = new VideoEncoder({
      output: (chunk, metadata) => this.#pictureOut(chunk, metadata),
      error: () => {
        if (this.#pictures === encoder && !this.#stopping) this.#encodeAnew();
      },
    });
    const { video } = this.#options;
    encoder.configure(this.#failures === 0 ? video : { ...video, hardwareAcceleration: 'no-preference' });
    return encoder;
  }

  #soundOut(chunk: EncodedAudioChunk, metadata: EncodedAudioChunkMetadata | undefined): void {
    if (metadata?.decoderConfig) this.#audioConfig = recordedAudio(metadata.decoderConfig);
    this.#segmenter.add(packetOf('audio', chunk, 20_000));
  }

  #pictureOut(chunk: EncodedVideoChunk, metadata: EncodedVideoChunkMetadata | undefined): void {
    if (metadata?.decoderConfig) this.#videoConfig = recordedVideo(metadata.decoderConfig);
    this.#segmenter.add(packetOf('video', chunk, Math.round(1_000_000 / this.#pace.picturesPerSecond)));
  }
}

function packetOf(
  track: RecordedPacket['track'],
  chunk: EncodedAudioChunk | EncodedVideoChunk,
  usualUs: number,
): RecordedPacket {
  const data = new Uint8Array(chunk.byteLength);
  chunk.copyTo(data);
  return {
    track,
    timestampUs: Math.max(0, chunk.timestamp),
    durationUs: chunk.duration ?? usualUs,
    key: chunk.type === 'key',
    data,
  };
}
