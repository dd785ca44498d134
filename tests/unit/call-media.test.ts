/** Local media over devices that the test plugs, unplugs, blocks and lends out. */
import { describe, expect, it } from 'vitest';
import type { DeviceKind, DeviceMemory } from '../../src/renderer/media/device-memory.ts';
import { browserDeviceMemory } from '../../src/renderer/media/device-memory.ts';
import { problemOf } from '../../src/renderer/media/device-problem.ts';
import { LocalMedia } from '../../src/renderer/media/local-media.ts';
import { checkOf, type Device } from '../../src/renderer/media/local-media-view.ts';

let trackNumber = 0;

class FakeTrack extends EventTarget {
  readonly id = `track-${++trackNumber}`;
  readonly kind: 'audio' | 'video';
  enabled = true;
  contentHint = '';
  readyState: 'live' | 'ended' = 'live';
  readonly #settings: MediaTrackSettings;

  constructor(kind: 'audio' | 'video', settings: MediaTrackSettings) {
    super();
    this.kind = kind;
    this.#settings = settings;
  }

  getSettings() {
    return this.#settings;
  }

  stop() {
    this.readyState = 'ended';
  }

  /** Ended from outside: unplugged, or by the browser's own button. */
  end() {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }
}

interface FakeDevice {
  readonly deviceId: string;
  readonly kind: MediaDeviceKind;
  readonly label: string;
  readonly groupId: string;
}

const error = (name: string) => Object.assign(new Error(name), { name });

class FakeDevices extends EventTarget {
  plugged: FakeDevice[];
  readonly opened: FakeTrack[] = [];
  readonly asked: MediaStreamConstraints[] = [];
  readonly problems = new Map<string, string>();
  screen: { tracks: FakeTrack[] } | { error: string } = { error: 'NotAllowedError' };
  screenAsked: Record<string, unknown> | undefined;
  supported: Record<string, boolean> = {};

  constructor(plugged: FakeDevice[]) {
    super();
    this.plugged = plugged;
  }

  async enumerateDevices() {
    return this.plugged;
  }

  getSupportedConstraints() {
    return this.supported;
  }

  async getUserMedia(wish: MediaStreamConstraints) {
    this.asked.push(wish);
    await Promise.resolve();
    const kinds = (['audio', 'video'] as const).filter((kind) => wish[kind]);
    const tracks = kinds.map((kind) => this.#open(kind, wish[kind] ?? true));
    // All or nothing, as browsers do it.
    this.opened.push(...tracks);
    return stream(tracks);
  }

  async getDisplayMedia(wish: Record<string, unknown>) {
    this.screenAsked = wish;
    await Promise.resolve();
    if ('error' in this.screen) throw error(this.screen.error);
    return stream(this.screen.tracks);
  }

  #open(kind: 'audio' | 'video', wish: MediaTrackConstraints | boolean): FakeTrack {
    const exact =
      typeof wish === 'boolean' ? undefined : (wish.deviceId as { exact?: string } | undefined)?.exact;
    const of = kind === 'audio' ? 'audioinput' : 'videoinput';
    const device = this.plugged.find(
      (one) => one.kind === of && (exact === undefined || one.deviceId === exact),
    );
    const problem = this.problems.get(kind) ?? (device && this.problems.get(device.deviceId));
    if (problem) throw error(problem);
    if (!device) throw error(exact === undefined ? 'NotFoundError' : 'OverconstrainedError');
    return new FakeTrack(kind, { deviceId: device.deviceId, groupId: device.groupId });
  }

  async plug(...devices: FakeDevice[]) {
    this.plugged = [...devices, ...this.plugged];
    this.dispatchEvent(new Event('devicechange'));
    await settle();
  }

  async unplug(deviceId: string) {
    this.plugged = this.plugged.filter((one) => one.deviceId !== deviceId);
    for (const track of this.opened) {
      if (track.getSettings().deviceId === deviceId && track.readyState === 'live') track.end();
    }
    this.dispatchEvent(new Event('devicechange'));
    await settle();
  }
}

function stream(tracks: FakeTrack[]) {
  return {
    getTracks: () => tracks,
    getVideoTracks: () => tracks.filter((one) => one.kind === 'video'),
    getAudioTracks: () => tracks.filter((one) => one.kind === 'audio'),
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

const device = (kind: MediaDeviceKind, deviceId: string): FakeDevice => ({
  deviceId,
  kind,
  label: `The ${deviceId}`,
  groupId: `${deviceId}-group`,
});
const builtInCamera = device('videoinput', 'built-in camera');
const usbCamera = device('videoinput', 'usb camera');
const builtInMicrophone = device('audioinput', 'built-in microphone');
const headset = device('audioinput', 'headset');

class FakeMemory implements DeviceMemory {
  readonly stored = new Map<DeviceKind, Device>();
  read(kind: DeviceKind) {
    return this.stored.get(kind);
  }
  write(kind: DeviceKind, chosen: Device | undefined) {
    if (chosen) this.stored.set(kind, chosen);
    else this.stored.delete(kind);
  }
}

async function open(plugged: FakeDevice[] = [builtInCamera, builtInMicrophone], memory = new FakeMemory()) {
  const devices = new FakeDevices(plugged);
  const media = new LocalMedia({ devices: devices as unknown as MediaDevices, memory });
  await settle();
  return { devices, media, memory };
}

const both = { camera: true, microphone: true };
const liveTracks = (devices: FakeDevices) => devices.opened.filter((track) => track.readyState === 'live');

describe('opening', () => {
  it('asks for camera and microphone in one question', async () => {
    const { devices, media } = await open();
    await media.start(both);
    expect(devices.asked).toHaveLength(1);
    const { camera, microphone, tracks, media: state } = media.snapshot();
    expect(camera).toMatchObject({ state: 'on', using: 'built-in camera' });
    expect(microphone).toMatchObject({ state: 'on', using: 'built-in microphone' });
    expect(Object.keys(tracks).sort()).toEqual(['camera', 'microphone']);
    expect(state).toEqual({ camera: true, microphone: true, screen: false });
    expect([checkOf(camera), checkOf(microphone)]).toEqual(['ok', 'ok']);
  });

  it('says that it is starting while the person answers the question, and asks once only', async () => {
    const { devices, media } = await open();
    const started = media.start(both);
    expect(media.snapshot().camera.state).toBe('starting');
    expect(media.snapshot().microphone.state).toBe('starting');
    devices.dispatchEvent(new Event('devicechange'));
    await started;
    expect(devices.asked).toHaveLength(1);
    expect(media.snapshot().camera.state).toBe('on');
  });

  it('follows what the person decided while the question was open', async () => {
    const { devices, media } = await open();
    const started = media.start(both);
    const off = media.setCamera(false);
    await Promise.all([started, off]);
    expect(media.snapshot().camera.state).toBe('off');
    expect(liveTracks(devices).map((track) => track.kind)).toEqual(['audio']);
  });

  it('opens what works when the other does not, and says why', async () => {
    const { devices, media } = await open([builtInMicrophone]);
    await media.start(both);
    expect(media.snapshot().camera).toMatchObject({ state: 'problem', problem: 'missing' });
    expect(media.snapshot().microphone.state).toBe('on');
    expect(liveTracks(devices)).toHaveLength(1);
    expect(checkOf(media.snapshot().camera)).toBe('missing');
  });

  it.each([
    ['NotAllowedError', 'blocked'],
    ['NotReadableError', 'busy'],
    ['NotFoundError', 'missing'],
    ['OverconstrainedError', 'missing'],
    ['SomethingNewError', 'unknown'],
  ])('calls %s %s, and tries again when wished again', async (name, problem) => {
    const { devices, media } = await open();
    devices.problems.set('video', name);
    await media.setCamera(true);
    expect(media.snapshot().camera).toMatchObject({ state: 'problem', problem });
    expect(problemOf(error(name))).toBe(problem);
    devices.problems.clear();
    await media.setCamera(true);
    expect(media.snapshot().camera.state).toBe('on');
    expect(media.snapshot().camera.problem).toBeUndefined();
  });

  it('is blocked where the page was not loaded securely', async () => {
    const media = new LocalMedia({ devices: undefined, memory: new FakeMemory() });
    await media.start(both);
    expect(media.snapshot().camera.problem).toBe('blocked');
    expect(await media.startScreen()).toBe(false);
    expect(media.snapshot().screen.possible).toBe(false);
  });
});

describe('turning off and on', () => {
  it('mutes the microphone at once without letting go of it', async () => {
    const { media } = await open();
    await media.start(both);
    const before = media.snapshot().tracks.microphone as unknown as FakeTrack;
    void media.setMicrophone(false);
    expect(before.enabled).toBe(false);
    expect(media.snapshot().media.microphone).toBe(false);
    expect(media.snapshot().tracks.microphone).toBe(before);
    await media.setMicrophone(true);
    expect(before.enabled).toBe(true);
    expect(media.snapshot().tracks.microphone).toBe(before);
  });

  it('really stops the camera', async () => {
    const { media } = await open();
    await media.start(both);
    const before = media.snapshot().tracks.camera as unknown as FakeTrack;
    await media.setCamera(false);
    expect(before.readyState).toBe('ended');
    expect(media.snapshot().tracks.camera).toBeUndefined();
    expect(media.snapshot().camera).toMatchObject({ state: 'off', wanted: false });
    await media.setCamera(true);
    expect(media.snapshot().camera.state).toBe('on');
  });

  it('follows the last of several quick wishes, and leaves nothing open', async () => {
    const { devices, media } = await open();
    const wishes = [true, false, true, false, true, false].map((on) => media.setCamera(on));
    await Promise.all(wishes);
    expect(media.snapshot().camera.state).toBe('off');
    expect(liveTracks(devices)).toEqual([]);
  });

  it('stays muted when the microphone changes', async () => {
    const { media } = await open([builtInMicrophone, headset]);
    await media.setMicrophone(true);
    await media.setMicrophone(false);
    await media.chooseMicrophone('headset');
    await media.setMicrophone(false);
    const { tracks } = media.snapshot();
    expect((tracks.microphone as unknown as FakeTrack).enabled).toBe(false);
  });

  it('stops everything when closed', async () => {
    const { devices, media } = await open();
    await media.start(both);
    media.close();
    media.close();
    expect(liveTracks(devices)).toEqual([]);
  });
});

describe('plugging and unplugging', () => {
  it('goes on with another device when the one in use is unplugged, and comes back to the chosen one', async () => {
    const { devices, media } = await open([headset, builtInMicrophone]);
    await media.setMicrophone(true);
    await media.chooseMicrophone('headset');
    expect(media.snapshot().microphone.using).toBe('headset');

    await devices.unplug('headset');
    expect(media.snapshot().microphone).toMatchObject({
      state: 'on',
      using: 'built-in microphone',
      chosen: 'headset',
    });

    await devices.plug(headset);
    expect(media.snapshot().microphone).toMatchObject({ state: 'on', using: 'headset' });
    expect(liveTracks(devices)).toHaveLength(1);
  });

  it('says that nothing is there when the last one goes, and recovers by itself', async () => {
    const { devices, media } = await open();
    await media.setCamera(true);
    await devices.unplug('built-in camera');
    expect(media.snapshot().camera).toMatchObject({ state: 'problem', problem: 'missing' });
    await devices.plug(usbCamera);
    expect(media.snapshot().camera).toMatchObject({ state: 'on', using: 'usb camera' });
  });

  it('uses the device of last time, also when the browser gave it another id', async () => {
    const memory = new FakeMemory();
    memory.write('camera', { id: 'id of last week', label: 'The usb camera' });
    const { media } = await open([builtInCamera, usbCamera, builtInMicrophone], memory);
    await media.start(both);
    expect(media.snapshot().camera.using).toBe('usb camera');
  });

  it('keeps the camera that works when the chosen one does not start', async () => {
    const { devices, media } = await open([builtInCamera, usbCamera]);
    await media.setCamera(true);
    devices.problems.set('usb camera', 'NotReadableError');
    await media.chooseCamera('usb camera');
    expect(media.snapshot().camera).toMatchObject({ state: 'on', using: 'built-in camera' });
    expect(liveTracks(devices)).toHaveLength(1);
  });

  it('moves with the default of the system when nothing was chosen', async () => {
    const asDefault = (of: FakeDevice): FakeDevice => ({ ...of, deviceId: 'default', label: 'Default' });
    const { devices, media } = await open([asDefault(builtInMicrophone), builtInMicrophone]);
    await media.setMicrophone(true);
    const before = media.snapshot().tracks.microphone;
    devices.plugged = [asDefault(headset), headset, builtInMicrophone];
    devices.dispatchEvent(new Event('devicechange'));
    await settle();
    expect(media.snapshot().tracks.microphone).not.toBe(before);
    expect(liveTracks(devices).map((track) => track.getSettings().groupId)).toEqual(['headset-group']);
  });
});

describe('sharing a screen', () => {
  it('hands over the screen, told apart from closing the picker', async () => {
    const { devices, media } = await open();
    expect(await media.startScreen()).toBe(false);
    expect(media.snapshot().screen).toMatchObject({ state: 'off' });
    expect(media.snapshot().screen.problem).toBeUndefined();

    const picture = new FakeTrack('video', {});
    devices.screen = { tracks: [picture] };
    expect(await media.startScreen()).toBe(true);
    expect(media.snapshot().tracks.screen_share).toBe(picture);
    expect(media.snapshot().media.screen).toBe(true);
    expect(picture.contentHint).toBe('detail');

    picture.end();
    expect(media.snapshot().screen.state).toBe('off');
    expect(media.snapshot().tracks.screen_share).toBeUndefined();
  });

  it('never asks for the mix of the system where the voices of the call cannot be left out', async () => {
    const { devices, media } = await open();
    await media.startScreen({ audio: true });
    expect(devices.screenAsked).toMatchObject({ systemAudio: 'exclude' });
    devices.supported = { restrictOwnAudio: true };
    await media.startScreen({ audio: true });
    expect(devices.screenAsked).toMatchObject({ systemAudio: 'include', audio: { restrictOwnAudio: true } });
    await media.startScreen({ audio: false });
    expect(devices.screenAsked).toMatchObject({ systemAudio: 'exclude', audio: false });
  });

  it('drops a screen that was picked after the wish was withdrawn', async () => {
    const { devices, media } = await open();
    const picture = new FakeTrack('video', {});
    devices.screen = { tracks: [picture] };
    const started = media.startScreen();
    media.stopScreen();
    expect(await started).toBe(false);
    expect(picture.readyState).toBe('ended');
    expect(media.snapshot().screen.state).toBe('off');
  });
});

describe('the snapshot', () => {
  it('is the same object until something changes', async () => {
    const { media } = await open();
    const before = media.snapshot();
    expect(media.snapshot()).toBe(before);
    let told = 0;
    media.subscribe(() => {
      told += 1;
    });
    await media.setCamera(true);
    expect(told).toBeGreaterThan(0);
    expect(media.snapshot()).not.toBe(before);
  });
});

describe('the memory of the browser', () => {
  it('keeps a choice, and forgets it', () => {
    const values = new Map<string, string>();
    const storage = {
      getItem: (key: string) => values.get(key) ?? null,
      setItem: (key: string, value: string) => void values.set(key, value),
      removeItem: (key: string) => void values.delete(key),
    } as Storage;
    const memory = browserDeviceMemory(() => storage);
    expect(memory.read('camera')).toBeUndefined();
    memory.write('camera', { id: '1', label: 'one' });
    expect(memory.read('camera')).toEqual({ id: '1', label: 'one' });
    memory.write('camera', undefined);
    expect(memory.read('camera')).toBeUndefined();
    values.set('autamedica.device.camera', '{"id":7}');
    expect(memory.read('camera')).toBeUndefined();
  });

  it('does without a storage that is refused', () => {
    const memory = browserDeviceMemory(() => {
      throw new Error('refused');
    });
    memory.write('camera', { id: '1', label: 'one' });
    expect(memory.read('camera')).toBeUndefined();
  });
});
