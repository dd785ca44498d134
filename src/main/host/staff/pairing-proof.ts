/** How a computer shows that it was told the pairing code, and the host that it made it, without either saying it. See ADR 7. */
import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { hashOf } from './credentials.ts';

/** 32 MiB and about a tenth of a second for each guess at a code. */
const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 };

export interface PairingSituation {
  /** The SHA-256 of the authority behind the connection, hexadecimal: the one shown to the computer, the host's own on the other side. */
  readonly fingerprint: string;
  /** Hexadecimal; made by the computer for this attempt. */
  readonly nonce: string;
}

/** Who proves. */
export type ProvingSide = 'computer' | 'host';

export const newNonce = () => randomBytes(16).toString('hex');

/** What both sides can compute who know the code and see the same authority. @param codeHash by `hashOf`. */
export function pairingKey(codeHash: string, { fingerprint, nonce }: PairingSituation): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(codeHash, `AutaMedica pairing ${nonce} ${fingerprint}`, 32, cost, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** @param said what the proof vouches for: the computer's name, or the credential it is given. */
export function proofOf(key: Buffer, side: ProvingSide, said: string): string {
  return createHmac('sha256', key).update(`${side}\0${said}`).digest('hex');
}

export function sameProof(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(hashOf(a)), Buffer.from(hashOf(b)));
}
