/** The settings say how the bucket of recordings is. What a real one does is in tests/services. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keepRecording } from '../support/kept-recording.ts';
import { closeTestHost, startTestHost, type TestHost } from '../support/test-host.ts';
import { expect, test, webRoot } from '../support/web-test.ts';

let clinic: TestHost | undefined;
let s3: Server | undefined;
test.afterEach(async () => {
  if (clinic) await closeTestHost(clinic);
  s3?.close();
  s3?.closeAllConnections();
});

test('what waits is counted, with the reason, and is tried again at once', async ({ openPerson }) => {
  let code = 'NoSuchBucket';
  s3 = createServer((request, response) => {
    request.resume();
    response.writeHead(code === 'NoSuchBucket' ? 404 : 403, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>${code}</Code><Message>Its own words about it</Message></Error>`);
  }).listen(0, '127.0.0.1');
  await once(s3, 'listening');
  clinic = await startTestHost(
    {
      S3_ENDPOINT: `http://127.0.0.1:${(s3.address() as AddressInfo).port}`,
      S3_BUCKET: 'clinica-norte',
      S3_ACCESS_KEY_ID: 'id',
      S3_SECRET_ACCESS_KEY: 'secret',
    },
    { webRoot },
  );
  await keepRecording(clinic.dataDir, await clinic.createConsultation(), Buffer.alloc(200_000));
  await clinic.call('POST', '/api/recording-storage/retry');

  const { page } = await openPerson('doctor');
  await page.goto(`${clinic.url}/#settings`);
  const storage = page.getByRole('region', { name: 'Grabaciones en S3' });
  await expect(storage.getByText('clinica-norte')).toBeVisible();
  await expect(storage.getByText('1 por subir (200 KB)')).toBeVisible();
  await expect(storage.getByText('El bucket no existe')).toBeVisible();
  await storage.getByText('Lo que dice el servidor').click();
  await expect(storage.getByText('NoSuchBucket: Its own words about it')).toBeVisible();

  code = 'SignatureDoesNotMatch';
  await storage.getByRole('button', { name: 'Probar ahora' }).click();
  await expect(storage.getByText('El servidor S3 no acepta la clave')).toBeVisible();
});

test('without a bucket one plain line says so', async ({ openPerson }) => {
  clinic = await startTestHost({}, { webRoot });
  const { page } = await openPerson('doctor');
  await page.goto(`${clinic.url}/#settings`);
  const storage = page.getByRole('region', { name: 'Grabaciones en S3' });
  await expect(storage.getByText('Sin configurar')).toBeVisible();
  await expect(storage.getByRole('button')).toHaveCount(0);
});
