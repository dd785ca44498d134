/** Whether a save only carries on with what its author just wrote, so that both are one version in the history. */

/** Typing goes on for this long in one version, ms. */
export const versionSpanMs = 60_000;
/** What may disappear within a version, characters: a corrected word, never a sentence. */
const correction = 20;

/** Whether `after` is `before` with something added at one place, and at most a word of it corrected, never all of it. */
export function carriesOn(before: string, after: string): boolean {
  const limit = Math.min(before.length, after.length);
  let start = 0;
  while (start < limit && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < limit - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return before.length - start - end <= Math.min(correction, before.length / 2);
}
