import { describe, expect, it } from 'vitest';
import { measureNetwork } from '../../src/renderer/call/network-measure.ts';
import { largestProbe } from '../../src/shared/signaling/messages.ts';

/** A line that carries so many kbit/s each way, one message after the other; its time is the clock's. */
function lineOf(downKbps: number, upKbps: number) {
  let now = 0;
  let messages = 0;
  return {
    clock: { now: () => now, after: () => () => {} },
    ask: async ({
      padding,
      answerBytes = 0,
    }: {
      padding?: Uint8Array | undefined;
      answerBytes?: number | undefined;
    }) => {
      messages += 1;
      now += ((padding?.byteLength ?? 0) * 8) / upKbps + (answerBytes * 8) / downKbps;
      return answerBytes > 0 ? { padding: new Uint8Array(answerBytes) } : {};
    },
    get messages() {
      return messages;
    },
    get now() {
      return now;
    },
  };
}
const always = () => true;

describe('measuring the line', () => {
  it.each([
    [100, 60],
    [2_400, 1_100],
    [50_000, 20_000],
  ])('finds %i kbit/s down and %i up', async (down, up) => {
    const line = lineOf(down, up);
    const found = await measureNetwork(line.ask, line.clock, always);
    expect(found?.downKbps).toBeGreaterThan(down * 0.97);
    expect(found?.downKbps).toBeLessThan(down * 1.03);
    expect(found?.upKbps).toBeGreaterThan(up * 0.97);
    expect(found?.upKbps).toBeLessThan(up * 1.03);
  });

  it('sends one message alone first, and on a slow line no other', async () => {
    const line = lineOf(100, 100);
    await measureNetwork(line.ask, line.clock, always);
    expect(line.messages).toBe(2);
  });

  it('stays within its bytes on a fast line', async () => {
    const line = lineOf(1_000_000, 1_000_000);
    await measureNetwork(line.ask, line.clock, always);
    expect(line.messages * largestProbe).toBeLessThan(2_500_000);
  });

  it('ends when it is not wanted any more, and says nothing then', async () => {
    const line = lineOf(2_000, 2_000);
    let asked = 0;
    expect(await measureNetwork(line.ask, line.clock, () => ++asked < 3)).toBeUndefined();
    expect(line.messages).toBeLessThan(5);
  });

  it('says nothing when the host refuses', async () => {
    const line = lineOf(2_000, 2_000);
    const refuse = async () => Promise.reject(new Error('TOO_MANY_REQUESTS'));
    expect(await measureNetwork(refuse, line.clock, always)).toBeUndefined();
  });
});
