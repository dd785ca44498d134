/**
 * Recordings as they must come out whatever happens to the call, the window, the app and the host while they are made: decrypted
 * by the age tool, decoded by ffmpeg, looked at and listened to.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HarnessBrowser, startHarness } from '../call/harness/browser.ts';
import { openLine } from '../call/harness/cuttable-line.ts';
import { RecordingHost } from '../call/harness/recording-host.ts';
import { callFromPage, launchDesktop } from '../support/desktop.ts';
import { startHostProcess } from '../support/killable-host.ts';
import { lipSync, pictures, sound } from '../support/recorded-content.ts';
import {
  openNewest,
  recordedSeconds,
  recordedUntilNow,
  recordingChip,
  startRecording,
  stopRecording,
} from '../support/recorded-meeting.ts';
import { test } from '../support/recording-test.ts';
import { removeProfile } from '../support/remove-profile.ts';
import { syntheticDevices } from '../support/synthetic-media.ts';
import { DoctorAtWork, PatientAtHome } from '../support/web-people.ts';
import { expect, expectToMeet, meetAt, transports, webRoot } from '../support/web-test.ts';
import { expectWhole, look, type Made, newestOf } from '../support/whole-recording.ts';

/** Times a renderer is killed, each at another moment. */
const kills = Number(process.env.KILLS ?? 3);

test.describe.configure({ timeout: 240_000 });

for (const transport of transports) {
  test(`a call by ${transport} is whole`, async ({ meet, host }) => {
    const { doctor, patient } = await meet(transport);
    await expectToMeet(doctor, patient);
    await startRecording(doctor, patient);
    const begun = Date.now();
    await recordedSeconds(doctor, 10);
    const seconds = (Date.now() - begun) / 1_000;
    await stopRecording(doctor);
    const { durationMs, capturedMs } = await newestOf(host.url);
    expect(capturedMs).toBe(durationMs);
    expect(durationMs / 1_000).toBeGreaterThan(seconds - 0.5);
    await expectWhole(await openNewest(host.dataDir), durationMs / 1_000);
  });
}

test('a call that moves twice is whole', async ({ meet, host }) => {
  const { doctor, patient } = await meet('Directo');
  await expectToMeet(doctor, patient);
  await startRecording(doctor, patient);
  await recordedSeconds(doctor, 3);
  await doctor.moveTo('Servidor');
  await expectToMeet(doctor, patient);
  await doctor.moveTo('Directo');
  await expectToMeet(doctor, patient);
  await stopRecording(doctor);
  const { durationMs } = await newestOf(host.url);
  await expectWhole(await openNewest(host.dataDir), durationMs / 1_000);
});

test('nothing is lost while the host is killed and started again', async ({ openPerson }) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'autamedica-recording-'));
  const environment = { WEB_ROOT: webRoot };
  let host = await startHostProcess(dataDir, environment);
  try {
    const { doctor, patient } = await meetAt(host.url, openPerson);
    await expectToMeet(doctor, patient);
    await startRecording(doctor, patient);
    await recordedSeconds(doctor, 3);
    const { port } = host;
    await host.kill();
    await expect(doctor.page.getByText(/se sigue grabando en esta computadora/)).toBeVisible();
    // What is not sent is on this computer alone: the page is not closed on it unasked.
    const asked = doctor.page.waitForEvent('dialog');
    await doctor.page.close({ runBeforeUnload: true });
    const question = await asked;
    expect(question.type()).toBe('beforeunload');
    await question.dismiss();
    await recordedSeconds(doctor, 7);
    host = await startHostProcess(dataDir, { ...environment, PORT: String(port) });
    await expect(doctor.page.getByText(/se sigue grabando en esta computadora/)).toHaveCount(0);
    await recordedSeconds(doctor, 10);
    await stopRecording(doctor);
    const { durationMs, capturedMs } = await newestOf(host.url);
    expect(capturedMs - durationMs).toBeLessThan(50);
    expect(durationMs).toBeGreaterThan(9_500);
    await expectWhole(await openNewest(dataDir), durationMs / 1_000);
  } finally {
    await host.kill();
    await rm(dataDir, { recursive: true, force: true });
  }
});

test(`nothing is lost while the doctor's line to the host is cut, ${kills} times at any moment`, async ({
  openPerson,
  host,
}) => {
  test.skip(!process.env.KILLS, 'Of the time of a whole run one cut is enough: the host that is killed');
  test.setTimeout(120_000 + kills * 20_000);
  const line = await openLine(host.url);
  try {
    const doctor = new DoctorAtWork((await openPerson('doctor')).page);
    const patient = new PatientAtHome((await openPerson('patient')).page);
    await doctor.page.goto(line.url);
    const link = await doctor.invite('Elena Ruiz');
    await doctor.enter();
    await patient.open(link.replace(line.url, host.url));
    await patient.enterWaitingRoom('Elena Ruiz');
    await doctor.admit('Elena Ruiz');
    await expectToMeet(doctor, patient);
    await startRecording(doctor, patient);
    const onItsOwn = doctor.page.getByText(/se sigue grabando en esta computadora/);
    for (let cut = 0; cut < kills; cut += 1) {
      await doctor.page.waitForTimeout(Math.random() * 1_000);
      line.cut();
      await expect(onItsOwn).toBeVisible();
      await doctor.page.waitForTimeout(Math.random() * 1_000);
      line.mend();
      await expect(onItsOwn).toHaveCount(0);
    }
    await stopRecording(doctor);
    const { durationMs, capturedMs } = await newestOf(host.url);
    process.stdout.write(`${kills} cuts: ${capturedMs - durationMs} ms lost of ${capturedMs}\n`);
    expect(capturedMs).toBe(durationMs);
    await expectWhole(await openNewest(host.dataDir), durationMs / 1_000);
  } finally {
    await line.close();
  }
});

test(`less than a second is lost when the doctor's page is killed, ${kills} times at any moment`, async ({
  meet,
  host,
}) => {
  const { doctor, patient } = await meet('Directo');
  await expectToMeet(doctor, patient);
  await startRecording(doctor, patient);
  for (let kill = 1; kill <= kills; kill += 1) {
    await recordedSeconds(doctor, 3 * kill);
    const before = doctor.page;
    const address = before.url();
    const session = await before.context().newCDPSession(before);
    await before.waitForTimeout(Math.random() * 1_000);
    void session.send('Page.crash').catch(() => {});
    await before.waitForEvent('crash');
    doctor.page = await before.context().newPage();
    await before.close();
    await doctor.page.goto(address);
    await expect(recordingChip(doctor.page)).toContainText('REC');
    await expectToMeet(doctor, patient);
  }
  await recordedSeconds(doctor, 3 * kills + 3);
  await stopRecording(doctor);
  const { durationMs, capturedMs } = await newestOf(host.url);
  const content = await look(await openNewest(host.dataDir));
  process.stdout.write(`${kills} kills: ${capturedMs - durationMs} ms lost of ${capturedMs}\n`);
  expect(capturedMs - durationMs).toBeLessThan(1_000 * kills);
  expect(Math.abs(content.duration - durationMs / 1_000)).toBeLessThan(0.5);
  expect(content.gaps.audio).toBeLessThan(0.1);
});

test('the app: less than a second is lost when its window and when the whole of it is killed', async ({
  mediaFolder,
  openPerson,
}) => {
  const parameters = ['--clinic', ...(await syntheticDevices(mediaFolder, 'doctor'))];
  const environment = { PORT: '48871' };
  let desktop = await launchDesktop({ parameters, environment });
  const folder = desktop.folder;
  const patient = new PatientAtHome((await openPerson('patient')).page);
  try {
    const clinic = await desktop.window(/^app:\/\/autamedica\/$/);
    const link = await new DoctorAtWork(clinic).invite('Elena Ruiz');
    const enter = async (page: typeof clinic) => {
      const [window] = await Promise.all([
        desktop.window(/\/consultation\//),
        page.getByRole('button', { name: 'Entrar a la consulta' }).click(),
      ]);
      await expect(window.getByRole('toolbar', { name: 'Controles' })).toBeVisible();
      return new DoctorAtWork(window);
    };
    const doctor = await enter(clinic);
    await patient.open(link);
    await patient.enterWaitingRoom('Elena Ruiz');
    await doctor.admit('Elena Ruiz');
    await expectToMeet(doctor, patient);
    await startRecording(doctor, patient);
    await recordedSeconds(doctor, 4);

    // The window: the app offers to load it again, and the recording goes on in the same file.
    const crashed = doctor.page.waitForEvent('crash');
    await desktop.app.evaluate(({ dialog, BrowserWindow }) => {
      dialog.showMessageBox = (async () => ({ response: 0, checkboxChecked: false })) as never;
      const window = BrowserWindow.getAllWindows().find((one) =>
        /consultation/.test(one.webContents.getURL()),
      );
      if (window) process.kill(window.webContents.getOSProcessId(), 'SIGKILL');
    });
    await crashed;
    const list = async () => (await callFromPage(clinic, 'host', 'recordings/list')).data as readonly Made[];
    await expect
      .poll(async () => (await list())[0]?.durationMs ?? 0, { timeout: 60_000 })
      .toBeGreaterThan(6_000);

    // The app as a whole, with the host in it.
    const consultationId = decodeURIComponent(doctor.page.url().split('/').at(-1) ?? '');
    const { pid } = desktop.app.process();
    const exit = new Promise((resolve) => desktop.app.process().once('exit', resolve));
    if (pid) process.kill(pid, 'SIGKILL');
    await exit;
    desktop = await launchDesktop({ parameters, environment, folder });
    const clinicAgain = await desktop.window(/^app:\/\/autamedica\/$/);
    const [page] = await Promise.all([
      desktop.window(/\/consultation\//),
      callFromPage(clinicAgain, 'desktop', 'windows/openConsultation', { consultationId }),
    ]);
    const doctorAgain = new DoctorAtWork(page);
    await expectToMeet(doctorAgain, patient);
    const from = await recordedUntilNow(doctorAgain);
    await recordedSeconds(doctorAgain, from + 3);
    await stopRecording(doctorAgain);
    const { data } = await callFromPage(clinicAgain, 'host', 'recordings/list');
    const [made] = data as readonly Made[];
    const lost = (made?.capturedMs ?? 0) - (made?.durationMs ?? 0);
    process.stdout.write(`window and app killed: ${lost} ms lost of ${made?.capturedMs}\n`);
    expect(lost).toBeLessThan(2_000);
    const content = await look(await openNewest(join(folder, 'data')));
    expect(content.gaps.audio).toBeLessThan(0.1);
    expect(content.duration).toBeGreaterThan(8);
  } finally {
    // A window that records would ask first.
    desktop.app.process().kill('SIGKILL');
    await removeProfile(folder);
  }
});

test('pictures are in step with their sound, those of the own devices and those that come by a connection', async () => {
  const harness: HarnessBrowser = await startHarness('recorder-page');
  const folder = await mkdtemp(join(tmpdir(), 'autamedica-step-'));
  try {
    const page = await harness.page();
    const host = await RecordingHost.open();
    await host.serve(page);
    const looks = {
      own: { colour: 'rgb(40, 60, 200)', hertz: 440 },
      other: { colour: 'rgb(200, 60, 40)', hertz: 1_030 },
    };
    await page.evaluate(async ({ own, other }) => {
      await window.recorderHarness.own({ flashing: own });
      await window.recorderHarness.remote('p-1', 'Elena Ruiz', { flashing: other });
    }, looks);
    const give = (orders: ReturnType<RecordingHost['orders']>) =>
      page.evaluate((given) => window.recorderHarness.orders(given), orders);
    await give(host.orders({ grant: 1 }));
    await expect.poll(() => host.segments.at(-1)?.toUs ?? 0, { timeout: 40_000 }).toBeGreaterThan(15e6);
    await give(host.orders({ end: true }));
    await expect.poll(() => host.recorded !== undefined).toBe(true);
    const file = join(folder, 'step.webm');
    await host.finish(file);
    const seen = await pictures(file);
    const heard = await sound(file);
    for (const [x, y, { hertz }] of [
      [0.86, 0.75, looks.own],
      [0.3, 0.3, looks.other],
    ] as const) {
      const offsets = lipSync(seen, heard, hertz, (picture) =>
        picture.colour(x, y).every((value) => value > 200),
      ).sort((one, other) => one - other);
      const median = offsets[Math.floor(offsets.length / 2)] ?? Number.NaN;
      process.stdout.write(
        `${hertz} Hz: ${offsets.map((offset) => Math.round(offset * 1_000)).join(' ')} ms\n`,
      );
      expect(offsets.length).toBeGreaterThan(8);
      // The source is a page too, and its flashes are not always punctual.
      expect(Math.abs(median)).toBeLessThan(0.08);
    }
  } finally {
    await harness.close();
    await rm(folder, { recursive: true, force: true });
  }
});
