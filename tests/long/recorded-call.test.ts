/** Recording a call, between the real windows of a doctor and a patient: what each sees, and what is in the file. */
import {
  isNear,
  longestGap,
  packetTimes,
  pictures,
  probe,
  sound,
  toneIn,
} from '../support/recorded-content.ts';
import {
  openNewest,
  recordedSeconds,
  recordingChip,
  startRecording,
  stopRecording,
} from '../support/recorded-meeting.ts';
import { test } from '../support/recording-test.ts';
import { people } from '../support/synthetic-media.ts';
import { enterAsObserver } from '../support/web-people.ts';
import { expect, expectToMeet, inviteObserver } from '../support/web-test.ts';

test('a call is recorded once all agree, everybody sees it, and the file holds both faces and both voices', async ({
  meet,
  host,
}) => {
  const { doctor, patient } = await meet('Directo');
  await expectToMeet(doctor, patient);
  await startRecording(doctor, patient);
  await recordedSeconds(doctor, 4);
  await stopRecording(doctor);
  for (const { page } of [doctor, patient]) await expect(recordingChip(page)).toHaveCount(0);

  const file = await openNewest(host.dataDir);
  const { duration, ...what } = await probe(file);
  expect(what).toMatchObject({ audioCodec: 'opus', width: 1_280, height: 720 });
  expect(duration).toBeGreaterThan(3.5);
  expect(longestGap(await packetTimes(file, 'a'))).toBeLessThan(0.1);
  const [middle] = await pictures(file, { from: duration / 2, most: 1 });
  expect(isNear(middle?.colour(0.3, 0.3) ?? [0, 0, 0], people.patient.colour)).toBe(true);
  expect(isNear(middle?.colour(0.86, 0.75) ?? [0, 0, 0], people.doctor.colour)).toBe(true);
  const heard = await sound(file);
  for (const { tone } of [people.doctor, people.patient])
    expect(toneIn(heard, tone, duration / 2, 1)).toBeGreaterThan(0.01);

  // The end of the consultation says what there is.
  await doctor.page.getByRole('button', { name: 'Finalizar' }).click();
  await doctor.page.getByRole('button', { name: 'Finalizar para todos' }).click();
  await expect(doctor.page.getByRole('listitem').filter({ hasText: 'Grabación' })).toContainText(/00:0\d/);
});

test('who comes in later pauses it until they agree, and a patient who takes it back ends it within a second', async ({
  meet,
  openPerson,
  host,
}) => {
  const { doctor, patient } = await meet('Directo');
  await expect(patient.control('Salir')).toBeVisible();
  await startRecording(doctor, patient);
  const { page: observer } = await openPerson('observer');
  await enterAsObserver(observer, await inviteObserver(host), 'Lucía Gómez');
  await patient.page.getByRole('button', { name: 'Acepto que observe' }).click();
  await doctor.admit('Lucía Gómez');
  for (const page of [doctor.page, patient.page, observer])
    await expect(recordingChip(page)).toContainText('La grabación está en pausa.');
  await expect(patient.page.getByText('Grabación en pausa. Falta que Lucía responda')).toBeVisible();
  await observer.getByRole('button', { name: 'Acepto que se grabe' }).click();
  for (const page of [doctor.page, patient.page, observer])
    await expect(recordingChip(page)).toContainText('Se está grabando.');

  await patient.page.getByRole('button', { name: 'Aceptaste que se grabe.' }).click();
  await patient.page.getByRole('button', { name: 'Que no se grabe más' }).click();
  await expect(recordingChip(doctor.page)).toHaveCount(0, { timeout: 1_000 });
  await expect(recordingChip(observer)).toHaveCount(0);
  await expect(doctor.page.getByText('La grabación terminó y se guarda.')).toBeVisible();
});
