/** How statistics become the bars a person sees, and how data messages are framed. */
import { describe, expect, it } from 'vitest';
import {
  qualityBetween,
  type Reading,
  readingOf,
  sumOf,
} from '../../src/renderer/transports/link-quality.ts';
import { decodeFrame, encodeFrame, maxPayload } from '../../src/renderer/transports/p2p/data-frames.ts';

const reading = (over: Partial<Reading> = {}): Reading => ({
  at: 0,
  bytes: 0,
  packets: 0,
  lost: 0,
  relayed: false,
  ...over,
});
const measured = (over: Partial<Reading>) =>
  qualityBetween('ana', reading(), reading({ at: 2_000, packets: 200, ...over }), true);

describe('quality', () => {
  it('counts kilobits a second over the time between two readings', () => {
    expect(measured({ bytes: 250_000 })).toMatchObject({ identity: 'ana', receivedKbps: 1_000, level: 4 });
  });

  it.each([
    [{ lost: 0, roundTripMs: 40 }, 4],
    [{ lost: 6, roundTripMs: 40 }, 3],
    [{ lost: 0, roundTripMs: 250 }, 3],
    [{ lost: 20, roundTripMs: 40 }, 2],
    [{ lost: 0, roundTripMs: 500 }, 2],
    [{ lost: 60, roundTripMs: 40 }, 1],
    [{ lost: 0, roundTripMs: 900 }, 1],
    [{ packets: 0 }, 0],
  ])('calls %o level %i', (over, level) => {
    expect(measured(over).level).toBe(level);
  });

  it('does not call silence a loss when nothing is expected', () => {
    expect(qualityBetween('ana', reading(), reading({ at: 2_000 }), false).level).toBe(4);
  });

  it('reads the counters of every receiver, and the way packets take', () => {
    const report = new Map<string, unknown>([
      [
        'a',
        { id: 'a', type: 'inbound-rtp', timestamp: 5, bytesReceived: 10, packetsReceived: 2, packetsLost: 1 },
      ],
      ['v', { id: 'v', type: 'inbound-rtp', timestamp: 5, bytesReceived: 30, packetsReceived: 3 }],
      ['t', { id: 't', type: 'transport', timestamp: 6, selectedCandidatePairId: 'p' }],
      [
        'p',
        { id: 'p', type: 'candidate-pair', timestamp: 6, currentRoundTripTime: 0.02, localCandidateId: 'l' },
      ],
      ['l', { id: 'l', type: 'local-candidate', timestamp: 6, candidateType: 'relay' }],
    ]);
    const read = readingOf(report);
    expect(read).toEqual({ at: 6, bytes: 40, packets: 5, lost: 1, roundTripMs: 20, relayed: true });
    expect(sumOf([read, reading({ at: 9, bytes: 1, packets: 1 })])).toEqual({
      at: 9,
      bytes: 41,
      packets: 6,
      lost: 1,
      roundTripMs: 20,
      relayed: true,
    });
  });
});

describe('data messages', () => {
  it('come out as they went in', () => {
    const payload = new Uint8Array([0, 1, 255]);
    for (const topic of ['', 'chat', 'señal ✓']) {
      expect(decodeFrame(encodeFrame({ topic, payload }))).toEqual({ topic, payload });
    }
    expect(decodeFrame(encodeFrame({ topic: 'a', payload: new Uint8Array() }))?.payload).toHaveLength(0);
  });

  it('are refused when too long, and what is no message is dropped', () => {
    const long = new Uint8Array(maxPayload + 1);
    expect(() => encodeFrame({ topic: 'a', payload: long })).toThrow(RangeError);
    expect(() => encodeFrame({ topic: 'a'.repeat(256), payload: new Uint8Array() })).toThrow(RangeError);
    expect(decodeFrame(new Uint8Array())).toBeUndefined();
    expect(decodeFrame(new Uint8Array([5, 1]))).toBeUndefined();
    expect(decodeFrame(new Uint8Array([0, ...long]))).toBeUndefined();
  });
});
