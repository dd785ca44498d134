/** The clinic's key for signing heads of the audit log: Ed25519, from the clinic's secrets, so that every backup and every computer of it has the same. */
import { createHmac, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/** RFC 8410: what stands before the 32 bytes of a key in its standard forms. */
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** Signs, and says by which public key others can check it. */
export class SigningKey {
  readonly #key: KeyObject;
  /** 32 bytes, hexadecimal. */
  readonly publicKey: string;

  private constructor(seed: Buffer) {
    this.#key = createPrivateKey({ key: Buffer.concat([privatePrefix, seed]), format: 'der', type: 'pkcs8' });
    this.publicKey = createPublicKey(this.#key)
      .export({ format: 'der', type: 'spki' })
      .subarray(publicPrefix.length)
      .toString('hex');
  }

  /**
   * Derived, so that a clinic that was set up before there was an audit log has one without a new secret to keep.
   * @param databaseKey base64url of 32 random bytes.
   */
  static of(databaseKey: string): SigningKey {
    const key = Buffer.from(databaseKey, 'base64url');
    return new SigningKey(createHmac('sha256', key).update('autamedica audit signing key 1').digest());
  }

  /** 64 bytes, hexadecimal. */
  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#key).toString('hex');
  }
}

/** @param publicKey 32 bytes, hexadecimal; @param signature 64 bytes, hexadecimal. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  const key = createPublicKey({
    key: Buffer.concat([publicPrefix, Buffer.from(publicKey, 'hex')]),
    format: 'der',
    type: 'spki',
  });
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'hex'));
}
