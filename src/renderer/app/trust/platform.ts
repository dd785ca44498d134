/** Whose steps to trust the clinic come first: only their order depends on it. */
import { type Platform, platforms } from '../../screens/patient/trust-screen.tsx';
import { browserOf } from '../join/browser.ts';

export function platformOf(userAgent: string, touchPoints: number): Platform {
  const browser = browserOf(userAgent, touchPoints);
  if (browser === 'iphone' || browser === 'android' || browser === 'firefox') return browser;
  return /Macintosh/.test(userAgent) ? 'mac' : 'windows';
}

/** All of them, the reader's own first. */
export function platformsFrom(own: Platform): readonly Platform[] {
  return [own, ...platforms.filter((platform) => platform !== own)];
}
