import type { Page } from '@playwright/test';
import { DoctorAtWork, PatientAtHome } from '../support/web-people.ts';
import { expect, test } from '../support/web-test.ts';

const card = (page: Page, name: string) => page.getByRole('article', { name });

async function choose(page: Page, name: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Más acciones para ${name}` }).click();
  await page.getByRole('menuitem', { name: action }).click();
}

/** Tomorrow, and whether it is still this week. */
function tomorrow(): { input: string; sameWeek: boolean } {
  const today = new Date();
  const date = new Date(today.getFullYear(), today.getMonth(), today.getDate() + 1, 12);
  return { input: date.toLocaleDateString('sv-SE'), sameWeek: date.getDay() !== 1 };
}

/** By the key, which works once the page is there. */
async function newConsultation(page: Page): Promise<void> {
  await expect(page.getByRole('button', { name: /Nueva consulta/ })).toBeVisible();
  await page.keyboard.press('n');
}

async function planForTomorrow(page: Page, name: string, time: string): Promise<void> {
  await newConsultation(page);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Nombre del paciente (opcional)').fill(name);
  await dialog.getByLabel('Tu nombre').fill('Dr. Martín Pérez');
  await dialog.getByRole('radio', { name: 'Para otro momento' }).click();
  await dialog.getByLabel('Día').fill(tomorrow().input);
  await dialog.getByLabel('Hora').fill(time);
  await dialog.getByRole('button', { name: 'Crear e invitar' }).click();
  await expect(page.getByRole('button', { name: 'Entrar a la consulta' })).toBeVisible();
  await page.keyboard.press('Escape');
}

test('reception plans, finds, corrects, reschedules and cancels; another window sees each change', async ({
  host,
  openPerson,
}) => {
  const { page, browser } = await openPerson('doctor');
  await page.goto(host.url);
  await planForTomorrow(page, 'Ángela Núñez', '10:30');
  await expect(card(page, 'Ángela Núñez')).toHaveCount(0);
  await page.getByRole('button', { name: 'Día siguiente' }).click();
  await expect(card(page, 'Ángela Núñez')).toContainText('10:30');

  const other = await (
    await browser.newContext({ locale: 'es-AR', timezoneId: 'America/Argentina/Buenos_Aires' })
  ).newPage();
  await other.goto(host.url);
  await other.getByRole('radio', { name: 'Semana' }).click();
  if (!tomorrow().sameWeek) await other.getByRole('button', { name: 'Semana siguiente' }).click();
  await expect(card(other, 'Ángela Núñez')).toContainText('10:30');

  await choose(page, 'Ángela Núñez', 'Corregir datos');
  await page.getByRole('dialog').getByLabel('Nombre del paciente').fill('Ángela Núñez Paz');
  await page.getByRole('button', { name: 'Guardar' }).click();
  await expect(card(other, 'Ángela Núñez Paz')).toBeVisible();

  // The other window began its change before this one finished its own.
  await choose(other, 'Ángela Núñez Paz', 'Reprogramar');
  await choose(page, 'Ángela Núñez Paz', 'Reprogramar');
  await page.getByRole('dialog').getByLabel('Hora').fill('11:45');
  await page.getByRole('dialog').getByRole('button', { name: 'Reprogramar' }).click();
  await expect(card(page, 'Ángela Núñez Paz')).toContainText('11:45');
  await other.getByRole('dialog').getByLabel('Hora').fill('16:00');
  await other.getByRole('dialog').getByRole('button', { name: 'Reprogramar' }).click();
  await expect(other.getByRole('alert')).toContainText('Otra persona cambió esta consulta');
  await other.keyboard.press('Escape');
  await expect(card(other, 'Ángela Núñez Paz')).toContainText('11:45');

  await page.keyboard.press('/');
  await page.keyboard.type('nunez ang');
  await expect(page.getByRole('heading', { name: 'Lo que encontramos' })).toBeVisible();
  await expect(page.getByRole('article')).toHaveCount(1);
  await choose(page, 'Ángela Núñez Paz', 'Cancelar la consulta');
  await page.getByLabel('Motivo (opcional)').fill('Viaja');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancelar la consulta' }).click();
  await expect(card(page, 'Ángela Núñez Paz')).toContainText('Cancelada: Viaja');
  await expect(card(other, 'Ángela Núñez Paz')).toContainText('Cancelada: Viaja');
});

test('a patient in the waiting room is told that the consultation was cancelled, and so is the link', async ({
  host,
  openPerson,
}) => {
  const clinic = new DoctorAtWork((await openPerson('doctor')).page);
  const patient = new PatientAtHome((await openPerson('patient')).page);
  await clinic.page.goto(host.url);
  const link = await clinic.invite('Tomás Quiroga');
  await clinic.page.keyboard.press('Escape');
  await patient.open(link);
  await patient.enterWaitingRoom('Tomás Quiroga');
  await expect(card(clinic.page, 'Tomás Quiroga')).toContainText('En la sala de espera');
  await choose(clinic.page, 'Tomás Quiroga', 'Cancelar la consulta');
  await expect(clinic.page.getByRole('dialog')).toContainText('El paciente está en la sala de espera');
  await clinic.page.getByRole('dialog').getByRole('button', { name: 'Cancelar la consulta' }).click();
  await expect(patient.page.getByRole('heading', { name: 'La consulta se canceló' })).toBeVisible();
  await patient.open(link);
  await expect(patient.page.getByRole('heading', { name: 'La consulta se canceló' })).toBeVisible();
});

test('a patient who was here before keeps one history, found again by a part of the name', async ({
  host,
  openPerson,
}) => {
  const { page } = await openPerson('doctor');
  const patientId = 'patient-of-old';
  for (const consultationId of ['old-1', 'old-2']) {
    await host.createConsultation({ consultationId, patientId, patientName: 'Ramón Ibáñez' });
    await host.call('POST', `/api/consultations/${consultationId}/close`);
  }
  await page.goto(host.url);
  await newConsultation(page);
  await page.getByLabel('Nombre del paciente (opcional)').fill('ramon iba');
  await page.getByRole('button', { name: /^Ramón Ibáñez, última vez/ }).click();
  await expect(page.getByLabel('Nombre del paciente (opcional)')).toHaveValue('Ramón Ibáñez');
  await page.getByRole('button', { name: 'Crear e invitar' }).click();
  await expect(page.getByRole('button', { name: 'Entrar a la consulta' })).toBeVisible();
  await page.keyboard.press('Escape');

  await page.getByRole('link', { name: 'Historial' }).click();
  await page.getByRole('searchbox').fill('IBANEZ');
  await expect(page.getByRole('article')).toHaveCount(2);
  await page.getByRole('button', { name: 'Ver historial' }).first().click();
  await expect(page.getByRole('heading', { name: 'Ramón Ibáñez', level: 1 })).toBeVisible();
  await expect(page.getByRole('article')).toHaveCount(3);
  await expect(page.getByText('3 consultas en esta clínica')).toBeVisible();
});

test('a window that was left open overnight shows the new day in the morning, and one left on another day stays there', async ({
  host,
  openPerson,
}) => {
  const { page } = await openPerson('doctor');
  // Half a minute before midnight in Buenos Aires.
  await page.clock.install({ time: new Date('2031-03-04T02:59:30Z') });
  await page.goto(host.url);
  await expect(page.getByRole('heading', { name: 'Lunes 3 de marzo' })).toBeVisible();
  await page.clock.fastForward('01:00');
  await expect(page.getByRole('heading', { name: 'Martes 4 de marzo' })).toBeVisible();
  await page.getByRole('button', { name: 'Día siguiente' }).click();
  await page.clock.fastForward('24:00:00');
  await page.getByRole('button', { name: 'Día siguiente' }).click();
  await expect(page.getByRole('heading', { name: 'Jueves 6 de marzo' })).toBeVisible();
  await page.getByRole('button', { name: 'Hoy' }).click();
  await expect(page.getByRole('heading', { name: 'Miércoles 5 de marzo' })).toBeVisible();
});
