/** What the desktop app sends outside the clinic's network, as the clinic with its host inside: nothing. */
import { expect, test } from '@playwright/test';
import { bringLiveKitForTests } from '../../scripts/parts/livekit.ts';
import { buildTracedNetwork, whyNoTrace } from '../support/traced-network.ts';

test.skip(whyNoTrace() !== undefined, whyNoTrace());

test('the app starts with its host, is written in, shares itself, and asks nobody outside', async () => {
  const livekit = await bringLiveKitForTests();
  const network = await buildTracedNetwork();
  try {
    const { clinic } = network;
    // Over there, because Playwright speaks to Electron by loopback ports.
    await clinic.evaluate(`
      import { spendADay } from '${new URL('../support/app-day.ts', import.meta.url).href}';
      await spendADay(${JSON.stringify(livekit)}, '${clinic.address}');`);
    expect(clinic.announcements()).toBeGreaterThan(0);
    expect(clinic.sentOutside()).toEqual([]);
  } finally {
    await network.remove();
  }
});
