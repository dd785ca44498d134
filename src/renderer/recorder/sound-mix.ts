/** Everybody's sound as one: tracks come and go without a hole, and without any there is silence. */
import { sampleRate } from './encoding.ts';
import tapUrl from './sound-worklet.ts?worker&url';

/** What is to be heard, by a name that stays when the track is replaced by another one. */
export type Voices = ReadonlyMap<string, { readonly track: MediaStreamTrack; readonly remote: boolean }>;

/** Seconds until a new track of the same voice surely flows, and over which the old one gives way to it. */
const untilFlowing = 0.25;
const handover = 0.02;

interface Voice {
  readonly track: MediaStreamTrack;
  readonly volume: GainNode;
  stop(): void;
}

export class SoundMix {
  readonly #context: AudioContext;
  readonly #tap: AudioWorkletNode;
  readonly #voices = new Map<string, Voice>();

  private constructor(context: AudioContext, tap: AudioWorkletNode) {
    this.#context = context;
    this.#tap = tap;
    this.#tap.connect(context.destination);
  }

  static async open(): Promise<SoundMix> {
    const context = openContext();
    try {
      await context.audioWorklet.addModule(tapUrl);
      const tap = new AudioWorkletNode(context, 'sound-tap', {
        numberOfInputs: 1,
        numberOfOutputs: 1,
        outputChannelCount: [1],
        channelCount: 1,
        channelCountMode: 'explicit',
      });
      await context.resume();
      return new SoundMix(context, tap);
    } catch (error) {
      void context.close();
      throw error;
    }
  }

  /** From now on every sample goes there, as Float32Array. */
  pour(into: MessagePort): void {
    this.#tap.port.postMessage('go', [into]);
  }

  setVoices(voices: Voices): void {
    for (const [name, voice] of this.#voices) {
      if (voices.has(name)) continue;
      this.#voices.delete(name);
      voice.stop();
    }
    for (const [name, { track, remote }] of voices) {
      const before = this.#voices.get(name);
      if (before?.track === track) continue;
      this.#voices.set(name, this.#add(track, remote, before));
    }
  }

  close(): void {
    this.setVoices(new Map());
    this.#tap.port.postMessage('stop');
    this.#tap.disconnect();
    void this.#context.close();
  }

  /** Once the new track flows, the old one gives way to it: nothing is missed, and nobody is heard twice. */
  #add(track: MediaStreamTrack, remote: boolean, before: Voice | undefined): Voice {
    const stream = new MediaStream([track]);
    // Chromium only decodes remote sound that some element plays.
    const player = remote ? new Audio() : undefined;
    if (player) {
      player.muted = true;
      player.srcObject = stream;
      player.play().catch(() => {});
    }
    const source = this.#context.createMediaStreamSource(stream);
    const volume = this.#context.createGain();
    source.connect(volume).connect(this.#tap);
    if (before) {
      const at = this.#context.currentTime + untilFlowing;
      volume.gain.setValueAtTime(0, this.#context.currentTime);
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(1, at + handover);
      before.volume.gain.setValueAtTime(1, at);
      before.volume.gain.linearRampToValueAtTime(0, at + handover);
      setTimeout(() => before.stop(), (untilFlowing + handover) * 2_000);
    }
    return {
      track,
      volume,
      stop: () => {
        source.disconnect();
        volume.disconnect();
        if (player) player.srcObject = null;
      },
    };
  }
}

/** Without a loudspeaker of its own where that can be said, so that plugging one in or out does not touch the recording's clock. */
function openContext(): AudioContext {
  try {
    return new AudioContext({ sampleRate, latencyHint: 'playback', sinkId: { type: 'none' } });
  } catch {
    return new AudioContext({ sampleRate });
  }
}
