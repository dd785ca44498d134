/** The desktop app as the clinic, driven for a while where it is started: its host and video server, a form, sharing on the network. */
import { expect } from '@playwright/test';
import { callFromPage, launchDesktop } from './desktop.ts';

/** @param livekit path of a livekit-server. @param address of this computer, at which it is to share itself. */
export async function spendADay(livekit: string, address: string): Promise<void> {
  const desktop = await launchDesktop({ environment: { LIVEKIT_EMBEDDED: 'on', LIVEKIT_SERVER: livekit } });
  try {
    const page = await desktop.window(/^app:\/\/autamedica\/$/);
    await expect
      .poll(async () => (await callFromPage(page, 'host', 'livekit/status')).data, { timeout: 30_000 })
      .toMatchObject({ state: 'ready' });
    const begin = page.getByRole('button', { name: /Nueva consulta|Crear la primera/ });
    await begin.first().click();
    // Spelling is what Chromium would fetch a dictionary for.
    await page
      .getByRole('dialog')
      .getByLabel('Nombre del paciente (opcional)')
      .pressSequentially('Elenna Ruizz');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Ajustes' }).click();
    await page.getByRole('switch', { name: 'Compartir en la red' }).click();
    await expect(page.getByText(new RegExp(`^https://${address}:\\d+$`))).toBeVisible();
  } finally {
    await desktop.close();
  }
}
