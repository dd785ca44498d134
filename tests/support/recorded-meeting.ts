/** A consultation that is recorded, as its people do it, and the file that comes of it. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect } from '@playwright/test';
import { loadSecrets } from '../../src/main/host/runtime/secrets.ts';
import { decryptWithAge } from './recorded-content.ts';
import type { DoctorAtWork, PatientAtHome } from './web-people.ts';

/** The chip every screen of the call has while it is recorded. */
export const recordingChip = (page: Page) =>
  page.getByRole('status').filter({ has: page.getByTitle('Tiempo grabado') });

export const recordingPanel = (page: Page) => page.getByRole('dialog', { name: 'Grabación' });

/** The doctor asks, the patient agrees, and it begins. */
export async function startRecording(doctor: DoctorAtWork, patient: PatientAtHome): Promise<void> {
  await doctor.page.getByRole('button', { name: /^Grabar/ }).click();
  await recordingPanel(doctor.page).getByRole('button', { name: 'Pedir permiso y grabar' }).click();
  await patient.page.getByRole('button', { name: 'Acepto que se grabe' }).click();
  for (const { page } of [doctor, patient]) await expect(recordingChip(page)).toContainText('REC');
  await doctor.page.keyboard.press('Escape');
}

/** Seconds, as the doctor's screen says; not a number while nothing is recorded. */
export async function recordedUntilNow(doctor: DoctorAtWork): Promise<number> {
  const text = (await recordingChip(doctor.page).textContent()) ?? '';
  const [, minutes, seconds] = /(\d+):(\d\d)/.exec(text) ?? [];
  return Number(minutes) * 60 + Number(seconds);
}

/** Waits until the doctor's screen says that so many seconds were recorded. */
export async function recordedSeconds(doctor: DoctorAtWork, seconds: number): Promise<void> {
  const timeout = (seconds + 30) * 1_000;
  await expect
    .poll(() => recordedUntilNow(doctor), { timeout, intervals: [200] })
    .toBeGreaterThanOrEqual(seconds);
}

/** Stops it by hand; done when its file is safe. */
export async function stopRecording(doctor: DoctorAtWork): Promise<void> {
  await doctor.page.getByRole('button', { name: /^Detener/ }).click();
  await recordingPanel(doctor.page).getByRole('button', { name: 'Detener la grabación' }).click();
  await expect(doctor.page.getByText(/^Se guardó la grabación: /)).toBeVisible({ timeout: 30_000 });
  await doctor.page.keyboard.press('Escape');
}

/** The newest recording of a clinic, decrypted by the age tool. */
export async function openNewest(dataDir: string): Promise<string> {
  const folder = join(dataDir, 'recordings');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.age'));
  const ages = await Promise.all(
    files.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  const newest = ages.sort((one, other) => other.at - one.at)[0];
  if (!newest) throw new Error('There is no recording');
  return decryptWithAge(join(folder, newest.name), loadSecrets(dataDir).secrets.recordingIdentity, dataDir);
}
