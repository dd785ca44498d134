/** Judges what arrives from one participant by two readings of WebRTC statistics. */
import type { TransportQuality } from '../call/transport.ts';

/** What is compared between readings; counters since the connection was made. */
export interface Reading {
  /** ms, of the statistics' own clock. */
  readonly at: number;
  readonly bytes: number;
  readonly packets: number;
  readonly lost: number;
  readonly roundTripMs?: number;
  readonly relayed: boolean;
}

/** The parts of RTCStats that matter here, which TypeScript's DOM types leave open. */
interface Stat {
  readonly id: string;
  readonly type: string;
  readonly timestamp: number;
  readonly bytesReceived?: number;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly currentRoundTripTime?: number;
  readonly selectedCandidatePairId?: string;
  readonly localCandidateId?: string;
  readonly candidateType?: string;
}

/** @param report an RTCStatsReport of a connection or of one receiver */
export function readingOf(report: object): Reading {
  const stats = report as { values(): Iterable<Stat>; get(id: string): Stat | undefined };
  let at = 0;
  let bytes = 0;
  let packets = 0;
  let lost = 0;
  let pair: Stat | undefined;
  for (const stat of stats.values()) {
    at = Math.max(at, stat.timestamp);
    if (stat.type === 'inbound-rtp') {
      bytes += stat.bytesReceived ?? 0;
      packets += stat.packetsReceived ?? 0;
      lost += stat.packetsLost ?? 0;
    } else if (stat.type === 'transport' && stat.selectedCandidatePairId) {
      pair = stats.get(stat.selectedCandidatePairId);
    }
  }
  const local = pair?.localCandidateId ? stats.get(pair.localCandidateId) : undefined;
  return {
    at,
    bytes,
    packets,
    lost,
    ...(pair?.currentRoundTripTime === undefined ? {} : { roundTripMs: pair.currentRoundTripTime * 1000 }),
    relayed: local?.candidateType === 'relay',
  };
}

/** Several receivers of one participant as one. */
export function sumOf(readings: readonly Reading[]): Reading {
  const total = (pick: (reading: Reading) => number) => readings.reduce((sum, one) => sum + pick(one), 0);
  const roundTripMs = readings.find((one) => one.roundTripMs !== undefined)?.roundTripMs;
  return {
    at: Math.max(...readings.map((one) => one.at)),
    bytes: total((one) => one.bytes),
    packets: total((one) => one.packets),
    lost: total((one) => one.lost),
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
    relayed: readings.some((one) => one.relayed),
  };
}

/** @param expected whether media should be arriving; then nothing arriving is level 0. */
export function qualityBetween(
  identity: string,
  before: Reading,
  after: Reading,
  expected: boolean,
): TransportQuality {
  const seconds = Math.max(0.001, (after.at - before.at) / 1000);
  const packets = after.packets - before.packets;
  const lost = Math.max(0, after.lost - before.lost);
  const loss = packets + lost > 0 ? lost / (packets + lost) : 0;
  const silent = expected && packets <= 0;
  return {
    identity,
    level: silent ? 0 : levelOf(loss, after.roundTripMs ?? 0),
    receivedKbps: Math.max(0, Math.round(((after.bytes - before.bytes) * 8) / 1000 / seconds)),
    ...(after.roundTripMs === undefined ? {} : { roundTripMs: Math.round(after.roundTripMs) }),
    loss: Math.round(loss * 1000) / 1000,
    relayed: after.relayed,
  };
}

/** Loss weighs as in LiveKit's own levels; delays beyond ITU-T G.114's 150 ms one way are felt in talking. */
function levelOf(loss: number, roundTripMs: number): 1 | 2 | 3 | 4 {
  if (loss > 0.1 || roundTripMs > 800) return 1;
  if (loss > 0.04 || roundTripMs > 400) return 2;
  if (loss > 0.01 || roundTripMs > 200) return 3;
  return 4;
}
