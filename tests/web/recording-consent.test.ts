/** Asking whether the call may be recorded, between the real windows of a doctor, a patient and an observer. */
import type { Page } from '@playwright/test';
import { enterAsObserver } from '../support/web-people.ts';
import { expect, inviteObserver, test } from '../support/web-test.ts';

const panel = (page: Page) => page.getByRole('dialog', { name: 'Grabación' });
const question = (page: Page) =>
  page.getByRole('dialog', { name: 'Dr. Martín Pérez quiere grabar la consulta' });
const permissions = (page: Page) => page.getByRole('dialog', { name: 'Tus permisos' });

test('the doctor asks by keyboard, the patient agrees and takes it back, and the doctor reads each within a second', async ({
  meet,
}) => {
  const { doctor, patient } = await meet('Directo');
  await expect(patient.control('Salir')).toBeVisible();
  await doctor.page.keyboard.press('r');
  await expect(panel(doctor.page).getByRole('button', { name: 'Pedir permiso y grabar' })).toBeFocused();
  await doctor.page.keyboard.press('Enter');
  const standing = panel(doctor.page).getByRole('status');
  await expect(standing).toHaveText(
    'Falta que Elena responda si se puede grabar. La grabación empieza sola cuando acepten todos.',
  );
  // What was pressed is gone, and Tab goes on from there.
  await doctor.page.keyboard.press('Tab');
  await expect(panel(doctor.page).getByRole('button', { name: 'Retirar el pedido' })).toBeFocused();

  // The question goes away by an answer only.
  await patient.page.keyboard.press('Escape');
  await question(patient.page).getByRole('button', { name: 'Acepto que se grabe' }).click();
  await expect(question(patient.page)).toHaveCount(0);
  await expect(standing).toHaveText('Se está grabando.');
  await doctor.page.keyboard.press('Escape');
  await expect(panel(doctor.page)).toHaveCount(0);

  await patient.page.getByRole('button', { name: 'Aceptaste que se grabe.' }).click();
  await permissions(patient.page).getByRole('button', { name: 'Que no se grabe más' }).click();
  // Also while the panel is shut.
  await expect(doctor.page.getByText('Elena no quiere que se grabe.')).toBeVisible({ timeout: 1_000 });
  await expect(permissions(patient.page).getByText('Pediste que no se grabe más.')).toBeVisible();
  await permissions(patient.page).getByRole('button', { name: 'Listo' }).click();
  await expect(patient.page.getByRole('status').filter({ hasText: /^Ya no se graba\.$/ })).toBeAttached();
  await expect(patient.page.getByRole('button', { name: 'No se graba' })).toBeVisible();

  await patient.control('Salir').click();
  await expect(patient.page.getByRole('heading', { name: 'Saliste de la consulta' })).toBeVisible();
  await patient.page.getByRole('button', { name: 'Tus permisos' }).click();
  await expect(
    permissions(patient.page).getByText('Aceptaste las condiciones de la atención por video.'),
  ).toBeVisible();
  await expect(permissions(patient.page).getByText('Pediste que no se grabe más.')).toBeVisible();
});

test('who comes in later is asked too, a no ends it for everybody, and the doctor can ask again or take it back', async ({
  meet,
  openPerson,
  host,
}) => {
  const { doctor, patient } = await meet('Directo');
  await expect(patient.control('Salir')).toBeVisible();
  await doctor.page.getByRole('button', { name: /^Grabar/ }).click();
  const asked = panel(doctor.page);
  const standing = asked.getByRole('status');
  const answer = (name: string) => asked.getByRole('listitem').filter({ hasText: name });
  await asked.getByRole('button', { name: 'Pedir permiso y grabar' }).click();
  await question(patient.page).getByRole('button', { name: 'Acepto que se grabe' }).click();
  await expect(standing).toHaveText('Se está grabando.');
  await doctor.page.keyboard.press('Escape');

  const { page: observer } = await openPerson('observer');
  await enterAsObserver(observer, await inviteObserver(host), 'Lucía Gómez');
  await patient.page
    .getByRole('dialog', { name: 'Lucía Gómez quiere observar tu consulta' })
    .getByRole('button', { name: 'Acepto que observe' })
    .click();
  await expect(doctor.page.getByText('El paciente aceptó que observe.')).toBeVisible();
  await doctor.admit('Lucía Gómez');
  await expect(question(observer)).toBeVisible();
  await expect(doctor.page.getByText('Falta que Lucía responda si se puede grabar.')).toBeVisible();
  await doctor.page.keyboard.press('r');
  await expect(answer('Elena Ruiz')).toContainText('Aceptó');
  await expect(answer('Lucía Gómez')).toContainText('Falta su respuesta');
  await question(observer).getByRole('button', { name: 'No grabar' }).click();
  await expect(standing).toHaveText('Lucía no quiere que se grabe.');
  await expect(answer('Lucía Gómez')).toContainText('No aceptó');
  await expect(patient.page.getByRole('button', { name: 'No se graba' })).toBeVisible();

  // A new question is everybody's; one that the doctor takes back leaves nobody's screen waiting for an answer.
  await asked.getByRole('button', { name: 'Volver a pedir permiso' }).click();
  await expect(question(patient.page)).toBeVisible();
  await expect(question(observer)).toBeVisible();
  await asked.getByRole('button', { name: 'Retirar el pedido' }).click();
  await expect(standing).toHaveText('Retiraste el pedido. No se graba.');
  await expect(question(patient.page)).toHaveCount(0);
  await expect(question(observer)).toHaveCount(0);
});
