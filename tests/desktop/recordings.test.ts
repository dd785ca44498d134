/** Recordings in the desktop app's windows: played from the host inside it, saved without going through the page, and their key. */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { callFromPage, type Desktop, launchDesktop } from '../support/desktop.ts';
import { type KeptFile, keepRecording, makeFilm } from '../support/kept-recording.ts';

const apiKey = 'a-key-of-the-clinic-for-tests';
let desktop: Desktop;
let clinic: Page;
let film: KeptFile;

test.beforeAll(async () => {
  // With a key, so that nothing but a ticket opens the content.
  desktop = await launchDesktop({ environment: { API_KEY: apiKey } });
  clinic = await desktop.window(/^app:\/\/autamedica\/$/);
  const people = {
    consultationId: 'c-1',
    patientId: 'patient-1',
    doctorId: 'doctor-1',
    patientName: 'Elena Ruiz',
  };
  await callFromPage(clinic, 'host', 'consultations/create', people);
  film = await keepRecording(join(desktop.folder, 'data'), people, await makeFilm(12), {
    durationMs: 12_000,
  });
});
test.afterAll(() => desktop.close());

test('a recording plays and seeks in the window of the clinic', async () => {
  await clinic.getByRole('link', { name: 'Grabaciones' }).click();
  const video = clinic.locator('video');
  const state = () =>
    video.evaluate((element) => {
      const { duration, currentTime } = element as HTMLVideoElement;
      return {
        duration,
        currentTime,
        frames: (element as HTMLVideoElement).getVideoPlaybackQuality().totalVideoFrames,
      };
    });
  await expect.poll(async () => (await state()).duration).toBeGreaterThan(11.5);
  await video.evaluate(async (element) => {
    (element as HTMLVideoElement).currentTime = 9;
    await (element as HTMLVideoElement).play();
  });
  await expect.poll(async () => (await state()).currentTime).toBeGreaterThan(9);
  await expect.poll(async () => (await state()).frames).toBeGreaterThan(5);
});

test('an export is saved where its person says, whole', async () => {
  const saved = join(desktop.folder, 'saved.webm');
  await desktop.app.evaluate(({ session }, path) => {
    session.defaultSession.once('will-download', (_event, item) => item.setSavePath(path));
  }, saved);
  await clinic.getByRole('button', { name: 'Exportar' }).click();
  await expect
    .poll(async () => (await readFile(saved).catch(() => Buffer.alloc(0))).equals(film.content))
    .toBe(true);
});

test('nothing else is saved by that way, and not from the window of an invited person', async () => {
  const { url } = (await callFromPage(clinic, 'desktop', 'app/host')).data as { url: string };
  const ticket = `ticket=amr_${'A'.repeat(43)}`;
  for (const address of [
    `${url}/api/recordings/${film.egressId}/content`,
    `${url}/api/consultations/c-1/notes?${ticket}`,
    `https://example.org/api/recordings/${film.egressId}/content?${ticket}`,
    'file:///etc/passwd',
    'nonsense',
  ]) {
    const answer = await callFromPage(clinic, 'desktop', 'windows/save', { url: address });
    expect(answer, address).toMatchObject({ status: 403 });
  }
  const link = 'autamedica://join?host=https%3A%2F%2Fclinica.example&code=ABC234';
  await callFromPage(clinic, 'desktop', 'windows/openInvitation', { link });
  const invited = await desktop.window(/\/join\?/);
  for (const operation of ['windows/save', 'app/recordingKey']) {
    const answer = await callFromPage(invited, 'desktop', operation, { url });
    expect(answer, operation).toMatchObject({ status: 403, data: { code: 'FORBIDDEN' } });
  }
});

test("the key on the sheet opens the clinic's recordings with age", async () => {
  await clinic.getByRole('link', { name: 'Ajustes' }).click();
  await clinic.locator('.setting', { hasText: 'Clave de las grabaciones' }).getByRole('button').click();
  await clinic.getByRole('checkbox').check();
  await clinic.getByRole('dialog').getByRole('button', { name: 'Mostrar' }).click();
  const identity = String(await clinic.locator('.recovery-key').textContent());
  const file = join(desktop.folder, 'key.txt');
  await writeFile(file, `${identity}\n`);
  const plain = execFileSync('age', ['--decrypt', '--identity', file, film.path], { maxBuffer: 1e9 });
  expect(plain.equals(film.content)).toBe(true);
  await expect(clinic.locator('.paper')).toContainText('age1');
});
