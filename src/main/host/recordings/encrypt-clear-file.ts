/** Takes a file that LiveKit Egress has written in clear, and keeps it encrypted. */
import { MP4 } from 'mediabunny';
import { createAgeFile } from './age-file.ts';
import type { ClearFile } from './egress-files.ts';
import { probeMedia } from './probe-media.ts';

export interface EncryptedFile {
  readonly sizeBytes: number;
  /** Of the encrypted file, hexadecimal. */
  readonly sha256: string;
  readonly durationMs: number;
  readonly contentType: 'video/mp4';
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
  const { durationMs } = await probeMedia(
    { size: clear.sizeBytes, read: (from, to) => clear.read(from, to) },
    [MP4],
  );
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
