/** The library of recordings in a browser, with a real host and a real film: found, played, sought in, shared, held and deleted. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { verifyPack } from '../../src/main/host/packs/verify-pack.ts';
import { type KeptFile, keepRecording, makeFilm } from '../support/kept-recording.ts';
import { closeTestHost, startTestHost, type TestHost } from '../support/test-host.ts';
import { expect, test, webRoot } from '../support/web-test.ts';

const filmSeconds = 20;
let content: Buffer;
let clinic: TestHost;
let film: KeptFile;

test.beforeAll(async () => {
  content = await makeFilm(filmSeconds);
});
test.beforeEach(async () => {
  clinic = await startTestHost({}, { webRoot });
  const consultation = await clinic.createConsultation({
    patientName: 'Elena Ruiz',
    doctorName: 'Dr. Martín Pérez',
  });
  film = await keepRecording(clinic.dataDir, consultation, content, {
    durationMs: filmSeconds * 1_000,
    capturedMs: filmSeconds * 1_000 + 1_200,
  });
});
test.afterEach(() => closeTestHost(clinic));

interface Playing {
  readonly duration: number;
  readonly time: number;
  readonly frames: number;
  readonly bytes: number;
}

/** What the page's player has come to; `bytes` that were decoded of its sound. */
function playing(page: Page): Promise<Playing> {
  return page.locator('video').evaluate((element) => {
    const video = element as HTMLVideoElement & { webkitAudioDecodedByteCount: number };
    return {
      duration: video.duration,
      time: video.currentTime,
      frames: video.getVideoPlaybackQuality().totalVideoFrames,
      bytes: video.webkitAudioDecodedByteCount,
    };
  });
}

async function playAndSeek(page: Page): Promise<void> {
  await expect.poll(async () => (await playing(page)).duration).toBeGreaterThan(filmSeconds - 0.5);
  expect((await playing(page)).duration).toBeLessThan(filmSeconds + 0.5);
  const video = page.locator('video');
  await video.evaluate((element) => (element as HTMLVideoElement).play());
  await expect.poll(async () => (await playing(page)).frames).toBeGreaterThan(5);
  expect((await playing(page)).bytes).toBeGreaterThan(0);
  const before = (await playing(page)).frames;
  await video.evaluate((element, to) => {
    (element as HTMLVideoElement).currentTime = to;
  }, filmSeconds * 0.75);
  await expect.poll(async () => (await playing(page)).time).toBeGreaterThan(filmSeconds * 0.75);
  await expect.poll(async () => (await playing(page)).frames).toBeGreaterThan(before);
}

/** The parts of the content that the page has asked for. */
function watchRanges(page: Page): string[] {
  const ranges: string[] = [];
  page.on('request', (request) => {
    if (/\/api\/recordings\/[^/]+\/content/.test(request.url()))
      ranges.push(request.headers().range ?? 'whole');
  });
  return ranges;
}

test('a recording is found, plays, and seeks', async ({ openPerson }) => {
  const other = await clinic.createConsultation({ patientName: 'Íñigo Núñez' });
  await keepRecording(clinic.dataDir, other, Buffer.from('not a film'), {
    startedAt: new Date(2020, 0, 15, 12),
  });
  const { page } = await openPerson('doctor');
  const ranges = watchRanges(page);
  await page.goto(clinic.url);
  await page.getByRole('link', { name: 'Grabaciones' }).click();
  const list = page.getByRole('region', { name: 'Lista de grabaciones' });
  await expect(list.getByRole('link')).toHaveCount(2);
  await expect(list.getByRole('link', { name: /Elena Ruiz/ })).toContainText('20 s de 21 s');
  await playAndSeek(page);
  expect(ranges.length).toBeGreaterThan(0);
  expect(ranges.every((range) => range.startsWith('bytes='))).toBe(true);

  const search = page.getByRole('searchbox', { name: 'Paciente o fecha' });
  await search.fill('nunez');
  await expect(list.getByRole('link')).toHaveCount(1);
  await list.getByRole('link', { name: /Íñigo Núñez/ }).click();
  await expect(page.getByText('La grabación no se puede reproducir')).toBeVisible();
  await search.fill('15/1/2020');
  await expect(list.getByRole('link', { name: /Íñigo Núñez/ })).toBeVisible();
  await search.fill('16/1/2020');
  await expect(page.getByRole('heading', { name: 'No encontramos nada así' })).toBeVisible();
});

test('it is exported as it was recorded, encrypted, and with the whole consultation', async ({
  openPerson,
}) => {
  const { page } = await openPerson('doctor');
  await page.goto(`${clinic.url}/#recordings/${film.egressId}`);
  const download = async (act: () => Promise<void>) => {
    const downloading = page.waitForEvent('download');
    await act();
    return downloading;
  };
  const more = async (item: string) => {
    await page.getByRole('button', { name: 'Más acciones' }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  const clear = await download(() => page.getByRole('button', { name: 'Exportar' }).click());
  expect(clear.suggestedFilename()).toMatch(/\.webm$/);
  expect((await readFile(await clear.path())).equals(content)).toBe(true);
  const encrypted = await download(() => more('Exportar cifrada'));
  expect((await readFile(await encrypted.path())).equals(await readFile(film.path))).toBe(true);
  const pack = await download(() => more('Exportar toda la consulta'));
  expect(await verifyPack(await pack.path())).toMatchObject({ sound: true });
  await more('Comprobar la grabación');
  await expect(page.getByText('Comprobada: sin cambios')).toBeVisible();
});

test('the patient plays it by a link until the clinic withdraws it', async ({ openPerson }) => {
  await clinic.call('PATCH', '/api/recording-rules', { body: { sharing: true } });
  const { page } = await openPerson('doctor');
  await page.goto(`${clinic.url}/#recordings/${film.egressId}`);
  await page.getByRole('button', { name: 'Más acciones' }).click();
  await page.getByRole('menuitem', { name: 'Compartir con el paciente' }).click();
  const dialog = page.getByRole('dialog', { name: 'Compartir con el paciente' });
  await dialog.getByRole('button', { name: 'Hacer enlace' }).click();
  await expect(dialog.getByRole('button', { name: 'Copiar el enlace' })).toBeFocused();
  const link = String(await dialog.getByText(/\/recording#/).textContent());

  const { page: phone } = await openPerson('patient');
  await phone.goto(link);
  await expect(phone.getByRole('heading', { name: 'La grabación de tu consulta' })).toBeVisible();
  await playAndSeek(phone);
  await expect(phone.getByText('Elena Ruiz')).toHaveCount(0);
  await expect(dialog.getByText('Se abrió 1 vez')).toBeVisible();

  await dialog.getByRole('button', { name: 'Anular' }).click();
  await expect(dialog.getByRole('button', { name: 'Anular' })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Más acciones' })).toBeFocused();
  await phone.reload();
  await expect(phone.getByRole('heading', { name: 'El enlace ya no vale' })).toBeVisible();
  await phone.goto(`${clinic.url}/recording#nonsense`);
  await expect(phone.getByRole('heading', { name: 'El enlace no es válido' })).toBeVisible();
});

test('what is held stays, and what is deleted leaves only what is known of it', async ({ openPerson }) => {
  const { page } = await openPerson('doctor');
  await page.goto(`${clinic.url}/#recordings/${film.egressId}`);
  await page.getByRole('button', { name: 'Más acciones' }).click();
  await page.getByRole('menuitem', { name: 'Proteger' }).click();
  await page.getByLabel('Motivo').fill('Oficio del Juzgado 14');
  await page.getByRole('button', { name: 'Proteger' }).click();
  await expect(page.getByText('Oficio del Juzgado 14')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Borrar' })).toHaveCount(0);

  await page.getByRole('button', { name: 'Levantar protección' }).click();
  await page.getByLabel('Motivo').fill('Se cerró el expediente');
  await page.getByRole('button', { name: 'Levantar', exact: true }).click();
  await page.getByRole('button', { name: 'Cambiar plazo' }).click();
  await page.getByRole('combobox', { name: 'Conservar' }).selectOption({ label: '10 años desde hoy' });
  await page.getByRole('button', { name: 'Guardar' }).click();
  await expect(page.getByText(`de ${new Date().getFullYear() + 10}.`)).toBeVisible();

  const remove = page.getByRole('button', { name: 'Borrar' });
  await remove.click();
  await page.keyboard.press('Escape');
  await expect(remove).toBeFocused();
  await remove.click();
  await page.getByLabel('Motivo').fill('Pedido del paciente');
  await page.getByRole('button', { name: 'Borrar para siempre' }).click();
  await expect(page.getByText('El contenido ya no existe')).toBeVisible();
  await expect(page.getByText('Pedido del paciente')).toBeVisible();
  await page.getByRole('radio', { name: 'Borradas' }).click();
  await expect(page.getByRole('link', { name: /Elena Ruiz/ })).toContainText('Borrada');
});

test('one whose file is not there says what to do instead of failing to play, and plays once it is', async ({
  openPerson,
}) => {
  const file = await readFile(film.path);
  await rm(film.path);
  const { page } = await openPerson('doctor');
  await page.goto(`${clinic.url}/#recordings/${film.egressId}`);
  const list = page.getByRole('region', { name: 'Lista de grabaciones' });
  await expect(list.getByRole('link', { name: /Elena Ruiz/ })).toContainText('Falta el archivo');
  await expect(page.getByText(`${film.egressId}.age`)).toBeVisible();
  await expect(page.locator('video')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Exportar' })).toHaveCount(0);
  await writeFile(film.path, file);
  await playAndSeek(page);
  await expect(page.getByText(`${film.egressId}.age`)).toHaveCount(0);
});

test('reception sees no recordings', async ({ openPerson }) => {
  const reception = await clinic.pairDevice('reception');
  const { page } = await openPerson('doctor');
  await page.addInitScript((credential) => {
    localStorage.setItem('autamedica.credential', credential);
  }, reception.credential);
  await page.goto(`${clinic.url}/#recordings`);
  await expect(page.getByRole('link', { name: 'Agenda' })).toHaveAttribute('aria-current', 'page');
  await expect(page.getByRole('link', { name: 'Grabaciones' })).toHaveCount(0);
});
