/** A patient's app on the clinic's network: it knows the clinic by the fingerprint in the invitation, and nobody else. */
import { expect, test } from '@playwright/test';
import { callFromPage, launchDesktop } from '../support/desktop.ts';
import { startImpostor } from '../support/impostor.ts';
import { closeTestHost, startTestHost, type TestHost } from '../support/test-host.ts';

let clinic: TestHost;

test.beforeAll(async () => {
  clinic = await startTestHost({ LAN_ADDRESS: '127.0.0.1', TLS_PORT: '0', SHARE_ON_NETWORK: 'on' });
});
test.afterAll(() => closeTestHost(clinic));

async function invitation(): Promise<URL> {
  const { consultationId } = await clinic.createConsultation({ doctorName: 'Dr. Martín Pérez' });
  const { body } = await clinic.call('POST', `/api/consultations/${consultationId}/invitations`, {
    body: { role: 'patient' },
  });
  return new URL(String(body.data?.link));
}

test('the invitation opens the clinic behind its own certificate', async () => {
  const link = await invitation();
  expect(link.searchParams.get('host')).toMatch(/^https:/);
  const desktop = await launchDesktop({ parameters: [link.href] });
  try {
    const page = await desktop.window(/\/join\?/);
    await expect(page.getByText('Dr. Martín Pérez').first()).toBeVisible();
  } finally {
    await desktop.close();
  }
});

test('somebody in between who shows another certificate is refused', async () => {
  const link = await invitation();
  link.searchParams.set('fingerprint', 'a'.repeat(64));
  const desktop = await launchDesktop({ parameters: [link.href] });
  try {
    const page = await desktop.window(/\/join\?/);
    await expect(page.getByRole('button', { name: 'Probar de nuevo' })).toBeVisible();
    await expect(page.getByText('Dr. Martín Pérez')).toHaveCount(0);

    // The right link, opened where the wrong one was refused.
    const right = await invitation();
    await desktop.app.evaluate(({ app }, href) => {
      app.emit('second-instance', {}, [href], '', undefined);
    }, right.href);
    const code = right.searchParams.get('code') ?? '';
    const again = await desktop.window(new RegExp(`/join\\?.*code=${code}`));
    await expect(again.getByText('Dr. Martín Pérez').first()).toBeVisible();
  } finally {
    await desktop.close();
  }
});

test('an address that was taken over by somebody with a certificate of their own hears nothing', async () => {
  const impostor = await startImpostor('127.0.0.1');
  const link = await invitation();
  link.searchParams.set('host', impostor.origin);
  const desktop = await launchDesktop({ parameters: [link.href] });
  try {
    const page = await desktop.window(/\/join\?/);
    await expect(page.getByRole('button', { name: 'Probar de nuevo' })).toBeVisible();
    expect(impostor.heard()).toBe(0);
  } finally {
    await desktop.close();
    await impostor.close();
  }
});

test('without a fingerprint a certificate of an unknown authority is refused', async () => {
  const link = await invitation();
  link.searchParams.delete('fingerprint');
  const desktop = await launchDesktop({ parameters: [link.href] });
  try {
    const page = await desktop.window(/\/join\?/);
    await expect(page.getByRole('button', { name: 'Probar de nuevo' })).toBeVisible();
  } finally {
    await desktop.close();
  }
});

test('the clinic’s own window shares on the network, and says where and by what it is known', async () => {
  const desktop = await launchDesktop({ environment: { LAN_ADDRESS: '127.0.0.1', TLS_PORT: '0' } });
  try {
    const page = await desktop.window(/^app:\/\/autamedica\/$/);
    await page.getByRole('link', { name: 'Ajustes' }).click();
    const share = page.getByRole('switch', { name: 'Compartir en la red' });
    await expect(share).not.toBeChecked();
    await share.click();
    await expect(page.getByText(/^https:\/\/127\.0\.0\.1:\d+$/)).toBeVisible();
    const { data } = await callFromPage(page, 'host', 'network/status');
    const { fingerprint } = data as { fingerprint: string };
    const beginning = fingerprint.slice(0, 12).toUpperCase().match(/../g)?.join(' ') ?? '';
    await expect(page.getByText(beginning, { exact: true })).toBeVisible();
    await share.click();
    await expect(page.getByText(/^https:\/\/127\.0\.0\.1:\d+$/)).toHaveCount(0);
  } finally {
    await desktop.close();
  }
});
