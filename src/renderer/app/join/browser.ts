/** Which browser's instructions help: only texts depend on it, never behaviour. */
import type { Browser } from '../../screens/patient/blocked-screen.tsx';

export function browserOf(userAgent: string, touchPoints: number): Exclude<Browser, 'app'> {
  // iPads call themselves Macs; only they have a touch screen.
  if (/iPhone|iPad/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1)) return 'iphone';
  if (/Android/.test(userAgent)) return 'android';
  if (/Edg\//.test(userAgent)) return 'edge';
  if (/Firefox\//.test(userAgent)) return 'firefox';
  return /Safari\//.test(userAgent) && !/Chrom/.test(userAgent) ? 'safari' : 'chrome';
}

export function thisBrowser(): Browser {
  return window.autamedica ? 'app' : browserOf(navigator.userAgent, navigator.maxTouchPoints);
}
