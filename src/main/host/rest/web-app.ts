/** Serves the built web page, compressed ahead of time, with the headers that keep it alone with this host. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import type { MiddlewareHandler } from 'hono';

/** Everything from this host only; media from the page itself; no frames, plugins or foreign scripts. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob: mediastream:",
  "font-src 'self'",
  // A PDF of the consultation, in the browser's own viewer; the blob is typed by our code.
  'frame-src blob:',
  "connect-src 'self' ws: wss:",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The addresses of the app's one page; anything else is a file of its, or nothing. */
function isPage(path: string): boolean {
  return /^\/(join(\/[^/.]*)?|pair|trust|recording|consultation\/[^/]+)?$/.test(path);
}

export function webApp(root: string): MiddlewareHandler {
  if (!existsSync(join(root, 'index.html'))) {
    throw new Error(`There is no web app in ${root}. Build it with: npm run build`);
  }
  return serveStatic({
    root,
    precompressed: true,
    rewriteRequestPath: (path) => (isPage(path) ? '/index.html' : path),
    onFound: (path, context) => {
      const immutable = /\/assets\//.test(path);
      context.header('Cache-Control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
      context.header('Content-Security-Policy', contentSecurityPolicy);
      context.header(
        'Permissions-Policy',
        'camera=(self), microphone=(self), display-capture=(self), geolocation=()',
      );
      context.header('Cross-Origin-Opener-Policy', 'same-origin');
    },
  });
}
