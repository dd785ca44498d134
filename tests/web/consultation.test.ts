import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, expect, type Page, test } from '@playwright/test';
import { expectPicture, expectTone } from '../support/received-media.ts';
import { closeTestHost, startTestHost, type TestHost } from '../support/test-host.ts';
import { DoctorAtWork, openBrowser, PatientAtHome, type Transport } from '../support/web-people.ts';

const webRoot = fileURLToPath(new URL('../../out/renderer', import.meta.url));

let host: TestHost;
let folder: string;
let doctorBrowser: { browser: Browser; page: Page };
let patientBrowser: { browser: Browser; page: Page };

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-media-'));
  host = await startTestHost(
    { LIVEKIT_EMBEDDED: 'on', LIVEKIT_SERVER: process.env.LIVEKIT_SERVER ?? '' },
    { webRoot },
  );
  await expect.poll(() => host.livekit.status().state, { timeout: 30_000 }).toBe('ready');
});

test.afterAll(async () => {
  await closeTestHost(host);
  await rm(folder, { recursive: true, force: true });
});

test.beforeEach(async () => {
  doctorBrowser = await openBrowser(folder, 'doctor');
  patientBrowser = await openBrowser(folder, 'patient');
});

test.afterEach(async () => {
  await doctorBrowser.browser.close();
  await patientBrowser.browser.close();
});

async function meet(transport: Transport): Promise<{ doctor: DoctorAtWork; patient: PatientAtHome }> {
  const doctor = new DoctorAtWork(doctorBrowser.page);
  const patient = new PatientAtHome(patientBrowser.page);
  await doctor.page.goto(host.url);
  const link = await doctor.invite('Elena Ruiz');
  await doctor.enter();
  if (transport === 'Servidor') await doctor.moveTo('Servidor');
  await patient.open(link);
  await patient.enterWaitingRoom('Elena Ruiz');
  await doctor.admit('Elena Ruiz');
  return { doctor, patient };
}

for (const transport of ['Directo', 'Servidor'] as const) {
  test(`a doctor and a patient see and hear each other (${transport})`, async () => {
    const { doctor, patient } = await meet(transport);
    await expectPicture(doctor.page, 'Video de Elena Ruiz', 'patient');
    await expectPicture(patient.page, 'Video de Dr. Martín Pérez', 'doctor');
    await expectTone(doctor.page, 'patient');
    await expectTone(patient.page, 'doctor');
    await expect(doctor.page.getByRole('button', { name: `Conexión: ${transport}` })).toBeVisible();
  });
}

test('a call moves from direct to the server and back, with both pictures alive', async () => {
  const { doctor, patient } = await meet('Directo');
  await expectPicture(doctor.page, 'Video de Elena Ruiz', 'patient');
  for (const transport of ['Servidor', 'Directo'] as const) {
    await doctor.moveTo(transport);
    await expectPicture(doctor.page, 'Video de Elena Ruiz', 'patient');
    await expectPicture(patient.page, 'Video de Dr. Martín Pérez', 'doctor');
    await expectTone(patient.page, 'doctor');
    await expectTone(doctor.page, 'patient');
  }
});
