/** The P2P transport keeps what transports promise, in real Chromium, and finds its way when signals or paths are lost. */
import type { Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Peer } from '../../src/renderer/call/transport.ts';
import type { PeerSignal } from '../../src/shared/signaling/messages.ts';
import { type HarnessBrowser, startHarness } from './harness/browser.ts';
import { openPageParty, sourcesOf } from './harness/page-party.ts';
import { describeTransport, type Ground, type Party } from './transport-contract.ts';

/** @param loses whether a signal gets lost on its way */
function makeRoom(
  harness: HarnessBrowser,
  loses: (signal: PeerSignal, from: string) => boolean = () => false,
) {
  const pages = new Map<string, Page>();
  return {
    pages,
    async party(identity: string, role: Party['role']): Promise<Party> {
      const page = await harness.page();
      await page.exposeFunction('relaySignal', async (from: string, to: string, signal: PeerSignal) => {
        const target = pages.get(to);
        if (!target || pages.get(from) !== page || loses(signal, from)) return false;
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
}

async function ground(): Promise<Ground> {
  const harness = await startHarness();
  return {
    room: async () => makeRoom(harness),
    clear: () => harness.closePages(),
    close: () => harness.close(),
  };
}

describeTransport('P2P', ground, true);

describe('the P2P transport on bad ways', { timeout: 60_000 }, () => {
  let harness: HarnessBrowser;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterEach(() => harness.closePages());
  afterAll(() => harness.close());

  async function until(what: string, look: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (!(await look())) {
      if (Date.now() > deadline) throw new Error(`not so in time: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function inCall(loses?: (signal: PeerSignal, from: string) => boolean) {
    const room = makeRoom(harness, loses);
    const doctor = await room.party('doctor-1', 'doctor');
    const patient = await room.party('patient-1', 'patient');
    const peer = (identity: string): Peer => ({ identity, sources: ['camera', 'microphone'], data: true });
    await doctor.setPeers({ admitted: [peer('patient-1')], advance: [] });
    await patient.setPeers({ admitted: [peer('doctor-1')], advance: [] });
    for (const party of [doctor, patient]) {
      await party.publish(['camera', 'microphone'], { colour: 'rgb(220, 20, 20)', hertz: 440 });
      // Not awaited: connecting may take until the lost signals were said again.
      void party.connect();
    }
    for (const [party, other] of [
      [doctor, 'patient-1'],
      [patient, 'doctor-1'],
    ] as const) {
      await until(
        `${party.identity} sees ${other}`,
        async () => ((await party.seen())[`${other}/camera`]?.frames ?? 0) > 3,
      );
    }
    return { room, doctor, patient };
  }

  it.each([
    ['the offer', 'offer', 'doctor-1'],
    ['the answer', 'answer', 'patient-1'],
    ['the word that somebody is there', 'rollback', 'patient-1'],
  ])('connects although %s was lost', async (_what, type, from) => {
    let lost = 0;
    await inCall((signal, sender) => {
      const loses = lost === 0 && signal.description?.type === type && sender === from;
      if (loses) lost += 1;
      return loses;
    });
    expect(lost).toBe(1);
  });

  it('connects although every candidate that travels alone is lost', async () => {
    await inCall((signal) => signal.candidate !== undefined);
  });

  it.each(['doctor-1', 'patient-1'])(
    'finds a new way on the same connection when the network of %s changes',
    async (who) => {
      const { room, doctor, patient } = await inCall();
      const page = room.pages.get(who);
      const ways = () => page?.evaluate(() => window.harness.iceNames()) ?? [];
      const before = await ways();
      const statesOf = async (identity: string) =>
        (await room.pages.get(identity)?.evaluate(() => window.harness.connectionStates())) ?? [];
      // A slow start may have made and closed one before.
      const made = { 'doctor-1': await statesOf('doctor-1'), 'patient-1': await statesOf('patient-1') };
      await page?.evaluate(() => window.dispatchEvent(new Event('online')));
      await until('ICE started afresh', async () => JSON.stringify(await ways()) !== JSON.stringify(before));
      for (const [party, other] of [
        [doctor, 'patient-1'],
        [patient, 'doctor-1'],
      ] as const) {
        const frames = async () => (await party.seen())[`${other}/camera`]?.frames ?? 0;
        const seen = await frames();
        await until('new pictures', async () => (await frames()) > seen + 5);
        expect((await party.state()).name).toBe('connected');
        expect(await statesOf(party.identity)).toEqual(made[party.identity as keyof typeof made]);
      }
    },
  );
});
