/** How loud the microphone hears now, in segments. */
import { useEffect, useState } from 'react';

/** Calls with 0 to 1 while it listens; returns how to stop. */
export type LevelSource = (listener: (level: number) => void) => () => void;

export interface LevelMeterProps {
  readonly onLevel: LevelSource;
  readonly label: string;
  readonly segments?: number;
}

export function LevelMeter({ onLevel, label, segments = 20 }: LevelMeterProps) {
  const [lit, setLit] = useState(0);
  useEffect(
    () => onLevel((level) => setLit(Math.round(Math.min(1, Math.max(0, level)) * segments))),
    [onLevel, segments],
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: the native meter cannot be drawn in segments
    <span
      className="meter"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round((lit / segments) * 100)}
    >
      {Array.from({ length: segments }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: segments have no identity but their place
        <i key={index} className={index < lit ? 'on' : undefined} />
      ))}
    </span>
  );
}
