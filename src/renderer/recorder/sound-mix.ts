/** Everybody's sound as one: tracks come and go without a hole, and without any there is silence. */
import { sampleRate } from './encoding.ts';
import tapUrl from './sound-worklet.ts?worker&url';

/** What is to be heard, by a name that stays when the track is replaced by another one. */
export type Voices = ReadonlyMap<string, { readonly track: MediaStreamTrack; readonly remote: boolean }>;

/** How often is looked whether a new track of a voice flows, and how long at most, ms: the old one ends soon after a move. */
const lookEvery = 20;
const lookFor = 1_200;
/** Seconds over which the old track then gives way to the new one. */
const handover = 0.02;

interface Voice {
  readonly track: MediaStreamTrack;
  readonly source: MediaStreamAudioSourceNode;
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
    if (before) this.#giveWay(before, { source, volume });
    return {
      track,
      source,
      volume,
      stop: () => {
        source.disconnect();
        volume.disconnect();
        if (player) player.srcObject = null;
      },
    };
  }

  /** Once the new track flows, the old one gives way to it: nothing is missed, and nobody is heard twice. */
  #giveWay(before: Voice, { source, volume }: Pick<Voice, 'source' | 'volume'>): void {
    const { currentTime } = this.#context;
    volume.gain.setValueAtTime(0, currentTime);
    const analyser = new AnalyserNode(this.#context, { fftSize: 256 });
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const since = performance.now();
    const look = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const flows = samples.some((sample) => sample !== 0);
      const waiting = performance.now() - since < lookFor && before.track.readyState === 'live';
      if (!flows && waiting) return;
      clearInterval(look);
      analyser.disconnect();
      const at = this.#context.currentTime;
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(1, at + handover);
      before.volume.gain.setValueAtTime(1, at);
      before.volume.gain.linearRampToValueAtTime(0, at + handover);
      setTimeout(() => before.stop(), handover * 2_000);
    }, lookEvery);
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
