/** Keys in the age format (X25519), as the ordinary age tool writes and takes them. */
import { hkdfSync, randomBytes } from 'node:crypto';
import { bech32 } from '@scure/base';

const keyBytes = 32;

/** What a private key looks like. */
export const agePattern = /^AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}$/;

export function newAgeIdentity(): string {
  return toIdentity(randomBytes(keyBytes));
}

/** Always the same for the same key. @param key base64url. */
export function ageIdentityFrom(key: string): string {
  const bytes = hkdfSync(
    'sha256',
    Buffer.from(key, 'base64url'),
    '',
    'age identity of the recordings',
    keyBytes,
  );
  return toIdentity(new Uint8Array(bytes));
}

function toIdentity(bytes: Uint8Array): string {
  return bech32.encodeFromBytes('AGE-SECRET-KEY-', bytes).toUpperCase();
}

/** Whether something can be encrypted to it. */
export function isAgeRecipient(text: string): boolean {
  try {
    const { prefix, bytes } = bech32.decodeToBytes(text);
    return prefix === 'age' && bytes.length === keyBytes;
  } catch {
    return false;
  }
}
