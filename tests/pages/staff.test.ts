/** Computers of the clinic in real browsers: paired by a code, showing what their role may do, sent away. */

import { readFile } from 'node:fs/promises';
import type { Browser, Page } from '@playwright/test';
import { expect, test } from '@playwright/test';
import { photo, writeAndSend } from '../support/past-consultation.ts';
import { closeTestHost, startTestHost, type TestHost } from '../support/test-host.ts';
import { webRoot } from '../support/web-test.ts';

const apiKey = 'a-key-of-the-clinic-for-tests';
/** Asks for a credential from everybody. */
let guarded: TestHost;
/** Open on its own computer: its browser is the clinic. */
let open: TestHost;

test.beforeAll(async () => {
  guarded = await startTestHost({ API_KEY: apiKey }, { webRoot });
  open = await startTestHost({}, { webRoot });
});
test.afterAll(async () => {
  await closeTestHost(guarded);
  await closeTestHost(open);
});

async function newPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ locale: 'es-AR', viewport: { width: 1280, height: 800 } });
  return context.newPage();
}

async function pair(page: Page, code: string, name = 'Recepción'): Promise<void> {
  await page.getByLabel('Código', { exact: true }).fill(code);
  await page.getByLabel('Nombre de esta computadora').fill(name);
  await page.getByRole('button', { name: 'Vincular', exact: true }).click();
}

const agenda = (page: Page) => page.getByRole('link', { name: 'Agenda' });

test('a browser that nobody knows is asked for a code, and is the clinic with one, also after a reload', async ({
  browser,
}) => {
  const { code } = await guarded.makePairingCode('clinician');
  const page = await newPage(browser);
  await page.goto(guarded.url);
  await expect(page.getByRole('heading', { name: 'Vincular esta computadora' })).toBeVisible();
  await pair(page, 'WRNGWRNG');
  await expect(page.getByRole('alert')).toContainText('El código no sirve');
  await pair(page, code.toLowerCase());
  await expect(agenda(page)).toBeVisible();
  await expect(page.getByText('A person in clinician')).toBeVisible();
  await expect(page.getByText('Profesional')).toBeVisible();
  await page.reload();
  await expect(agenda(page)).toBeVisible();
  const later = await page.context().newPage();
  await later.goto(guarded.url);
  await expect(agenda(later)).toBeVisible();
  await page.context().close();
});

test("a pairing link brings its code along, and a shared computer's pairing ends with its tab", async ({
  browser,
}) => {
  const { link } = await guarded.makePairingCode('reception');
  const page = await newPage(browser);
  await page.goto(link);
  await expect(page.getByLabel('Código', { exact: true })).toHaveValue(/^[A-Z0-9]{8}$/);
  await page.getByLabel('Recordar en este navegador').uncheck();
  await page.getByRole('button', { name: 'Vincular', exact: true }).click();
  await expect(agenda(page)).toBeVisible();
  expect(page.url()).toBe(`${guarded.url}/`);
  await page.reload();
  await expect(agenda(page)).toBeVisible();
  const later = await page.context().newPage();
  await later.goto(guarded.url);
  await expect(later.getByRole('heading', { name: 'Vincular esta computadora' })).toBeVisible();
  await page.context().close();
});

test('reception plans and sees who waits, and finds no way into a consultation', async ({ browser }) => {
  const { consultationId, patientToken } = await guarded.createConsultation({ patientName: 'Elena Ruiz' });
  expect(patientToken).toBeTruthy();
  const { link } = await guarded.makePairingCode('reception');
  const page = await newPage(browser);
  await page.goto(link);
  await page.getByRole('button', { name: 'Vincular', exact: true }).click();
  await expect(page.getByText('Elena Ruiz').first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Nueva consulta' })).toBeVisible();
  await expect(page.getByRole('button', { name: /^(Entrar|Volver)$/ })).toHaveCount(0);
  await page.getByRole('link', { name: 'Ajustes' }).click();
  await expect(page.getByRole('heading', { name: 'Esta computadora' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Equipos y personal' })).toHaveCount(0);
  await expect(page.getByText('Nombre de la clínica')).toHaveCount(0);
  // By address, as somebody would try who knows how it is made.
  await page.goto(`${guarded.url}/consultation/${consultationId}`);
  await expect(page.getByRole('heading', { name: 'No se pudo abrir la consulta' })).toBeVisible();
  await page.context().close();
});

test('an administrator pairs a computer in the settings, and sends it away again; it says so by itself', async ({
  browser,
}) => {
  const clinic = await newPage(browser);
  await clinic.goto(`${open.url}/#settings`);
  await clinic.getByRole('button', { name: 'Vincular un equipo' }).click();
  const dialog = clinic.getByRole('dialog');
  await dialog.getByLabel('Quién lo va a usar').fill('Lucía Gómez');
  await dialog.getByRole('radio', { name: 'Recepción' }).click();
  await dialog.getByRole('button', { name: 'Crear el código' }).click();
  const code = (await dialog.locator('.invitation__code strong').textContent()) ?? '';
  await expect(dialog.getByText(open.url)).toBeVisible();
  await expect(dialog.getByText(/^Vence en 1[45]:/)).toBeVisible();

  // Reached by another name, it shares nothing with the clinic's own page.
  const other = await newPage(browser);
  await other.goto(`${open.url}/pair`);
  await pair(other, code, 'Mostrador');
  await expect(other.getByText('Lucía Gómez')).toBeVisible();
  await expect(dialog.getByText('Mostrador ya puede trabajar con la clínica.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Listo' }).click();

  const row = clinic.getByRole('listitem').filter({ hasText: 'Lucía Gómez' });
  await expect(row).toContainText('Mostrador. En uso ahora.');
  await expect(row).toContainText('Recepción');
  await row.getByRole('button', { name: /Acciones/ }).click();
  await clinic.getByRole('menuitem', { name: 'Desvincular' }).click();
  await clinic.getByRole('dialog').getByRole('button', { name: 'Desvincular' }).click();
  await expect(clinic.getByText('Sólo esta computadora')).toBeVisible();
  await expect(other.getByRole('heading', { name: 'Esta computadora ya no está vinculada' })).toBeVisible();
  await clinic.context().close();
  await other.context().close();
});

test("the clinic's name is given in the settings, and stands in the rail of every computer", async ({
  browser,
}) => {
  const clinic = await newPage(browser);
  await clinic.goto(`${open.url}/#settings`);
  await clinic.getByLabel('Nombre de la clínica').fill('Clínica San Martín');
  await clinic.getByLabel('Nombre de la clínica').press('Enter');
  await expect(clinic.getByRole('navigation', { name: 'Secciones' })).toContainText('Clínica San Martín');
  await clinic.context().close();
});

test('who treats looks back at what was said and sent, and opens it; reception sees nothing of it', async ({
  browser,
}) => {
  const consultation = await guarded.createConsultation();
  const { consultationId } = consultation;
  await writeAndSend(guarded.url, consultation, { text: 'Reposo e hidratación', fileName: 'placa.png' });
  await guarded.call('POST', `/api/consultations/${consultationId}/close`, { token: apiKey });

  const doctor = await newPage(browser);
  await doctor.goto(guarded.url);
  await pair(doctor, (await guarded.makePairingCode('clinician')).code);
  await expect(agenda(doctor)).toBeVisible();
  await doctor.goto(`${guarded.url}/consultation/${consultationId}`);
  await expect(doctor.getByRole('heading', { name: 'Resumen de la consulta' })).toBeVisible();
  await doctor.getByRole('tab', { name: 'Chat 2' }).click();
  await expect(doctor.getByText('Reposo e hidratación')).toBeVisible();
  await doctor.getByRole('tab', { name: 'Archivos 1' }).click();
  for (const _time of ['once', 'again']) {
    const [download] = await Promise.all([
      doctor.waitForEvent('download'),
      doctor.getByRole('button', { name: 'Guardar placa.png' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('placa.png');
    expect((await readFile(await download.path())).equals(photo)).toBe(true);
  }
  await doctor.context().close();

  const reception = await newPage(browser);
  await reception.goto(guarded.url);
  await pair(reception, (await guarded.makePairingCode('reception')).code);
  await expect(agenda(reception)).toBeVisible();
  await reception.goto(`${guarded.url}/consultation/${consultationId}`);
  await expect(reception.getByRole('button', { name: 'Volver a la agenda' })).toBeVisible();
  await expect(reception.getByRole('tab')).toHaveCount(0);
  await expect(reception.getByText('Reposo e hidratación')).toHaveCount(0);
  await reception.context().close();
});
