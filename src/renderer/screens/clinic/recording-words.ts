/** What is said of a recording in a word or a short sentence. */
import type { TFunction } from 'i18next';
import type { KeptRecording } from '../../../shared/contract/recording-library.ts';
import { addDays } from '../../components/calendar.ts';
import { formatClock, formatDay, formatTime, isSameDay } from '../../components/format.ts';

const dayMs = 24 * 60 * 60_000;
/** What is deleted within this time is said in the list. */
const soonDays = 14;
/** Less than this is no loss that anybody would see, ms. */
const smallestLossMs = 500;

/** "Hoy 10:34", "Lunes 23 de noviembre 10:34" */
export function whenText(t: TFunction, at: string, language: string, now: number): string {
  const date = new Date(at);
  const time = formatTime(date, language);
  const today = new Date(now);
  if (isSameDay(date, today)) return t('recordings.today', { time });
  if (isSameDay(date, addDays(today, -1))) return t('recordings.yesterday', { time });
  return `${dayText(t, date, language, now)} ${time}`;
}

/** "Lunes 23 de noviembre"; with the year in another one than now. */
export function dayText(t: TFunction, date: Date, language: string, now: number): string {
  const day = formatDay(date, language);
  const year = date.getFullYear();
  return year === new Date(now).getFullYear() ? day : t('recordings.dayOfYear', { day, year });
}

/** What is happening with it, when it is not simply there. */
export function stateText(t: TFunction, { status }: KeptRecording): string | undefined {
  switch (status) {
    case 'EGRESS_STARTING':
    case 'EGRESS_ACTIVE':
      return t('recordings.recording');
    case 'EGRESS_ENDING':
      return t('recordings.saving');
    case 'EGRESS_FAILED':
      return t('recordings.failed');
    case 'EGRESS_COMPLETE':
      return undefined;
  }
}

/** Something that was captured is not in the file. */
export function lost({ capturedMs, durationMs }: KeptRecording): boolean {
  return capturedMs - durationMs >= smallestLossMs;
}

/** "57 s de 58 s" */
export function savedText(t: TFunction, { capturedMs, durationMs }: KeptRecording): string {
  const seconds = (ms: number) => Math.floor(ms / 1_000);
  return capturedMs < 120_000
    ? t('recordings.savedSeconds', { saved: seconds(durationMs), captured: Math.round(capturedMs / 1_000) })
    : t('recordings.savedTime', { saved: formatClock(durationMs), captured: formatClock(capturedMs) });
}

/** Days until it is deleted by itself, when that is soon. */
export function daysLeft({ deletesAt }: KeptRecording, now: number): number | undefined {
  if (deletesAt === undefined) return undefined;
  const days = Math.max(0, Math.ceil((Date.parse(deletesAt) - now) / dayMs));
  return days <= soonDays ? days : undefined;
}

/** "MP4"; nothing where this host cannot look inside. */
export function formatText({ contentType }: KeptRecording): string | undefined {
  if (contentType === undefined) return undefined;
  return contentType === 'video/mp4' ? 'MP4' : 'WebM';
}
