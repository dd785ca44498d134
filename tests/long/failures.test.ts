import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHostProcess } from '../support/killable-host.ts';
import { expectPicture, expectTone } from '../support/received-media.ts';
import { closeTestHost, startTestHost } from '../support/test-host.ts';
import { DoctorAtWork, PatientAtHome } from '../support/web-people.ts';
import { expect, expectToSeeEachOther, meetAt, pictureOf, test, webRoot } from '../support/web-test.ts';

test('killing the host in a direct call stops no frame, and signaling resumes when it is back', async ({
  openPerson,
}) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'autamedica-killed-'));
  let host = await startHostProcess(dataDir, { WEB_ROOT: webRoot });
  try {
    const { doctor, patient } = await meetAt(host.url, openPerson);
    await expectToSeeEachOther(doctor, patient);
    const trackShown = () =>
      patient.page
        .getByLabel(pictureOf.doctor)
        .evaluate((video) => ((video as HTMLVideoElement).srcObject as MediaStream).getVideoTracks()[0]?.id);
    const track = await trackShown();

    await host.kill();
    await expect(doctor.page.getByText('Sin servidor; la llamada sigue')).toBeVisible();
    await expectToSeeEachOther(doctor, patient);
    await expectTone(patient.page, 'doctor');

    host = await startHostProcess(dataDir, { WEB_ROOT: webRoot, PORT: String(host.port) });
    await expect(doctor.page.getByText('Sin servidor; la llamada sigue')).toBeHidden();
    await expectPicture(patient.page, pictureOf.doctor, 'doctor');
    // It was the same track all the time: nothing was connected anew.
    expect(await trackShown()).toBe(track);

    // What needs the host works again.
    await patient.control('Cámara').click();
    await expect(doctor.page.getByText('Cámara apagada')).toBeVisible();
  } finally {
    await host.kill();
    await rm(dataDir, { recursive: true, force: true });
  }
});

test.describe('a patient whose devices do not work', () => {
  test('sees how to allow blocked ones, and can enter without', async ({ host, openPerson }) => {
    const { invitationUrl } = await host.createConsultation();
    const { page } = await openPerson('patient', { permissions: [] });
    await page.goto(invitationUrl);
    await expect(page.getByRole('heading', { name: /El navegador bloquea/ })).toBeVisible();
    await page.getByRole('button', { name: /Entrar sin cámara/ }).click();
    await new PatientAtHome(page).enterWaitingRoom('Elena Ruiz');
    await expect
      .poll(async () => (await host.call('GET', '/api/waiting-room')).body.data)
      .toContainEqual(
        expect.objectContaining({
          readiness: expect.objectContaining({ camera: 'blocked', microphone: 'blocked' }),
        }),
      );
  });

  test('is told when there are none, and can enter without', async ({ host, openPerson }) => {
    const { invitationUrl } = await host.createConsultation();
    const { page } = await openPerson('patient', { devices: false });
    await page.goto(invitationUrl);
    await expect(page.getByText('No encontramos ninguna. Conectala y aparece sola.')).toBeVisible();
    await new PatientAtHome(page).enterWaitingRoom('Elena Ruiz');
  });
});

test.describe('without a video server', () => {
  test('direct consultations work, and the server cannot be chosen and says why', async ({ openPerson }) => {
    const host = await startTestHost({}, { webRoot });
    try {
      const doctor = new DoctorAtWork((await openPerson('doctor')).page);
      await doctor.page.goto(host.url);
      await doctor.invite('Elena Ruiz');
      await doctor.enter();
      await doctor.page.getByRole('button', { name: /^Conexión:/ }).click();
      await expect(doctor.page.getByRole('radio', { name: /^Servidor/ })).toBeDisabled();
      await expect(
        doctor.page.getByRole('radio', { name: /^Servidor.*instalá livekit-server/ }),
      ).toBeVisible();
    } finally {
      await closeTestHost(host);
    }
  });
});

test('an unknown or mistyped link says what to do', async ({ host, openPerson }) => {
  const { page } = await openPerson('patient');
  await page.goto(`${host.url}/join/AAAAAA`);
  await expect(page.getByRole('heading', { name: 'Este enlace no sirve' })).toBeVisible();
  // An address that is neither a page nor a file is not answered with the page.
  expect((await host.call('GET', '/nowhere')).body.error?.code).toBe('NOT_FOUND');
});

test('a page whose code did not come says what to do instead of staying empty', async ({
  host,
  openPerson,
}) => {
  const { page } = await openPerson('doctor');
  await page.route('**/assets/*.js', (route) => route.abort('connectionfailed'));
  await page.goto(host.url);
  const again = page.getByRole('link', { name: 'volvé a cargar la página' });
  await expect(again).toBeVisible();
  await page.unroute('**/assets/*.js');
  await again.click();
  await expect(page.getByRole('button', { name: /Nueva consulta/ })).toBeVisible();
});
