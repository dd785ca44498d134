/** The packed app: what `npm run package` makes holds a consultation, with its own video server. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { _electron, expect } from '@playwright/test';
import { callFromPage, launchEnvironment, launchParameters } from '../support/desktop.ts';
import { removeProfile } from '../support/remove-profile.ts';
import { syntheticDevices } from '../support/synthetic-media.ts';
import { DoctorAtWork, PatientAtHome } from '../support/web-people.ts';
import { expectToMeet, test, transports } from '../support/web-test.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const resources = join(root, 'release/linux-unpacked/resources');

test.skip(process.platform !== 'linux', 'the unpacked app of the other systems lies elsewhere');

test.beforeAll(async () => {
  test.setTimeout(180_000);
  await promisify(execFile)(process.execPath, ['scripts/run.mjs', 'package'], { cwd: root });
});

test('the package has the app and nothing of Electron that could be run in its place', async () => {
  const names = await readdir(resources);
  expect(names).toContain('app.asar');
  expect(names).not.toContain('default_app.asar');
});

for (const transport of transports) {
  test(`a doctor in the packed app and a patient in a browser see and hear each other (${transport})`, async ({
    mediaFolder,
    openPerson,
  }) => {
    const folder = await mkdtemp(join(tmpdir(), 'autamedica-packed-'));
    // The packed program lets nobody attach, so its archive is run by the runtime it was packed from.
    const [, ...parameters] = launchParameters(folder, [
      '--clinic',
      ...(await syntheticDevices(mediaFolder, 'doctor')),
    ]);
    const app = await _electron.launch({
      args: [join(resources, 'app.asar'), ...parameters],
      env: launchEnvironment(folder, {
        LIVEKIT_EMBEDDED: 'on',
        LIVEKIT_SERVER: join(resources, 'livekit-server'),
      }),
    });
    try {
      const clinic = await app.firstWindow();
      await clinic.waitForURL(/^app:\/\/autamedica\/$/);
      const link = await new DoctorAtWork(clinic).invite('Elena Ruiz');
      const [page] = await Promise.all([
        app.waitForEvent('window'),
        clinic.getByRole('button', { name: 'Entrar a la consulta' }).click(),
      ]);
      const doctor = new DoctorAtWork(page);
      if (transport === 'Servidor') {
        const status = async () =>
          (await callFromPage(clinic, 'host', 'livekit/status')).data as { state: string };
        await expect.poll(async () => (await status()).state, { timeout: 30_000 }).toBe('ready');
        await doctor.moveTo('Servidor');
      }
      const patient = new PatientAtHome((await openPerson('patient')).page);
      await patient.open(link);
      await patient.enterWaitingRoom('Elena Ruiz');
      await doctor.admit('Elena Ruiz');
      await expectToMeet(doctor, patient);
    } finally {
      await app.close();
      await removeProfile(folder);
    }
  });
}
