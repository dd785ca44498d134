/**
 * The payload of an age file (C2SP age v1): chunks of 64 KiB, each encrypted by ChaCha20-Poly1305 under the key of the stream,
 * its number and whether it is the last one. So a changed, moved or missing chunk is noticed, and any chunk can be read alone.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';

/** Plain bytes in a chunk; the last one of a file may have fewer, and none only in an empty file. */
export const chunkBytes = 64 * 1024;
export const tagBytes = 16;
export const sealedChunkBytes = chunkBytes + tagBytes;
/** Random bytes between the header and the payload. */
export const payloadNonceBytes = 16;

/** Encrypts and decrypts the chunks of one file. */
export interface ChunkCipher {
  seal(index: number, last: boolean, plain: Uint8Array): Uint8Array;
  /** @returns undefined when these are not the bytes that were sealed in this place. */
  open(index: number, last: boolean, sealed: Uint8Array): Uint8Array | undefined;
}

/** @param fileKey 16 bytes, as wrapped in the header. @param nonce the 16 bytes after the header. */
export function chunkCipher(fileKey: Uint8Array, nonce: Uint8Array): ChunkCipher {
  const key = Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
  return nodeHasCipher() ? nodeCipher(key) : nobleCipher(key);
}

/** Electron's BoringSSL lacks this cipher; Node's OpenSSL has it, and is several times as fast as JavaScript. */
function nodeHasCipher(): boolean {
  try {
    createCipheriv('chacha20-poly1305', Buffer.alloc(32), Buffer.alloc(12), { authTagLength: tagBytes });
    return true;
  } catch {
    return false;
  }
}

function nodeCipher(key: Buffer): ChunkCipher {
  const options = { authTagLength: tagBytes };
  return {
    seal(index, last, plain) {
      const cipher = createCipheriv('chacha20-poly1305', key, chunkNonce(index, last), options);
      return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(index, last, sealed) {
      if (sealed.length < tagBytes) return undefined;
      const decipher = createDecipheriv('chacha20-poly1305', key, chunkNonce(index, last), options);
      decipher.setAuthTag(sealed.subarray(-tagBytes));
      const plain = decipher.update(sealed.subarray(0, -tagBytes));
      try {
        decipher.final();
      } catch {
        return undefined;
      }
      return plain;
    },
  };
}

/** The same by @noble/ciphers. */
export function nobleCipher(key: Uint8Array): ChunkCipher {
  return {
    seal: (index, last, plain) => chacha20poly1305(key, chunkNonce(index, last)).encrypt(plain),
    open(index, last, sealed) {
      if (sealed.length < tagBytes) return undefined;
      try {
        return chacha20poly1305(key, chunkNonce(index, last)).decrypt(sealed);
      } catch {
        return undefined;
      }
    },
  };
}

/** 11 bytes big-endian number of the chunk, then 1 for the last one. */
function chunkNonce(index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(index), 3);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/** Where a chunk begins, bytes after the start of the payload. */
export const sealedOffset = (index: number): number => index * sealedChunkBytes;

/** How many chunks a content of so many plain bytes has. */
export const chunkCount = (plainBytes: number): number => Math.max(1, Math.ceil(plainBytes / chunkBytes));

/** Plain bytes of a payload of so many bytes, or undefined when no payload has that length. */
export function plainSize(payloadBytes: number): number | undefined {
  if (payloadBytes < tagBytes) return undefined;
  const rest = payloadBytes % sealedChunkBytes;
  const chunks = Math.ceil(payloadBytes / sealedChunkBytes);
  // Only an empty file has an empty chunk.
  if (rest > 0 && rest <= tagBytes && chunks > 1) return undefined;
  if (rest > 0 && rest < tagBytes) return undefined;
  return payloadBytes - chunks * tagBytes;
}
