/** What the recorder decides: who is where in the picture, what is sent when, where a recording goes on, and how fast. */
import { describe, expect, test } from 'vitest';
import { chooseVideo } from '../../src/renderer/recorder/encoding.ts';
import {
  fitInto,
  layOut,
  pictureHeight,
  pictureWidth,
  type ScenePerson,
} from '../../src/renderer/recorder/layout.ts';
import { judge, mayCapture, resume } from '../../src/renderer/recorder/orders.ts';
import { Outbox } from '../../src/renderer/recorder/outbox.ts';
import { Pace } from '../../src/renderer/recorder/pace.ts';
import { sceneOf } from '../../src/renderer/recorder/scene.ts';
import { Segmenter, type Stretch } from '../../src/renderer/recorder/segmenter.ts';
import { SoundClock } from '../../src/renderer/recorder/sound-clock.ts';
import {
  decodeSegment,
  encodeSegment,
  largestSegment,
  type RecordedPacket,
  SegmentError,
  segmentUs,
} from '../../src/shared/recording/segment.ts';
import type { Participant } from '../../src/shared/signaling/messages.ts';

const person = (name: string): ScenePerson => ({ name, initials: name, note: '', picture: `${name}/camera` });
const stage = { x: 0, y: 0, width: pictureWidth, height: pictureHeight };

describe('the picture', () => {
  test('shows the other one large and the recorder small in the corner', () => {
    const [other, own, ...rest] = layOut({ people: [person('Elena'), person('Martín')] });
    expect(other).toMatchObject({ name: 'Elena', box: stage, over: false });
    expect(own).toMatchObject({
      name: 'Martín',
      box: { x: 944, y: 524, width: 320, height: 180 },
      over: true,
    });
    expect(rest).toEqual([]);
  });

  test('shows whoever is alone large, and nobody as nothing', () => {
    expect(layOut({ people: [person('Martín')] })).toMatchObject([{ name: 'Martín', box: stage }]);
    expect(layOut({ people: [] })).toEqual([]);
  });

  test('shows a shared screen whole, with the people small in front of it', () => {
    const [screen, ...people] = layOut({
      people: [person('Elena'), person('Martín')],
      screen: { name: 'Pantalla', picture: 'd/screen_share' },
    });
    expect(screen).toMatchObject({ picture: 'd/screen_share', box: stage, whole: true });
    expect(people.map(({ name, over }) => [name, over])).toEqual([
      ['Elena', true],
      ['Martín', true],
    ]);
  });

  test.each([3, 4, 5, 6, 9, 12])(
    'gives each of %i a tile of the same size, inside and not over another',
    (count) => {
      const tiles = layOut({ people: Array.from({ length: count }, (_, index) => person(String(index))) });
      expect(tiles).toHaveLength(count);
      for (const { box } of tiles) {
        expect(box).toMatchObject({ width: tiles[0]?.box.width, height: tiles[0]?.box.height });
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(pictureWidth);
        expect(box.y + box.height).toBeLessThanOrEqual(pictureHeight);
      }
      const apart = tiles.every((one, index) =>
        tiles.slice(index + 1).every(({ box }) => {
          const { x, y, width, height } = one.box;
          return (
            x + width <= box.x || box.x + box.width <= x || y + height <= box.y || box.y + box.height <= y
          );
        }),
      );
      expect(apart).toBe(true);
    },
  );

  test('fills a tile from the middle of a picture, and shows whole what filling would cut out', () => {
    expect(fitInto({ width: 640, height: 480 }, stage, false)).toEqual({
      from: { x: 0, y: 60, width: 640, height: 360 },
      to: stage,
    });
    const upright = { width: 360, height: 640 };
    expect(fitInto(upright, stage, false)).toEqual({
      from: { x: 0, y: 0, ...upright },
      to: { x: 437.5, y: 0, width: 405, height: 720 },
    });
    expect(fitInto({ width: 1_600, height: 1_200 }, stage, true).to).toEqual({
      x: 160,
      y: 0,
      width: 960,
      height: 720,
    });
  });

  const words = {
    audioOnly: 'Sólo audio',
    cameraOff: 'Cámara apagada',
    nameOf: ({ displayName }: Participant) => displayName,
    initialsOf: (name: string) => name.slice(0, 1),
    screenOf: (name: string) => `Pantalla de ${name}`,
  };
  const seen = (role: Participant['role'], { camera = true, microphone = true, screen = false } = {}) => ({
    participant: {
      identity: role,
      role,
      displayName: role,
      state: 'admitted',
      connected: true,
      media: { camera, microphone, screen },
      joinedAt: '',
    } as const,
    tracks: { camera: {}, ...(screen ? { screen_share: {} } : {}) },
  });

  test('has the patient first and the recorder last, and no observers', () => {
    const { people } = sceneOf([seen('observer'), seen('doctor'), seen('patient')], seen('doctor'), words);
    expect(people.map(({ name }) => name)).toEqual(['patient', 'doctor', 'doctor']);
  });

  test('says why there is no picture of somebody', () => {
    const muted = seen('doctor', { camera: false, microphone: false });
    const { people } = sceneOf([seen('patient', { camera: false })], muted, words);
    expect(people).toEqual([
      { name: 'patient', initials: 'p', note: 'Sólo audio' },
      { name: 'doctor', initials: 'd', note: 'Cámara apagada' },
    ]);
  });

  test('has the screen that somebody shares, also the own one', () => {
    expect(sceneOf([seen('patient')], seen('doctor', { screen: true }), words).screen).toEqual({
      name: 'Pantalla de doctor',
      picture: 'doctor/screen_share',
    });
  });
});

describe('segments', () => {
  const packet = (track: RecordedPacket['track'], ms: number, bytes = 100): RecordedPacket => ({
    track,
    timestampUs: ms * 1_000,
    durationUs: track === 'audio' ? 20_000 : 40_000,
    key: true,
    data: new Uint8Array(bytes),
  });
  const collect = () => {
    const out: Stretch[] = [];
    return { out, segmenter: new Segmenter(0, (stretch) => out.push(stretch)) };
  };

  test('follow each other without a hole, none longer than half a second', () => {
    const { out, segmenter } = collect();
    for (let ms = 0; ms < 3_000; ms += 20) {
      if (ms % 40 === 0) {
        segmenter.await(ms * 1_000);
        segmenter.add(packet('video', ms));
      }
      segmenter.add(packet('audio', ms));
    }
    expect(segmenter.flush()).toBe(3_000_000);
    let at = 0;
    for (const { fromUs, toUs, packets } of out) {
      expect(fromUs).toBe(at);
      expect(toUs - fromUs).toBeLessThanOrEqual(segmentUs);
      expect(packets.every(({ timestampUs }) => timestampUs >= fromUs && timestampUs < toUs)).toBe(true);
      at = toUs;
    }
    expect(out.flatMap(({ packets }) => packets)).toHaveLength(150 + 75);
  });

  test('wait for a picture that is still being encoded, and not for one that the encoder left out', () => {
    const { out, segmenter } = collect();
    segmenter.await(380_000);
    segmenter.await(390_000);
    for (let ms = 0; ms < 600; ms += 20) segmenter.add(packet('audio', ms));
    expect(out).toEqual([]);
    segmenter.add(packet('video', 390));
    expect(out.map(({ toUs }) => toUs)).toEqual([400_000]);
    expect(out[0]?.packets.filter(({ track }) => track === 'video')).toHaveLength(1);
  });

  test('do not wait for long: a picture that is too late comes with the next one', () => {
    const { out, segmenter } = collect();
    for (const ms of [100, 140, 180]) segmenter.await(ms * 1_000);
    for (let ms = 0; ms < 800; ms += 20) segmenter.add(packet('audio', ms));
    for (const ms of [100, 140, 180]) segmenter.add(packet('video', ms));
    segmenter.flush();
    expect(out.map(({ toUs }) => toUs)).toEqual([400_000, 800_000]);
    const seen = out[1]?.packets.filter(({ track }) => track === 'video');
    expect(seen?.map(({ timestampUs }) => timestampUs)).toEqual([100_000, 140_000, 180_000]);
  });

  test('do not wait for an encoder that died', () => {
    const { out, segmenter } = collect();
    segmenter.await(100_000);
    for (let ms = 0; ms < 400; ms += 20) segmenter.add(packet('audio', ms));
    segmenter.giveUp();
    expect(out).toHaveLength(1);
  });

  test('end early before they grow too large to be sent', () => {
    const { out, segmenter } = collect();
    for (let ms = 0; ms < 400; ms += 20) {
      segmenter.await(ms * 1_000);
      segmenter.add(packet('video', ms, 80_000));
      segmenter.add(packet('audio', ms));
    }
    segmenter.flush();
    expect(out.length).toBeGreaterThan(1);
    for (const { packets } of out) {
      expect(packets.reduce((sum, { data }) => sum + data.byteLength, 0)).toBeLessThan(largestSegment);
    }
  });
});

test('a segment may hold a picture of up to a second before it, and no other packet of another time', () => {
  const segment = (track: RecordedPacket['track'], timestampUs: number) =>
    encodeSegment({
      egressId: 'EG_1',
      number: 5,
      grant: 1,
      fromUs: 1_600_000,
      toUs: 2_000_000,
      video: { codec: 'vp8', codedWidth: 1_280, codedHeight: 720 },
      audio: { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 },
      packets: [{ track, timestampUs, durationUs: 20_000, key: true, data: new Uint8Array([1]) }],
    });
  expect(decodeSegment(segment('video', 600_000)).packets).toHaveLength(1);
  expect(decodeSegment(segment('audio', 1_600_000)).packets).toHaveLength(1);
  expect(() => decodeSegment(segment('video', 599_999))).toThrow(SegmentError);
  expect(() => decodeSegment(segment('audio', 1_599_999))).toThrow(SegmentError);
  expect(() => decodeSegment(segment('video', 2_000_001))).toThrow(SegmentError);
});

describe('sending', () => {
  const drain = (outbox: Outbox) => {
    const numbers: number[] = [];
    for (let number = outbox.next(); number !== undefined; number = outbox.next()) numbers.push(number);
    return numbers;
  };

  test('has a few on the way at a time, in order', () => {
    const outbox = new Outbox([3, 4]);
    for (const number of [5, 6, 7, 8]) outbox.add(number);
    expect(drain(outbox)).toEqual([3, 4, 5, 6]);
    outbox.acknowledge(3);
    expect(drain(outbox)).toEqual([7]);
    expect(outbox.size).toBe(5);
  });

  test('sends again what was not taken, first and in order, once the host may be there again', () => {
    const outbox = new Outbox([1, 2, 3, 4, 5]);
    drain(outbox);
    expect(outbox.refuse(2, 'again')).toBe(false);
    outbox.refuse(1, 'later');
    expect(drain(outbox)).toEqual([]);
    outbox.release();
    expect(drain(outbox)).toEqual([1, 2]);
  });

  test('gives a recording up that is over, and goes on after one segment that is lost', () => {
    const outbox = new Outbox([1, 2, 3]);
    drain(outbox);
    expect(outbox.refuse(1, 'lost')).toBe(false);
    expect(outbox.size).toBe(2);
    expect(outbox.refuse(2, 'over')).toBe(true);
  });

  test('does not send what the host says it has', () => {
    const outbox = new Outbox([1, 2, 3]);
    expect(outbox.acknowledgeUpTo(2)).toEqual([1, 2]);
    expect(drain(outbox)).toEqual([3]);
  });

  test.each([
    [undefined, 'again'],
    ['INTERNAL_ERROR', 'again'],
    ['TOO_MANY_REQUESTS', 'again'],
    ['STORAGE_FULL', 'later'],
    ['RECORDING_OVER', 'over'],
    ['RECORDING_NOT_FOUND', 'over'],
    ['FORBIDDEN', 'over'],
    ['NO_GRANT', 'lost'],
  ] as const)('a refusal with %s means %s', (code, refusal) => {
    expect(judge(code)).toBe(refusal);
  });
});

describe('orders', () => {
  const orders = { egressId: 'EG_1', recipients: [], durable: 0, next: 1, fromUs: 0, end: false };

  test('allow capturing with a grant, and not without one or at the end', () => {
    expect(mayCapture(undefined)).toBe(false);
    expect(mayCapture(orders)).toBe(false);
    expect(mayCapture({ ...orders, grant: 2 })).toBe(true);
    expect(mayCapture({ ...orders, grant: 2, end: true })).toBe(false);
  });

  test('say where to go on: behind the furthest segment that the host has, or that is left from before', () => {
    const kept = [6, 5, 4, 8].map((number) => ({ number, toUs: number * 400_000 }));
    expect(resume({ durable: 4, next: 5, fromUs: 1_600_000 }, kept)).toEqual({
      place: { number: 9, us: 3_200_000 },
      send: [5, 6, 8],
      drop: [4],
    });
    expect(resume({ durable: 4, next: 12, fromUs: 4_400_000 }, kept).place).toEqual({
      number: 12,
      us: 4_400_000,
    });
    expect(resume({ durable: 2, next: 3, fromUs: 800_000 }, [])).toEqual({
      place: { number: 3, us: 800_000 },
      send: [],
      drop: [],
    });
  });
});

describe('pictures a second', () => {
  const run = (pace: Pace, fromMs: number, toMs: number, queued: number) => {
    const times: number[] = [];
    for (let ms = fromMs; ms < toMs; ms += 10) {
      const due = pace.due(ms * 1_000, queued);
      if (due) times.push(...due.repeats, due.timestampUs);
    }
    return times;
  };
  const longest = (times: readonly number[]) =>
    Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? 0)));

  test('are 24 while the encoder keeps up', () => {
    const times = run(new Pace(0), 0, 10_000, 0);
    expect(times).toHaveLength(240);
    expect(longest(times)).toBeLessThan(42_000);
  });

  test('become fewer while it does not, without a gap of 100 ms, and more again afterwards', () => {
    const pace = new Pace(0);
    const times: number[] = [];
    // Each picture takes 80 ms to encode.
    for (let ms = 0; ms < 6_000; ms += 80) {
      times.push(...run(pace, ms, ms + 10, 0), ...run(pace, ms + 10, ms + 80, 2));
    }
    expect(longest(times)).toBeLessThan(100_000);
    expect(pace.picturesPerSecond).toBe(12);
    run(pace, 6_000, 60_000, 0);
    expect(pace.picturesPerSecond).toBe(24);
  });

  test('are none while the encoder is hopelessly behind', () => {
    expect(run(new Pace(0), 0, 1_000, 20)).toEqual([]);
  });

  test('fill a hold-up with the last picture', () => {
    const pace = new Pace(0);
    const before = run(pace, 0, 1_000, 0);
    const after = run(pace, 1_400, 1_500, 0);
    expect(longest([...before, ...after])).toBeLessThan(100_000);
  });

  test('last until the end, also when the encoder was behind there', () => {
    const pace = new Pace(0);
    const times = run(pace, 0, 1_000, 0);
    expect(longest([...times, ...pace.repeatsUntil(1_400_000), 1_400_000])).toBeLessThan(100_000);
    expect(pace.repeatsUntil(1_000_000)).toEqual([]);
  });
});

describe('the clock of the sound', () => {
  test('keeps its time while samples are held up, and not when they have stopped', () => {
    const clock = new SoundClock();
    for (let ms = 0; ms <= 1_000; ms += 10) clock.heard(ms * 1_000, 5_000 + ms + (ms % 50));
    expect(clock.at(6_000)).toBe(1_000_000);
    expect(clock.at(6_200)).toBe(1_200_000);
    expect(clock.at(9_000)).toBe(1_300_000);
  });

  test('follows samples that were lost within two seconds', () => {
    const clock = new SoundClock();
    for (let ms = 0; ms <= 1_000; ms += 10) clock.heard(ms * 1_000, ms);
    // Half a second of samples never came.
    for (let ms = 1_500; ms <= 4_000; ms += 10) clock.heard((ms - 500) * 1_000, ms);
    expect(clock.at(4_000)).toBe(3_500_000);
  });
});

test.each([
  [() => true, 'avc1.42e01f'],
  [(codec: string) => !codec.startsWith('avc'), 'vp09.00.31.08'],
  [(codec: string) => codec === 'vp8', 'vp8'],
] as const)('of the encoders that are there the best is chosen', async (supports, codec) => {
  const chosen = await chooseVideo(async (config) => supports(config.codec));
  expect(chosen.codec).toBe(codec);
});
