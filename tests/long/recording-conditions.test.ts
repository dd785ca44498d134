/** Recordings by a window that nobody sees, of a shared screen, and by a browser without H.264. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from '@playwright/test';
import { findRuntime } from '../../scripts/parts/electron.ts';
import { findBrowser } from '../../scripts/parts/system.ts';
import { quietSwitches } from '../support/browser-switches.ts';
import { launchEnvironment, launchParameters } from '../support/desktop.ts';
import { openEverydayWindow } from '../support/everyday-window.ts';
import { framesShown } from '../support/received-media.ts';
import { isNear, longestGap, packetTimes, pictures, probe } from '../support/recorded-content.ts';
import {
  openNewest,
  recordedSeconds,
  recordedUntilNow,
  startRecording,
  stopRecording,
} from '../support/recorded-meeting.ts';
import { leaveSoundAsItIs, test } from '../support/recording-test.ts';
import { removeProfile } from '../support/remove-profile.ts';
import { people, syntheticDevices } from '../support/synthetic-media.ts';
import { DoctorAtWork, PatientAtHome } from '../support/web-people.ts';
import { expect, expectToMeet } from '../support/web-test.ts';
import { expectWhole, newestOf } from '../support/whole-recording.ts';

/** Waits until so many seconds more are recorded. */
const goOn = async (doctor: DoctorAtWork, seconds: number) =>
  recordedSeconds(doctor, (await recordedUntilNow(doctor)) + seconds);

const visibility = (page: Page) => page.evaluate(() => document.visibilityState);

test('a call is recorded whole while the doctor is in another tab', async ({
  mediaFolder,
  openPerson,
  host,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'autamedica-tab-'));
  const devices = [...(await syntheticDevices(mediaFolder, 'doctor')), '--use-fake-ui-for-media-stream'];
  const browser = await openEverydayWindow(
    findBrowser() ?? chromium.executablePath(),
    [...quietSwitches, ...devices, '--lang=es-AR', `--user-data-dir=${folder}`, 'about:blank'],
    { LANGUAGE: 'es_AR' },
  );
  try {
    const { context } = browser;
    await context.addInitScript(leaveSoundAsItIs);
    const doctor = new DoctorAtWork(await context.newPage());
    const patient = new PatientAtHome((await openPerson('patient')).page);
    await doctor.page.goto(host.url);
    const link = await doctor.invite('Elena Ruiz');
    await doctor.enter();
    await patient.open(link);
    await patient.enterWaitingRoom('Elena Ruiz');
    await doctor.admit('Elena Ruiz');
    await expectToMeet(doctor, patient);
    await startRecording(doctor, patient);
    await goOn(doctor, 1);
    await context.newPage();
    await expect.poll(() => visibility(doctor.page)).toBe('hidden');
    await goOn(doctor, 3);
    expect(await visibility(doctor.page)).toBe('hidden');
    await doctor.page.bringToFront();
    await stopRecording(doctor);
    const { durationMs } = await newestOf(host.url);
    await expectWhole(await openNewest(host.dataDir), durationMs / 1_000);
  } finally {
    await browser.kill();
    await removeProfile(folder);
  }
});

test('a call is recorded whole while the window of the app is hidden', async ({
  mediaFolder,
  openPerson,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'autamedica-hidden-'));
  const runtime = await findRuntime();
  const app = await openEverydayWindow(
    runtime?.executable ?? 'electron',
    [
      '-r',
      fileURLToPath(new URL('../support/told-app.cjs', import.meta.url)),
      ...launchParameters(folder, ['--clinic', ...(await syntheticDevices(mediaFolder, 'doctor'))]),
    ],
    launchEnvironment(folder),
  );
  try {
    const { context } = app;
    await context.addInitScript(leaveSoundAsItIs);
    const opened = context.waitForEvent('page');
    app.process.send('begin');
    const clinic = await opened;
    await clinic.waitForURL(/^app:\/\/autamedica\/$/);
    const link = await new DoctorAtWork(clinic).invite('Elena Ruiz');
    const [page] = await Promise.all([
      context.waitForEvent('page'),
      clinic.getByRole('button', { name: 'Entrar a la consulta' }).click(),
    ]);
    const doctor = new DoctorAtWork(page);
    const patient = new PatientAtHome((await openPerson('patient')).page);
    await patient.open(link);
    await patient.enterWaitingRoom('Elena Ruiz');
    await doctor.admit('Elena Ruiz');
    await expectToMeet(doctor, patient);
    await startRecording(doctor, patient);
    await goOn(doctor, 1);
    app.process.send('hide');
    await expect.poll(() => visibility(page)).toBe('hidden');
    await goOn(doctor, 3);
    expect(await visibility(page)).toBe('hidden');
    app.process.send('show');
    await stopRecording(doctor);
    const file = await openNewest(join(folder, 'data'));
    await expectWhole(file, (await probe(file)).duration);
  } finally {
    await app.kill();
    await removeProfile(folder);
  }
});

interface Place {
  readonly at: readonly [number, number];
  readonly colour: readonly [number, number, number];
}
/** What Chromium shares where it has no screen: a green picture in which something moves. */
const screenColour = [0, 135, 0] as const;
const withoutScreen: readonly Place[] = [
  { at: [0.3, 0.3], colour: people.patient.colour },
  { at: [0.86, 0.75], colour: people.doctor.colour },
];
const withScreen: readonly Place[] = [
  ...(
    [
      [0.1, 0.1],
      [0.3, 0.3],
      [0.86, 0.75],
    ] as const
  ).map((at) => ({ at, colour: screenColour })),
  { at: [0.68, 0.88], colour: people.patient.colour },
  { at: [0.88, 0.88], colour: people.doctor.colour },
];

test('a shared screen is large in the recording, with both faces small in front, until it is taken back', async ({
  meet,
  host,
}) => {
  const { doctor, patient } = await meet('Directo');
  const screen = 'Pantalla de Dr. Martín Pérez';
  await expectToMeet(doctor, patient);
  await startRecording(doctor, patient);
  await goOn(doctor, 2);
  await doctor.page.getByRole('button', { name: /^Compartir/ }).click();
  await expect.poll(() => framesShown(patient.page, screen)).toBeGreaterThan(2);
  await goOn(doctor, 2);
  await doctor.page.getByRole('button', { name: 'Dejar de compartir' }).click();
  await expect(patient.page.getByLabel(screen)).toHaveCount(0);
  await goOn(doctor, 2);
  await stopRecording(doctor);

  const file = await openNewest(host.dataDir);
  expect(longestGap(await packetTimes(file, 'v'))).toBeLessThan(0.1);
  const seen = (await pictures(file)).map((picture) => {
    const shows = (places: readonly Place[]) =>
      places.every(({ at: [x, y], colour }) => isNear(picture.colour(x, y), colour));
    return {
      at: picture.at,
      what: shows(withScreen) ? 'screen' : shows(withoutScreen) ? 'faces' : 'neither',
    };
  });
  const clear = seen.filter(({ what }) => what !== 'neither');
  // Until the screen's first picture is there.
  expect(seen.length - clear.length).toBeLessThan(12);
  const turns = clear.filter(({ what }, index) => what !== clear[index - 1]?.what);
  expect(turns.map(({ what }) => what)).toEqual(['faces', 'screen', 'faces']);
  const [from = 0, until = 0] = turns.slice(1).map(({ at }) => at);
  expect(until - from).toBeGreaterThan(1);
});

/** Runs in the recorder's worker before the recorder itself: a browser that has no H.264. */
function withoutH264(): void {
  const ask = VideoEncoder.isConfigSupported.bind(VideoEncoder);
  VideoEncoder.isConfigSupported = async (config) =>
    config.codec.startsWith('avc1') ? { config, supported: false } : ask(config);
}

test('a call is recorded whole by a browser without H.264, as VP9', async ({ arrive, host }) => {
  const { doctor, patient } = await arrive();
  await doctor.page.route(/\/assets\/worker-[^/]+\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `(${withoutH264})();\n${await response.text()}` });
  });
  await doctor.admit('Elena Ruiz');
  await expectToMeet(doctor, patient);
  await startRecording(doctor, patient);
  await recordedSeconds(doctor, 4);
  await stopRecording(doctor);
  const file = await openNewest(host.dataDir);
  expect(await probe(file)).toMatchObject({
    format: 'matroska,webm',
    videoCodec: 'vp9',
    audioCodec: 'opus',
  });
  const { durationMs } = await newestOf(host.url);
  await expectWhole(file, durationMs / 1_000);
});
