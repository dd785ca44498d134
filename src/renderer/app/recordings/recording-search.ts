/** What somebody looks for among the recordings: words of names, or a day. */
import { addDays } from '../../components/calendar.ts';

export type RecordingSearch =
  | { readonly search: string }
  /** ISO 8601; `to` is the first moment that does not count. */
  | { readonly from: string; readonly to: string };

/** A day as people write it, "23/11", "23-11-2026" or "23.11.26"; anything else is words. @param now ms since the epoch */
export function searchOf(text: string, now: number): RecordingSearch | undefined {
  const words = text.trim();
  if (words === '') return undefined;
  const [, day, month, year] = /^(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{2}|\d{4}))?$/.exec(words) ?? [];
  const wholeYear =
    year === undefined ? new Date(now).getFullYear() : Number(year) + (year.length === 2 ? 2_000 : 0);
  const date = new Date(wholeYear, Number(month) - 1, Number(day));
  if (day === undefined || date.getMonth() !== Number(month) - 1) return { search: words };
  // Without a year it is the last such day there was.
  const from =
    year === undefined && date.getTime() > now
      ? new Date(wholeYear - 1, date.getMonth(), date.getDate())
      : date;
  return { from: from.toISOString(), to: addDays(from, 1).toISOString() };
}
