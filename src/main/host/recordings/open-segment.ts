/** Opens one segment as it was sent or logged. */
import { decodeSegment, type Segment, SegmentError } from '../../../shared/recording/segment.ts';
import { AgeFileError, openAge } from './age-file.ts';
import type { LoggedSegment, SegmentLog } from './segment-log.ts';

/** Longest head of the encryption, bytes: of two recipients it has 267. Each is tried, so many of them would stop the host for a while. */
const longestHead = 1_024;

/**
 * @param identity the recording's own age identity.
 * @throws SegmentError when it is encrypted for somebody else, was changed, or is no segment.
 */
export async function openSegment(age: Uint8Array, identity: string): Promise<Segment> {
  if (Buffer.from(age.subarray(0, longestHead)).indexOf('\n--- ') < 0)
    throw new SegmentError('It is encrypted for more than the recipients of the orders.');
  let plain: Buffer;
  try {
    const reader = await openAge(
      {
        size: age.byteLength,
        open: async function* (from, to) {
          yield age.subarray(from, to);
        },
      },
      identity,
    );
    const parts: Uint8Array[] = [];
    for await (const part of reader.read(0, reader.size)) parts.push(part);
    plain = Buffer.concat(parts);
  } catch (cause) {
    if (cause instanceof AgeFileError) throw new SegmentError(cause.message, { cause });
    throw cause;
  }
  return decodeSegment(plain);
}

/** @returns undefined when it is not what was written: the others are worth having all the same. */
export async function openLogged(
  log: Pick<SegmentLog, 'read'>,
  logged: LoggedSegment,
  identity: string,
): Promise<Segment | undefined> {
  try {
    return await openSegment(await log.read(logged), identity);
  } catch (error) {
    if (error instanceof SegmentError) return undefined;
    throw error;
  }
}
