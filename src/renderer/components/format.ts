/** Times and durations in the reader's language. */
import { useSyncExternalStore } from 'react';

function localeOf(language: string): string {
  return language.startsWith('en') ? 'en' : 'es-AR';
}

/** "10:30" */
export function formatTime(date: Date, language: string): string {
  return new Intl.DateTimeFormat(localeOf(language), {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(date);
}

/** "lunes 23 de noviembre", inside a sentence */
export function formatDayWithin(date: Date, language: string): string {
  return new Intl.DateTimeFormat(localeOf(language), {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
  })
    .format(date)
    .replace(',', '');
}

/** "Lunes 23 de noviembre" */
export function formatDay(date: Date, language: string): string {
  const text = formatDayWithin(date, language);
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

/** "24 nov"; "3/10/2025" in another year than now. */
export function formatShortDate(date: Date, language: string, now = new Date()): string {
  return new Intl.DateTimeFormat(localeOf(language), {
    day: 'numeric',
    ...(date.getFullYear() === now.getFullYear()
      ? { month: 'short' }
      : { month: 'numeric', year: 'numeric' }),
  }).format(date);
}

/** "2,4" */
export function formatNumber(value: number, language: string): string {
  return new Intl.NumberFormat(localeOf(language), { maximumFractionDigits: 1 }).format(value);
}

/** "Elena, Lucía y Hugo" */
export function formatList(items: readonly string[], language: string): string {
  return new Intl.ListFormat(localeOf(language)).format(items);
}

/** "412 KB", "1,2 MB", "3,4 GB" */
export function formatBytes(bytes: number, language: string): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${formatNumber(Math.round(bytes / 1_000), language)} KB`;
  if (bytes < 1_000_000_000) return `${formatNumber(bytes / 1_000_000, language)} MB`;
  return `${formatNumber(bytes / 1_000_000_000, language)} GB`;
}

export function isSameDay(one: Date, other: Date): boolean {
  return one.toDateString() === other.toDateString();
}

/** "4:07", "1:02:33", of milliseconds. */
export function formatClock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const pad = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  const tail = `${pad(minutes)}:${pad(seconds % 60)}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** "57 s", "24 min 18 s", "1 h 2 min", of milliseconds: how long something lasted, where a clock would look like a time of day. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const text =
    hours > 0
      ? `${hours} h ${minutes % 60} min`
      : minutes > 0
        ? `${minutes} min ${seconds % 60} s`
        : `${seconds} s`;
  // Never broken into two lines.
  return text.replaceAll(' ', '\u00a0');
}

const second = 1_000;
let tick = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    tick = Date.now();
    timer = setInterval(() => {
      tick = Date.now();
      for (const one of listeners) one();
    }, second);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time, in ms since the epoch, each second: one clock for every counter on the screen. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => tick);
}
