/** The clinic's keys in a real keyring (GNOME's): sealed by it, opened again, and what happens when it is gone. */
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { callFromPage, type Desktop, launchDesktop } from '../support/desktop.ts';
import { hasKeyring, type Keyring, startBus, startKeyring } from '../support/keyring.ts';
import { removeProfile } from '../support/remove-profile.ts';

test.skip(!hasKeyring(), 'this machine has no GNOME keyring');

interface Started {
  readonly desktop: Desktop;
  readonly clinic: Page;
}

let folder: string;
let running: { keyring: Keyring; desktop?: Desktop } | undefined;

test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-keyring-'));
});
test.afterEach(async () => {
  await end();
  await removeProfile(folder);
});

/** Starts the app on a session of its own, as after logging in. */
async function start(
  keyring: Promise<Keyring>,
  page: RegExp,
  environment: Readonly<Record<string, string>> = {},
): Promise<Started> {
  running = { keyring: await keyring };
  const desktop = await launchDesktop({
    folder,
    keyring: true,
    environment: { ...running.keyring.environment, ...environment },
  });
  running.desktop = desktop;
  return { desktop, clinic: await desktop.window(page) };
}

/** Ends the app and its session. */
async function end(): Promise<void> {
  const ending = running;
  running = undefined;
  await ending?.desktop?.app.close();
  await ending?.keyring.stop();
}

const ready = /^app:\/\/autamedica\/$/;
const refused = /host-failed/;
const ownKeyring = () => startKeyring(join(folder, 'keyring'));
const newKeyring = () => startKeyring(join(folder, 'another-keyring'));
const onDisk = (name: string) => readFile(join(folder, 'data', name));
const patients = async (clinic: Page) =>
  ((await callFromPage(clinic, 'host', 'consultations/list')).data as { patientName: string }[]).map(
    ({ patientName }) => patientName,
  );

test('seals the keys, gives them out to the next start, and losing it loses nothing', async () => {
  test.setTimeout(180_000);
  const first = await start(ownKeyring(), ready);
  const planned = { consultationId: 'c-1', patientId: 'p-1', doctorId: 'd-1', patientName: 'Elena Ruiz' };
  await callFromPage(first.clinic, 'host', 'consultations/create', planned);
  const shown = await callFromPage(first.clinic, 'desktop', 'app/recoveryKey');
  const { recoveryKey } = shown.data as { recoveryKey: string };
  expect(recoveryKey).toMatch(/^([A-Z2-9]{5}-){4}[A-Z2-9]{5}$/);
  await end();
  const sealed = await onDisk('secrets.json');
  expect(JSON.parse(sealed.toString())).toMatchObject({ sealedBy: 'system' });
  expect(sealed.toString()).not.toContain(recoveryKey);

  const second = await start(ownKeyring(), ready);
  expect(await patients(second.clinic)).toEqual(['Elena Ruiz']);
  await end();
  expect((await onDisk('secrets.json')).equals(sealed)).toBe(true);
  const database = await onDisk('clinic.db');

  for (const keyring of [startBus, newKeyring]) {
    const { clinic } = await start(keyring(), refused);
    await expect(clinic.getByRole('heading')).toHaveText('El servidor de la clínica no pudo iniciar');
    await expect(clinic.getByRole('alert')).toContainText(
      'No se perdió nada. Entrá con el usuario que instaló',
    );
    await end();
    expect((await onDisk('secrets.json')).equals(sealed)).toBe(true);
    expect((await onDisk('clinic.db')).equals(database)).toBe(true);
  }

  // On paper, and from then on in the new keyring.
  const recovered = await start(newKeyring(), ready, { SECRETS_KEY: recoveryKey });
  expect(await patients(recovered.clinic)).toEqual(['Elena Ruiz']);
  await end();
  const again = await start(newKeyring(), ready);
  expect(await patients(again.clinic)).toEqual(['Elena Ruiz']);
});
