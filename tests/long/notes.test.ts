/** Clinical notes and the summary, as a doctor meets them. */
import { expect, test } from '../support/web-test.ts';

interface NoteAnswer {
  readonly version: number;
  readonly text: string;
}

const consultationIdOf = (address: string) =>
  decodeURIComponent(new URL(address).pathname.split('/')[2] ?? '');

test('notes survive a killed window and another author, and are found again in the history', async ({
  host,
  meet,
}) => {
  const { doctor } = await meet();
  const { page } = doctor;
  const address = page.url();
  const path = `/api/consultations/${consultationIdOf(address)}/notes`;
  const kept = async () => (await host.call('GET', path)).body.data as unknown as NoteAnswer;
  const field = () => doctor.page.getByRole('textbox', { name: 'Notas clínicas' });

  await page.getByRole('button', { name: 'Notas', exact: true }).click();
  await expect(field()).toBeFocused();
  await expect(page.getByText('Se guardan solas mientras escribís')).toBeVisible();
  await field().pressSequentially('Cefalea desde ayer.\n<b>Sin fiebre</b>', { delay: 20 });
  await expect.poll(async () => (await kept()).text).toBe('Cefalea desde ayer.\n<b>Sin fiebre</b>');
  await expect(page.getByText(/^Guardado \d\d:\d\d$/)).toBeVisible();

  // Gone without a word, as by a crash of the page: nothing of it gets to say goodbye.
  const context = page.context();
  doctor.page = await context.newPage();
  const crashed = page.waitForEvent('crash');
  page.goto('chrome://crash').catch(() => undefined);
  await crashed;
  await doctor.page.goto(address);
  await doctor.page.getByRole('button', { name: 'Notas', exact: true }).click();
  await expect(field()).toHaveValue('Cefalea desde ayer.\n<b>Sin fiebre</b>');

  // Somebody else has saved in the meantime.
  const { version, text } = await kept();
  await host.call('POST', path, {
    body: { text: `${text}\nAlergia a la penicilina.`, basedOn: version, editor: 'another-window' },
  });
  await field().press('Control+End');
  await field().pressSequentially('\nReposo.', { delay: 20 });
  await expect(doctor.page.getByText('Otra ventana también escribió.')).toBeVisible();
  await expect(doctor.page.getByRole('region', { name: 'El otro texto' })).toContainText(
    'Alergia a la penicilina.',
  );
  await doctor.page.getByRole('button', { name: 'Unir los dos' }).click();
  const united = 'Cefalea desde ayer.\n<b>Sin fiebre</b>\nAlergia a la penicilina.\nReposo.';
  await expect(field()).toHaveValue(united);
  await expect.poll(async () => (await kept()).text).toBe(united);

  // What is typed last, and the end a moment after.
  await field().press('Control+End');
  await field().pressSequentially('\nControl en una semana.');
  await doctor.page.getByRole('button', { name: 'Finalizar' }).click();
  await doctor.page.getByRole('dialog').getByRole('button', { name: 'Finalizar para todos' }).click();
  await expect(doctor.page.getByRole('heading', { name: 'Consulta terminada' })).toBeVisible();
  await expect(field()).toHaveValue(`${united}\nControl en una semana.`);
  await expect(doctor.page.getByText(/^Paciente\. De \d\d:\d\d a \d\d:\d\d/)).toBeVisible();

  // The same address later: the summary, with every version of the notes.
  await doctor.page.goto(address);
  await expect(doctor.page.getByRole('heading', { name: 'Resumen de la consulta' })).toBeVisible();
  await expect(field()).toHaveValue(`${united}\nControl en una semana.`);
  await doctor.page.getByRole('button', { name: 'Versiones' }).click();
  const history = doctor.page.getByRole('dialog');
  await history.getByRole('button', { name: 'Escrita a la vez que otra' }).click();
  await expect(history.getByRole('region', { name: 'Texto de la versión' })).toHaveText(
    'Cefalea desde ayer.\n<b>Sin fiebre</b>\nReposo.',
    { useInnerText: true },
  );
  await history.getByRole('button', { name: 'Recuperar esta versión' }).click();
  await expect(field()).toHaveValue('Cefalea desde ayer.\n<b>Sin fiebre</b>\nReposo.');
  await expect.poll(async () => (await kept()).text).toBe('Cefalea desde ayer.\n<b>Sin fiebre</b>\nReposo.');
});
