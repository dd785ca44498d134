/** Runs in Chromium: the recorder alone, with people made up in the page and a host that is the test. */
import type { CallSnapshot, RemoteParticipantView } from '../../../src/renderer/call/call.ts';
import type { LocalTracks } from '../../../src/renderer/call/transport.ts';
import { Recorder, type RecorderOptions } from '../../../src/renderer/recorder/recorder.ts';
import { CatalogueError, type ErrorCode } from '../../../src/shared/contract/errors.ts';
import type { Participant } from '../../../src/shared/signaling/messages.ts';
import type { RecorderOrders } from '../../../src/shared/signaling/recording.ts';
import { type FlashAndBeep, flashAndBeep } from './flash-and-beep.ts';
import { type Look, Synthetic } from './synthetic.ts';

/** The test's answer: nothing when the segment is taken. */
type HostAnswer = { readonly code?: ErrorCode; readonly away?: boolean };

declare global {
  interface Window {
    recorderHarness: typeof harness;
    takeSegment(number: number, hash: string, base64: string): Promise<HostAnswer>;
    takeRecorded(last: number, capturedMs: number): Promise<HostAnswer>;
  }
}

const synthetic = new Synthetic();
const listeners = new Set<() => void>();
let remotes: readonly RemoteParticipantView[] = [];
let own: LocalTracks = {};
let online = true;
let recorder: Recorder | undefined;

const participant = (
  identity: string,
  role: Participant['role'],
  displayName: string,
  tracks: LocalTracks,
): Participant => ({
  identity,
  role,
  displayName,
  state: 'admitted',
  connected: true,
  media: {
    microphone: tracks.microphone !== undefined,
    camera: tracks.camera !== undefined,
    screen: tracks.screen_share !== undefined,
  },
  joinedAt: '2026-11-28T10:00:00.000Z',
});

let self = participant('doctor', 'doctor', 'Dr. Martín Pérez', {});
let call = snapshot();

function snapshot(): Pick<CallSnapshot, 'self' | 'remotes' | 'signaling' | 'consultation'> {
  return {
    self,
    remotes,
    signaling: online ? { name: 'ok' } : { name: 'lost', since: 0 },
    consultation: { id: 'c-1' },
  };
}

function changed(): void {
  self = participant('doctor', 'doctor', 'Dr. Martín Pérez', own);
  call = snapshot();
  for (const listener of [...listeners]) listener();
}

async function refused(answer: Promise<HostAnswer>): Promise<void> {
  const { code, away } = await answer;
  if (code) throw new CatalogueError(code);
  if (away) throw new Error('away');
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

const options: RecorderOptions = {
  call: { snapshot: () => call, subscribe },
  media: {
    snapshot: () => ({ tracks: own, media: self.media }),
    subscribe,
  },
  host: {
    segment: async ({ number, hash, bytes }) => {
      let text = '';
      for (const byte of bytes) text += String.fromCharCode(byte);
      await refused(window.takeSegment(number, hash, btoa(text)));
    },
    recorded: ({ last, capturedMs }) => refused(window.takeRecorded(last, capturedMs)),
  },
  words: {
    audioOnly: 'Sólo audio',
    cameraOff: 'Cámara apagada',
    nameOf: ({ displayName }) => displayName,
    initialsOf: (name) => name.slice(0, 1),
    screenOf: (name) => `Pantalla de ${name}`,
  },
};

/** The same tracks as the other end of a real connection sees them. */
async function through(tracks: readonly MediaStreamTrack[]): Promise<MediaStreamTrack[]> {
  const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
  near.onicecandidate = ({ candidate }) => void far.addIceCandidate(candidate ?? undefined);
  far.onicecandidate = ({ candidate }) => void near.addIceCandidate(candidate ?? undefined);
  // One stream, so that the receiver keeps its picture and sound in step.
  const together = new MediaStream([...tracks]);
  for (const track of tracks) near.addTrack(track, together);
  const received: MediaStreamTrack[] = [];
  far.ontrack = ({ track }) => received.push(track);
  await near.setLocalDescription();
  if (near.localDescription) await far.setRemoteDescription(near.localDescription);
  await far.setLocalDescription();
  if (far.localDescription) await near.setRemoteDescription(far.localDescription);
  return received;
}

/** As the app opens them. */
const deviceWish: MediaStreamConstraints = {
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } },
  audio: true,
};

interface Wish {
  /** The computer's camera and microphone. */
  readonly devices?: boolean;
  readonly camera?: Look;
  readonly microphone?: Look;
  readonly flashing?: Look;
}

async function make({ devices, camera, microphone, flashing }: Wish, remote: boolean): Promise<LocalTracks> {
  const stream = devices && (await navigator.mediaDevices.getUserMedia(deviceWish));
  const flash: FlashAndBeep | undefined = flashing && flashAndBeep(flashing);
  const made = [
    ...(stream ? stream.getTracks() : []),
    ...(flash ? [flash.picture, flash.sound] : []),
    ...(camera ? [synthetic.make('camera', camera)] : []),
    ...(microphone ? [synthetic.make('microphone', microphone)] : []),
  ];
  const tracks = remote ? await through(made) : made;
  const [video] = tracks.filter(({ kind }) => kind === 'video');
  const [audio] = tracks.filter(({ kind }) => kind === 'audio');
  return { ...(video ? { camera: video } : {}), ...(audio ? { microphone: audio } : {}) };
}

const harness = {
  /** What the doctor's own devices give. */
  async own(wish: Wish): Promise<void> {
    own = await make(wish, false);
    changed();
  },
  /** Somebody who is there, by a real connection; a second time their tracks are replaced, as by a move. */
  async remote(identity: string, displayName: string, wish: Wish): Promise<void> {
    const tracks = await make(wish, true);
    const view: RemoteParticipantView = {
      participant: participant(identity, 'patient', displayName, tracks),
      tracks,
      link: { name: 'ok' },
    };
    const there = remotes.some((one) => one.participant.identity === identity);
    remotes = there
      ? remotes.map((one) => (one.participant.identity === identity ? view : one))
      : [...remotes, view];
    changed();
  },
  orders(orders: RecorderOrders | undefined): void {
    recorder ??= new Recorder(options);
    recorder.setOrders(orders);
  },
  setOnline(is: boolean): void {
    online = is;
    changed();
  },
  progress: () => recorder?.snapshot(),
  /** What a page could do with nothing but the browser: each person's tracks by a MediaRecorder, thrown away. */
  recordBarely(): void {
    for (const tracks of [own, ...remotes.map((one) => one.tracks)]) {
      const stream = new MediaStream(Object.values(tracks) as MediaStreamTrack[]);
      const bare = new MediaRecorder(stream, {
        mimeType: 'video/webm;codecs=vp8,opus',
        videoBitsPerSecond: 1_200_000,
        audioBitsPerSecond: 64_000,
      });
      bare.start(500);
    }
  },
};

window.recorderHarness = harness;
