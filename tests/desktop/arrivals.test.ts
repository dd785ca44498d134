/** Somebody comes into the waiting room: the app says so by a sound that is really played and by the system's notice, once. */
import { expect, type Page, test } from '@playwright/test';
import { consentVersions } from '../../src/shared/consent/consent.ts';
import { callFromPage, type Desktop, launchDesktop } from '../support/desktop.ts';
import { joinBy } from '../support/test-host.ts';

interface Notice {
  readonly title: string;
  readonly body: string;
}

let desktop: Desktop;
let clinic: Page;

test.beforeEach(async () => {
  desktop = await launchDesktop();
  clinic = await desktop.window(/^app:\/\/autamedica\/$/);
  // There is no desktop here that would show them: they are kept instead.
  await desktop.app.evaluate(({ Notification }) => {
    const shown: unknown[] = [];
    Object.assign(globalThis, { shownNotices: shown });
    Notification.isSupported = () => true;
    Notification.prototype.show = function (this: Electron.Notification) {
      shown.push(this);
    };
  });
  await listen(clinic);
});
test.afterEach(() => desktop.close());

/** Measures what the page plays from now on: the loudest sample of each sound. */
async function listen(page: Page): Promise<void> {
  await page.evaluate(() => {
    const heard: number[] = [];
    Object.assign(window, { heard });
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
      const stream = this.srcObject;
      if (stream instanceof MediaStream && stream.getAudioTracks().length > 0) {
        const sound = heard.push(0) - 1;
        const context = new AudioContext();
        const analyser = context.createAnalyser();
        context.createMediaStreamSource(stream).connect(analyser);
        const samples = new Float32Array(analyser.fftSize);
        const measuring = setInterval(() => {
          analyser.getFloatTimeDomainData(samples);
          heard[sound] = Math.max(heard[sound] ?? 0, ...samples.map(Math.abs));
          if (this.srcObject !== null) return;
          clearInterval(measuring);
          void context.close();
        }, 20);
      }
      return play.call(this);
    };
  });
}

const heardBy = (page: Page) =>
  page.evaluate(() => (window as unknown as { heard: readonly number[] }).heard.filter((peak) => peak > 0.1));

const notices = () =>
  desktop.app.evaluate(() =>
    (globalThis as unknown as { shownNotices: Notice[] }).shownNotices.map(({ title, body }) => ({
      title,
      body,
    })),
  );

let made = 0;
async function consult() {
  const { data } = await callFromPage(clinic, 'host', 'consultations/create', {
    consultationId: `c-${++made}`,
    patientId: `patient-${made}`,
    doctorId: 'doctor',
    patientName: 'Elena Ruiz',
  });
  return data as { consultationId: string; patientToken: string; signalingUrl: string };
}

test('it sounds and a notice names nobody; a click on it brings the window; a short loss is no new arrival, coming back is', async () => {
  const { patientToken, signalingUrl } = await consult();
  const { client } = await joinBy(signalingUrl, patientToken);
  const notice = { title: 'Hay un paciente esperando', body: 'Abrí la sala de espera para recibirlo.' };
  await expect.poll(notices).toEqual([notice]);
  await expect.poll(() => heardBy(clinic)).toHaveLength(1);

  const isVisible = () =>
    desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());
  await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  await expect.poll(isVisible).toBe(false);
  await desktop.app.evaluate(() => {
    const [first] = (globalThis as unknown as { shownNotices: { emit(event: 'click'): void }[] })
      .shownNotices;
    first?.emit('click');
  });
  await expect.poll(isVisible).toBe(true);

  client.close();
  await expect(clinic.getByText('Se le cortó la conexión.').first()).toBeVisible();
  const again = await joinBy(signalingUrl, patientToken);
  await expect(clinic.getByText('Se le cortó la conexión.')).toHaveCount(0);
  expect(await notices()).toHaveLength(1);

  await again.client.request('leave');
  await expect(clinic.getByRole('button', { name: 'Admitir a Elena Ruiz' })).toHaveCount(0);
  const back = await joinBy(signalingUrl, patientToken);
  await expect.poll(notices).toHaveLength(2);
  await expect.poll(() => heardBy(clinic)).toHaveLength(2);
  for (const one of [again, back]) one.client.close();
});

test('of somebody who comes to observe the notice does not speak of a patient', async () => {
  const { consultationId, signalingUrl } = await consult();
  const invited = await callFromPage(clinic, 'host', 'invitations/create', {
    consultationId,
    role: 'observer',
  });
  const { code } = invited.data as { code: string };
  const redeemed = await callFromPage(clinic, 'host', 'invitations/redeem', {
    code,
    displayName: 'Lucía Gómez',
    termsVersion: consentVersions.terms,
  });
  const { client } = await joinBy(signalingUrl, (redeemed.data as { token: string }).token);
  await expect
    .poll(notices)
    .toEqual([{ title: 'Alguien espera para observar', body: 'Abrí la sala de espera para ver quién es.' }]);
  client.close();
});

test('two windows that both learn of it say it once', async () => {
  const { consultationId, patientToken, signalingUrl } = await consult();
  await callFromPage(clinic, 'desktop', 'windows/openConsultation', { consultationId });
  const doctor = await desktop.window(/\/consultation\//);
  await expect(doctor.getByRole('toolbar', { name: 'Controles' })).toBeVisible();
  await listen(doctor);
  const { client } = await joinBy(signalingUrl, patientToken);
  for (const page of [clinic, doctor])
    await expect(page.getByRole('button', { name: 'Admitir a Elena Ruiz' }).first()).toBeVisible();
  await expect.poll(async () => [...(await heardBy(clinic)), ...(await heardBy(doctor))]).toHaveLength(1);
  expect(await notices()).toHaveLength(1);
  client.close();
});

test('with the sound switched off there is the notice alone', async () => {
  await clinic.getByRole('button', { name: 'Sonido al llegar alguien: activado' }).click();
  const { patientToken, signalingUrl } = await consult();
  const { client } = await joinBy(signalingUrl, patientToken);
  await expect.poll(notices).toHaveLength(1);
  await expect(clinic.getByRole('button', { name: 'Admitir a Elena Ruiz' }).first()).toBeVisible();
  expect(await clinic.evaluate(() => (window as unknown as { heard: unknown[] }).heard)).toEqual([]);
  client.close();
});
