/** A patient on another computer of the clinic's network, by its encrypted door. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBrowser } from '../../scripts/parts/system.ts';
import { fingerprintOf } from '../../src/main/host/network/certificates.ts';
import { startImpostor } from '../support/impostor.ts';
import { type OtherComputer, plugIn, whyNoOtherComputer } from '../support/other-computer.ts';
import { expectPicture, expectTone } from '../support/received-media.ts';
import { closeTestHost, type TestHost } from '../support/test-host.ts';
import { certificateAt, trustSwitchFor } from '../support/trust.ts';
import { DoctorAtWork, PatientAtHome } from '../support/web-people.ts';
import {
  expect,
  expectToMeet,
  pictureOf,
  startHostWithVideoServer,
  test,
  transports,
} from '../support/web-test.ts';

test.skip(whyNoOtherComputer() !== undefined, whyNoOtherComputer());
test.describe.configure({ mode: 'serial' });

let computer: OtherComputer;
let shared: TestHost;

test.beforeAll(async () => {
  computer = await plugIn();
  shared = await startHostWithVideoServer({
    LAN_ADDRESS: computer.clinicAddress,
    TLS_PORT: '0',
    SHARE_ON_NETWORK: 'on',
  });
});
test.afterAll(async () => {
  await closeTestHost(shared);
  await computer.unplug();
});

async function networkUrl(): Promise<string> {
  const { body } = await shared.call('GET', '/api/network');
  return String((body.data as unknown as { urls: string[] }).urls[0]);
}

for (const transport of transports) {
  test(`a patient on another computer and the doctor see and hear each other (${transport})`, async ({
    openPerson,
  }) => {
    const doctor = new DoctorAtWork((await openPerson('doctor')).page);
    await doctor.page.goto(shared.url);
    const link = await doctor.invite('Elena Ruiz');
    expect(new URL(link).origin).toBe(await networkUrl());
    await doctor.enter();
    if (transport === 'Servidor') await doctor.moveTo('Servidor');

    const executablePath = await computer.runs(findBrowser() ?? '');
    const switches = [trustSwitchFor([await certificateAt(link)])];
    const patient = new PatientAtHome((await openPerson('patient', { executablePath, switches })).page);
    await patient.open(link);
    await patient.enterWaitingRoom('Elena Ruiz');
    await doctor.admit('Elena Ruiz');
    await expectToMeet(doctor, patient);
  });
}

for (const transport of transports) {
  test(`a patient in the app on another computer, which knows the clinic by the fingerprint in the invitation, and the doctor see and hear each other (${transport})`, async ({
    openPerson,
    mediaFolder,
  }) => {
    const { consultationId } = await shared.createConsultation({
      doctorName: 'Dr. Martín Pérez',
      patientName: 'Elena Ruiz',
      transport: transport === 'Servidor' ? 'sfu' : 'p2p',
    });
    const { body } = await shared.call('POST', `/api/consultations/${consultationId}/invitations`, {
      body: { role: 'patient' },
    });
    const link = String(body.data?.link);
    expect(new URL(link).searchParams.get('host')).toBe(await networkUrl());
    const doctor = new DoctorAtWork((await openPerson('doctor')).page);
    await doctor.page.goto(`${shared.url}/consultation/${consultationId}`);

    const met = join(mediaFolder, `met-${consultationId}`);
    // Over there, because Playwright speaks to Electron by loopback ports.
    const visit = computer.evaluate(`
      import { meetTheDoctor } from '${new URL('../support/app-patient.ts', import.meta.url).href}';
      await meetTheDoctor(${JSON.stringify(link)}, '${pictureOf.doctor}', '${mediaFolder}', '${met}');`);
    const meeting = (async () => {
      await doctor.admit('Elena Ruiz');
      await expectPicture(doctor.page, pictureOf.patient, 'patient');
      await expectTone(doctor.page, 'patient');
      await expect.poll(() => existsSync(met), { timeout: 30_000 }).toBe(true);
      await doctor.page.getByRole('button', { name: 'Finalizar' }).click();
      await doctor.page.getByRole('button', { name: 'Finalizar para todos' }).click();
    })();
    await Promise.all([visit, meeting]);
  });
}

test('a browser that was told nothing warns before it shows anything', async ({ openPerson }) => {
  const executablePath = await computer.runs(findBrowser() ?? '');
  const { page } = await openPerson('patient', { executablePath });
  await expect(page.goto(await networkUrl())).rejects.toThrow(/ERR_CERT_AUTHORITY_INVALID/);
});

test('the page about trust shows the fingerprint the clinic tells, and gives the certificate', async ({
  openPerson,
}) => {
  const executablePath = await computer.runs(findBrowser() ?? '');
  const url = await networkUrl();
  const switches = [trustSwitchFor([await certificateAt(url)])];
  const { page } = await openPerson('patient', { executablePath, switches });
  await page.goto(`${url}/trust`);
  const { body } = await shared.call('GET', '/api/network');
  const { fingerprint } = body.data as unknown as { fingerprint: string };
  const pairs = fingerprint.toUpperCase().match(/../g)?.join(' ') ?? '';
  await expect(page.getByText(pairs, { exact: true })).toBeVisible();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Descargar el certificado' }).click(),
  ]);
  expect(fingerprintOf(await readFile(await download.path(), 'utf8'))).toBe(fingerprint);
});

test('a browser that trusts the clinic says nothing to somebody in between', async ({ openPerson }) => {
  const impostor = await startImpostor(computer.clinicAddress);
  const executablePath = await computer.runs(findBrowser() ?? '');
  const switches = [trustSwitchFor([await certificateAt(await networkUrl())])];
  const { page } = await openPerson('patient', { executablePath, switches });
  await expect(page.goto(`${impostor.origin}/join/ABC234`)).rejects.toThrow(/ERR_CERT_AUTHORITY_INVALID/);
  expect(impostor.heard()).toBe(0);
  await impostor.close();
});

test('from another computer only the encrypted door is there', async () => {
  const { hostname, port } = new URL(await networkUrl());
  const knock = (at: string) =>
    computer.ask(
      process.execPath,
      '-e',
      `require('node:net').connect(${at}, '${hostname}', () => process.exit(console.log('open')))
        .on('error', ({ code }) => console.log(code))`,
    );
  expect(knock(port).trim()).toBe('open');
  expect(knock(String(shared.port)).trim()).toBe('ECONNREFUSED');
  const inClear = await computer.evaluate(
    `fetch('http://${hostname}:${port}/health').then(() => console.log('answered'), () => console.log('refused'))`,
  );
  expect(inClear).toBe('refused');
});
