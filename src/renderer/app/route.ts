/** Which of the uses of the app this page is, by its address; and moving between them without loading anew. */
import { useMemo, useSyncExternalStore } from 'react';

export type Route =
  | { readonly name: 'clinic' }
  | { readonly name: 'consultation'; readonly consultationId: string }
  /** A computer is paired with the clinic. */
  | { readonly name: 'pair' }
  /** The desktop app is asked what this computer is for. */
  | { readonly name: 'start' }
  /** Somebody's browser does not know the clinic's certificate. */
  | { readonly name: 'trust' }
  /** A recording that the clinic has shared with its patient. */
  | { readonly name: 'recording' }
  /** Without a code there is a place to write it. */
  | { readonly name: 'join'; readonly code?: string; readonly host?: string };

/** @param address the page's path and query, without its origin. */
export function routeOf(address: string): Route {
  const url = new URL(address, 'http://page.invalid');
  const [, first, second] = url.pathname.split('/');
  const part = decode(second ?? '');
  if (first === 'consultation' && part) return { name: 'consultation', consultationId: part };
  if (first === 'pair' || first === 'start' || first === 'trust' || first === 'recording')
    return { name: first };
  if (first === 'join') {
    const code = part || (url.searchParams.get('code') ?? '');
    const host = url.searchParams.get('host') ?? '';
    return { name: 'join', ...(code ? { code } : {}), ...(host ? { host } : {}) };
  }
  return { name: 'clinic' };
}

/** A malformed escape is not an address of ours. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

function subscribe(listener: () => void): () => void {
  globalThis.addEventListener('popstate', listener);
  return () => globalThis.removeEventListener('popstate', listener);
}

export function useRoute(): Route {
  const address = useSyncExternalStore(subscribe, () => location.pathname + location.search);
  return useMemo(() => routeOf(address), [address]);
}

export function goTo(address: string): void {
  history.pushState(null, '', address);
  globalThis.dispatchEvent(new PopStateEvent('popstate'));
}

export interface PairingLink {
  readonly address: string;
  readonly code: string;
  /** What the clinic is known by. */
  readonly fingerprint?: string;
}

/** A pairing link of the desktop app, as pasted; undefined for anything else. */
export function pairingLinkOf(text: string): PairingLink | undefined {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return undefined;
  }
  if (url.protocol !== 'autamedica:' || !url.href.startsWith('autamedica://pair')) return undefined;
  const address = url.searchParams.get('host');
  const code = url.searchParams.get('code');
  if (!address || !code) return undefined;
  const fingerprint = url.searchParams.get('fingerprint');
  return { address, code, ...(fingerprint ? { fingerprint } : {}) };
}

export interface PastedInvitation {
  readonly code: string;
  /** The host's address, when the link tells it. */
  readonly host?: string;
  /** What that host is known by, when the link tells it. */
  readonly fingerprint?: string;
}

/** What somebody pasted or dictated. */
export function invitationOf(text: string): PastedInvitation | undefined {
  const trimmed = text.trim();
  const bare = trimmed.replace(/[\s-]/g, '').toUpperCase();
  if (/^[A-Z0-9]{6}$/.test(bare)) return { code: bare };
  let url: URL;
  try {
    url = new URL(trimmed);
  } catch {
    return undefined;
  }
  if (url.protocol === 'autamedica:') {
    const code = url.searchParams.get('code');
    const host = url.searchParams.get('host');
    const fingerprint = url.searchParams.get('fingerprint');
    return code ? { code, ...(host ? { host } : {}), ...(fingerprint ? { fingerprint } : {}) } : undefined;
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  const route = routeOf(url.pathname + url.search);
  return route.name === 'join' && route.code ? { code: route.code, host: url.origin } : undefined;
}
