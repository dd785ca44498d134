/** A person's own camera, microphone, speaker and screen: one layer for every transport, read as a snapshot. */
import { browserDeviceMemory, type DeviceMemory } from './device-memory.ts';
import { Input } from './input.ts';
import { LevelMeter } from './level-meter.ts';
import type { LocalMediaSnapshot } from './local-media-view.ts';
import { Screen } from './screen.ts';
import { Speaker } from './speaker.ts';

export interface LocalMediaOptions {
  /** Undefined where the page was not loaded securely: then every device is `blocked`. */
  readonly devices?: MediaDevices | undefined;
  readonly memory?: DeviceMemory;
}

export class LocalMedia {
  readonly #devices: MediaDevices | undefined;
  readonly #camera: Input;
  readonly #microphone: Input;
  readonly #speaker: Speaker;
  readonly #screen: Screen;
  readonly #meter = new LevelMeter();
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  #snapshot: LocalMediaSnapshot | undefined;

  constructor(options: LocalMediaOptions = {}) {
    this.#devices = 'devices' in options ? options.devices : globalThis.navigator?.mediaDevices;
    const memory = options.memory ?? browserDeviceMemory();
    const onChange = () => this.#changed();
    this.#camera = new Input({ kind: 'camera', devices: this.#devices, memory, onChange });
    this.#microphone = new Input({ kind: 'microphone', devices: this.#devices, memory, onChange });
    this.#speaker = new Speaker(memory, onChange);
    this.#screen = new Screen(this.#devices, onChange);
    const signal = this.#closing.signal;
    this.#devices?.addEventListener('devicechange', () => void this.#refresh(), { signal });
    void this.#refresh();
    void this.#watchPermissions();
  }

  /** The same object until something changes. */
  snapshot(): LocalMediaSnapshot {
    this.#snapshot ??= this.#compute();
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Opens what is wanted with a single permission question. Never rejects: problems are in the snapshot. */
  async start(wish: { readonly camera: boolean; readonly microphone: boolean }): Promise<void> {
    if (wish.camera && wish.microphone && !this.#camera.track && !this.#microphone.track) {
      this.#camera.reserve();
      this.#microphone.reserve();
      await this.#openBoth();
      // Not "wish again": the person may have decided otherwise while the question was open.
      await Promise.all([this.#camera.release(), this.#microphone.release()]);
    } else {
      await Promise.all([this.#camera.want(wish.camera), this.#microphone.want(wish.microphone)]);
    }
    await this.#refresh();
  }

  /** Off really stops the device. On again tries again when there was a problem. */
  async setCamera(on: boolean): Promise<void> {
    await this.#camera.want(on);
    if (on) await this.#refresh();
  }

  /** Off mutes at once and keeps the device, so that speaking again is instant. */
  async setMicrophone(on: boolean): Promise<void> {
    await this.#microphone.want(on);
    if (on) await this.#refresh();
  }

  /** Undefined: the system's choice. Remembered; used again whenever the device is plugged in. */
  chooseCamera(id: string | undefined): Promise<void> {
    return this.#camera.choose(id);
  }

  chooseMicrophone(id: string | undefined): Promise<void> {
    return this.#microphone.choose(id);
  }

  chooseSpeaker(id: string | undefined): void {
    this.#speaker.choose(id);
  }

  /** Keeps an element that plays somebody's sound on the chosen speaker. Returns how to let it go. */
  attachSpeaker(element: HTMLMediaElement): () => void {
    return this.#speaker.attach(element);
  }

  /** Done when the tone of one second was played. Rejects when the browser refuses to play sound. */
  playTestTone(): Promise<void> {
    return this.#speaker.playTestTone();
  }

  /** A short quiet note; rejects when the browser refuses to play sound. */
  playMessageTone(): Promise<void> {
    return this.#speaker.playMessageTone();
  }

  /** Calls with the microphone's loudness, 0 to 1, about 20 times a second; only while somebody listens it is measured. */
  onLevel(listener: (level: number) => void): () => void {
    return this.#meter.onLevel(listener);
  }

  /** Opens the picker. Resolves to whether a screen is shared; never rejects. */
  startScreen(options: { readonly audio: boolean } = { audio: false }): Promise<boolean> {
    return this.#screen.start(options.audio);
  }

  stopScreen(): void {
    this.#screen.stop();
  }

  /** Stops every device. Final; a second call does nothing. */
  close(): void {
    this.#closing.abort();
    this.#camera.close();
    this.#microphone.close();
    this.#screen.stop();
    this.#meter.close();
    this.#listeners.clear();
  }

  async #openBoth(): Promise<void> {
    try {
      const stream = await this.#devices?.getUserMedia({
        video: this.#camera.constraints(),
        audio: this.#microphone.constraints(),
      });
      const [video] = stream?.getVideoTracks() ?? [];
      const [audio] = stream?.getAudioTracks() ?? [];
      if (this.#closing.signal.aborted) {
        for (const track of stream?.getTracks() ?? []) track.stop();
        return;
      }
      if (video) this.#camera.adopt(video);
      if (audio) this.#microphone.adopt(audio);
    } catch {
      // One of the two failed and the browser does not say which: each is then opened, and judged, by itself.
    }
  }

  async #refresh(): Promise<void> {
    const present = (await this.#devices?.enumerateDevices().catch(() => [])) ?? [];
    if (this.#closing.signal.aborted) return;
    this.#speaker.setPresent(present);
    await Promise.all([this.#camera.setPresent(present), this.#microphone.setPresent(present)]);
  }

  /** A permission given in the browser's own settings is used at once. */
  async #watchPermissions(): Promise<void> {
    for (const [name, input] of [
      ['camera', this.#camera],
      ['microphone', this.#microphone],
    ] as const) {
      try {
        const status = await navigator.permissions.query({ name });
        input.setRefused(status.state === 'denied');
        status.addEventListener(
          'change',
          () => {
            input.setRefused(status.state === 'denied');
            if (status.state === 'granted' && input.wanted && input.problem === 'blocked')
              void input.want(true);
          },
          { signal: this.#closing.signal },
        );
      } catch {
        // Browsers that cannot be asked: the person tries again with the button.
      }
    }
  }

  #compute(): LocalMediaSnapshot {
    const camera = this.#camera.wanted ? this.#camera.track : undefined;
    const microphone = this.#microphone.track;
    const { video: screen, audio: screenAudio } = this.#screen;
    return {
      camera: this.#camera.view(),
      microphone: this.#microphone.view(),
      speaker: this.#speaker.view(),
      screen: this.#screen.view(),
      tracks: {
        ...(camera ? { camera } : {}),
        ...(microphone ? { microphone } : {}),
        ...(screen ? { screen_share: screen } : {}),
        ...(screenAudio ? { screen_share_audio: screenAudio } : {}),
      },
      media: {
        camera: camera !== undefined,
        microphone: microphone !== undefined && this.#microphone.wanted,
        screen: screen !== undefined,
      },
    };
  }

  #changed(): void {
    this.#snapshot = undefined;
    this.#meter.setTrack(this.#microphone.track);
    if (this.#closing.signal.aborted) return;
    for (const listener of this.#listeners) listener();
  }
}
