/** The P2P transport keeps what transports promise, in real Chromium. */
import type { Page } from '@playwright/test';
import type { PeerSignal } from '../../src/shared/signaling/messages.ts';
import { startHarness } from './harness/browser.ts';
import { openPageParty, sourcesOf } from './harness/page-party.ts';
import { describeTransport, type Ground } from './transport-contract.ts';

async function ground(): Promise<Ground> {
  const harness = await startHarness();
  return {
    async room() {
      const pages = new Map<string, Page>();
      return {
        async party(identity, role) {
          const page = await harness.page();
          await page.exposeFunction('relaySignal', async (from: string, to: string, signal: PeerSignal) => {
            const target = pages.get(to);
            if (!target || pages.get(from) !== page) return false;
            return target
              .evaluate((received) => window.harness.deliver(received), { from, signal })
              .then(() => true)
              .catch(() => false);
          });
          const party = await openPageParty(page, role, { kind: 'p2p', identity, sources: sourcesOf(role) });
          pages.set(identity, page);
          return party;
        },
        admit: async () => {},
      };
    },
    clear: () => harness.closePages(),
    close: () => harness.close(),
  };
}

describeTransport('P2P', ground, true);
