/** The SFU transport keeps what transports promise, in real Chromium against the real video server behind the host's door. */
import { startHost } from '../livekit/support.ts';
import { startHarness } from './harness/browser.ts';
import { openPageParty, sourcesOf } from './harness/page-party.ts';
import { describeTransport, type Ground } from './transport-contract.ts';

async function ground(): Promise<Ground> {
  const [harness, host] = await Promise.all([startHarness(), startHost()]);
  await host.until('ready');
  let rooms = 0;
  return {
    async room() {
      const roomName = `consultation-${++rooms}`;
      return {
        async party(identity, role, admitted) {
          const token = await host.invite(identity, role, admitted, roomName);
          return openPageParty(await harness.page(), role, {
            kind: 'sfu',
            identity,
            sources: sourcesOf(role),
            livekitUrl: host.url,
            token,
          });
        },
        admit: (identity) => host.admit(identity),
      };
    },
    clear: () => harness.closePages(),
    async close() {
      await harness.close();
      await host.close();
    },
  };
}

describeTransport('SFU', ground, true);
