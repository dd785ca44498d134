/** Whole calls over fake transports: joining, waiting, talking, moving, losing and leaving. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createCall, type StartableCall } from '../../src/renderer/call/create-call.ts';
import { lingerTime, moveTimeout } from '../../src/renderer/call/machine.ts';
import type { Track } from '../../src/renderer/call/transport.ts';
import { FakeHub } from '../../src/renderer/transports/fake/fake-transport.ts';
import { FakeRoom, type FakeSignaling, ManualClock, settle } from './harness/fake-room.ts';

const camera: Track = { id: 'camera', kind: 'video' };
const microphone: Track = { id: 'microphone', kind: 'audio' };

let room: FakeRoom;
let clock: ManualClock;
let hubs: { p2p: FakeHub; sfu: FakeHub };
let doctor: StartableCall;
let patient: StartableCall;
let doctorSignaling: FakeSignaling;
let patientSignaling: FakeSignaling;

const sourcesSeen = (call: StartableCall, of: string) =>
  Object.keys(call.snapshot().remotes.find((one) => one.participant.identity === of)?.tracks ?? {}).sort();
const bothSeeEachOther = () =>
  sourcesSeen(doctor, 'patient').join() === 'camera,microphone' &&
  sourcesSeen(patient, 'doctor').join() === 'camera,microphone';

beforeEach(() => {
  room = new FakeRoom();
  clock = new ManualClock();
  hubs = { p2p: new FakeHub(), sfu: new FakeHub() };
  const call = (signaling: FakeSignaling) =>
    createCall({ signaling, clock, transports: { p2p: hubs.p2p.factory, sfu: hubs.sfu.factory } });
  doctorSignaling = room.signaling('doctor', 'doctor');
  patientSignaling = room.signaling('patient', 'patient');
  doctor = call(doctorSignaling);
  patient = call(patientSignaling);
  for (const one of [doctor, patient]) {
    one.setTrack('camera', camera);
    one.setTrack('microphone', microphone);
  }
});

async function startBoth() {
  doctor.start();
  patient.start();
  await settle();
}

async function talk() {
  await startBoth();
  room.admit('patient');
  await settle();
  expect(bothSeeEachOther()).toBe(true);
}

describe('a call', () => {
  it('shows nothing of each other before admission, everything after', async () => {
    await startBoth();
    expect(patient.snapshot()).toMatchObject({ phase: { name: 'waiting' }, remotes: [], waiting: [] });
    expect(doctor.snapshot().waiting.map(({ identity }) => identity)).toEqual(['patient']);
    expect(hubs.p2p.get('patient')?.tracks).toEqual([]);
    expect(hubs.p2p.get('doctor')?.tracks).toEqual([]);

    room.admit('patient');
    await settle();
    expect(patient.snapshot().phase).toEqual({ name: 'live' });
    expect(bothSeeEachOther()).toBe(true);
  });

  it('gives the same snapshot until something changes, and says when it does', async () => {
    await talk();
    const before = doctor.snapshot();
    expect(doctor.snapshot()).toBe(before);
    let told = 0;
    const stop = doctor.subscribe(() => {
      told += 1;
    });
    patient.setTrack('camera', null);
    await settle();
    expect(told).toBeGreaterThan(0);
    expect(doctor.snapshot()).not.toBe(before);
    expect(sourcesSeen(doctor, 'patient')).toEqual(['microphone']);
    stop();
  });

  it('tells the host the latest media state, and again after signaling was lost', async () => {
    await talk();
    const said = () =>
      room.asked
        .filter((one) => one.name === 'media' && one.identity === 'patient')
        .map((one) => one.payload);
    patient.setMedia({ microphone: true, camera: true, screen: false });
    patient.setMedia({ microphone: false, camera: true, screen: false });
    await settle();
    expect(said().at(-1)).toEqual({ microphone: false, camera: true, screen: false });
    const before = said().length;
    patient.setMedia({ microphone: false, camera: true, screen: false });
    await settle();
    expect(said()).toHaveLength(before);

    patientSignaling.lose();
    patient.setMedia({ microphone: true, camera: false, screen: false });
    await settle();
    expect(said()).toHaveLength(before);
    patientSignaling.join();
    await settle();
    expect(said().at(-1)).toEqual({ microphone: true, camera: false, screen: false });
  });

  it('measures the way to the host and tells the doctor how ready the patient is', async () => {
    await startBoth();
    patient.setReadiness({ camera: 'ok', microphone: 'ok', speaker: 'unknown' });
    await settle();
    expect(room.asked).toContainEqual({
      identity: 'patient',
      name: 'readiness',
      payload: { camera: 'ok', microphone: 'ok', speaker: 'unknown', roundTripMs: 0 },
    });
  });

  it('goes on while the host is away', async () => {
    await talk();
    doctorSignaling.lose();
    patientSignaling.lose();
    await clock.advance(60_000);
    expect(bothSeeEachOther()).toBe(true);
    expect(doctor.snapshot()).toMatchObject({ signaling: { name: 'lost' }, mediaLink: { name: 'ok' } });
    patient.setTrack('camera', { id: 'other camera', kind: 'video' });
    await settle();
    expect(doctor.snapshot().remotes[0]?.tracks.camera?.id).toBe('other camera');
    doctorSignaling.join();
    await settle();
    expect(doctor.snapshot().signaling).toEqual({ name: 'ok' });
    expect(bothSeeEachOther()).toBe(true);
  });

  it('carries data', async () => {
    await talk();
    const received: string[] = [];
    patient.onData(({ from, topic, payload }) => received.push(`${from} ${topic} ${payload.join()}`));
    await doctor.sendData('pointer', new Uint8Array([1, 2]));
    await settle();
    expect(received).toEqual(['doctor pointer 1,2']);
  });

  it('ends for the other side when one leaves, and the same person can come back', async () => {
    await talk();
    await patient.leave();
    await settle();
    expect(patient.snapshot().phase).toEqual({ name: 'ended', reason: 'left' });
    expect(patientSignaling.closed).toBe(true);
    expect(doctor.snapshot().remotes).toEqual([]);
    expect(hubs.p2p.get('patient')).toBeUndefined();
    await patient.leave();
  });

  it('leaves although the host does not answer', async () => {
    await talk();
    patientSignaling.lose();
    const left = patient.leave();
    await clock.advance(2_000);
    await left;
    expect(patient.snapshot().phase).toEqual({ name: 'ended', reason: 'left' });
  });

  it('closes everything when the host ends it', async () => {
    await talk();
    patientSignaling.tell({ type: 'room', event: { type: 'ended', reason: 'removed' } });
    await clock.advance(2_000);
    await settle();
    expect(patient.snapshot().phase).toEqual({ name: 'ended', reason: 'removed' });
    expect(hubs.p2p.get('patient')).toBeUndefined();
    expect(sourcesSeen(doctor, 'patient')).toEqual([]);
  });
});

describe('moving to the other transport', () => {
  it('keeps both pictures all the way there and back', async () => {
    await talk();
    const missing: string[] = [];
    for (const call of [doctor, patient]) {
      call.subscribe(() => {
        if (!bothSeeEachOther()) missing.push(JSON.stringify(call.snapshot().transport));
      });
    }
    for (const transport of ['sfu', 'p2p', 'sfu'] as const) {
      room.move(transport);
      await settle();
      await clock.advance(lingerTime + 1);
      expect(doctor.snapshot().transport).toMatchObject({ active: transport });
      expect(patient.snapshot().transport).toMatchObject({ active: transport });
      const other = transport === 'sfu' ? hubs.p2p : hubs.sfu;
      expect(other.get('doctor')).toBeUndefined();
      expect(other.get('patient')).toBeUndefined();
    }
    expect(missing).toEqual([]);
  });

  it('stays where it is when the new transport cannot be reached', async () => {
    await talk();
    hubs.sfu.setReachable(false, clock.now());
    room.move('sfu');
    await settle();
    expect(doctor.snapshot().transport).toMatchObject({ active: 'p2p', moveFailed: true });
    expect(bothSeeEachOther()).toBe(true);

    hubs.sfu.setReachable(true, clock.now());
    await clock.advance(moveTimeout);
    expect(doctor.snapshot().transport).toEqual({ active: 'sfu', sfuAvailable: true });
    expect(patient.snapshot().transport).toEqual({ active: 'sfu', sfuAvailable: true });
    expect(bothSeeEachOther()).toBe(true);
  });

  it('follows the last of several quick wishes', async () => {
    await talk();
    for (const transport of ['sfu', 'p2p', 'sfu', 'p2p'] as const) room.move(transport);
    await settle();
    await clock.advance(moveTimeout + lingerTime);
    expect(doctor.snapshot().transport).toEqual({ active: 'p2p', sfuAvailable: true });
    expect(bothSeeEachOther()).toBe(true);
    expect(hubs.sfu.get('doctor')).toBeUndefined();
  });

  it('says since when media is lost, and comes back by itself', async () => {
    await talk();
    const lostAt = clock.now();
    hubs.p2p.setReachable(false, lostAt);
    await settle();
    expect(doctor.snapshot().mediaLink).toEqual({ name: 'lost', since: lostAt });
    await clock.advance(5_000);
    hubs.p2p.setReachable(true, clock.now());
    await settle();
    expect(doctor.snapshot().mediaLink).toEqual({ name: 'ok' });
    expect(bothSeeEachOther()).toBe(true);
  });
});
