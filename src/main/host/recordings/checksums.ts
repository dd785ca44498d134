/** Checksums of a file and of the parts it is sent in, and those that a server makes of them for the whole. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { StoredObject } from './object-store.ts';

export interface PartSums {
  readonly from: number;
  readonly sizeBytes: number;
  readonly sha256: Buffer;
  readonly md5: Buffer;
}

export interface FileSums {
  readonly sizeBytes: number;
  /** Of the whole, hexadecimal. */
  readonly sha256: string;
  readonly parts: readonly PartSums[];
}

/** Read at once; short enough that a call beside it does not feel the hashing of it. */
const stretch = 256 * 1024;

/** @throws Error of the file system. */
export async function sumsOf(path: string, partBytes: number, signal: AbortSignal): Promise<FileSums> {
  const whole = createHash('sha256');
  const parts: PartSums[] = [];
  let sizeBytes = 0;
  let part = newPart(0);
  const close = () => {
    if (sizeBytes === part.from) return;
    parts.push({
      from: part.from,
      sizeBytes: sizeBytes - part.from,
      sha256: part.sha256.digest(),
      md5: part.md5.digest(),
    });
    part = newPart(sizeBytes);
  };
  for await (const chunk of createReadStream(path, { highWaterMark: stretch, signal })) {
    whole.update(chunk);
    for (let done = 0; done < chunk.length; ) {
      const piece = chunk.subarray(done, done + part.from + partBytes - sizeBytes);
      part.sha256.update(piece);
      part.md5.update(piece);
      done += piece.length;
      sizeBytes += piece.length;
      if (sizeBytes === part.from + partBytes) close();
    }
  }
  close();
  return { sizeBytes, sha256: whole.digest('hex'), parts };
}

function newPart(from: number) {
  return { from, sha256: createHash('sha256'), md5: createHash('md5') };
}

/** By what an object is known to be the file, or undefined when the server's checksums do not show that it is. */
export function comparedBy(
  object: StoredObject,
  { sizeBytes, sha256, parts }: FileSums,
): 'sha256' | 'md5' | undefined {
  if (object.sizeBytes !== sizeBytes) return undefined;
  const ofParts = createHash('sha256').update(Buffer.concat(parts.map((part) => part.sha256)));
  const sha256s = [
    `${ofParts.digest('base64')}-${parts.length}`,
    Buffer.from(sha256, 'hex').toString('base64'),
  ];
  // Where the server says one, nothing weaker speaks for it.
  if (object.sha256 !== undefined) return sha256s.includes(object.sha256) ? 'sha256' : undefined;
  const etag = createHash('md5')
    .update(Buffer.concat(parts.map((part) => part.md5)))
    .digest('hex');
  return object.etag === `${etag}-${parts.length}` ? 'md5' : undefined;
}
