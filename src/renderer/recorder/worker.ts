/** The recorder's own thread: everything that takes time happens here, so that a busy or hidden window records no worse. */
import { Composer } from './composer.ts';
import { chooseVideo, isSupported } from './encoding.ts';
import { Recording } from './recording.ts';
import { SegmentStore } from './segment-store.ts';
import type { FromWorker, HostRequest, Outcome, ToWorker } from './worker-messages.ts';

/** ms without sound, while there should be some, after which its source counts as dead. */
const stallMs = 1_500;
const lookEveryMs = 10;

interface Parts {
  readonly store: SegmentStore;
  readonly composer: Composer;
  readonly video: VideoEncoderConfig;
}

const post = (message: FromWorker, transfer: Transferable[] = []): void =>
  globalThis.postMessage(message, { transfer });

const answers = new Map<number, (outcome: Outcome) => void>();
let requests = 0;
const recordings = new Map<string, Recording>();
let current: Recording | undefined;
let sound: MessagePort | undefined;
let heardAt = 0;

/** Asked once; whatever arrives before is handled after. */
const parts: Promise<Parts> = (async () => {
  const video = await chooseVideo(isSupported);
  return {
    store: await SegmentStore.open(),
    composer: new Composer(video.hardwareAcceleration !== 'prefer-hardware'),
    video,
  };
})();
let handling: Promise<void> = Promise.resolve();
let leftoversSent = false;

globalThis.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === 'answer') {
    answers.get(data.request)?.(data.outcome);
    answers.delete(data.request);
    return;
  }
  handling = handling.then(async () => handle(data, await parts));
};

async function handle(message: Exclude<ToWorker, { type: 'answer' }>, { composer, ...parts }: Parts) {
  switch (message.type) {
    case 'orders':
      await follow(message, { composer, ...parts });
      return;
    case 'online':
      for (const recording of recordings.values()) recording.goOn();
      return;
    case 'scene':
      composer.setScene(message.scene);
      return;
    case 'picture':
      composer.setSource(message.key, message.frames);
      return;
    case 'no-picture':
      composer.removeSource(message.key);
      return;
    case 'no-sound':
      sound?.close();
      sound = undefined;
      return;
    case 'sound':
      sound?.close();
      sound = message.port;
      heardAt = performance.now();
      sound.onmessage = ({ data }: MessageEvent<Float32Array>) => {
        heardAt = performance.now();
        current?.hear(data);
      };
  }
}

async function follow(
  { consultationId, orders }: Extract<ToWorker, { type: 'orders' }>,
  { store, composer, video }: Parts,
): Promise<void> {
  const make = (egressId: string): Recording => {
    const recording = new Recording({
      consultationId,
      egressId,
      store,
      composer,
      video,
      request,
      onProgress: (progress) => post({ type: 'progress', progress }),
    });
    recordings.set(egressId, recording);
    return recording;
  };
  const known = orders && recordings.get(orders.egressId);
  const heads =
    known?.begun && leftoversSent ? [] : await store.heads(consultationId, Date.now()).catch(() => []);
  if (!leftoversSent) {
    leftoversSent = true;
    const others = new Set(heads.map(({ egressId }) => egressId));
    if (orders) others.delete(orders.egressId);
    for (const other of others)
      make(other).follow(
        undefined,
        heads.filter(({ egressId }) => egressId === other),
      );
  }
  const next = orders && (known ?? make(orders.egressId));
  if (current && current !== next) current.follow(undefined);
  current = next;
  next?.follow(
    orders,
    heads.filter(({ egressId }) => egressId === orders?.egressId),
  );
}

function request(what: HostRequest): Promise<Outcome> {
  requests += 1;
  const number = requests;
  return new Promise((resolve) => {
    answers.set(number, resolve);
    post({ type: 'request', request: number, what });
  });
}

// Pictures go on while the sound is held up for a moment.
setInterval(() => current?.see(), lookEveryMs);
setInterval(() => {
  if (!sound || performance.now() - heardAt < stallMs) return;
  sound.close();
  sound = undefined;
  post({ type: 'sound-stalled' });
}, stallMs / 2);
