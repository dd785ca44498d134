/** What every transport must do, as sentences; run on the fake in Node and on the real ones in Chromium. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type MediaSource,
  mediaSources,
  type Peer,
  type TransportState,
} from '../../src/renderer/call/transport.ts';
import { untilWithin } from '../support/until.ts';
import type { Look } from './harness/synthetic.ts';

/** One participant's transport, wherever it runs. */
export interface Party {
  readonly identity: string;
  readonly role: 'doctor' | 'patient' | 'observer';
  connect(): Promise<void>;
  setPeers(peers: { admitted: Peer[]; advance: Peer[] }): Promise<void>;
  publish(sources: readonly MediaSource[], look: Look): Promise<void>;
  replace(source: MediaSource, look: Look): Promise<void>;
  sendData(topic: string, text: string): Promise<void>;
  data(): Promise<readonly { from: string; topic: string; text: string }[]>;
  state(): Promise<TransportState>;
  tracks(): Promise<readonly { identity: string; source: MediaSource; flowing: boolean; id: string }[]>;
  /** What is really seen and heard, by `identity/source`. */
  seen(): Promise<Record<string, { frames: number; colour: string | undefined; hertz: number | undefined }>>;
  /** Packets of media over the network, in and out. */
  traffic(): Promise<{ packetsIn: number; packetsOut: number; framesDecoded: number }>;
  /** Descriptions sent so far, for transports that negotiate between participants; else 0. */
  negotiations(): Promise<number>;
  close(): Promise<void>;
  /** The window goes away without a word. */
  vanish(): Promise<void>;
}

/** Where parties of one kind of transport meet. */
export interface Ground {
  /** A new room for each test. */
  room(): Promise<{
    party(identity: string, role: Party['role'], admitted: boolean): Promise<Party>;
    /** What the host does beside telling the participants. */
    admit(identity: string): Promise<void>;
  }>;
  /** Puts away every window a test opened. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const red: Look = { colour: 'rgb(220, 20, 20)', hertz: 440 };
const green: Look = { colour: 'rgb(20, 200, 20)', hertz: 660 };
const blue: Look = { colour: 'rgb(20, 20, 220)', hertz: 880 };
const allSources: readonly MediaSource[] = mediaSources;

function peer({ identity, role }: Party): Peer {
  return {
    identity,
    sources: role === 'doctor' ? allSources : role === 'patient' ? ['camera', 'microphone'] : [],
    data: role !== 'observer',
  };
}

/** Long, because other tests run beside these: what is waited for comes within a second where nothing else does. */
const until = untilWithin(20_000);

const near = (hertz: number | undefined, wanted: number) =>
  hertz !== undefined && Math.abs(hertz - wanted) < 30;
const connected = (party: Party) =>
  until(`${party.identity} is connected`, async () => (await party.state()).name === 'connected');
const receives = (party: Party, from: Party, source: MediaSource) =>
  until(`${party.identity} receives ${source} of ${from.identity}`, async () =>
    (await party.tracks()).some(
      (one) => one.identity === from.identity && one.source === source && one.flowing,
    ),
  );
const sees = (party: Party, from: Party, colour: string, source: MediaSource = 'camera') =>
  until(`${party.identity} sees ${from.identity} in ${colour}`, async () => {
    const seen = (await party.seen())[`${from.identity}/${source}`];
    return seen && seen.frames > 3 && seen.colour === colour;
  });
const hears = (party: Party, from: Party, hertz: number) =>
  until(`${party.identity} hears ${from.identity} at ${hertz} Hz`, async () =>
    near((await party.seen())[`${from.identity}/microphone`]?.hertz, hertz),
  );

/** @param real whether media really flows, so that pictures, sounds and packets can be measured. */
export function describeTransport(name: string, makeGround: () => Promise<Ground>, real: boolean): void {
  describe(`the ${name} transport`, { timeout: 60_000 }, () => {
    let ground: Ground;
    const open: Party[] = [];
    beforeAll(async () => {
      ground = await makeGround();
    });
    afterEach(async () => {
      await Promise.all(open.splice(0).map((party) => party.close().catch(() => {})));
      await ground.clear();
    });
    afterAll(() => ground.close());

    async function meet(patientAdmitted = true) {
      const room = await ground.room();
      const enter = async (identity: string, role: Party['role'], admitted: boolean) => {
        const party = await room.party(identity, role, admitted);
        open.push(party);
        return party;
      };
      const doctor = await enter('doctor-1', 'doctor', true);
      const patient = await enter('patient-1', 'patient', patientAdmitted);
      const admit = async () => {
        await room.admit(patient.identity);
        await Promise.all([
          doctor.setPeers({ admitted: [peer(patient)], advance: [] }),
          patient.setPeers({ admitted: [peer(doctor)], advance: [] }),
        ]);
      };
      return { room, doctor, patient, enter, admit };
    }

    /** Two people in a call, seeing and hearing each other. */
    async function inCall() {
      const met = await meet();
      const { doctor, patient, admit } = met;
      await admit();
      await Promise.all([
        doctor.publish(['camera', 'microphone'], red),
        patient.publish(['camera', 'microphone'], green),
        doctor.connect(),
        patient.connect(),
      ]);
      await Promise.all([
        receives(doctor, patient, 'camera'),
        receives(doctor, patient, 'microphone'),
        receives(patient, doctor, 'camera'),
        receives(patient, doctor, 'microphone'),
      ]);
      return met;
    }

    it('connects when nobody else is there', async () => {
      const { doctor } = await meet();
      await doctor.connect();
      expect((await doctor.state()).name).toBe('connected');
    });

    it('connects in advance without a single packet of media, and starts it on admission', async () => {
      const { doctor, patient, admit } = await meet(false);
      await doctor.setPeers({ admitted: [], advance: [peer(patient)] });
      await patient.setPeers({ admitted: [], advance: [peer(doctor)] });
      await Promise.all([
        doctor.publish(['camera', 'microphone'], red),
        patient.publish(['camera', 'microphone'], green),
      ]);
      await Promise.all([doctor.connect(), patient.connect()]);
      await Promise.all([connected(doctor), connected(patient)]);
      if (real) {
        // Nothing is awaited here but time itself: that nothing happens in it is the point.
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        for (const party of [doctor, patient]) {
          expect(await party.traffic(), party.identity).toMatchObject({ packetsIn: 0, framesDecoded: 0 });
        }
        expect((await patient.traffic()).packetsOut).toBe(0);
      }
      expect(await doctor.tracks()).toEqual([]);
      expect(await patient.tracks()).toEqual([]);

      await admit();
      await Promise.all([receives(doctor, patient, 'camera'), receives(patient, doctor, 'camera')]);
      if (!real) return;
      await Promise.all([sees(doctor, patient, 'green'), sees(patient, doctor, 'red')]);
      await Promise.all([hears(doctor, patient, 660), hears(patient, doctor, 440)]);
    });

    it('replaces a picture and a sound without negotiating', async () => {
      const { doctor, patient } = await inCall();
      if (real) await sees(patient, doctor, 'red');
      const before = await doctor.negotiations();
      await doctor.replace('camera', blue);
      await doctor.replace('microphone', blue);
      if (real) {
        await sees(patient, doctor, 'blue');
        await hears(patient, doctor, 880);
      }
      await receives(patient, doctor, 'camera');
      expect(await doctor.negotiations()).toBe(before);
    });

    it('takes away a source that is stopped, and brings it back', async () => {
      const { doctor, patient } = await inCall();
      await doctor.publish(['microphone'], red);
      await until('the picture is gone', async () =>
        (await patient.tracks()).every((one) => one.source !== 'camera'),
      );
      await receives(patient, doctor, 'microphone');
      await doctor.publish(['camera', 'microphone'], blue);
      await receives(patient, doctor, 'camera');
      if (real) await sees(patient, doctor, 'blue');
    });

    it('shares a screen with its sound beside the camera', async () => {
      const { doctor, patient } = await inCall();
      await doctor.publish(allSources, blue);
      await receives(patient, doctor, 'screen_share');
      await receives(patient, doctor, 'screen_share_audio');
      if (real) {
        await sees(patient, doctor, 'blue', 'screen_share');
        await sees(patient, doctor, 'red', 'camera');
      }
      await doctor.publish(['camera', 'microphone'], red);
      await until('the screen is gone', async () =>
        (await patient.tracks()).every((one) => !one.source.startsWith('screen')),
      );
    });

    it('does not take from a patient what a patient may not send', async () => {
      const { doctor, patient } = await inCall();
      await patient.publish(allSources, blue);
      await receives(doctor, patient, 'camera');
      await patient.sendData('after', 'the screen was published before this');
      await until('the message', async () => (await doctor.data()).length > 0);
      expect((await doctor.tracks()).map((one) => one.source).sort()).toEqual(['camera', 'microphone']);
    });

    it('carries data both ways, in order', async () => {
      const { doctor, patient } = await inCall();
      for (let number = 1; number <= 20; number++) await doctor.sendData('chat', `d${number}`);
      await patient.sendData('chat', 'p1');
      await until(
        'all of it',
        async () => (await patient.data()).length === 20 && (await doctor.data()).length === 1,
      );
      expect(await patient.data()).toEqual(
        Array.from({ length: 20 }, (_, index) => ({
          from: 'doctor-1',
          topic: 'chat',
          text: `d${index + 1}`,
        })),
      );
      expect(await doctor.data()).toEqual([{ from: 'patient-1', topic: 'chat', text: 'p1' }]);
    });

    it('gives data to nobody who waits', async () => {
      const { doctor, patient, admit } = await meet(false);
      await Promise.all([
        doctor.setPeers({ admitted: [], advance: [peer(patient)] }),
        patient.setPeers({ admitted: [], advance: [peer(doctor)] }),
        doctor.connect(),
        patient.connect(),
      ]);
      await doctor.sendData('chat', 'too early');
      await admit();
      await until('what was sent after admission', async () => {
        await doctor.sendData('chat', 'in time');
        return (await patient.data()).length > 0;
      });
      expect(new Set((await patient.data()).map(({ text }) => text))).toEqual(new Set(['in time']));
    });

    it('stops media with somebody who is no longer admitted', async () => {
      const { doctor, patient } = await inCall();
      await doctor.setPeers({ admitted: [], advance: [] });
      await until('nothing is shown', async () => (await doctor.tracks()).length === 0);
      await patient.setPeers({ admitted: [], advance: [] });
      expect(await patient.tracks()).toEqual([]);
    });

    it('sends to three others, one of whom only watches', async () => {
      const { room, doctor, patient, enter } = await meet();
      const second = await enter('second-1', 'doctor', true);
      const observer = await enter('observer-1', 'observer', true);
      const all = [doctor, patient, second, observer];
      for (const party of all) {
        await party.setPeers({ admitted: all.filter((one) => one !== party).map(peer), advance: [] });
      }
      await Promise.all([
        doctor.publish(['camera', 'microphone'], red),
        patient.publish(['camera', 'microphone'], green),
        second.publish(['camera', 'microphone'], blue),
        observer.publish(['camera', 'microphone'], blue),
        ...all.map((party) => party.connect()),
      ]);
      expect(room).toBeDefined();
      for (const party of all) {
        for (const from of [doctor, patient, second]) {
          if (from === party) continue;
          await receives(party, from, 'camera');
          await receives(party, from, 'microphone');
        }
        expect((await party.tracks()).every((one) => one.identity !== 'observer-1')).toBe(true);
      }
      if (real) {
        await sees(observer, doctor, 'red');
        await sees(observer, patient, 'green');
        await sees(second, patient, 'green');
        expect((await observer.traffic()).packetsOut).toBe(0);
      }
    });

    it.each(['patient', 'doctor'] as const)('finds a %s again whose window was loaded anew', async (role) => {
      const { doctor, patient, enter } = await inCall();
      const [gone, stays] = role === 'patient' ? [patient, doctor] : [doctor, patient];
      await gone.vanish();
      const back = await enter(gone.identity, gone.role, true);
      await back.setPeers({ admitted: [peer(stays)], advance: [] });
      await back.publish(['camera', 'microphone'], blue);
      await back.connect();
      await receives(back, stays, 'camera');
      await receives(stays, back, 'camera');
      if (real) await sees(stays, back, 'blue');
    });

    it('closes for good, and can be told so twice', async () => {
      const { doctor, patient } = await inCall();
      await doctor.close();
      await doctor.close();
      expect((await doctor.state()).name).toBe('closed');
      expect(await doctor.tracks()).toEqual([]);
      await until('the other side sees it', async () => (await patient.tracks()).length === 0, 20_000);
      await doctor.connect();
      expect((await doctor.state()).name).toBe('closed');
    });
  });
}
