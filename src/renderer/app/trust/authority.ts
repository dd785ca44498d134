/** The clinic's certificate authority as any device of the network gets it, with the fingerprint counted here. */

export const authorityPath = '/autamedica.crt';

export type Authority =
  | { readonly name: 'asking' | 'none' | 'failed' }
  | { readonly name: 'found'; readonly fingerprint: string };

/** `none`: the clinic has no authority of its own, or does not share on its network now. */
export async function askForAuthority(): Promise<Authority> {
  try {
    const response = await fetch(authorityPath, { cache: 'no-store', credentials: 'omit' });
    if (response.status === 404) return { name: 'none' };
    if (!response.ok) return { name: 'failed' };
    return { name: 'found', fingerprint: await fingerprintOf(await response.text()) };
  } catch {
    return { name: 'failed' };
  }
}

/** SHA-256 of the certificate (DER), 64 lower-case hexadecimal digits, as invitations carry it. */
export async function fingerprintOf(pem: string): Promise<string> {
  const [, body] = /-----BEGIN CERTIFICATE-----([\s\S]+?)-----END CERTIFICATE-----/.exec(pem) ?? [];
  if (body === undefined) throw new Error('This is no certificate.');
  const der = Uint8Array.from(atob(body.replace(/\s/g, '')), (character) => character.charCodeAt(0));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', der));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
