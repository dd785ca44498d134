/** Invitation links as they come from outside: strictly read, everything else refused. */
import { readUrl } from '../host/runtime/read-url.ts';

export interface JoinLink {
  /** Origin of the clinic's host: https anywhere, plain http on this computer only. */
  readonly host: string;
  readonly code: string;
  /** SHA-256 of the clinic's certificate authority, 64 lower-case hexadecimal digits: what that host must show. */
  readonly fingerprint?: string;
}

export const linkScheme = 'autamedica';

const longestLink = 2_000;
const fingerprintPattern = /^[0-9a-f]{64}$/;
const codePattern = /^[A-Za-z0-9_-]{4,64}$/;
const loopbackNames: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Reads `autamedica://join?host=https%3A%2F%2Fclinic.example&code=ABC123&fingerprint=…`, or the web link of the same invitation,
 * `https://clinic.example/join/ABC123`. Unknown parameters are for later versions and are left aside.
 * @returns undefined for anything else.
 */
export function parseJoinLink(text: string): JoinLink | undefined {
  const trimmed = text.trim();
  const url = trimmed.length > longestLink ? undefined : readUrl(trimmed);
  if (url === undefined || hasCredentials(url)) return undefined;
  if (url.protocol === `${linkScheme}:`) {
    // Some systems hand `autamedica://join/?…` over when told `autamedica://join?…`.
    if (url.hostname !== 'join' || url.port !== '' || !['', '/'].includes(url.pathname) || url.hash !== '')
      return undefined;
    const hosts = url.searchParams.getAll('host');
    const codes = url.searchParams.getAll('code');
    const fingerprints = url.searchParams.getAll('fingerprint');
    if (hosts.length !== 1 || codes.length !== 1 || fingerprints.length > 1) return undefined;
    const link = joinLink(hosts[0] ?? '', codes[0] ?? '');
    const [fingerprint] = fingerprints;
    if (link === undefined || fingerprint === undefined) return link;
    return fingerprintPattern.test(fingerprint) ? { ...link, fingerprint } : undefined;
  }
  const code = /^\/join\/([^/]+)\/?$/.exec(url.pathname)?.[1];
  return code === undefined ? undefined : joinLink(url.origin, code);
}

/** The link among a program's arguments, as Windows and Linux pass it. */
export function findJoinLink(parameters: readonly string[]): JoinLink | undefined {
  for (const parameter of parameters) {
    if (!parameter.toLowerCase().startsWith(`${linkScheme}:`)) continue;
    const link = parseJoinLink(parameter);
    if (link) return link;
  }
  return undefined;
}

function joinLink(host: string, code: string): JoinLink | undefined {
  const url = readUrl(host);
  if (!url || !codePattern.test(code)) return undefined;
  const isOrigin = !hasCredentials(url) && url.pathname === '/' && url.search === '' && url.hash === '';
  const isSafe =
    url.protocol === 'https:' || (url.protocol === 'http:' && loopbackNames.includes(url.hostname));
  return isOrigin && isSafe ? { host: url.origin, code } : undefined;
}

function hasCredentials(url: URL): boolean {
  return url.username !== '' || url.password !== '';
}
