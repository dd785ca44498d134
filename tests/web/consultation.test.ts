import { expectPicture, expectSilence, expectTone, framesShown } from '../support/received-media.ts';
import { enterAsObserver } from '../support/web-people.ts';
import {
  expect,
  expectToMeet,
  expectToSeeEachOther,
  inviteObserver,
  pictureOf,
  test,
  transports,
} from '../support/web-test.ts';

for (const transport of transports) {
  test(`a doctor and a patient see and hear each other, muted, without camera and with a screen (${transport})`, async ({
    meet,
  }) => {
    const { doctor, patient } = await meet(transport);
    await test.step('picture and sound both ways', async () => {
      await expectToMeet(doctor, patient);
      await expect(doctor.page.getByRole('button', { name: `Conexión: ${transport}` })).toBeVisible();
    });

    await test.step('a muted microphone is silent and said to be', async () => {
      await patient.control('Micrófono').click();
      await expectSilence(doctor.page, 'patient');
      await expect(doctor.page.getByText('Silenciado')).toBeVisible();
      await patient.control('Micrófono').click();
      await expectTone(doctor.page, 'patient');
    });

    await test.step('a camera that is off is said to be', async () => {
      await patient.control('Cámara').click();
      await expect(doctor.page.getByText('Cámara apagada')).toBeVisible();
      await patient.control('Cámara').click();
      await expectPicture(doctor.page, pictureOf.patient, 'patient');
    });

    await test.step('a shared screen is seen beside the doctor until it is taken back', async () => {
      await doctor.page.getByRole('button', { name: /^Compartir/ }).click();
      await expect.poll(() => framesShown(patient.page, 'Pantalla de Dr. Martín Pérez')).toBeGreaterThan(2);
      await expectPicture(patient.page, pictureOf.doctor, 'doctor');
      await doctor.page.getByRole('button', { name: 'Dejar de compartir' }).click();
      await expect(patient.page.getByLabel('Pantalla de Dr. Martín Pérez')).toHaveCount(0);
      await expectPicture(patient.page, pictureOf.doctor, 'doctor');
    });
  });

  test(`a patient who reloads is back in the call, and who leaves comes back by the same link without waiting again (${transport})`, async ({
    meet,
  }) => {
    const { doctor, patient, link } = await meet(transport);
    await expectPicture(doctor.page, pictureOf.patient, 'patient');
    await test.step('reload', async () => {
      await patient.page.reload();
      await expectToSeeEachOther(doctor, patient);
    });
    await test.step('leave and come back', async () => {
      await patient.page.getByRole('button', { name: 'Salir' }).click();
      await expect(patient.page.getByRole('heading', { name: 'Saliste de la consulta' })).toBeVisible();
      await patient.open(link);
      await patient.page.getByRole('checkbox').check();
      await patient.page.getByRole('button', { name: 'Entrar a la sala de espera' }).click();
      await expectToSeeEachOther(doctor, patient);
    });
  });
}

test('an observer comes in once the patient agrees, sees and hears both, sends nothing, and leaves when she withdraws', async ({
  meet,
  openPerson,
  host,
}) => {
  const { doctor, patient } = await meet('Directo');
  await expectPicture(doctor.page, pictureOf.patient, 'patient');
  const { page } = await openPerson('observer');
  await enterAsObserver(page, await inviteObserver(host), 'Lucía Gómez');
  const card = doctor.page.getByRole('region', { name: 'En la puerta' });
  await expect(card.getByText('Falta que el paciente acepte.')).toBeVisible();
  await expect(card.getByRole('button', { name: 'Admitir a Lucía Gómez', exact: true })).toBeDisabled();
  const question = patient.page.getByRole('dialog', { name: 'Lucía Gómez quiere observar tu consulta' });
  await question.getByRole('button', { name: 'Acepto que observe' }).click();
  await expect(card.getByText('El paciente aceptó que observe.')).toBeVisible();
  await doctor.admit('Lucía Gómez');
  await expect(patient.page.getByText('Lucía Gómez observa')).toBeVisible();
  await expectPicture(page, pictureOf.patient, 'patient');
  await expectPicture(page, pictureOf.doctor, 'doctor');
  await expectTone(page, 'patient');
  await expectTone(page, 'doctor');
  await expect(page.getByText('Sólo mirás y escuchás').first()).toBeVisible();
  await expect(page.getByRole('button', { name: /Micrófono|Cámara/ })).toHaveCount(0);
  await expect(doctor.page.getByLabel('Video de Lucía Gómez')).toHaveCount(0);

  await patient.page.getByRole('button', { name: 'Lucía Gómez observa' }).click();
  const permissions = patient.page.getByRole('dialog', { name: 'Tus permisos' });
  await expect(permissions.getByText('Aceptaste que Lucía Gómez observe.')).toBeVisible();
  await permissions.getByRole('button', { name: 'Retirar el permiso' }).click();
  await expect(permissions.getByText('Retiraste el permiso para que Lucía Gómez observe.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Ya no estás en la consulta' })).toBeVisible();
  await permissions.getByRole('button', { name: 'Listo' }).click();
  await expect(patient.page.getByText('Lucía Gómez observa')).toHaveCount(0);
  await expectPicture(patient.page, pictureOf.doctor, 'doctor');
});

test('an observer who closes the tab comes back by the same link, straight into the call; another browser does not', async ({
  meet,
  openPerson,
  host,
}) => {
  const { doctor, patient } = await meet('Directo');
  await expect(patient.control('Salir')).toBeVisible();
  const link = await inviteObserver(host);
  const { page } = await openPerson('observer');
  await enterAsObserver(page, link, 'Lucía Gómez');
  const question = patient.page.getByRole('dialog', { name: 'Lucía Gómez quiere observar tu consulta' });
  await question.getByRole('button', { name: 'Acepto que observe' }).click();
  await doctor.admit('Lucía Gómez');
  await expect(page.getByRole('heading', { name: 'Consulta de Elena Ruiz' })).toBeVisible();

  const context = page.context();
  await page.close();
  const again = await context.newPage();
  await enterAsObserver(again, link, 'Lucía');
  // She is who she was: the patient is not asked again, and the doctor need not admit her again.
  await expect(again.getByRole('heading', { name: 'Consulta de Elena Ruiz' })).toBeVisible();
  await expect(patient.page.getByText('Lucía Gómez observa')).toBeVisible();
  await expect(question).toHaveCount(0);

  const stranger = await openPerson('observer');
  await enterAsObserver(stranger.page, link, 'Lucía Gómez');
  await expect(stranger.page.getByRole('heading', { name: 'Este enlace ya se usó' })).toBeVisible();
  await expect(patient.page.getByText(/ observa$/)).toHaveCount(1);
});

test('a call moves from direct to the server and back, with both pictures alive', async ({ meet }) => {
  const { doctor, patient } = await meet('Directo');
  await expectPicture(doctor.page, pictureOf.patient, 'patient');
  for (const transport of ['Servidor', 'Directo'] as const) {
    await doctor.moveTo(transport);
    await expectToMeet(doctor, patient);
  }
});

test('a removed patient is told so, and neither link nor reload bring them back', async ({ meet }) => {
  const { doctor, patient, link } = await meet('Directo');
  await expectPicture(doctor.page, pictureOf.patient, 'patient');
  await doctor.page.getByRole('button', { name: 'Personas' }).click();
  await doctor.page.getByRole('button', { name: 'Acciones para Elena Ruiz' }).click();
  await doctor.page.getByRole('menuitem', { name: 'Sacar de la consulta' }).click();
  await doctor.page.getByRole('button', { name: 'Sacar', exact: true }).click();
  await expect(patient.page.getByRole('heading', { name: 'Te sacaron de la consulta' })).toBeVisible();
  await patient.open(link);
  await expect(patient.page.getByRole('heading', { name: 'La clínica anuló este enlace' })).toBeVisible();
});

test('a patient who is not admitted is told so', async ({ arrive }) => {
  const { doctor, patient } = await arrive();
  await doctor.page.getByRole('button', { name: 'No admitir a Elena Ruiz' }).first().click();
  await doctor.page.getByRole('button', { name: 'No admitir', exact: true }).click();
  await expect(patient.page.getByRole('heading', { name: 'No te admitieron a la consulta' })).toBeVisible();
});

test('ending the consultation ends it for the patient, and the link', async ({ meet }) => {
  const { doctor, patient, link } = await meet('Directo');
  await doctor.page.getByRole('button', { name: 'Finalizar' }).click();
  await doctor.page.getByRole('button', { name: 'Finalizar para todos' }).click();
  await expect(doctor.page.getByRole('heading', { name: 'Consulta terminada' })).toBeVisible();
  await expect(patient.page.getByRole('heading', { name: 'La consulta terminó' })).toBeVisible();
  await patient.open(link);
  await expect(patient.page.getByRole('heading', { name: 'La consulta ya terminó' })).toBeVisible();
});
