/** Whole calls in real Chromium against the real host: what must hold when things go wrong, or somebody cheats. */

import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serverBinary } from '../livekit/support.ts';
import {
  type CreatedConsultation,
  closeTestHost,
  startTestHost,
  type TestHost,
} from '../support/test-host.ts';
import { untilWithin } from '../support/until.ts';
import { type HarnessBrowser, startHarness } from './harness/browser.ts';

let harness: HarnessBrowser;
let host: TestHost;

beforeAll(async () => {
  harness = await startHarness();
});
afterEach(async () => {
  await harness.closePages();
  if (host) await closeTestHost(host);
});
afterAll(() => harness.close());

async function startHost(environment: Record<string, string> = {}): Promise<TestHost> {
  host = await startTestHost({ CORS_ORIGIN: harness.origin, ...environment });
  return host;
}

const until = untilWithin(20_000);

async function enter(token: string): Promise<Page> {
  const page = await harness.page();
  await page.evaluate((entry) => window.harness.enter(entry), {
    token,
    signalingUrl: host.url,
    consultationId: '',
  });
  return page;
}

const snapshot = (page: Page) => page.evaluate(() => JSON.parse(JSON.stringify(window.harness.snapshot())));
const framesOf = async (page: Page, identity: string) =>
  (await page.evaluate(() => window.harness.seen()))[`${identity}/camera`]?.frames ?? 0;
const absencesOf = async (page: Page, identity: string) =>
  (await page.evaluate(() => window.harness.watcher.absences))[`${identity}/camera`] ?? 0;
const moves = async (page: Page, identity: string) => {
  const before = await framesOf(page, identity);
  await until(`new pictures of ${identity}`, async () => (await framesOf(page, identity)) > before + 5);
};
const admit = async ({ consultationId, patientId }: CreatedConsultation) => {
  const { status } = await host.call(
    'POST',
    `/api/consultations/${consultationId}/participants/${patientId}/admit`,
    {
      body: {},
    },
  );
  expect(status).toBe(200);
};

async function talk(transport: 'p2p' | 'sfu', environment: Record<string, string> = {}) {
  await startHost(environment);
  if (environment.LIVEKIT_EMBEDDED === 'on') await liveKitReady();
  const consultation = await host.createConsultation({ transport });
  const doctor = await enter(consultation.doctorToken);
  const patient = await enter(consultation.patientToken);
  await until('the doctor sees who waits', async () => (await snapshot(doctor)).waiting.length === 1);
  await admit(consultation);
  await Promise.all([moves(doctor, consultation.patientId), moves(patient, consultation.doctorId)]);
  return { consultation, doctor, patient };
}

const liveKitReady = () =>
  until(
    'the video server is ready',
    async () =>
      ((await host.call('GET', '/api/livekit')).body.data as unknown as { state: string }).state === 'ready',
  );
const withLiveKit = async () => ({ LIVEKIT_EMBEDDED: 'on', LIVEKIT_SERVER: await serverBinary() });

/** Kills the process of the video server, and waits until another one serves. */
async function killVideoServer(): Promise<void> {
  const serverProcess = async () =>
    Number(await readFile(`${host.dataDir}/livekit/server.pid`, 'utf8').catch(() => '0'));
  const pid = await until('the process of the server', serverProcess);
  process.kill(pid, 'SIGKILL');
  await until('another process serves', async () => ![0, pid].includes(await serverProcess()));
  await until('it is ready', async () => host.livekit.status().state === 'ready');
}

describe('a direct call', { timeout: 90_000 }, () => {
  it('misses no picture while the host is away, and finds the host again', async () => {
    const { consultation, doctor, patient } = await talk('p2p');
    const sides = [
      [doctor, consultation.patientId],
      [patient, consultation.doctorId],
    ] as const;
    const { dataDir, url } = host;
    await host.close();
    for (const [page, other] of sides) {
      await until('it is noticed', async () => (await snapshot(page)).signaling.name === 'lost');
      await moves(page, other);
      expect((await snapshot(page)).mediaLink).toEqual({ name: 'ok' });
    }
    await startHost({ DATA_DIR: dataDir, PORT: new URL(url).port });
    for (const [page, other] of sides) {
      await until('signaling is back', async () => (await snapshot(page)).signaling.name === 'ok');
      await moves(page, other);
      expect(await absencesOf(page, other)).toBe(0);
      expect((await snapshot(page)).phase).toEqual({ name: 'live' });
    }
    // The very connection of before: nothing was made anew.
    expect(await doctor.evaluate(() => window.harness.connectionStates())).toEqual(['connected']);
  });

  it.each([
    ['answers as if it were inactive', 'patient-z', false, true],
    ['answers that it sends', 'patient-z', false, false],
    ['offers as if it were inactive', 'a-patient', true, true],
    ['offers that it sends', 'a-patient', true, false],
  ])(
    'takes not one frame or sample of a waiting hand-made client that sends and %s',
    async (_how, patientId, offers, pretends) => {
      await startHost();
      const consultation = await host.createConsultation({
        transport: 'p2p',
        patientId,
        doctorId: 'doctor-m',
      });
      const doctor = await enter(consultation.doctorToken);
      await until('the doctor is in', async () => (await snapshot(doctor)).phase.name === 'live');
      const cheat = await harness.page();
      await cheat.evaluate((options) => window.harness.handMade.enter(options), {
        url: host.url,
        token: consultation.patientToken,
        other: consultation.doctorId,
        offers,
        pretends,
      });
      await until('it waits', async () => (await snapshot(doctor)).waiting.length === 1);
      await until(
        'it really sends',
        async () => (await cheat.evaluate(() => window.harness.handMade.sentPackets())) > 100,
      );
      const traffic = await doctor.evaluate(() => window.harness.traffic());
      // That packets arrive cannot be helped; that none of them becomes a picture or a sound can.
      expect(traffic).toMatchObject({ packetsOut: 0, framesDecoded: 0, samplesIn: 0 });
      expect((await snapshot(doctor)).remotes).toEqual([]);

      // The same client is seen once it is admitted: it was refused for being early, not for being strange.
      await admit(consultation);
      await moves(doctor, patientId);
    },
  );
});

// By `npm run test:services`, as is the one below: a video server to each.
describe.runIf(process.env.KILLS)('a call that moves', () => {
  it('moves to a video server that was not there all the time', async () => {
    const { consultation, doctor, patient } = await talk('p2p', await withLiveKit());
    await killVideoServer();
    await host.call('POST', `/api/consultations/${consultation.consultationId}/transport`, {
      body: { transport: 'sfu' },
    });
    for (const page of [doctor, patient]) {
      await until('moved', async () => (await snapshot(page)).transport.active === 'sfu');
    }
    await Promise.all([moves(doctor, consultation.patientId), moves(patient, consultation.doctorId)]);
  }, 90_000);

  it('keeps both pictures alive there and back', async () => {
    const { consultation, doctor, patient } = await talk('p2p', await withLiveKit());
    const { consultationId, patientId, doctorId } = consultation;
    for (const transport of ['sfu', 'p2p'] as const) {
      await host.call('POST', `/api/consultations/${consultationId}/transport`, { body: { transport } });
      for (const page of [doctor, patient]) {
        await until(
          `moved to ${transport}`,
          async () => (await snapshot(page)).transport.active === transport,
        );
      }
      await Promise.all([moves(doctor, patientId), moves(patient, doctorId)]);
      expect(await absencesOf(doctor, patientId)).toBe(0);
      expect(await absencesOf(patient, doctorId)).toBe(0);
    }
  }, 90_000);
});

describe('a call through the video server', () => {
  it.runIf(process.env.KILLS)(
    'recovers by itself when the server process is killed',
    async () => {
      const { consultation, doctor, patient } = await talk('sfu', await withLiveKit());
      // From here on pictures can only come through the new server; clients may be back before they called media lost.
      await killVideoServer();
      for (const [page, other] of [
        [doctor, consultation.patientId],
        [patient, consultation.doctorId],
      ] as const) {
        await until('media is back', async () => (await snapshot(page)).mediaLink.name === 'ok', 40_000);
        await until(
          `${other} is shown`,
          async () => Object.keys((await snapshot(page)).remotes[0]?.tracks ?? {}).includes('camera'),
          40_000,
        );
        await moves(page, other);
      }
    },
    120_000,
  );
});
