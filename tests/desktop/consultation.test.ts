/** Whole consultations held from the desktop app: with a patient in a browser, and with one in the app as well. */
import { expect, type Page } from '@playwright/test';
import { bringLiveKitForTests } from '../../scripts/parts/livekit.ts';
import { callFromPage, type Desktop, launchDesktop } from '../support/desktop.ts';
import { expectPicture } from '../support/received-media.ts';
import { startRecording } from '../support/recorded-meeting.ts';
import { syntheticDevices } from '../support/synthetic-media.ts';
import { DoctorAtWork, PatientAtHome } from '../support/web-people.ts';
import { expectToMeet, pictureOf, transports, test as web } from '../support/web-test.ts';

interface Clinic {
  readonly desktop: Desktop;
  /** Makes a consultation in the clinic's window and opens the doctor's window of it. */
  consult(): Promise<{ doctor: DoctorAtWork; link: string }>;
}

const test = web.extend<{ clinic: Clinic; patientApp: (link: string) => Promise<Page> }>({
  clinic: async ({ mediaFolder }, use) => {
    const desktop = await launchDesktop({
      parameters: ['--clinic', ...(await syntheticDevices(mediaFolder, 'doctor'))],
      environment: { LIVEKIT_EMBEDDED: 'on', LIVEKIT_SERVER: await bringLiveKitForTests() },
    });
    const window = await desktop.window(/^app:\/\/autamedica\/$/);
    const videoServer = async () =>
      (await callFromPage(window, 'host', 'livekit/status')).data as { state: string };
    await expect.poll(async () => (await videoServer()).state, { timeout: 30_000 }).toBe('ready');
    await use({
      desktop,
      consult: async () => {
        const link = await new DoctorAtWork(window).invite('Elena Ruiz');
        const [page] = await Promise.all([
          desktop.window(/\/consultation\//),
          window.getByRole('button', { name: 'Entrar a la consulta' }).click(),
        ]);
        await expect(page.getByRole('toolbar', { name: 'Controles' })).toBeVisible();
        return { doctor: new DoctorAtWork(page), link };
      },
    });
    await desktop.close();
  },
  patientApp: async ({ mediaFolder }, use) => {
    const opened: Desktop[] = [];
    await use(async (link) => {
      const { origin, pathname } = new URL(link);
      const query = new URLSearchParams({ host: origin, code: pathname.split('/').at(-1) ?? '' });
      const desktop = await launchDesktop({
        parameters: [...(await syntheticDevices(mediaFolder, 'patient')), `autamedica://join?${query}`],
      });
      opened.push(desktop);
      return desktop.window(/\/join\?/);
    });
    for (const desktop of opened) await desktop.close();
  },
});

interface Asked {
  readonly message: string;
  readonly detail: string;
  readonly buttons: readonly string[];
}

/**
 * Answers the next questions about closing the window of a consultation by the buttons with these names; who answers closes the
 * window again in the same breath, as somebody impatient would. @returns what was asked.
 */
function answerImpatiently(desktop: Desktop, buttons: readonly string[]): Promise<Asked[]> {
  return desktop.app.evaluate(async ({ BrowserWindow, dialog }, buttons) => {
    const window = BrowserWindow.getAllWindows().find(({ webContents }) =>
      webContents.getURL().includes('/consultation/'),
    );
    if (!window) throw new Error('There is no window of a consultation.');
    const all: Asked[] = [];
    const { showMessageBox } = dialog;
    await new Promise<void>((resolve) => {
      dialog.showMessageBox = (async (_window: unknown, asked: Asked) => {
        all.push({ message: asked.message, detail: asked.detail, buttons: asked.buttons });
        // Chromium takes no second wish to close while the page still says that it stays, for which nobody is quick enough.
        await window.webContents.executeJavaScript('undefined');
        if (all.length < buttons.length) setImmediate(() => window.close());
        else resolve();
        return { response: asked.buttons.indexOf(buttons[all.length - 1] ?? ''), checkboxChecked: false };
      }) as unknown as typeof showMessageBox;
    });
    dialog.showMessageBox = showMessageBox;
    return all;
  }, buttons);
}

/** While a call is recorded: quitting and closing ask first, and neither costs anything of it. */
async function quitAndCloseWhileRecording(desktop: Desktop, consultation: Page): Promise<void> {
  const asked = answerImpatiently(desktop, ['Quedarme', 'Quedarme', 'Guardar y cerrar']);
  const closed = consultation.waitForEvent('close');
  await Promise.all([asked, closed, desktop.app.evaluate(({ app }) => app.quit())]);
  const question = {
    message: 'La consulta se está grabando',
    detail: expect.stringContaining('queda cifrado en esta computadora'),
    buttons: ['Guardar y cerrar', 'Quedarme', 'Cerrar sin esperar'],
  };
  expect(await asked).toMatchObject([question, question, question]);
  // Who stayed did not want to quit any more.
  const clinic = await desktop.window(/^app:\/\/autamedica\/$/);
  const { data } = await callFromPage(clinic, 'host', 'recordings/list');
  expect(data).toMatchObject([{ status: 'EGRESS_COMPLETE', endedAs: 'stopped' }]);
}

for (const transport of transports) {
  test(`a doctor in the app and a patient in a browser see and hear each other (${transport})`, async ({
    clinic,
    openPerson,
  }) => {
    const { doctor, link } = await clinic.consult();
    if (transport === 'Servidor') await doctor.moveTo('Servidor');
    const patient = new PatientAtHome((await openPerson('patient')).page);
    await patient.open(link);
    await patient.enterWaitingRoom('Elena Ruiz');
    await doctor.admit('Elena Ruiz');
    await expectToMeet(doctor, patient);
  });

  test(`a doctor and a patient, both in the app, see and hear each other (${transport})`, async ({
    clinic,
    patientApp,
  }) => {
    const { doctor, link } = await clinic.consult();
    if (transport === 'Servidor') await doctor.moveTo('Servidor');
    const patient = new PatientAtHome(await patientApp(link));
    await patient.enterWaitingRoom('Elena Ruiz');
    await doctor.admit('Elena Ruiz');
    await expectToMeet(doctor, patient);
  });
}

test('a call in the app moves to the server and back with both pictures alive, and is not cut off unasked while it is recorded', async ({
  clinic,
  patientApp,
}) => {
  const { doctor, link } = await clinic.consult();
  const patient = new PatientAtHome(await patientApp(link));
  await patient.enterWaitingRoom('Elena Ruiz');
  await doctor.admit('Elena Ruiz');
  await expectToMeet(doctor, patient);
  for (const transport of ['Servidor', 'Directo'] as const) {
    await doctor.moveTo(transport);
    await expectToMeet(doctor, patient);
  }
  await startRecording(doctor, patient);
  await quitAndCloseWhileRecording(clinic.desktop, doctor.page);
});

test('the screen a doctor picks in the app is seen by the patient, until it is taken back', async ({
  clinic,
  patientApp,
}) => {
  const { doctor, link } = await clinic.consult();
  const patient = new PatientAtHome(await patientApp(link));
  await patient.enterWaitingRoom('Elena Ruiz');
  await doctor.admit('Elena Ruiz');
  await expectPicture(patient.page, pictureOf.doctor, 'doctor');

  await doctor.page.getByRole('button', { name: /^Compartir/ }).click();
  const picker = doctor.page.getByRole('dialog', { name: '¿Qué querés compartir?' });
  await expect(picker.locator('.source img').first()).toBeVisible();
  await picker.locator('.source').first().click();

  const screen = patient.page.locator('video').and(patient.page.getByLabel(/^Pantalla de /));
  const seen = () => screen.evaluate((video: HTMLVideoElement) => video.videoWidth / video.videoHeight);
  await expect(screen).toBeVisible();
  // The display under test is 16 by 10; no camera is.
  await expect.poll(seen).toBeCloseTo(1.6, 1);
  await expectPicture(patient.page, pictureOf.doctor, 'doctor');

  await doctor.page
    .getByRole('button', { name: /^Compartís/ })
    .first()
    .click();
  await expect(screen).toBeHidden();
});
