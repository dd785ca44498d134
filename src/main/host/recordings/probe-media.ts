/** What a finished film says of itself. */
import { CustomSource, Input, type InputFormat, MP4, WEBM } from 'mediabunny';

/** Plain bytes, wherever they come from. */
export interface MediaBytes {
  readonly size: number;
  /** From one place to before another. */
  read(from: number, to: number): AsyncIterable<Uint8Array>;
}

export interface ProbedMedia {
  readonly durationMs: number;
  readonly contentType: 'video/webm' | 'video/mp4';
}

/** It cannot be played: its end is missing, or it is something else. */
export class UnplayableError extends Error {
  override readonly name = 'UnplayableError';
}

/** @throws UnplayableError; what kept the bytes from being read, which says nothing of the film. */
export async function probeMedia(
  bytes: MediaBytes,
  formats: InputFormat[] = [WEBM, MP4],
): Promise<ProbedMedia> {
  let unread: { readonly cause: unknown } | undefined;
  const source = new CustomSource({
    getSize: () => bytes.size,
    read: async (from, to) => {
      const parts: Uint8Array[] = [];
      try {
        for await (const part of bytes.read(from, to)) parts.push(part);
      } catch (cause) {
        unread ??= { cause };
        throw cause;
      }
      return Buffer.concat(parts);
    },
    prefetchProfile: 'network',
  });
  const input = new Input({ source, formats });
  try {
    const [format, seconds] = await Promise.all([input.getFormat(), input.computeDuration()]).catch(
      (cause: unknown) => {
        if (unread !== undefined) throw unread.cause;
        throw new UnplayableError('The file cannot be played', { cause });
      },
    );
    if (!(seconds > 0)) throw new UnplayableError('The file has no picture and no sound');
    return {
      durationMs: Math.round(seconds * 1_000),
      contentType: format === MP4 ? 'video/mp4' : 'video/webm',
    };
  } finally {
    input.dispose();
  }
}
