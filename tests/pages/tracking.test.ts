/** The settings say how tracking goes, with a Supabase that comes back. What Supabase itself does is in tests/services. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeTestHost, startTestHost, type TestHost } from '../support/test-host.ts';
import { expect, test, webRoot } from '../support/web-test.ts';

let clinic: TestHost | undefined;
let supabase: Server | undefined;
test.afterEach(async () => {
  if (clinic) await closeTestHost(clinic);
  supabase?.close();
  supabase?.closeAllConnections();
});

/** @returns the port. */
async function serve(port: number, status: number, answer: unknown): Promise<number> {
  supabase?.close();
  supabase?.closeAllConnections();
  supabase = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  }).listen(port, '127.0.0.1');
  await once(supabase, 'listening');
  return (supabase.address() as AddressInfo).port;
}

test('what waits is counted, with the reason; what is refused is named; and both are tried again at once', async ({
  openPerson,
}) => {
  const port = await serve(0, 401, { message: 'Invalid API key' });
  clinic = await startTestHost(
    { SUPABASE_URL: `http://127.0.0.1:${port}`, SUPABASE_SERVICE_KEY: 'a-service-key' },
    { webRoot },
  );
  await clinic.createConsultation({ consultationId: 'the-first' });
  await clinic.createConsultation({ consultationId: 'the-second' });
  const { page } = await openPerson('doctor');
  await page.goto(`${clinic.url}/#settings`);
  const tracking = page.getByRole('region', { name: 'Seguimiento' });
  await expect(tracking.getByText('2 pendientes')).toBeVisible();
  await expect(tracking.getByText('Supabase no acepta la clave')).toBeVisible();

  await serve(port, 400, { code: '23514', message: 'violates check constraint "nobody"' });
  await tracking.getByRole('button', { name: 'Probar ahora' }).click();
  await expect(tracking.getByText('Supabase rechaza 2 eventos')).toBeVisible();
  await expect(tracking.getByText('the-first · consultation.created')).toBeVisible();
  await expect(tracking.getByText('violates check constraint "nobody"')).toHaveCount(2);
  await expect(tracking.getByText('Al día')).toBeVisible();

  await serve(port, 201, null);
  await tracking.getByRole('button', { name: 'Enviar de nuevo' }).click();
  await expect(tracking.getByText('Supabase rechaza')).toHaveCount(0);
  await expect(tracking.getByText('Último envío')).toBeVisible();
});

test('without Supabase one plain line says so', async ({ openPerson }) => {
  clinic = await startTestHost({}, { webRoot });
  const { page } = await openPerson('doctor');
  await page.goto(`${clinic.url}/#settings`);
  const tracking = page.getByRole('region', { name: 'Seguimiento' });
  await expect(tracking.getByText('Sin configurar')).toBeVisible();
  await expect(tracking.getByRole('button')).toHaveCount(0);
});
