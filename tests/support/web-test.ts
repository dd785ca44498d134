/** Tests with a real host and real browsers: a host for each file, two people for each test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, test as base, expect, type Page } from '@playwright/test';
import { bringLiveKitForTests } from '../../scripts/parts/livekit.ts';
import { BrowserPool } from './browser-pool.ts';
import { expectPicture, expectTone } from './received-media.ts';
import type { SyntheticName } from './synthetic-media.ts';
import { closeTestHost, startTestHost, type TestHost } from './test-host.ts';
import { type BrowserOptions, DoctorAtWork, openPage, PatientAtHome, type Transport } from './web-people.ts';

export const webRoot = fileURLToPath(new URL('../../out/renderer', import.meta.url));

export interface Meeting {
  readonly doctor: DoctorAtWork;
  readonly patient: PatientAtHome;
  readonly link: string;
}

export interface WebFixtures {
  /** Opens a browser with a camera and a microphone of its own, which nobody else of the test has. Its pages are closed after the test. */
  openPerson(who: SyntheticName, options?: BrowserOptions): Promise<{ browser: Browser; page: Page }>;
  /** A doctor in an open consultation and a patient in the waiting room. */
  arrive(transport?: Transport): Promise<Meeting>;
  /** The same, and the patient was admitted. */
  meet(transport?: Transport): Promise<Meeting>;
}

interface WorkerFixtures {
  readonly mediaFolder: string;
  readonly browsers: BrowserPool;
  readonly host: TestHost;
}

/** A host with its video server ready. */
export async function startHostWithVideoServer(environment: Record<string, string> = {}): Promise<TestHost> {
  const host = await startTestHost(
    { LIVEKIT_EMBEDDED: 'on', LIVEKIT_SERVER: await bringLiveKitForTests(), ...environment },
    { webRoot },
  );
  await expect.poll(() => host.livekit.status().state, { timeout: 30_000 }).toBe('ready');
  return host;
}

export const test = base.extend<WebFixtures, WorkerFixtures>({
  mediaFolder: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a destructured parameter
    async ({}, use) => {
      const folder = await mkdtemp(join(tmpdir(), 'autamedica-media-'));
      await use(folder);
      await rm(folder, { recursive: true, force: true });
    },
    { scope: 'worker' },
  ],
  browsers: [
    async ({ mediaFolder }, use) => {
      const pool = new BrowserPool(mediaFolder);
      await use(pool);
      await pool.close();
    },
    { scope: 'worker' },
  ],
  host: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a destructured parameter
    async ({}, use) => {
      const host = await startHostWithVideoServer();
      await use(host);
      await closeTestHost(host);
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  openPerson: async ({ browsers }, use) => {
    await use(async (who, options) => {
      const browser = await browsers.take(who, options);
      // What moves would have to be waited for before each click on it.
      return { browser, page: await openPage(browser, options, { reducedMotion: 'reduce' }) };
    });
    await browsers.giveBack();
  },
  arrive: async ({ host, openPerson }, use) => {
    await use((transport) => arriveAt(host.url, openPerson, transport));
  },
  meet: async ({ host, openPerson }, use) => {
    await use((transport) => meetAt(host.url, openPerson, transport));
  },
});

async function arriveAt(
  url: string,
  openPerson: WebFixtures['openPerson'],
  transport: Transport = 'Directo',
): Promise<Meeting> {
  const doctor = new DoctorAtWork((await openPerson('doctor')).page);
  const patient = new PatientAtHome((await openPerson('patient')).page);
  await doctor.page.goto(url);
  const link = await doctor.invite('Elena Ruiz');
  await doctor.enter();
  if (transport === 'Servidor') await doctor.moveTo('Servidor');
  await patient.open(link);
  await patient.enterWaitingRoom('Elena Ruiz');
  return { doctor, patient, link };
}

/** As `meet`, on a host of the test's own. */
export async function meetAt(
  url: string,
  openPerson: WebFixtures['openPerson'],
  transport?: Transport,
): Promise<Meeting> {
  const meeting = await arriveAt(url, openPerson, transport);
  await meeting.doctor.admit('Elena Ruiz');
  return meeting;
}

/** Makes an invitation for observers to the consultation that goes on now; the list is newest first. */
export async function inviteObserver(host: TestHost): Promise<string> {
  const { body } = await host.call('GET', '/api/consultations');
  const newest = (body.data as unknown as { consultationId: string; state: string }[]).find(
    ({ state }) => state === 'live',
  );
  if (!newest) throw new Error('No consultation is live');
  const invited = await host.call('POST', `/api/consultations/${newest.consultationId}/invitations`, {
    body: { role: 'observer' },
  });
  return String(invited.body.data?.webLink);
}

/** Both see each other's picture. */
export async function expectToSeeEachOther(
  doctor: Pick<DoctorAtWork, 'page'>,
  patient: Pick<PatientAtHome, 'page'>,
): Promise<void> {
  await Promise.all([
    expectPicture(doctor.page, pictureOf.patient, 'patient'),
    expectPicture(patient.page, pictureOf.doctor, 'doctor'),
  ]);
}

/** Both see each other's picture and hear each other's tone. */
export async function expectToMeet(
  doctor: Pick<DoctorAtWork, 'page'>,
  patient: Pick<PatientAtHome, 'page'>,
): Promise<void> {
  await expectToSeeEachOther(doctor, patient);
  await Promise.all([expectTone(doctor.page, 'patient'), expectTone(patient.page, 'doctor')]);
}

export { expect };
export const transports = ['Directo', 'Servidor'] as const;
/** Labels of the pictures each side sees of the other. */
export const pictureOf = { patient: 'Video de Elena Ruiz', doctor: 'Video de Dr. Martín Pérez' } as const;
