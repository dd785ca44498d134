/** Runs in the audio thread: hands over every sample of the mixed sound, and thereby the recording's clock. */

// TypeScript has no library for this scope.
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: typeof AudioWorkletProcessor): void;

/** Samples handed over at once: 11 ms at 48 kHz. */
const batch = 512;

class SoundTap extends AudioWorkletProcessor {
  #to: MessagePort | undefined;
  #samples = new Float32Array(batch);
  #filled = 0;
  #over = false;

  constructor() {
    super();
    this.port.onmessage = ({ data, ports: [port] }: MessageEvent<'stop' | 'go'>) => {
      if (data === 'stop') this.#over = true;
      else this.#to = port;
    };
  }

  /** Silence is sound too: without any input the samples go on. */
  process(
    inputs: readonly (readonly Float32Array[])[],
    outputs: readonly (readonly Float32Array[])[],
  ): boolean {
    const [input] = inputs[0] ?? [];
    const length = outputs[0]?.[0]?.length ?? 128;
    for (let index = 0; index < length; index += 1) {
      const sample = input?.[index] ?? 0;
      this.#samples[this.#filled] = sample > 1 ? 1 : sample < -1 ? -1 : sample;
      this.#filled += 1;
      if (this.#filled === batch) this.#handOver();
    }
    return !this.#over;
  }

  #handOver(): void {
    const full = this.#samples;
    this.#samples = new Float32Array(batch);
    this.#filled = 0;
    this.#to?.postMessage(full, [full.buffer]);
  }
}

registerProcessor('sound-tap', SoundTap);
