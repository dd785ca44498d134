/** Pictures of one colour and sounds of one pitch: recognisable on the other side. */
import type { MediaSource } from '../../../src/renderer/call/transport.ts';

export interface Look {
  /** CSS colour. */
  readonly colour: string;
  readonly hertz: number;
}

export class Synthetic {
  #audio: AudioContext | undefined;

  make(source: MediaSource, look: Look): MediaStreamTrack {
    return source === 'camera' || source === 'screen_share' ? this.#picture(look) : this.#sound(look);
  }

  #picture({ colour }: Look): MediaStreamTrack {
    const canvas = document.createElement('canvas');
    canvas.width = 320;
    canvas.height = 240;
    const context = canvas.getContext('2d');
    let step = 0;
    const draw = () => {
      if (!context) return;
      context.fillStyle = colour;
      context.fillRect(0, 0, canvas.width, canvas.height);
      // Something must move, or the encoder has nothing to send.
      context.fillStyle = 'black';
      step = (step + 4) % canvas.width;
      context.fillRect(step, 0, 6, 6);
    };
    draw();
    setInterval(draw, 33);
    const track = canvas.captureStream(30).getVideoTracks()[0];
    if (!track) throw new Error('No picture');
    return track;
  }

  #sound({ hertz }: Look): MediaStreamTrack {
    this.#audio ??= new AudioContext();
    void this.#audio.resume();
    const tone = this.#audio.createOscillator();
    const loudness = this.#audio.createGain();
    const destination = this.#audio.createMediaStreamDestination();
    tone.frequency.value = hertz;
    loudness.gain.value = 0.4;
    tone.connect(loudness).connect(destination);
    tone.start();
    const track = destination.stream.getAudioTracks()[0];
    if (!track) throw new Error('No sound');
    return track;
  }
}
