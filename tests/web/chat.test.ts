/** The chat and the files beside a call, between two real browsers and a host that dies in the middle. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { photo } from '../support/past-consultation.ts';
import { startTestHost } from '../support/test-host.ts';
import { expect, meetAt, test, webRoot } from '../support/web-test.ts';

const prescription = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(900_000)]);
const analysis = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(700_000, 'glucosa 98 ')]);

const chatControl = (page: Page) => page.getByRole('button', { name: /^Chat/ });
const field = (page: Page) => page.getByRole('textbox', { name: /^Mensaje/ });
const log = (page: Page) => page.getByRole('log', { name: 'Mensajes' });

async function say(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await field(page).press('Enter');
}

async function attach(page: Page, name: string, mimeType: string, buffer: Buffer): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Mandar una foto o un archivo' }).click(),
  ]);
  await chooser.setFiles({ name, mimeType, buffer });
}

async function saved(page: Page, name: string): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: `Guardar ${name}` }).click(),
  ]);
  expect(download.suggestedFilename()).toBe(name);
  return readFile(await download.path());
}

/** The texts of a chat, in order. */
const texts = (page: Page) => log(page).locator('.message__bubble').allTextContents();

test('both write and send files, a shut chat counts what came, and nothing of it is a page', async ({
  meet,
}) => {
  const { doctor, patient } = await meet('Directo');
  await expect(chatControl(patient.page)).toBeVisible();
  await doctor.page.keyboard.press('c');
  await expect(field(doctor.page)).toBeFocused();
  const markup = '<img src=x onerror="document.title=\'broken\'"><b>negrita</b>';
  await say(doctor.page, markup);
  await say(doctor.page, 'Mandame el análisis');
  // Nobody has read it: the patient's chat is shut.
  await expect(log(doctor.page).getByText('Entregado')).toHaveCount(2);
  await expect(chatControl(patient.page)).toContainText('2');
  await chatControl(patient.page).click();
  await expect(log(doctor.page).getByText('Leído')).toHaveCount(2);
  await expect(chatControl(patient.page)).not.toContainText('2');
  expect(await texts(patient.page)).toEqual([markup, 'Mandame el análisis']);
  expect(await patient.page.locator('.messages img, .messages b').count()).toBe(0);

  await attach(patient.page, 'Análisis octubre.pdf', 'application/pdf', analysis);
  await expect(doctor.page.getByRole('button', { name: 'Guardar Análisis octubre.pdf' })).toBeVisible();
  expect((await saved(doctor.page, 'Análisis octubre.pdf')).equals(analysis)).toBe(true);

  await attach(doctor.page, 'indicación.png', 'image/png', photo);
  await patient.page.getByRole('button', { name: 'Ver indicación.png' }).click();
  const picture = patient.page.getByRole('dialog').getByRole('img', { name: 'indicación.png' });
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
  await patient.page.keyboard.press('Escape');
  expect((await saved(patient.page, 'indicación.png')).equals(photo)).toBe(true);
  await attach(doctor.page, 'Receta.pdf', 'application/pdf', prescription);
  expect((await saved(patient.page, 'Receta.pdf')).equals(prescription)).toBe(true);

  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  await attach(patient.page, 'dibujo.png', 'image/png', svg);
  await expect(patient.page.getByText('Este tipo de archivo no se acepta')).toBeVisible();

  await doctor.page.getByRole('tab', { name: /Archivos/ }).click();
  const panel = doctor.page.getByRole('complementary', { name: 'Panel de la consulta' });
  await expect(panel.getByRole('listitem')).toHaveCount(3);
  await expect(doctor.page.getByText('dibujo.png')).toHaveCount(0);
  await expect(doctor.page).not.toHaveTitle('broken');
});

test('by keyboard alone: tabs by arrows, Escape back to where one was, and no shortcut while writing', async ({
  arrive,
}) => {
  const { doctor } = await arrive();
  const { page } = doctor;
  await chatControl(page).focus();
  await page.keyboard.press('Enter');
  await expect(field(page)).toBeFocused();
  await page.keyboard.type('c m p');
  await expect(field(page)).toHaveValue('c m p');
  await page.keyboard.press('Escape');
  await expect(chatControl(page)).toBeFocused();
  await page.keyboard.press('c');
  // What was begun is still there.
  await expect(field(page)).toHaveValue('c m p');
  await page.getByRole('tab', { name: 'Chat' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: /Personas/ })).toBeFocused();
  await page.keyboard.press('End');
  await expect(page.getByRole('tab', { name: /Archivos/ })).toHaveAttribute('aria-selected', 'true');
  await page.setViewportSize({ width: 900, height: 700 });
  await expect(page.getByRole('button', { name: 'Cerrar el panel' })).toBeInViewport();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('tab')).toHaveCount(0);
});

test('what was acknowledged before the host died is there after it, and what was written meanwhile follows once', async ({
  openPerson,
}) => {
  const environment = { PORT: '0', LIVEKIT_EMBEDDED: 'off' };
  let host = await startTestHost(environment, { webRoot });
  const port = String(host.port);
  try {
    const { doctor, patient } = await meetAt(host.url, openPerson);
    await chatControl(patient.page).click();
    await doctor.page.keyboard.press('c');
    for (const text of ['uno', 'dos', 'tres']) await say(doctor.page, text);
    await say(patient.page, 'cuatro');
    await attach(patient.page, 'antes.pdf', 'application/pdf', analysis);
    await expect(doctor.page.getByRole('button', { name: 'Guardar antes.pdf' })).toBeVisible();

    await host.close();
    await say(doctor.page, 'cinco, sin servidor');
    await say(patient.page, 'seis, sin servidor');
    await attach(patient.page, 'durante.pdf', 'application/pdf', analysis);
    await expect(log(doctor.page).getByText('Se envía cuando vuelva la señal')).toBeVisible();
    await expect(log(patient.page).getByText('Esperando señal')).toBeVisible();

    host = await startTestHost({ ...environment, PORT: port, DATA_DIR: host.dataDir }, { webRoot });
    await expect(doctor.page.getByRole('button', { name: 'Guardar durante.pdf' })).toBeVisible({
      timeout: 30_000,
    });
    await expect(log(doctor.page).getByText('Se envía cuando vuelva la señal')).toHaveCount(0);
    await expect.poll(async () => (await texts(doctor.page)).length).toBe(6);
    const both = await texts(doctor.page);
    expect(both.slice(0, 4)).toEqual(['uno', 'dos', 'tres', 'cuatro']);
    expect(both.slice(4).sort()).toEqual(['cinco, sin servidor', 'seis, sin servidor']);
    await expect.poll(() => texts(patient.page)).toEqual(both);
    expect((await saved(doctor.page, 'antes.pdf')).equals(analysis)).toBe(true);
    expect((await saved(doctor.page, 'durante.pdf')).equals(analysis)).toBe(true);

    await patient.page.reload();
    await expect(chatControl(patient.page)).toBeVisible({ timeout: 20_000 });
    await chatControl(patient.page).click();
    await expect.poll(() => texts(patient.page)).toEqual(both);
  } finally {
    await host.close();
  }
});
