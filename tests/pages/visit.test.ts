/** A patient's page, from the link to the door. */
import { DoctorAtWork } from '../support/web-people.ts';
import { expect, test } from '../support/web-test.ts';

test('nothing that is to be pressed moves while the devices start', async ({ host, openPerson }) => {
  const clinic = new DoctorAtWork((await openPerson('doctor')).page);
  await clinic.page.goto(host.url);
  const link = await clinic.invite('Elena Ruiz');

  const { page } = await openPerson('patient');
  // The person takes a moment to allow it.
  await page.addInitScript(() => {
    const devices = navigator.mediaDevices;
    const open = devices.getUserMedia.bind(devices);
    const allowed = new Promise<void>((resolve) => Object.assign(window, { allow: resolve }));
    devices.getUserMedia = async (wish) => {
      await allowed;
      return await open(wish);
    };
  });
  await page.goto(link);
  const checks = page.getByRole('list', { name: /^Pruebas de cámara/ });
  await expect(checks.getByText('Abriendo')).toHaveCount(2);
  const terms = page.getByRole('checkbox');
  const before = await terms.boundingBox();
  await page.evaluate(() => (window as unknown as { allow: () => void }).allow());
  await expect(checks.getByRole('combobox', { name: /micrófono/ })).toBeVisible();
  await expect(checks.getByRole('combobox', { name: /parlante/ })).toBeVisible();
  await expect(checks.getByRole('img', { name: 'Bien' })).toHaveCount(2);
  expect(await terms.boundingBox()).toEqual(before);
});
