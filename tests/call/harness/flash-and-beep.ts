/** A source whose picture flashes white while its sound beeps, once a second: what is out of step can be measured. */
export interface FlashAndBeep {
  readonly picture: MediaStreamTrack;
  readonly sound: MediaStreamTrack;
}

export function flashAndBeep({ colour, hertz }: { colour: string; hertz: number }): FlashAndBeep {
  const canvas = document.createElement('canvas');
  canvas.width = 640;
  canvas.height = 360;
  const drawing = canvas.getContext('2d');
  const audio = new AudioContext();
  void audio.resume();
  const tone = audio.createOscillator();
  const loudness = audio.createGain();
  const destination = audio.createMediaStreamDestination();
  tone.frequency.value = hertz;
  loudness.gain.value = 0;
  tone.connect(loudness).connect(destination);
  tone.start();
  let next = Math.ceil(audio.currentTime) + 1;
  const beep = (at: number) => {
    loudness.gain.setValueAtTime(0.5, at);
    loudness.gain.setValueAtTime(0, at + 0.2);
  };
  beep(next);
  let step = 0;
  // Often, so that a flash begins when its beep does.
  setInterval(() => {
    if (!drawing) return;
    const now = audio.currentTime;
    const lit = now >= next && now < next + 0.2;
    if (now >= next + 0.2) {
      next += 1;
      beep(next);
    }
    drawing.fillStyle = lit ? 'white' : colour;
    drawing.fillRect(0, 0, canvas.width, canvas.height);
    drawing.fillStyle = 'black';
    step = (step + 3) % canvas.width;
    drawing.fillRect(step, 0, 6, 6);
  }, 8);
  const [picture] = canvas.captureStream(30).getVideoTracks();
  const [sound] = destination.stream.getAudioTracks();
  if (!picture || !sound) throw new Error('No picture or no sound');
  return { picture, sound };
}
