/**
 * The recorder of the doctor's window in real Chromium, with a host that is the test: what it hands over is put together, decoded,
 * looked at and listened to. How many pictures a second there are, and how well they are in step, tests/long sees: that depends on
 * what else the machine does.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type HarnessBrowser, startHarness } from '../call/harness/browser.ts';
import { RecordingHost } from '../call/harness/recording-host.ts';
import {
  isNear,
  longestGap,
  packetTimes,
  pictures,
  probe,
  sound,
  toneIn,
} from '../support/recorded-content.ts';
import { untilWithin } from '../support/until.ts';

let harness: HarnessBrowser;
let folder: string;

beforeAll(async () => {
  harness = await startHarness('recorder-page');
  folder = await mkdtemp(join(tmpdir(), 'autamedica-recorder-'));
});
afterEach(() => harness.closePages());
afterAll(async () => {
  await harness.close();
  await rm(folder, { recursive: true, force: true });
});

const until = untilWithin(40_000);
const doctor = { colour: 'rgb(40, 60, 200)', hertz: 440 };
const patient = { colour: 'rgb(200, 60, 40)', hertz: 1_030 };
const blue = [40, 60, 200] as const;
const red = [200, 60, 40] as const;
const black = [0, 0, 0] as const;

async function open(): Promise<{ page: Page; host: RecordingHost }> {
  const page = await harness.page();
  const host = await RecordingHost.open();
  await host.serve(page);
  return { page, host };
}

const give = (page: Page, orders: ReturnType<RecordingHost['orders']>) =>
  page.evaluate((given) => window.recorderHarness.orders(given), orders);
const hasSeconds = (host: RecordingHost, seconds: number) =>
  until(`${seconds} s are recorded`, async () => (host.segments.at(-1)?.toUs ?? 0) > seconds * 1e6);
const hasMore = (host: RecordingHost, seconds: number) =>
  hasSeconds(host, (host.segments.at(-1)?.toUs ?? 0) / 1e6 + seconds);
async function end(page: Page, host: RecordingHost): Promise<void> {
  await give(page, host.orders({ end: true }));
  await until('all is sent', async () => host.recorded !== undefined);
}

function expectNoHole({ segments }: RecordingHost): void {
  let at = 0;
  segments.forEach((segment, index) => {
    expect(segment.number).toBe(index + 1);
    expect(segment.fromUs).toBe(at);
    expect(segment.toUs - segment.fromUs).toBeLessThanOrEqual(500_000);
    at = segment.toUs;
  });
}

/** A doctor and a patient, being recorded. */
async function record(
  look: { readonly camera?: boolean } = {},
): Promise<{ page: Page; host: RecordingHost }> {
  const opened = await open();
  await enter(opened.page, look);
  await give(opened.page, opened.host.orders({ grant: 1 }));
  return opened;
}

async function enter(page: Page, { camera = true } = {}): Promise<void> {
  await page.evaluate(
    async ({ doctor, patient, camera }) => {
      await window.recorderHarness.own({ camera: doctor, microphone: doctor });
      await window.recorderHarness.remote('p-1', 'Elena Ruiz', {
        ...(camera ? { camera: patient } : {}),
        microphone: patient,
      });
    },
    { doctor, patient, camera },
  );
}

async function finish(host: RecordingHost, name: string): Promise<string> {
  expectNoHole(host);
  const file = join(folder, name);
  await host.finish(file);
  const { duration } = await probe(file);
  expect(Math.abs(duration - (host.segments.at(-1)?.toUs ?? 0) / 1e6)).toBeLessThan(0.1);
  expect(longestGap(await packetTimes(file, 'a'))).toBeLessThan(0.1);
  return file;
}

/** The own picture is small, in the lower right corner. */
const own = [0.86, 0.75] as const;
const other = [0.3, 0.3] as const;

describe('a recording', { timeout: 180_000 }, () => {
  it('holds both faces and both voices, also while the tracks are replaced, and can be sought', async () => {
    const { page, host } = await record();
    await hasSeconds(host, 2);
    await enter(page);
    await hasSeconds(host, 4);
    await end(page, host);
    expect(host.recorded?.last).toBe(host.segments.at(-1)?.number);
    const file = await finish(host, 'faces.webm');
    const { duration, ...what } = await probe(file);
    expect(what).toMatchObject({ audioCodec: 'opus', width: 1_280, height: 720 });
    const middle = await pictures(file, { from: duration / 2, most: 10 });
    expect(middle).toHaveLength(10);
    for (const picture of await pictures(file, { from: 1 })) {
      expect(isNear(picture.colour(...own), blue)).toBe(true);
      expect(isNear(picture.colour(...other), red)).toBe(true);
    }
    const heard = await sound(file);
    for (const { hertz } of [doctor, patient]) {
      expect(toneIn(heard, hertz, 1.4, 0.5)).toBeGreaterThan(0.1);
      expect(toneIn(heard, hertz, duration - 1, 0.5)).toBeGreaterThan(0.1);
    }
  });

  it('shows a card for who is only heard', async () => {
    const { page, host } = await record({ camera: false });
    await hasSeconds(host, 2);
    await end(page, host);
    const file = await finish(host, 'card.webm');
    const [picture] = await pictures(file, { from: 1, most: 1 });
    expect(isNear(picture?.colour(0.05, 0.05) ?? black, [38, 37, 35], 20)).toBe(true);
    expect(toneIn(await sound(file), patient.hertz, 1, 0.5)).toBeGreaterThan(0.05);
  });

  it('begins while everybody is silent, and hears who comes later and who begins to speak', async () => {
    const { page, host } = await open();
    await page.evaluate(({ doctor }) => window.recorderHarness.own({ camera: doctor }), { doctor });
    await give(page, host.orders({ grant: 1 }));
    await hasSeconds(host, 2);
    await page.evaluate(
      ({ patient }) => window.recorderHarness.remote('p-1', 'Elena Ruiz', { microphone: patient }),
      { patient },
    );
    await hasMore(host, 2.5);
    await page.evaluate(({ doctor }) => window.recorderHarness.own({ camera: doctor, microphone: doctor }), {
      doctor,
    });
    await hasMore(host, 2.5);
    await end(page, host);
    const file = await finish(host, 'silent.webm');
    const { duration } = await probe(file);
    const heard = await sound(file);
    const heardAt = (at: number) =>
      [patient, doctor].map(({ hertz }) => {
        const tone = toneIn(heard, hertz, at, 0.5);
        return tone > 0.05 ? 'loud' : tone < 0.001 ? 'silent' : 'begins';
      });
    const order: string[] = [];
    for (let at = 0.5; at < duration - 0.5; at += 0.25) {
      const both = heardAt(at).join(', ');
      if (!both.includes('begins') && both !== order.at(-1)) order.push(both);
    }
    expect(order).toEqual(['silent, silent', 'loud, silent', 'loud, loud']);
  });

  it('loses less than a second when the window is killed, and goes on in the same file when it comes back', async () => {
    const { page, host } = await record();
    await hasSeconds(host, 1);
    host.away = true;
    const sentUs = () => host.segments.at(-1)?.toUs ?? 0;
    const before = sentUs();
    const kept = () => page.evaluate(() => (window.recorderHarness.progress()?.capturedUs ?? 0) / 1e6);
    await until('more is captured, and kept in the browser', async () => (await kept()) > 4);
    const captured = await kept();
    const session = await page.context().newCDPSession(page);
    const again = page.context().newPage();
    void session.send('Page.crash').catch(() => {});
    const returned = await again;
    await returned.goto(harness.origin);
    await returned.waitForFunction(() => 'recorderHarness' in window);
    await host.serve(returned);
    host.away = false;
    expect(sentUs()).toBe(before);
    await enter(returned);
    await give(returned, host.orders({ grant: 2 }));
    await hasSeconds(host, 6);
    await end(returned, host);
    const from = host.segments.find(({ grant }) => grant === 2)?.fromUs ?? 0;
    expect(captured - from / 1e6).toBeLessThan(1);
    // What is said to be lost is what is missing.
    const lostMs = (host.recorded?.capturedMs ?? 0) - sentUs() / 1_000;
    expect(lostMs).toBeGreaterThanOrEqual(0);
    expect(lostMs).toBeLessThan(1_000);
    const file = await finish(host, 'killed.webm');
    const seen = await pictures(file);
    const shown = seen.filter((picture) => isNear(picture.colour(...own), blue));
    // Both windows waited a moment for the camera.
    expect(shown.length / seen.length).toBeGreaterThan(0.8);
  });

  it('goes on while the host is away, and hands everything over afterwards', async () => {
    const { page, host } = await record();
    await hasSeconds(host, 1);
    host.away = true;
    await page.evaluate(() => window.recorderHarness.setOnline(false));
    await until(
      'much is kept',
      async () => (await page.evaluate(() => window.recorderHarness.progress()?.unsent ?? 0)) > 6,
    );
    host.away = false;
    await page.evaluate(() => window.recorderHarness.setOnline(true));
    await end(page, host);
    expect(host.segments.at(-1)?.toUs).toBeGreaterThan(3e6);
    expect(host.recorded?.capturedMs).toBe((host.segments.at(-1)?.toUs ?? 0) / 1_000);
    await finish(host, 'away.webm');
  });

  it('says that the disk of the host is full, goes on, and loses nothing', async () => {
    const { page, host } = await record();
    await hasSeconds(host, 1);
    host.refusal = 'STORAGE_FULL';
    const problems = () => page.evaluate(() => window.recorderHarness.progress()?.problems);
    await until('it is said', async () => (await problems())?.includes('host-full'));
    host.refusal = undefined;
    await until('it is over', async () => (await problems())?.length === 0);
    await end(page, host);
    await finish(host, 'full.webm');
  });

  it('captures nothing without a grant, and goes on without a hole with the next one', async () => {
    const { page, host } = await record();
    await hasSeconds(host, 1);
    await give(page, host.orders());
    const progress = () => page.evaluate(() => window.recorderHarness.progress());
    const sentUs = () => host.segments.at(-1)?.toUs;
    await until('all of before is sent', async () => (await progress())?.capturedUs === sentUs());
    const captured = sentUs();
    const paused = host.segments.length;
    // A second in which a running recorder would have captured a second.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1_000)));
    expect((await progress())?.capturedUs).toBe(captured);
    expect(host.segments).toHaveLength(paused);
    await give(page, host.orders({ grant: 2 }));
    await hasSeconds(host, 3);
    await end(page, host);
    expect(new Set(host.segments.map(({ grant }) => grant))).toEqual(new Set([1, 2]));
    await finish(host, 'paused.webm');
  });

  it('that the host does not know any more is dropped', async () => {
    const { page, host } = await record();
    await hasSeconds(host, 1);
    host.refusal = 'RECORDING_OVER';
    await until('it is given up', async () => page.evaluate(() => window.recorderHarness.progress()?.over));
    const left = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const request = indexedDB.open('autamedica-recorder');
          request.onsuccess = () => {
            const count = request.result.transaction('segments').objectStore('segments').count();
            count.onsuccess = () => resolve(count.result);
          };
        }),
    );
    expect(left).toBe(0);
  });
});
