import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import react from '@vitejs/plugin-react';
import { createServer, type ViteDevServer } from 'vite';
import { closeTestHost, type TestHost } from '../support/test-host.ts';
import { expect, startHostWithVideoServer, test } from '../support/web-test.ts';

/** Outside systems use LiveKit's React components with what `create` answers. Their pages are of another origin. */
let site: ViteDevServer;
let origin: string;
let host: TestHost;

test.beforeAll(async () => {
  site = await createServer({
    root: fileURLToPath(new URL('./seed-client', import.meta.url)),
    configFile: false,
    cacheDir: fileURLToPath(new URL('../../.cache/vite-seed-client', import.meta.url)),
    logLevel: 'error',
    plugins: [react()],
    server: { host: '127.0.0.1', port: 0, strictPort: false, hmr: false },
  });
  await site.listen();
  const address = site.httpServer?.address() as AddressInfo | null | undefined;
  if (!address) throw new Error('The page of the outside system is not served');
  origin = `http://127.0.0.1:${address.port}`;
  host = await startHostWithVideoServer({ CORS_ORIGIN: origin });
});

test.afterAll(async () => {
  await closeTestHost(host);
  await site.close();
});

async function show(page: Page, token: string, serverUrl: unknown): Promise<void> {
  await page.goto(`${origin}/?${new URLSearchParams({ token, serverUrl: String(serverUrl) })}`);
}

/** Pictures on the page that really move. */
function movingPictures(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const videos = [...document.querySelectorAll('video')];
    const before = videos.map((video) => video.getVideoPlaybackQuality().totalVideoFrames);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return videos.filter(
      (video, index) => video.getVideoPlaybackQuality().totalVideoFrames > (before[index] ?? 0) + 5,
    ).length;
  });
}

test("the seed's React client talks to another one, with a consultation that has no waiting room", async ({
  openPerson,
}) => {
  const created = await host.createConsultation({ waitingRoom: false });
  const doctor = (await openPerson('doctor')).page;
  const patient = (await openPerson('patient')).page;
  await show(doctor, created.doctorToken, created.livekitUrl);
  await show(patient, created.patientToken, created.livekitUrl);
  for (const page of [doctor, patient])
    await expect.poll(() => movingPictures(page), { timeout: 30_000 }).toBe(2);
  const stats = await host.call('GET', `/api/rooms/${created.roomName}/stats`);
  expect(stats.body.data).toMatchObject({ numParticipants: 2 });
});

test('without being admitted it gets no picture and gives none; the clinic sees it waiting', async ({
  openPerson,
}) => {
  const created = await host.createConsultation();
  const doctor = (await openPerson('doctor')).page;
  const patient = (await openPerson('patient')).page;
  await show(doctor, created.doctorToken, created.livekitUrl);
  await expect.poll(() => movingPictures(doctor), { timeout: 30_000 }).toBe(1);
  await show(patient, created.patientToken, created.livekitUrl);
  await expect
    .poll(async () => (await host.call('GET', '/api/waiting-room')).body.data)
    .toContainEqual(
      expect.objectContaining({ consultationId: created.consultationId, identity: created.patientId }),
    );
  expect(await movingPictures(patient)).toBe(0);
  expect(await movingPictures(doctor)).toBe(1);

  await host.call(
    'POST',
    `/api/consultations/${created.consultationId}/participants/${created.patientId}/admit`,
  );
  await expect.poll(() => movingPictures(patient), { timeout: 30_000 }).toBeGreaterThanOrEqual(1);
});
