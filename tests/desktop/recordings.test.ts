/** Recordings in the desktop app's windows: played from the host inside it, saved without going through the page, and their key. */
import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
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

/** What the system's question where to save is answered with. */
const answerWhere = (filePath: string | undefined) =>
  desktop.app.evaluate(({ dialog }, path) => {
    dialog.showSaveDialog = (async () => ({ canceled: !path, filePath: path ?? '' })) as never;
  }, filePath);

test('an export is saved where its person says, whole', async () => {
  const saved = join(desktop.folder, 'saved.webm');
  await answerWhere(saved);
  await clinic.getByRole('button', { name: 'Exportar' }).click();
  await expect(clinic.getByText('Se guardó el archivo de Elena Ruiz.')).toBeVisible();
  expect((await readFile(saved)).equals(film.content)).toBe(true);
});

test('an export that the host cannot go on with is said, and leaves nothing half done', async () => {
  await answerWhere(join(desktop.folder, 'not-saved.webm'));
  // One byte of its last chunk is another one: the host finds out while it reads.
  const whole = await readFile(film.path);
  const damaged = Buffer.from(whole);
  damaged.writeUInt8(damaged.readUInt8(damaged.length - 100) ^ 1, damaged.length - 100);
  await writeFile(film.path, damaged);
  try {
    await clinic.getByRole('button', { name: 'Exportar' }).click();
    await expect(clinic.getByRole('alert')).toContainText('No se pudo guardar el archivo de Elena Ruiz');
    expect((await readdir(desktop.folder)).filter((name) => name.startsWith('not-saved'))).toEqual([]);
  } finally {
    await writeFile(film.path, whole);
  }
});

test('how an export ended is told: it is not wanted after all, it has no place, its ticket is none', async () => {
  const { egressId } = film;
  const ticket = await callFromPage(clinic, 'host', 'recordingLibrary/ticket', { egressId, use: 'export' });
  const { url } = ticket.data as { url: string };
  const save = async (address: string) =>
    (await callFromPage(clinic, 'desktop', 'windows/save', { url: address })).data;
  await answerWhere(undefined);
  expect(await save(url)).toBe('cancelled');
  await answerWhere(join(desktop.folder, 'no', 'such', 'folder.webm'));
  expect(await save(url)).toBe('failed');
  expect(await save(url.replace(/amr_.*/, `amr_${'A'.repeat(43)}`))).toBe('failed');
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
