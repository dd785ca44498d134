/** Seals a short text with a key that a person keeps: scrypt makes the cipher's key of it, AES-256-GCM notices every change. */
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import * as z from 'zod';

/** All parts base64url. */
export const sealedSchema = z.object({
  salt: z.string(),
  iv: z.string(),
  tag: z.string(),
  data: z.string(),
});
export type Sealed = z.infer<typeof sealedSchema>;

/** About 50 ms and 32 MB a try. */
const scryptCost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
/** Without letters and digits that look alike; a power of two, so that each byte gives one without bias. */
const recoveryAlphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** Five groups of five: 125 bits, to be written on paper. */
export function newRecoveryKey(): string {
  const letters = [...randomBytes(25)].map((byte) => recoveryAlphabet[byte % recoveryAlphabet.length]);
  return (letters.join('').match(/.{5}/g) ?? []).join('-');
}

export function seal(text: string, key: string): Sealed {
  const salt = randomBytes(16);
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', cipherKey(key, salt), iv);
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const encode = (part: Buffer) => part.toString('base64url');
  return { salt: encode(salt), iv: encode(iv), tag: encode(cipher.getAuthTag()), data: encode(data) };
}

/** @returns undefined when the key is not the one it was sealed with, or something was changed since. */
export function unseal(sealed: Sealed, key: string): string | undefined {
  const part = (name: keyof Sealed) => Buffer.from(sealed[name], 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', cipherKey(key, part('salt')), part('iv'), {
      authTagLength: 16,
    });
    decipher.setAuthTag(part('tag'));
    return Buffer.concat([decipher.update(part('data')), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

function cipherKey(key: string, salt: Buffer): Buffer {
  return scryptSync(asTyped(key), salt, 32, scryptCost);
}

/** A recovery key counts the same however it was typed: in small letters, without hyphens, with spaces. */
function asTyped(key: string): string {
  const letters = key.replaceAll(/[\s-]/g, '').toUpperCase();
  return /^[A-HJ-NP-Z2-9]{25}$/.test(letters) ? letters : key;
}
