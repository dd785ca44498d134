/** The scheme our pages come from, and how a page is recognised as ours. */

import { readFile } from 'node:fs/promises';
import { protocol, type Session } from 'electron';
import { readUrl } from '../host/runtime/read-url.ts';
import { type Assets, contentTypeOf } from './assets.ts';
import { contentSecurityPolicy } from './content-policy.ts';

const scheme = 'app';
const authority = 'autamedica';

/** Where pages live. The host knows this origin as the desktop app's. */
export const pagesOrigin = `${scheme}://${authority}`;

/** A development server's origin, when there is one; its pages count as ours. */
export interface PageSource {
  readonly developmentOrigin: string | undefined;
}

/** Must run before the app is ready. */
export function registerPagesScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme,
      privileges: {
        standard: true,
        secure: true,
        supportFetchAPI: true,
        corsEnabled: true,
        stream: true,
        codeCache: true,
      },
    },
  ]);
}

export function isOurPage(address: string, source: PageSource): boolean {
  const url = readUrl(address);
  if (!url) return false;
  if (url.protocol === `${scheme}:`)
    return url.host === authority && url.username === '' && url.password === '';
  return source.developmentOrigin !== undefined && url.origin === source.developmentOrigin;
}

/** The address of a page of ours, e.g. `/consultation/42`. */
export function pageAddress(path: string, source: PageSource): string {
  return `${source.developmentOrigin ?? pagesOrigin}${path}`;
}

const headers = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-cache',
};

/**
 * Serves our pages to a session.
 * @param ownPages pages the shell makes itself, by path.
 */
export function servePages(
  session: Session,
  assets: Assets,
  ownPages: (path: string) => string | undefined,
): void {
  session.protocol.handle(scheme, async (request) => {
    const url = new URL(request.url);
    if (url.host !== authority) return refusal(404);
    if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405);
    const ownPage = ownPages(url.pathname);
    if (ownPage !== undefined) {
      return new Response(ownPage, { headers: { ...headers, 'Content-Type': 'text/html; charset=utf-8' } });
    }
    const file = assets.find(url.pathname);
    if (file === undefined) return refusal(404);
    const body = request.method === 'HEAD' ? null : new Uint8Array(await readFile(file));
    return new Response(body, { headers: { ...headers, 'Content-Type': contentTypeOf(file) } });
  });
}

function refusal(status: number): Response {
  return new Response(null, { status, headers });
}
