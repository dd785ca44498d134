/** Looks at and listens to what is received: counts shown pictures, reads their colour, measures the pitch. */
import type { MediaSource, Track } from '../../../src/renderer/call/transport.ts';

interface Shown {
  readonly identity: string;
  readonly source: MediaSource;
  readonly track: Track;
}

interface Watched {
  readonly track: MediaStreamTrack;
  readonly stop: () => void;
  read(): { frames: number; colour: string | undefined; hertz: number | undefined };
}

export class Watcher {
  readonly #watched = new Map<string, Watched>();
  readonly #audio = new AudioContext();
  /** When the first picture of each sender was shown, in ms of `performance.now()`. */
  readonly firstFrames: Record<string, number> = {};
  /** How often a picture that had been there was not there any more. */
  readonly absences: Record<string, number> = {};

  watch(tracks: readonly Shown[]): void {
    const now = new Map(
      tracks.map((one) => [`${one.identity}/${one.source}`, one.track as MediaStreamTrack]),
    );
    for (const [name, watched] of this.#watched) {
      if (now.get(name) === watched.track) continue;
      if (!now.has(name)) this.absences[name] = (this.absences[name] ?? 0) + 1;
      watched.stop();
      this.#watched.delete(name);
    }
    for (const [name, track] of now) {
      if (this.#watched.has(name)) continue;
      this.#watched.set(name, track.kind === 'video' ? this.#picture(name, track) : this.#sound(track));
    }
  }

  seen() {
    return Object.fromEntries([...this.#watched].map(([name, watched]) => [name, watched.read()]));
  }

  #picture(name: string, track: MediaStreamTrack): Watched {
    const video = document.createElement('video');
    video.muted = true;
    video.autoplay = true;
    video.playsInline = true;
    document.body.append(video);
    video.srcObject = new MediaStream([track]);
    let frames = 0;
    const count = () => {
      this.firstFrames[name] ??= performance.now();
      frames += 1;
      video.requestVideoFrameCallback(count);
    };
    video.requestVideoFrameCallback(count);
    const canvas = new OffscreenCanvas(1, 1);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    return {
      track,
      stop: () => video.remove(),
      read() {
        if (frames === 0 || !context) return { frames, colour: undefined, hertz: undefined };
        context.drawImage(video, video.videoWidth / 2, video.videoHeight / 2, 1, 1, 0, 0, 1, 1);
        const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
        const strongest = Math.max(red, green, blue);
        const colour =
          strongest < 60 ? 'black' : strongest === red ? 'red' : strongest === green ? 'green' : 'blue';
        return { frames, colour, hertz: undefined };
      },
    };
  }

  #sound(track: MediaStreamTrack): Watched {
    void this.#audio.resume();
    const stream = new MediaStream([track]);
    // Chromium only decodes remote sound that some element plays.
    const element = new Audio();
    element.muted = true;
    element.srcObject = stream;
    void element.play();
    const source = this.#audio.createMediaStreamSource(stream);
    const analyser = this.#audio.createAnalyser();
    analyser.fftSize = 4096;
    source.connect(analyser);
    const levels = new Float32Array(analyser.frequencyBinCount);
    return {
      track,
      stop: () => {
        source.disconnect();
        element.srcObject = null;
      },
      read: () => {
        analyser.getFloatFrequencyData(levels);
        let loudest = 0;
        for (let bin = 1; bin < levels.length; bin++) {
          if ((levels[bin] ?? -200) > (levels[loudest] ?? -200)) loudest = bin;
        }
        const audible = (levels[loudest] ?? -200) > -60;
        const hertz = audible ? (loudest * this.#audio.sampleRate) / analyser.fftSize : undefined;
        return { frames: 0, colour: undefined, hertz };
      },
    };
  }
}
