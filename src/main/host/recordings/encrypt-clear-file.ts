/** Takes a file that LiveKit Egress has written in clear, and keeps it encrypted. */
import { CustomSource, Input, MP4 } from 'mediabunny';
import { createAgeFile } from './age-file.ts';
import type { ClearFile } from './egress-files.ts';

export interface EncryptedFile {
  readonly sizeBytes: number;
  /** Of the encrypted file, hexadecimal. */
  readonly sha256: string;
  readonly durationMs: number;
  readonly contentType: 'video/mp4';
}

/** It cannot be played: its end is missing, or it is something else. */
export class UnplayableError extends Error {
  override readonly name = 'UnplayableError';
}

/** Nothing in it is written twice, so nothing has to be held back. */
const heldBytes = 0;

/**
 * Writes the encrypted file, which is durable and as long as the clear one when this is answered. The clear one is left as it is.
 * @throws UnplayableError
 */
export async function encryptClearFile(
  clear: ClearFile,
  path: string,
  recipients: readonly string[],
): Promise<EncryptedFile> {
  const durationMs = await durationOf(clear);
  const file = await createAgeFile(path, recipients, { heldBytes });
  try {
    let written = 0;
    for await (const bytes of clear.read(0, clear.sizeBytes)) {
      await file.write(written, bytes);
      written += bytes.length;
    }
    if (written !== clear.sizeBytes)
      throw new Error(`Of ${clear.sizeBytes} bytes that Egress wrote, only ${written} could be read`);
  } catch (error) {
    await file.abandon();
    throw error;
  }
  const { sizeBytes, sha256 } = await file.close();
  return { sizeBytes, sha256, durationMs, contentType: 'video/mp4' };
}

/** As the file itself says. */
async function durationOf(clear: ClearFile): Promise<number> {
  const source = new CustomSource({
    getSize: () => clear.sizeBytes,
    read: async (from, to) => {
      const parts: Uint8Array[] = [];
      for await (const part of clear.read(from, to)) parts.push(part);
      return Buffer.concat(parts);
    },
    prefetchProfile: 'network',
  });
  const input = new Input({ source, formats: [MP4] });
  try {
    const seconds = await input.computeDuration().catch((cause: unknown) => {
      throw new UnplayableError('What Egress wrote cannot be played', { cause });
    });
    if (!(seconds > 0)) throw new UnplayableError('What Egress wrote has no picture and no sound');
    return Math.round(seconds * 1_000);
  } finally {
    input.dispose();
  }
}
