/** What happens at the door, in real browsers: the card, messages, refusing with a reason, blocked devices, revoked links. */
import { consentVersions } from '../../src/shared/consent/consent.ts';
import { PatientAtHome } from '../support/web-people.ts';
import { expect, test } from '../support/web-test.ts';

test('the card says how ready the patient is and what the line carries, measured against this host', async ({
  arrive,
}) => {
  const { doctor, patient } = await arrive('Directo');
  const card = doctor.page.getByRole('region', { name: 'En la puerta' });
  const readiness = card.getByRole('list', { name: 'Preparación de Elena Ruiz' });
  await expect(readiness.getByText('Lista', { exact: true })).toBeVisible();
  await expect(readiness.getByText('Listo', { exact: true })).toBeVisible();
  await expect(readiness.getByText(/[\d.,]+ Mbit\/s de bajada, [\d.,]+ de subida, \d+ ms/)).toBeVisible();
  await expect(readiness.getByText('Directo')).toBeVisible();
  await expect(patient.page.getByText(/[\d.,]+ Mbit\/s de bajada/)).toBeVisible();
});

test('a message reaches who waits and is still there after the page was loaded anew', async ({ arrive }) => {
  const { doctor, patient } = await arrive('Directo');
  await doctor.page.getByRole('button', { name: 'Avisar algo a Elena Ruiz' }).click();
  await doctor.page.getByRole('button', { name: 'Dr. Martín Pérez se demora 10 minutos.' }).click();
  await expect(patient.page.getByText('Dr. Martín Pérez se demora 10 minutos.')).toBeVisible();
  await patient.page.reload();
  await expect(patient.page.getByText('Dr. Martín Pérez se demora 10 minutos.')).toBeVisible();
  await doctor.page.getByRole('button', { name: 'Quitar el aviso' }).click();
  await expect(patient.page.getByText('Dr. Martín Pérez se demora 10 minutos.')).toHaveCount(0);
});

test('who waits is told of a new time, and reads the same after the page was loaded anew', async ({
  arrive,
  host,
}) => {
  const { doctor, patient } = await arrive('Directo');
  const consultationId = new URL(doctor.page.url()).pathname.split('/').at(-1);
  const tomorrow = new Date(Date.now() + 24 * 3_600_000);
  const time = tomorrow.toLocaleTimeString('es-AR', {
    timeZone: 'America/Argentina/Buenos_Aires',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  await host.call('POST', `/api/consultations/${consultationId}/reschedule`, {
    body: { scheduledAt: tomorrow.toISOString() },
  });
  await expect(patient.page.getByText(`La clínica cambió tu turno: mañana ${time}.`)).toBeVisible();
  await patient.page.reload();
  await expect(patient.page.getByText(`Tu turno: mañana ${time}.`)).toBeVisible();

  // Cancelled while nobody could be told: the door says it, not that something broke.
  await patient.page.context().setOffline(true);
  await expect(patient.page.getByText('Se cortó la conexión con la clínica.')).toBeVisible({
    timeout: 30_000,
  });
  await host.call('POST', `/api/consultations/${consultationId}/cancel`, { body: {} });
  await patient.page.context().setOffline(false);
  await expect(patient.page.getByRole('heading', { name: 'La consulta se canceló' })).toBeVisible();
});

test('who is refused reads why, and the link says that the clinic cancelled it', async ({ arrive }) => {
  const { doctor, patient, link } = await arrive('Directo');
  await doctor.page.getByRole('button', { name: 'No admitir a Elena Ruiz' }).click();
  await doctor.page
    .getByLabel('Motivo, si querés darlo (lo lee)')
    .fill('El turno es <b>mañana</b> a las 10.');
  await doctor.page.getByRole('button', { name: 'No admitir', exact: true }).click();
  await expect(patient.page.getByRole('heading', { name: 'No te admitieron a la consulta' })).toBeVisible();
  await expect(patient.page.getByText('El turno es <b>mañana</b> a las 10.')).toBeVisible();
  await patient.page.goto('about:blank');
  await patient.open(link);
  await expect(patient.page.getByRole('heading', { name: 'La clínica anuló este enlace' })).toBeVisible();
});

test('a patient whose devices are blocked is shown as blocked, not as switched off', async ({
  host,
  openPerson,
}) => {
  const { consultationId, invitationUrl, doctorId } = await host.createConsultation({
    doctorName: 'Dr. Martín Pérez',
    patientName: 'Elena Ruiz',
  });
  expect(doctorId).toBeTruthy();
  const { page } = await openPerson('patient', { permissions: [] });
  const patient = new PatientAtHome(page);
  await patient.open(invitationUrl);
  await page.getByRole('button', { name: 'Entrar sin cámara ni micrófono: vas a ver y escuchar' }).click();
  await patient.enterWaitingRoom('Elena Ruiz');
  await expect
    .poll(async () => {
      const { body } = await host.call('GET', '/api/waiting-room');
      const waiting = body.data as unknown as { consultationId: string; readiness?: unknown }[];
      return waiting.find((one) => one.consultationId === consultationId)?.readiness;
    })
    .toMatchObject({ camera: 'blocked', microphone: 'blocked' });
});

test('an invitation is revoked from its sheet, and another one made', async ({ host, openPerson }) => {
  const { page } = await openPerson('doctor');
  await page.goto(host.url);
  await page
    .getByRole('button', { name: /Nueva consulta|Crear la primera/ })
    .first()
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Nombre del paciente (opcional)').fill('Jorge Sosa');
  await dialog.getByRole('button', { name: 'Crear e invitar' }).click();
  const link = dialog.getByLabel('Enlace');
  await expect(link).toHaveValue(/\/join\/[A-Z0-9]{6}$/);
  const first = await link.inputValue();
  await expect(dialog.getByText(/^Vale hasta: /)).toBeVisible();
  await dialog.getByRole('button', { name: 'Revocar' }).click();
  await dialog.getByRole('button', { name: 'Revocar' }).click();
  await expect(dialog.getByText('El enlace y el código anteriores ya no sirven.')).toBeVisible();
  const refused = await host.call('POST', `/api/invitations/${first.split('/').at(-1)}/redeem`, {
    body: { displayName: 'Jorge', termsVersion: consentVersions.terms },
  });
  expect(refused.body.error?.code).toBe('INVITATION_REVOKED');
  await dialog.getByRole('button', { name: 'Crear otra invitación' }).click();
  await expect(link).not.toHaveValue(first);
  await expect(link).toHaveValue(/\/join\/[A-Z0-9]{6}$/);
});
