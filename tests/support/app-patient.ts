/** The desktop app as a patient's, driven where it is started: it opens an invitation, meets the doctor, and stays until the consultation ends. */
import { writeFile } from 'node:fs/promises';
import { expect } from '@playwright/test';
import { launchDesktop } from './desktop.ts';
import { expectPicture, expectTone } from './received-media.ts';
import { syntheticDevices } from './synthetic-media.ts';
import { PatientAtHome } from './web-people.ts';

/**
 * @param link `autamedica://`, with the clinic's fingerprint.
 * @param doctor label of the doctor's picture.
 * @param mediaFolder where the patient's picture and sound are made.
 * @param met a file that is there once the patient has seen and heard the doctor.
 */
export async function meetTheDoctor(
  link: string,
  doctor: string,
  mediaFolder: string,
  met: string,
): Promise<void> {
  const desktop = await launchDesktop({
    parameters: [...(await syntheticDevices(mediaFolder, 'patient')), link],
  });
  try {
    const page = await desktop.window(/\/join\?/);
    await new PatientAtHome(page).enterWaitingRoom('Elena Ruiz');
    await expectPicture(page, doctor, 'doctor');
    await expectTone(page, 'doctor');
    await writeFile(met, '');
    await expect(page.getByRole('heading', { name: 'La consulta terminó' })).toBeVisible({ timeout: 60_000 });
  } finally {
    await desktop.close();
  }
}
