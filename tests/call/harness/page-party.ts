/** A party of the transport contract whose transport runs in a page of real Chromium. */
import type { Page } from '@playwright/test';
import type { MediaSource } from '../../../src/renderer/call/transport.ts';
import type { Party } from '../transport-contract.ts';
import type { OpenOptions } from './page.ts';

export function sourcesOf(role: Party['role']): readonly MediaSource[] {
  if (role === 'observer') return [];
  return role === 'patient'
    ? ['camera', 'microphone']
    : ['camera', 'microphone', 'screen_share', 'screen_share_audio'];
}

export async function openPageParty(page: Page, role: Party['role'], options: OpenOptions): Promise<Party> {
  await page.evaluate((given) => window.harness.open(given), options);
  return {
    identity: options.identity,
    role,
    connect: () => page.evaluate(() => window.harness.connect()),
    setPeers: (peers) => page.evaluate((given) => window.harness.setPeers(given), peers),
    publish: (sources, look) =>
      page.evaluate(([wanted, given]) => window.harness.publish(wanted, given), [sources, look] as const),
    replace: (source, look) =>
      page.evaluate(([wanted, given]) => window.harness.replace(wanted, given), [source, look] as const),
    sendData: (topic, text) =>
      page.evaluate(([name, payload]) => window.harness.sendData(name, payload), [topic, text] as const),
    data: () => page.evaluate(() => window.harness.data()),
    state: async () => (await page.evaluate(() => window.harness.state())) ?? { name: 'idle' },
    tracks: async () => (await page.evaluate(() => window.harness.tracks())) ?? [],
    seen: () => page.evaluate(() => window.harness.seen()),
    traffic: () => page.evaluate(() => window.harness.traffic()),
    negotiations: () => page.evaluate(() => window.harness.negotiations()),
    close: () => page.evaluate(() => window.harness.close()),
    vanish: () => page.context().close(),
  };
}
