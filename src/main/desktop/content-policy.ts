/** What our pages may load and where they may connect: nothing that is not named here. */
import { failurePageStyleHash } from './failure-page.ts';

const directives: Readonly<Record<string, string>> = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': `'self' ${failurePageStyleHash}`,
  'img-src': "'self' data: blob:",
  'font-src': "'self'",
  // Recordings are played from the clinic's host.
  'media-src': "'self' blob: mediastream: http://127.0.0.1:* https:",
  'worker-src': "'self' blob:",
  // The host inside the app answers on a loopback port; an invitation leads to any clinic, but never in clear.
  'connect-src': "'self' http://127.0.0.1:* ws://127.0.0.1:* https: wss:",
  'frame-src': "'none'",
  'object-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

export const contentSecurityPolicy = Object.entries(directives)
  .map(([name, value]) => `${name} ${value}`)
  .join('; ');
