/** Where sound comes out: keeps every attached element on the chosen speaker, and plays a test tone there. */
import type { DeviceMemory } from './device-memory.ts';
import type { Device, SpeakerView } from './local-media-view.ts';

export class Speaker {
  readonly #memory: DeviceMemory;
  readonly #onChange: () => void;
  readonly #elements = new Set<HTMLMediaElement>();
  #chosen: Device | undefined;
  #present: readonly MediaDeviceInfo[] = [];

  constructor(memory: DeviceMemory, onChange: () => void) {
    this.#memory = memory;
    this.#onChange = onChange;
    this.#chosen = memory.read('speaker');
  }

  view(): SpeakerView {
    const using = this.#using();
    return {
      devices: this.#present.map(({ deviceId, label }) => ({ id: deviceId, label })),
      ...(this.#chosen === undefined ? {} : { chosen: this.#chosen.id }),
      ...(using === undefined ? {} : { using }),
      selectable: typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype,
    };
  }

  choose(id: string | undefined): void {
    const device = this.#present.find((one) => one.deviceId === id);
    this.#chosen = id === undefined ? undefined : { id, label: device?.label ?? '' };
    this.#memory.write('speaker', this.#chosen);
    this.#apply();
  }

  setPresent(all: readonly MediaDeviceInfo[]): void {
    this.#present = all.filter((device) => device.kind === 'audiooutput' && device.deviceId !== '');
    if (this.#chosen && !this.#present.some((device) => device.deviceId === this.#chosen?.id)) {
      const renamed = this.#present.find(
        (device) => device.label !== '' && device.label === this.#chosen?.label,
      );
      if (renamed) this.#chosen = { id: renamed.deviceId, label: renamed.label };
    }
    this.#apply();
  }

  attach(element: HTMLMediaElement): () => void {
    this.#elements.add(element);
    this.#route(element);
    return () => this.#elements.delete(element);
  }

  /** A soft two-note chime of one second; done when it was heard out. Rejects when the browser refuses to play. */
  playTestTone(): Promise<void> {
    return this.#play([523.25, 659.25], 0.3);
  }

  /** One quiet, higher note: something came that can wait. */
  playMessageTone(): Promise<void> {
    return this.#play([880], 0.12);
  }

  /** @param loudness at its peak, 0 to 1 */
  async #play(frequencies: readonly number[], loudness: number): Promise<void> {
    const context = new AudioContext();
    const element = new Audio();
    const detach = this.attach(element);
    try {
      await context.resume();
      const destination = context.createMediaStreamDestination();
      const start = context.currentTime + 0.05;
      const last = frequencies
        .map((frequency, index) => {
          const at = start + index * 0.4;
          const tone = context.createOscillator();
          const gain = context.createGain();
          tone.frequency.value = frequency;
          gain.gain.setValueAtTime(0, at);
          gain.gain.linearRampToValueAtTime(loudness, at + 0.03);
          gain.gain.exponentialRampToValueAtTime(0.001, at + 0.6);
          tone.connect(gain).connect(destination);
          tone.start(at);
          tone.stop(at + 0.6);
          return tone;
        })
        .at(-1);
      element.srcObject = destination.stream;
      await element.play();
      await new Promise<void>((resolve) => last?.addEventListener('ended', () => resolve()));
    } finally {
      detach();
      element.srcObject = null;
      await context.close();
    }
  }

  #using(): string | undefined {
    return this.#present.find((device) => device.deviceId === this.#chosen?.id)?.deviceId;
  }

  #apply(): void {
    for (const element of this.#elements) this.#route(element);
    this.#onChange();
  }

  #route(element: HTMLMediaElement): void {
    if (!('setSinkId' in element)) return;
    const wanted = this.#using() ?? '';
    // An unplugged speaker must never leave the person without sound: fall back to the system's.
    if (element.sinkId !== wanted)
      element.setSinkId(wanted).catch(() => element.setSinkId('').catch(() => {}));
  }
}
