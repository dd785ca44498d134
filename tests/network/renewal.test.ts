/** A certificate is replaced while people talk over the network: pictures, chat and the video server's signaling go on by the connections they have. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBrowser } from '../../scripts/parts/system.ts';
import {
  type CertifiedKey,
  createAuthority,
  createServerCertificate,
} from '../../src/main/host/network/certificates.ts';
import { type OtherComputer, plugIn, whyNoOtherComputer } from '../support/other-computer.ts';
import { expectPicture } from '../support/received-media.ts';
import { closeTestHost, type TestHost } from '../support/test-host.ts';
import { certificateAt, trustSwitchFor } from '../support/trust.ts';
import { DoctorAtWork, PatientAtHome } from '../support/web-people.ts';
import { expect, pictureOf, startHostWithVideoServer, test, transports } from '../support/web-test.ts';

test.skip(whyNoOtherComputer() !== undefined, whyNoOtherComputer());

let computer: OtherComputer;
let shared: TestHost;
let folder: string;
/** The one that is served, and the one that follows it. */
let certificates: [CertifiedKey, CertifiedKey];
const fileOf = (kind: 'certificate' | 'key') => join(folder, `${kind}.pem`);

/** As the program does that renews the hospital's certificates. */
async function put({ certificate, key }: CertifiedKey): Promise<void> {
  await writeFile(fileOf('key'), key);
  await writeFile(fileOf('certificate'), certificate);
}

test.beforeAll(async () => {
  computer = await plugIn();
  folder = await mkdtemp(join(tmpdir(), 'autamedica-renewal-'));
  const authority = await createAuthority('An authority of the hospital', Date.now());
  const make = () => createServerCertificate(authority, [computer.clinicAddress], Date.now());
  certificates = [await make(), await make()];
  await put(certificates[0]);
  shared = await startHostWithVideoServer({
    LAN_ADDRESS: computer.clinicAddress,
    TLS_PORT: '0',
    TLS_CERT: fileOf('certificate'),
    TLS_KEY: fileOf('key'),
    SHARE_ON_NETWORK: 'on',
  });
});
test.afterAll(async () => {
  await closeTestHost(shared);
  await computer.unplug();
  await rm(folder, { recursive: true });
});

for (const transport of transports) {
  test(`a renewed certificate ends no call (${transport})`, async ({ openPerson }) => {
    const doctor = new DoctorAtWork((await openPerson('doctor')).page);
    await doctor.page.goto(shared.url);
    const link = await doctor.invite('Elena Ruiz');
    await doctor.enter();
    if (transport === 'Servidor') await doctor.moveTo('Servidor');
    const opened = await openPerson('patient', {
      executablePath: await computer.runs(findBrowser() ?? ''),
      switches: [trustSwitchFor(certificates.map(({ certificate }) => certificate))],
    });
    const patient = new PatientAtHome(opened.page);
    const sockets = { opened: 0, closed: 0 };
    patient.page.on('websocket', (socket) => {
      sockets.opened += 1;
      socket.on('close', () => {
        sockets.closed += 1;
      });
    });
    await patient.open(link);
    await patient.enterWaitingRoom('Elena Ruiz');
    await doctor.admit('Elena Ruiz');
    await expectPicture(doctor.page, pictureOf.patient, 'patient');
    await expectPicture(patient.page, pictureOf.doctor, 'doctor');
    const before = { ...sockets };
    const shownBefore = (await certificateAt(link)).fingerprint256;

    await put(certificates[1]);
    certificates.reverse();
    await expect
      .poll(async () => (await certificateAt(link)).fingerprint256, { timeout: 20_000 })
      .not.toBe(shownBefore);

    await expectPicture(doctor.page, pictureOf.patient, 'patient');
    await expectPicture(patient.page, pictureOf.doctor, 'doctor');
    await doctor.page.keyboard.press('c');
    await doctor.page.getByRole('textbox', { name: /^Mensaje/ }).fill('¿Me escuchás bien?');
    await doctor.page.keyboard.press('Enter');
    await patient.page.getByRole('button', { name: /^Chat/ }).click();
    await expect(patient.page.getByText('¿Me escuchás bien?')).toBeVisible();
    await patient.page.keyboard.press('Escape');
    // By the transport's own signaling.
    await patient.control('Cámara').click();
    await expect(doctor.page.locator('video').and(doctor.page.getByLabel(pictureOf.patient))).toHaveCount(0);
    await patient.control('Cámara').click();
    await expectPicture(doctor.page, pictureOf.patient, 'patient');
    expect(sockets).toEqual(before);

    // And who connects anew does so by the new one.
    await patient.page.reload();
    await expectPicture(patient.page, pictureOf.doctor, 'doctor');
  });
}
