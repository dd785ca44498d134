/** Two texts that grew from one, as one text in which nothing of either is missing. */

/** What both begin and end with stands once; between them what others wrote, then one's own. */
export function unite(theirs: string, mine: string): string {
  const other = theirs.split('\n');
  const own = mine.split('\n');
  const limit = Math.min(other.length, own.length);
  let start = 0;
  while (start < limit && other[start] === own[start]) start += 1;
  let end = 0;
  while (end < limit - start && other.at(-1 - end) === own.at(-1 - end)) end += 1;
  return [
    ...other.slice(0, start),
    ...other.slice(start, other.length - end),
    ...own.slice(start, own.length - end),
    ...other.slice(other.length - end),
  ].join('\n');
}
