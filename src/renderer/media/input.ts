/** One camera or microphone: follows the latest wish, and the device through plugging and unplugging. */
import type { DeviceMemory } from './device-memory.ts';
import { problemOf } from './device-problem.ts';
import type { Device, DeviceProblem, InputView } from './local-media-view.ts';

export interface InputOptions {
  readonly kind: 'camera' | 'microphone';
  readonly devices: MediaDevices | undefined;
  readonly memory: DeviceMemory;
  readonly onChange: () => void;
}

const videoConstraints: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30 },
};
const audioConstraints: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

export class Input {
  readonly #options: InputOptions;
  #wanted = false;
  #chosen: Device | undefined;
  #present: readonly MediaDeviceInfo[] = [];
  #track: MediaStreamTrack | undefined;
  #problem: DeviceProblem | undefined;
  /** Refused by the browser or the system, as far as is known; the wish may have been given up since. */
  #refused = false;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;
  /** The device is being opened together with another one, by the caller of `reserve`. */
  #reserved = false;

  constructor(options: InputOptions) {
    this.#options = options;
    this.#chosen = options.memory.read(options.kind);
  }

  get track(): MediaStreamTrack | undefined {
    return this.#track;
  }

  get wanted(): boolean {
    return this.#wanted;
  }

  get problem(): DeviceProblem | undefined {
    return this.#problem;
  }

  view(): InputView {
    const using = this.#track?.getSettings().deviceId;
    return {
      wanted: this.#wanted,
      state: this.#stateName(),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
      ...(this.#refused ? { refused: true } : {}),
      devices: this.#present.map(({ deviceId, label }) => ({ id: deviceId, label })),
      ...(this.#chosen === undefined ? {} : { chosen: this.#chosen.id }),
      ...(using === undefined ? {} : { using }),
    };
  }

  #stateName(): InputView['state'] {
    if (this.#problem !== undefined) return 'problem';
    if (this.#track !== undefined) return 'on';
    return this.#wanted ? 'starting' : 'off';
  }

  /** Wishing again for what has a problem tries again. */
  want(on: boolean): Promise<void> {
    this.#wanted = on;
    this.#problem = undefined;
    if (this.#track && this.#options.kind === 'microphone') this.#track.enabled = on;
    return this.#follow();
  }

  choose(id: string | undefined): Promise<void> {
    const device = this.#present.find((one) => one.deviceId === id);
    this.#chosen = id === undefined ? undefined : { id, label: device?.label ?? '' };
    this.#options.memory.write(this.#options.kind, this.#chosen);
    this.#problem = undefined;
    return this.#follow();
  }

  /** The devices that are plugged in now, after a change. */
  setPresent(all: readonly MediaDeviceInfo[]): Promise<void> {
    const kind = this.#options.kind === 'camera' ? 'videoinput' : 'audioinput';
    // Before permission browsers list one nameless entry a kind: it says "there is one", not which.
    this.#present = all.filter((device) => device.kind === kind && device.deviceId !== '');
    if (this.#chosen && !this.#present.some((device) => device.deviceId === this.#chosen?.id)) {
      // Browsers may give a device a new id; its name stays.
      const renamed = this.#present.find(
        (device) => device.label !== '' && device.label === this.#chosen?.label,
      );
      if (renamed) this.#chosen = { id: renamed.deviceId, label: renamed.label };
    }
    if (this.#problem === 'missing' || this.#problem === 'busy') this.#problem = undefined;
    return this.#follow();
  }

  /** Constraints for opening this input now; used to ask for both inputs in one permission prompt. */
  constraints(): MediaTrackConstraints {
    const device = this.#wantedDevice();
    return device === undefined ? this.#base() : { ...this.#base(), deviceId: { exact: device } };
  }

  /** Wished for, and opened by the caller, who then calls `release`, with `adopt` before it if that went well. */
  reserve(): void {
    this.#reserved = true;
    this.#wanted = true;
    this.#problem = undefined;
    this.#options.onChange();
  }

  release(): Promise<void> {
    this.#reserved = false;
    return this.#follow();
  }

  /** Takes a track that was opened with `constraints()`. */
  adopt(track: MediaStreamTrack): void {
    const old = this.#track;
    this.#track = track;
    this.#problem = undefined;
    this.#refused = false;
    if (this.#options.kind === 'microphone') track.enabled = this.#wanted;
    track.addEventListener('ended', () => {
      if (this.#track !== track) return;
      this.#track = undefined;
      void this.#follow();
    });
    old?.stop();
    this.#options.onChange();
  }

  /** What the browser says of the permission without being asked for the device. */
  setRefused(refused: boolean): void {
    if (this.#refused === refused) return;
    this.#refused = refused;
    this.#options.onChange();
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #drop(): void {
    const track = this.#track;
    this.#track = undefined;
    track?.stop();
  }

  /** The device to use: what the person chose while it is there, else the system's choice. */
  #wantedDevice(): string | undefined {
    return this.#present.find((device) => device.deviceId === this.#chosen?.id)?.deviceId;
  }

  #isRightDevice(track: MediaStreamTrack): boolean {
    const settings = track.getSettings();
    const wanted = this.#wantedDevice();
    if (wanted !== undefined) return settings.deviceId === wanted;
    // The entry "default" moves to another device when a headset is plugged in; an open track does not.
    const systemDefault = this.#present.find((device) => device.deviceId === 'default');
    if (systemDefault && settings.groupId && settings.deviceId === 'default') {
      return systemDefault.groupId === '' || systemDefault.groupId === settings.groupId;
    }
    return true;
  }

  /** One at a time, towards the latest wish. */
  #follow(): Promise<void> {
    this.#options.onChange();
    if (this.#running) {
      this.#again = true;
      return this.#running;
    }
    this.#running = (async () => {
      try {
        do {
          this.#again = false;
          await this.#step();
        } while (this.#again && !this.#closed);
      } finally {
        this.#running = undefined;
        this.#options.onChange();
      }
    })();
    return this.#running;
  }

  async #step(): Promise<void> {
    if (this.#closed || this.#reserved) return;
    if (!this.#wanted) {
      // A muted microphone keeps its device, so that speaking again is instant. A camera that is off is really off.
      if (this.#options.kind === 'camera') this.#drop();
      return;
    }
    if (this.#problem !== undefined) return;
    if (this.#track?.readyState === 'live' && this.#isRightDevice(this.#track)) return;
    try {
      const track = await this.#open();
      if (this.#closed || (!this.#wanted && this.#options.kind === 'camera')) track.stop();
      else this.adopt(track);
    } catch (error) {
      // While the old device still works it goes on; otherwise say what is wrong.
      if (this.#track?.readyState !== 'live') {
        this.#drop();
        this.#problem = problemOf(error);
        this.#refused = this.#problem === 'blocked';
      }
    }
  }

  async #open(): Promise<MediaStreamTrack> {
    const wanted = this.#wantedDevice();
    try {
      return await this.#get(this.constraints());
    } catch (error) {
      const problem = problemOf(error);
      if (wanted === undefined || problem === 'blocked') throw error;
      if (this.#track?.readyState === 'live') {
        // Phones hold one camera at a time: the new one opens only when the old one was let go.
        if (problem !== 'busy') throw error;
        this.#drop();
        return this.#get(this.constraints()).catch(() => this.#get(this.#base()));
      }
      // The chosen device went away in between, or does not start: any other is better than none.
      return this.#get(this.#base());
    }
  }

  #base(): MediaTrackConstraints {
    return this.#options.kind === 'camera' ? videoConstraints : audioConstraints;
  }

  async #get(constraints: MediaTrackConstraints): Promise<MediaStreamTrack> {
    const devices = this.#options.devices;
    // Browsers hide devices from pages that were not loaded securely.
    if (!devices) throw new DOMException('Not a secure context', 'SecurityError');
    const camera = this.#options.kind === 'camera';
    const stream = await devices.getUserMedia(camera ? { video: constraints } : { audio: constraints });
    const track = stream.getTracks()[0];
    if (!track) throw new DOMException('No track', 'NotFoundError');
    return track;
  }
}
