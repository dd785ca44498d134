/** The audit log in the clinic's window, with a real host: found, verified, and handed out as the file that others verify. */
import { verifyExport } from '../../src/main/host/audit/offline.ts';
import { closeTestHost, startTestHost, type TestHost } from '../support/test-host.ts';
import { expect, test, webRoot } from '../support/web-test.ts';

let clinic: TestHost;
test.beforeEach(async () => {
  clinic = await startTestHost({}, { webRoot });
});
test.afterEach(() => closeTestHost(clinic));

test('what was done is found, verified, and exported as a file that is sound by itself', async ({
  openPerson,
}) => {
  await clinic.createConsultation({ consultationId: 'the-first' });
  await clinic.createConsultation({ consultationId: 'the-second' });
  await clinic.call('GET', '/api/consultations/unknown');
  const { page } = await openPerson('doctor');
  await page.goto(`${clinic.url}/#settings`);
  await page.getByRole('region', { name: 'Auditoría' }).getByRole('link', { name: 'Ver' }).click();
  const rows = page.getByRole('row');
  await expect(rows.filter({ hasText: 'Creó una consulta' })).toHaveCount(2);
  await expect(rows.filter({ hasText: 'CONSULTATION_NOT_FOUND' })).toHaveCount(1);

  await page.getByLabel('Consulta', { exact: true }).fill('the-second');
  await expect(rows.filter({ hasText: 'Creó una consulta' })).toHaveCount(1);
  await expect(rows.filter({ hasText: 'the-first' })).toHaveCount(0);

  await page.getByRole('button', { name: 'Verificar' }).click();
  await expect(page.getByText(/^\d+ registros, todos tal como se escribieron$/)).toBeVisible();
  const publicKey = String(await page.getByText(/^[0-9a-f]{64}$/).textContent());

  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Exportar' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^auditoria-\d{4}-\d\d-\d\d\.jsonl$/);
  expect(await verifyExport(await download.path(), publicKey)).toMatchObject({ sound: true, publicKey });
});
