/** Shares a screen, a window or a tab, without sending the others their own voices back. */
import { problemOf } from './device-problem.ts';
import type { DeviceProblem, ScreenView } from './local-media-view.ts';

/** What newer browsers understand beside the standard's dictionary. */
interface ScreenOptions extends DisplayMediaStreamOptions {
  systemAudio?: 'include' | 'exclude';
  selfBrowserSurface?: 'include' | 'exclude';
  surfaceSwitching?: 'include' | 'exclude';
}

export class Screen {
  readonly #devices: MediaDevices | undefined;
  readonly #onChange: () => void;
  #video: MediaStreamTrack | undefined;
  #audio: MediaStreamTrack | undefined;
  #problem: DeviceProblem | undefined;
  /** Number of the latest wish; an answer to an older one is dropped. */
  #wish = 0;
  #starting = false;

  constructor(devices: MediaDevices | undefined, onChange: () => void) {
    this.#devices = devices;
    this.#onChange = onChange;
  }

  get video(): MediaStreamTrack | undefined {
    return this.#video;
  }

  get audio(): MediaStreamTrack | undefined {
    return this.#audio;
  }

  view(): ScreenView {
    return {
      state: this.#video ? 'on' : this.#starting ? 'starting' : 'off',
      withAudio: this.#audio !== undefined,
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
      possible: typeof this.#devices?.getDisplayMedia === 'function',
    };
  }

  /** Opens the browser's or the app's picker. Resolves to whether something is shared. */
  async start(withAudio: boolean): Promise<boolean> {
    const wish = ++this.#wish;
    this.#starting = true;
    this.#problem = undefined;
    this.#onChange();
    try {
      const stream = await this.#capture(withAudio);
      if (wish !== this.#wish) {
        for (const track of stream.getTracks()) track.stop();
        return false;
      }
      this.#drop();
      this.#take(stream);
      return true;
    } catch (error) {
      if (wish !== this.#wish) return false;
      // Closing the picker and a refusal by the system look the same but for Chromium's words.
      const closedPicker = problemOf(error) === 'blocked' && !/by system/i.test(String(error));
      if (!closedPicker) this.#problem = problemOf(error);
      return false;
    } finally {
      if (wish === this.#wish) this.#starting = false;
      this.#onChange();
    }
  }

  stop(): void {
    this.#wish += 1;
    this.#starting = false;
    this.#drop();
    this.#onChange();
  }

  #capture(withAudio: boolean): Promise<MediaStream> {
    if (!this.#devices?.getDisplayMedia) throw new DOMException('Not possible here', 'NotFoundError');
    // The system's sound contains the voices of the call. Only where the browser can leave those out is it offered.
    const withoutEcho = 'restrictOwnAudio' in this.#devices.getSupportedConstraints();
    const audio = { restrictOwnAudio: true, echoCancellation: false, noiseSuppression: false };
    const options: ScreenOptions = {
      video: { frameRate: { ideal: 15, max: 30 } },
      audio: withAudio ? audio : false,
      systemAudio: withAudio && withoutEcho ? 'include' : 'exclude',
      selfBrowserSurface: 'exclude',
      surfaceSwitching: 'include',
    };
    return this.#devices.getDisplayMedia(options);
  }

  #take(stream: MediaStream): void {
    const video = stream.getVideoTracks()[0];
    if (!video) throw new DOMException('No picture', 'NotFoundError');
    video.contentHint = 'detail';
    this.#video = video;
    this.#audio = stream.getAudioTracks()[0];
    // The browser's own "stop sharing" button, or the shared window was closed.
    video.addEventListener('ended', () => {
      if (this.#video === video) this.stop();
    });
    this.#audio?.addEventListener('ended', () => {
      this.#audio = undefined;
      this.#onChange();
    });
  }

  #drop(): void {
    this.#video?.stop();
    this.#audio?.stop();
    this.#video = undefined;
    this.#audio = undefined;
  }
}
