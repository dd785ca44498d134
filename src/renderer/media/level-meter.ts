/** Measures how loud a sound track is, for a live meter. */

/** Steps a second a meter moves; the eye needs no more. */
const readsPerSecond = 20;

export class LevelMeter {
  #listeners = new Set<(level: number) => void>();
  #context: AudioContext | undefined;
  #source: MediaStreamAudioSourceNode | undefined;
  #analyser: AnalyserNode | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #track: MediaStreamTrack | undefined;

  /** Measures this track from now on; nothing is computed while nobody listens. */
  setTrack(track: MediaStreamTrack | undefined): void {
    if (track === this.#track) return;
    this.#track = track;
    if (this.#listeners.size > 0) this.#connect();
  }

  /** Calls with 0 (silence) to 1 (as loud as it gets) about 20 times a second. Returns how to stop. */
  onLevel(listener: (level: number) => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#stop();
    };
  }

  close(): void {
    this.#listeners.clear();
    this.#stop();
  }

  #start(): void {
    this.#context = new AudioContext();
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#connect();
    const samples = new Float32Array(this.#analyser.fftSize);
    this.#timer = setInterval(() => this.#read(samples), 1000 / readsPerSecond);
  }

  #connect(): void {
    this.#source?.disconnect();
    this.#source = undefined;
    if (!this.#context || !this.#analyser || !this.#track) return;
    this.#source = this.#context.createMediaStreamSource(new MediaStream([this.#track]));
    this.#source.connect(this.#analyser);
  }

  #read(samples: Float32Array<ArrayBuffer>): void {
    // Browsers hold sound processing back until the person touched the page.
    if (this.#context?.state === 'suspended') void this.#context.resume();
    let level = 0;
    if (this.#analyser && this.#source) {
      this.#analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      // Speech lies between about -60 and 0 dBFS: spread that over the meter.
      level = power > 0 ? Math.min(1, Math.max(0, 1 + (10 * Math.log10(power)) / 60)) : 0;
    }
    for (const listener of this.#listeners) listener(level);
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#source?.disconnect();
    this.#source = undefined;
    void this.#context?.close();
    this.#context = undefined;
    this.#analyser = undefined;
  }
}
