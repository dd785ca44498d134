/**
 * A clinic's whole day: reception plans in a browser, the doctor works in the app, patients and observers come by their
 * links, the host is killed in the middle, and in the evening everything is found again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from '@playwright/test';
import { launchDesktop } from '../support/desktop.ts';
import { type KillableHost, startHostProcess } from '../support/killable-host.ts';
import { expectPicture, expectTone } from '../support/received-media.ts';
import { syntheticDevices } from '../support/synthetic-media.ts';
import { DoctorAtWork, PatientAtHome } from '../support/web-people.ts';
import { expect, pictureOf, test, webRoot } from '../support/web-test.ts';

const apiKey = 'a-key-of-the-clinic-for-tests';
const minute = 60_000;
const analysis = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(200_000, 'glucosa 98 ')]);

/** What the clinic's own system asks of the host. */
async function api<T>(host: KillableHost, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${host.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as { data: T };
  expect(response.status, `${method} ${path}: ${JSON.stringify(answer)}`).toBe(200);
  return answer.data;
}

const pairingCode = (host: KillableHost, role: string, personName: string) =>
  api<{ code: string; link: string }>(host, 'POST', '/api/staff/pairing-codes', { role, personName });

const card = (page: Page, name: string): Locator => page.getByRole('article', { name });

/** Reception plans for now, and reads the link on the sheet. */
async function plan(page: Page, patientName: string): Promise<string> {
  const link = await new DoctorAtWork(page).invite(patientName);
  await page.keyboard.press('Escape');
  return link;
}

/** A link for somebody who wants to watch, made by the doctor's colleague at the desk. */
async function observerLink(host: KillableHost, consultationId: string): Promise<string> {
  const path = `/api/consultations/${consultationId}/invitations`;
  return (await api<{ webLink: string }>(host, 'POST', path, { role: 'observer' })).webLink;
}

async function newVisitor(browser: Browser): Promise<Page> {
  return (await browser.newContext({ locale: 'es-AR' })).newPage();
}

async function observe(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel(/^Tu nombre/).fill(name);
  await page.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Entrar a la sala de espera' }).click();
}

test('a day at the clinic, with the host killed in the middle of it', async ({ mediaFolder, openPerson }) => {
  test.setTimeout(4 * minute);
  const dataDir = await mkdtemp(join(tmpdir(), 'autamedica-day-'));
  const environment = { WEB_ROOT: webRoot, API_KEY: apiKey };
  let host = await startHostProcess(dataDir, environment);
  const doctorApp = await launchDesktop({
    parameters: ['--ask', ...(await syntheticDevices(mediaFolder, 'doctor'))],
  });
  try {
    const desk = await openPerson('doctor', { devices: false, permissions: [] });
    const reception = desk.page;
    const clinic = await test.step('reception and doctor pair their computers', async () => {
      await reception.goto((await pairingCode(host, 'reception', 'Marta')).link);
      await reception.getByRole('button', { name: 'Vincular', exact: true }).click();
      await expect(reception.getByRole('link', { name: 'Agenda' })).toBeVisible();

      const start = await doctorApp.window(/\/start$/);
      await start.getByRole('button', { name: /Conectar con la clínica/ }).click();
      await start.getByLabel('Dirección de la clínica').fill(host.url);
      const { code } = await pairingCode(host, 'clinician', 'Dr. Martín Pérez');
      await start.getByLabel('Código', { exact: true }).fill(code);
      await start.getByRole('button', { name: 'Vincular', exact: true }).click();
      const window = await doctorApp.window(/^app:\/\/autamedica\/$/);
      await expect(window.getByRole('link', { name: 'Agenda' })).toBeVisible();
      return window;
    });

    const links = await test.step('three consultations are planned', async () => {
      const elena = await plan(reception, 'Elena Ruiz');
      const jorge = await plan(reception, 'Jorge Sosa');
      const late = await api<{ invitationUrl: string }>(host, 'POST', '/api/consultations/create', {
        consultationId: 'rosa-today',
        patientId: 'rosa',
        doctorId: 'doctor-perez',
        patientName: 'Rosa Díaz',
        doctorName: 'Dr. Martín Pérez',
        scheduledAt: new Date(Date.now() - 12 * minute).toISOString(),
      });
      await expect(card(clinic, 'Rosa Díaz')).toContainText('tarde');
      await expect(card(clinic, 'Elena Ruiz')).toBeVisible();
      return { elena, jorge, rosa: late.invitationUrl };
    });

    const elena = new PatientAtHome((await openPerson('patient')).page);
    const strangers = await openPerson('patient', { permissions: [] });
    const jorge = new PatientAtHome(strangers.page);
    await test.step('one patient is refused with a reason, at the desk', async () => {
      await jorge.open(links.jorge);
      await jorge.page.getByRole('button', { name: /^Entrar sin cámara/ }).click();
      await jorge.enterWaitingRoom('Jorge Sosa');
      await reception.getByRole('link', { name: /Sala de espera/ }).click();
      await reception.getByRole('button', { name: 'No admitir a Jorge Sosa' }).click();
      await reception.getByLabel('Motivo, si querés darlo (lo lee)').fill('El turno es mañana a las 10.');
      await reception.getByRole('button', { name: 'No admitir', exact: true }).click();
      await expect(jorge.page.getByText('El turno es mañana a las 10.')).toBeVisible();
    });

    const doctor = await test.step('the first patient arrives, and the doctor admits her', async () => {
      await elena.open(links.elena);
      await elena.enterWaitingRoom('Elena Ruiz');
      const [window] = await Promise.all([
        doctorApp.window(/\/consultation\//),
        card(clinic, 'Elena Ruiz')
          .getByRole('button', { name: /^Admitir/ })
          .click(),
      ]);
      const atWork = new DoctorAtWork(window);
      await expectPicture(window, pictureOf.patient, 'patient');
      await expectPicture(elena.page, pictureOf.doctor, 'doctor');
      await expectTone(window, 'patient');
      await expectTone(elena.page, 'doctor');
      return atWork;
    });
    const consultationId = decodeURIComponent(new URL(doctor.page.url()).pathname.split('/')[2] ?? '');

    await test.step('an observer she accepts comes in, one she does not accept stays out', async () => {
      const student = await newVisitor(desk.browser);
      await observe(student, await observerLink(host, consultationId), 'Lucía Vega');
      await elena.page.getByRole('button', { name: 'Acepto que observe' }).click();
      await doctor.admit('Lucía Vega');
      await expectPicture(student, pictureOf.patient, 'patient');
      await expect(elena.page.getByText(/Lucía Vega/).first()).toBeVisible();

      const journalist = await newVisitor(desk.browser);
      await observe(journalist, await observerLink(host, consultationId), 'Pedro Gil');
      await elena.page.getByRole('button', { name: 'No acepto' }).click();
      await expect(doctor.page.getByText('El paciente no acepta que observe.')).toBeVisible();
      const { body, status } = await fetch(
        `${host.url}/api/consultations/${consultationId}/participants/${await identityOf(host, 'Pedro Gil')}/admit`,
        { method: 'POST', headers: { authorization: `Bearer ${apiKey}` } },
      ).then(async (answer) => ({ status: answer.status, body: await answer.json() }));
      expect(status, JSON.stringify(body)).toBe(409);
      await expect(journalist.locator('video')).toHaveCount(0);
      await student.context().close();
      await journalist.context().close();
    });

    await test.step('they write and send a file, and the doctor takes notes', async () => {
      await doctor.page.getByRole('button', { name: /^Chat/ }).click();
      await doctor.page.getByRole('textbox', { name: /^Mensaje/ }).fill('¿Me mandás el análisis?');
      await doctor.page.keyboard.press('Enter');
      await elena.page.getByRole('button', { name: /^Chat/ }).click();
      const [chooser] = await Promise.all([
        elena.page.waitForEvent('filechooser'),
        elena.page.getByRole('button', { name: 'Mandar una foto o un archivo' }).click(),
      ]);
      await chooser.setFiles({ name: 'análisis.pdf', mimeType: 'application/pdf', buffer: analysis });
      await expect(doctor.page.getByRole('button', { name: 'Guardar análisis.pdf' })).toBeVisible();
      await doctor.page.getByRole('tab', { name: 'Notas' }).click();
      await doctor.page.getByLabel('Notas clínicas').pressSequentially('Cefalea desde ayer.');
      await expect(doctor.page.getByText(/^Guardado \d\d:\d\d$/)).toBeVisible();
    });

    await test.step('the host is killed; the call goes on; nothing acknowledged is missing after it', async () => {
      await host.kill();
      await expectPicture(elena.page, pictureOf.doctor, 'doctor');
      host = await startHostProcess(dataDir, { ...environment, PORT: String(host.port) });
      await expectPicture(doctor.page, pictureOf.patient, 'patient');
      await doctor.page.getByRole('tab', { name: /^Chat/ }).click();
      await expect(doctor.page.getByText('¿Me mandás el análisis?')).toBeVisible();
      await expect(doctor.page.getByRole('button', { name: 'Guardar análisis.pdf' })).toBeVisible();
      const notes = await api<{ text: string }>(host, 'GET', `/api/consultations/${consultationId}/notes`);
      expect(notes.text).toBe('Cefalea desde ayer.');
      const consents = await api<unknown[]>(host, 'GET', `/api/consultations/${consultationId}/consents`);
      expect(JSON.stringify(consents)).toContain('agreed');
      await elena.page.getByRole('textbox', { name: /^Mensaje/ }).fill('Gracias, doctor');
      await elena.page.keyboard.press('Enter');
      await expect(doctor.page.getByText('Gracias, doctor')).toBeVisible();
    });

    await test.step('the consultation ends with a summary', async () => {
      await doctor.page.getByRole('button', { name: 'Finalizar' }).click();
      await doctor.page.getByRole('dialog').getByRole('button', { name: 'Finalizar para todos' }).click();
      await expect(doctor.page.getByRole('heading', { name: 'Consulta terminada' })).toBeVisible();
      await expect(elena.page.getByRole('heading', { name: /termin|Gracias/i }).first()).toBeVisible();
      await doctor.page.close();
    });

    await test.step('the late patient comes with a blocked microphone, is seen as such, and is attended', async () => {
      const rosa = new PatientAtHome(await strangers.page.context().newPage());
      await rosa.open(links.rosa);
      await rosa.page.getByRole('button', { name: /^Entrar sin cámara/ }).click();
      await rosa.enterWaitingRoom('Rosa Díaz');
      await expect
        .poll(async () => JSON.stringify(await api(host, 'GET', '/api/waiting-room')))
        .toMatch(/"microphone":"(blocked|missing)"/);
      const [window] = await Promise.all([
        doctorApp.window(/\/consultation\/rosa-today/),
        card(clinic, 'Rosa Díaz')
          .getByRole('button', { name: /^Admitir/ })
          .click(),
      ]);
      await expectPicture(rosa.page, pictureOf.doctor, 'doctor');
      await window.getByRole('button', { name: 'Finalizar' }).click();
      await window.getByRole('dialog').getByRole('button', { name: 'Finalizar para todos' }).click();
      await expect(window.getByRole('heading', { name: 'Consulta terminada' })).toBeVisible();
    });

    await test.step('in the evening the day is found in the history', async () => {
      await clinic.getByRole('link', { name: 'Historial' }).click();
      await expect(card(clinic, 'Rosa Díaz')).toBeVisible();
      await expect(card(clinic, 'Elena Ruiz')).toContainText('Terminada');
      const found = await api<{ consultations: { patientName: string; state: string }[] }>(
        host,
        'GET',
        '/api/agenda?search=elena',
      );
      expect(found.consultations.map(({ patientName, state }) => [patientName, state])).toEqual([
        ['Elena Ruiz', 'closed'],
      ]);
    });
  } finally {
    await doctorApp.close();
    await host.kill();
    await rm(dataDir, { recursive: true, force: true });
  }
});

async function identityOf(host: KillableHost, displayName: string): Promise<string> {
  const waiting = await api<{ identity: string; displayName: string }[]>(host, 'GET', '/api/waiting-room');
  return waiting.find((one) => one.displayName === displayName)?.identity ?? '';
}
