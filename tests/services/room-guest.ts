/** Somebody in a room of LiveKit without a browser, who shows a plain colour and says a tone. */
import { setTimeout as passing } from 'node:timers/promises';
import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  LocalVideoTrack,
  Room,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoFrame,
  VideoSource,
} from '@livekit/rtc-node';
import type { SyntheticPerson } from '../support/synthetic-media.ts';

const [width, height, framesPerSecond] = [320, 240, 15];
const rate = 48_000;
const chunk = rate / 100;

export async function joinRoom(url: string, token: string, person: SyntheticPerson): Promise<Room> {
  const room = new Room();
  await room.connect(url, token, { autoSubscribe: false, dynacast: false });
  await Promise.all([say(room, person.tone), show(room, person.colour)]);
  return room;
}

/**
 * LiveKit's client does not come back from leaving while it looks for a server that is gone (livekit/client-sdk-cpp#222): nobody
 * waits longer than five seconds for that.
 */
export async function leaveRoom(room: Room): Promise<void> {
  await Promise.race([room.disconnect(), passing(5_000, undefined, { ref: false })]);
}

async function say(room: Room, tone: number): Promise<void> {
  const source = new AudioSource(rate, 1);
  await publish(room, LocalAudioTrack.createAudioTrack('voice', source), TrackSource.SOURCE_MICROPHONE);
  let said = 0;
  void (async () => {
    while (room.isConnected) {
      const samples = Int16Array.from({ length: chunk }, () => {
        said += 1;
        return Math.round(6_500 * Math.sin((2 * Math.PI * tone * said) / rate));
      });
      await source.captureFrame(new AudioFrame(samples, rate, 1, chunk)).catch(() => {});
    }
  })();
}

async function show(room: Room, [red, green, blue]: SyntheticPerson['colour']): Promise<void> {
  const source = new VideoSource(width, height);
  await publish(room, LocalVideoTrack.createVideoTrack('face', source), TrackSource.SOURCE_CAMERA);
  const pixels = width * height;
  const picture = Buffer.alloc(pixels * 1.5)
    .fill(Math.round(16 + 0.257 * red + 0.504 * green + 0.098 * blue), 0, pixels)
    .fill(Math.round(128 - 0.148 * red - 0.291 * green + 0.439 * blue), pixels, pixels * 1.25)
    .fill(Math.round(128 + 0.439 * red - 0.368 * green - 0.071 * blue), pixels * 1.25);
  const timer = setInterval(() => {
    if (!room.isConnected) clearInterval(timer);
    else source.captureFrame(new VideoFrame(picture, width, height, VideoBufferType.I420));
  }, 1_000 / framesPerSecond);
}

async function publish(
  room: Room,
  track: LocalAudioTrack | LocalVideoTrack,
  source: TrackSource,
): Promise<void> {
  const options = new TrackPublishOptions();
  options.source = source;
  await room.localParticipant?.publishTrack(track, options);
}
