/** How long to wait after something failed again: doubling from a second to five minutes. */

const firstPauseMs = 1_000;
const longestPauseMs = 5 * 60_000;

/**
 * Half of it is left to chance, so that many clinics do not come back at the same moment.
 * @param failures how many there were before, one after the other. @param chance 0 to 1. @returns ms.
 */
export function pauseAfter(failures: number, chance: number): number {
  const full = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 20));
  return Math.round(full * (0.5 + chance / 2));
}
