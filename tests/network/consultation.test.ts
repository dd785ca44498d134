/** A patient on another computer of the clinic's network, by its encrypted door. */
import { createHash, X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { findBrowser } from '../../scripts/parts/system.ts';
import { type OtherComputer, plugIn, whyNoOtherComputer } from '../support/other-computer.ts';
import { expectPicture, expectTone } from '../support/received-media.ts';
import { closeTestHost, type TestHost } from '../support/test-host.ts';
import { DoctorAtWork, PatientAtHome } from '../support/web-people.ts';
import { expect, pictureOf, startHostWithVideoServer, test, transports } from '../support/web-test.ts';

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

/** What a browser is told that trusts the server's key, as one does where the clinic's certificate was installed. */
async function trustSwitch(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  const certificate = await new Promise<X509Certificate>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('secureConnect', () => resolve(new X509Certificate(socket.getPeerCertificate().raw)));
  });
  socket.destroy();
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return `--ignore-certificate-errors-spki-list=${createHash('sha256').update(key).digest('base64')}`;
}

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
    const switches = [await trustSwitch(link)];
    const patient = new PatientAtHome((await openPerson('patient', { executablePath, switches })).page);
    await patient.open(link);
    await patient.enterWaitingRoom('Elena Ruiz');
    await doctor.admit('Elena Ruiz');
    await expectPicture(doctor.page, pictureOf.patient, 'patient');
    await expectPicture(patient.page, pictureOf.doctor, 'doctor');
    await expectTone(doctor.page, 'patient');
    await expectTone(patient.page, 'doctor');
  });
}

test('a browser that was told nothing warns before it shows anything', async ({ openPerson }) => {
  const executablePath = await computer.runs(findBrowser() ?? '');
  const { page } = await openPerson('patient', { executablePath });
  await expect(page.goto(await networkUrl())).rejects.toThrow(/ERR_CERT_AUTHORITY_INVALID/);
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
});
