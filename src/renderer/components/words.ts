/** The words for states that several screens show. Each map has every case, so that a new one does not compile without a word. */
import type { Check } from '../../shared/signaling/messages.ts';

export type QualityLevel = 0 | 1 | 2 | 3 | 4;

export const qualityWords: Readonly<Record<QualityLevel, string>> = {
  0: 'quality.lost',
  1: 'quality.poor',
  2: 'quality.fair',
  3: 'quality.good',
  4: 'quality.excellent',
};

/** Messages carry a plain number; anything outside is the nearest level. */
export function toQualityLevel(value: number): QualityLevel {
  return Math.min(4, Math.max(0, Math.round(value))) as QualityLevel;
}

export const cameraWords: Readonly<Record<Check, string>> = {
  unknown: 'readiness.unknown',
  ok: 'readiness.cameraReady',
  off: 'readiness.cameraOff',
  blocked: 'readiness.blocked',
  missing: 'readiness.missing',
  busy: 'readiness.busy',
};

export const microphoneWords: Readonly<Record<Check, string>> = {
  unknown: 'readiness.unknown',
  ok: 'readiness.microphoneReady',
  off: 'readiness.microphoneOff',
  blocked: 'readiness.blocked',
  missing: 'readiness.missing',
  busy: 'readiness.busy',
};

export const speakerWords: Readonly<Record<Check, string>> = {
  unknown: 'readiness.speakerUnknown',
  ok: 'readiness.speakerReady',
  off: 'readiness.speakerUnheard',
  blocked: 'readiness.blocked',
  missing: 'readiness.missing',
  busy: 'readiness.busy',
};

/** Round trip to the host, in ms, as a level: what a video call feels like with it. */
export function roundTripLevel(milliseconds: number): QualityLevel {
  if (milliseconds <= 60) return 4;
  if (milliseconds <= 150) return 3;
  if (milliseconds <= 350) return 2;
  return 1;
}

/** kbit/s the weaker way, as a level: 2 Mbit/s carry a sharp picture, 400 kbit/s a small one. */
function rateLevel(kilobits: number): QualityLevel {
  if (kilobits >= 2_000) return 4;
  if (kilobits >= 1_000) return 3;
  if (kilobits >= 400) return 2;
  return 1;
}

/** The line to the host as a level, by the weakest of what was measured; undefined before anything was. */
export function networkLevel({
  roundTripMs,
  downKbps,
  upKbps,
}: {
  readonly roundTripMs?: number | undefined;
  readonly downKbps?: number | undefined;
  readonly upKbps?: number | undefined;
}): QualityLevel | undefined {
  const levels = [
    roundTripMs === undefined ? undefined : roundTripLevel(roundTripMs),
    downKbps === undefined ? undefined : rateLevel(downKbps),
    upKbps === undefined ? undefined : rateLevel(upKbps),
  ].filter((level) => level !== undefined);
  return levels.length === 0 ? undefined : (Math.min(...levels) as QualityLevel);
}
