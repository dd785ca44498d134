/** Pairing codes and device credentials: how they are made, read and compared. Only their hashes are kept. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { customAlphabet } from 'nanoid';

/** Without letters and digits that are mistaken for one another: 29^8, about 5 × 10^11 codes. */
export const newPairingCode = customAlphabet('23456789ABCDEFGHJKMNPQRTUVWXY', 8);
const newDeviceId = customAlphabet('23456789abcdefghjkmnpqrstuvwxyz', 16);

const credentialPattern = /^amd_([a-z0-9]{16})_([A-Za-z0-9_-]{43})$/;

export interface DeviceCredential {
  readonly deviceId: string;
  /** What the device sends. */
  readonly text: string;
  readonly hash: string;
}

/** A credential of 256 random bits. It names its device, so that it is found by the name and compared by the secret. */
export function newCredential(): DeviceCredential {
  const deviceId = newDeviceId();
  const secret = randomBytes(32).toString('base64url');
  return { deviceId, text: `amd_${deviceId}_${secret}`, hash: hashOf(secret) };
}

/** The parts of a text that has the shape of a credential. */
export function readCredential(text: string): { deviceId: string; secret: string } | undefined {
  const [, deviceId, secret] = credentialPattern.exec(text) ?? [];
  return deviceId === undefined || secret === undefined ? undefined : { deviceId, secret };
}

/** SHA-256: what it hashes is random or short-lived, so that a slow hash would protect nothing. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Takes the same time wherever the two differ. */
export function matchesHash(secret: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(secret), 'hex'), Buffer.from(hash, 'hex'));
}
