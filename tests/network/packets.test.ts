/** What leaves the clinic's network: nothing, in whole consultations by both ways, while it waits, and while the video server starts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bringLiveKitForTests } from '../../scripts/parts/livekit.ts';
import { findBrowser } from '../../scripts/parts/system.ts';
import { type KillableHost, startHostProcess } from '../support/killable-host.ts';
import { expectPicture, expectTone } from '../support/received-media.ts';
import { buildTracedNetwork, type TracedNetwork, whyNoTrace } from '../support/traced-network.ts';
import { DoctorAtWork, PatientAtHome } from '../support/web-people.ts';
import { expect, pictureOf, test, transports, webRoot } from '../support/web-test.ts';

test.skip(whyNoTrace() !== undefined, whyNoTrace());
test.describe.configure({ mode: 'serial' });

let network: TracedNetwork;
let host: KillableHost;
let dataDir: string;

test.beforeAll(async () => {
  const livekit = await bringLiveKitForTests();
  dataDir = await mkdtemp(join(tmpdir(), 'autamedica-packets-'));
  network = await buildTracedNetwork();
  host = await startHostProcess(
    dataDir,
    { WEB_ROOT: webRoot, LIVEKIT_EMBEDDED: 'on', LIVEKIT_SERVER: livekit },
    await network.clinic.runs(process.execPath),
  );
});
test.afterAll(async () => {
  await host?.kill();
  await network?.remove();
  await rm(dataDir, { recursive: true, force: true });
});

/** What Chromium asks its maker by itself, whatever page it shows. */
const makersOwn: readonly string[] = [
  'accounts.google.com',
  'android.clients.google.com',
  'clients2.google.com',
  'clientservices.googleapis.com',
  'content-autofill.googleapis.com',
  'optimizationguide-pa.googleapis.com',
  'safebrowsing.googleapis.com',
  'update.googleapis.com',
];

/** An operation, asked for on the clinic's own computer. */
async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await network.clinic.evaluate(`
    const response = await fetch(${JSON.stringify(host.url + path)}, {
      method: '${method}',
      ${body === undefined ? '' : `headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(JSON.stringify(body))},`}
    });
    console.log(await response.text());`);
  const { data } = JSON.parse(answer) as { data: T };
  return data;
}

/** What a browser is told that trusts the clinic's key, as one does where its certificate was installed. */
async function trustSwitch(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const digest = await network.patient.evaluate(`
    import { createHash, X509Certificate } from 'node:crypto';
    import { connect } from 'node:tls';
    const socket = connect({ host: '${hostname}', port: ${port}, rejectUnauthorized: false }, () => {
      const { publicKey } = new X509Certificate(socket.getPeerCertificate().raw);
      console.log(createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64'));
      socket.destroy();
    });`);
  return `--ignore-certificate-errors-spki-list=${digest}`;
}

const sentOutside = () =>
  [network.clinic, network.patient]
    .flatMap((computer) => computer.sentOutside())
    .filter((where) => !makersOwn.includes(where));

test('a packet that does leave is seen: by address, by name, from either computer', async () => {
  for (const computer of [network.clinic, network.patient]) {
    await computer.evaluate(`
      import { createSocket } from 'node:dgram';
      import { lookup } from 'node:dns/promises';
      const socket = createSocket('udp4');
      socket.send('x', 3478, '198.51.100.7', () => socket.close());
      const six = createSocket('udp6');
      six.on('error', () => six.close());
      six.send('x', 3478, '2001:db8::7', () => six.close());
      await lookup('stun.example.com').catch(() => undefined);`);
    expect(computer.sentOutside()).toEqual(
      expect.arrayContaining(['198.51.100.7 . udp . 3478', 'stun.example.com', '2001:db8::7 . udp . 3478']),
    );
    computer.forget();
    expect(computer.sentOutside()).toEqual([]);
  }
});

test('a host that starts its video server and waits sends nothing, not even to its own network', async () => {
  await expect
    .poll(async () => (await ask<{ state: string }>('GET', '/api/livekit')).state, { timeout: 30_000 })
    .toBe('ready');
  expect(sentOutside()).toEqual([]);
  expect(network.clinic.announcements()).toBe(0);
});

test('shared, it tells its own network and nobody else, until it is not shared any more', async () => {
  await ask('POST', '/api/network/sharing', { sharing: true });
  await expect.poll(() => network.clinic.announcements()).toBeGreaterThan(1);
  await ask('POST', '/api/network/sharing', { sharing: false });
  network.clinic.forget();
  await network.patient.evaluate(`
    import { findClinics } from '${new URL('../../src/main/desktop/find-clinics.ts', import.meta.url).href}';
    if ((await findClinics(['${network.patient.address}'])).length > 0) process.exit(1);`);
  expect(network.patient.announcements()).toBeGreaterThan(0);
  expect(network.clinic.announcements()).toBe(0);
  expect(sentOutside()).toEqual([]);
});

for (const transport of transports) {
  test(`nothing of a whole consultation leaves the clinic (${transport})`, async ({ openPerson }) => {
    const { urls } = await ask<{ urls: string[] }>('POST', '/api/network/sharing', { sharing: true });
    const browser = findBrowser() ?? '';
    const doctorBrowser = await openPerson('doctor', {
      executablePath: await network.clinic.runs(browser),
    });
    const doctor = new DoctorAtWork(doctorBrowser.page);
    await doctor.page.goto(host.url);
    const link = await doctor.invite('Elena Ruiz');
    expect(new URL(link).origin).toBe(urls[0]);
    await doctor.enter();
    if (transport === 'Servidor') await doctor.moveTo('Servidor');

    const patientBrowser = await openPerson('patient', {
      executablePath: await network.patient.runs(browser),
      switches: [await trustSwitch(link)],
    });
    const patient = new PatientAtHome(patientBrowser.page);
    await patient.open(link);
    await patient.enterWaitingRoom('Elena Ruiz');
    await doctor.admit('Elena Ruiz');
    await expectPicture(doctor.page, pictureOf.patient, 'patient');
    await expectPicture(patient.page, pictureOf.doctor, 'doctor');
    await expectTone(doctor.page, 'patient');

    await doctor.page.keyboard.press('c');
    await doctor.page.getByRole('textbox', { name: /^Mensaje/ }).fill('Mandame el análisis');
    await doctor.page.keyboard.press('Enter');
    await patient.page.getByRole('button', { name: /^Chat/ }).click();
    await expect(patient.page.getByText('Mandame el análisis')).toBeVisible();
    const [chooser] = await Promise.all([
      patient.page.waitForEvent('filechooser'),
      patient.page.getByRole('button', { name: 'Mandar una foto o un archivo' }).click(),
    ]);
    const buffer = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(300_000, 'glucosa 98 ')]);
    await chooser.setFiles({ name: 'Análisis.pdf', mimeType: 'application/pdf', buffer });
    await expect(doctor.page.getByRole('button', { name: 'Guardar Análisis.pdf' })).toBeVisible();
    await patient.page.keyboard.press('Escape');
    await patient.control('Salir').click();
    expect(sentOutside()).toEqual([]);
  });
}
