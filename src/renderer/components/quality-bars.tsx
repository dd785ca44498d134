/** Four bars for a connection's quality; the word beside or behind them is never left out. */
import type { QualityLevel } from './words.ts';

export function QualityBars({ level, label }: { readonly level: QualityLevel; readonly label: string }) {
  return (
    <span className="bars" data-level={level} role="img" aria-label={label}>
      <i />
      <i />
      <i />
      <i />
    </span>
  );
}
