/** Writes an archive as its parts come, one after the other, and the manifest at its end: nothing of it is ever held whole. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { manifestName, type PackPart } from './manifest.ts';

export interface PartContent {
  /** A path in the archive. */
  readonly name: string;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * @param sign makes the manifest's text of the parts that were written.
 * @returns the archive. A part that fails breaks it off: it has no end then, and no archive tool takes it for a whole one.
 */
export function writePack(
  parts: AsyncIterable<PartContent>,
  sign: (parts: readonly PackPart[]) => Promise<string>,
  createdAt: Date,
): Readable {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  // Stored as it is: most of it is compressed already, and what lies in the archive can be compared with what is on the list.
  const options = { compress: false, mtime: createdAt, mode: 0o100644 };
  const write = async () => {
    const written: PackPart[] = [];
    for await (const { name, content } of parts) {
      const hash = createHash('sha256');
      let sizeBytes = 0;
      const counted = Readable.from(
        (async function* () {
          for await (const piece of content) {
            hash.update(piece);
            sizeBytes += piece.length;
            yield piece;
          }
        })(),
        { objectMode: false },
      );
      // Whoever downloads may go away at any time.
      const gone = () => counted.destroy();
      output.once('close', gone);
      zip.addReadStream(counted, name, options);
      await finished(counted);
      output.off('close', gone);
      written.push({ name, sizeBytes, sha256: hash.digest('hex') });
    }
    zip.addBuffer(Buffer.from(await sign(written)), manifestName, options);
    zip.end();
  };
  zip.on('error', (error: Error) => output.destroy(error));
  write().catch((error: unknown) =>
    output.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return output;
}

/** A text or a value as the content of a part. */
export async function* textOf(value: unknown): AsyncGenerator<Uint8Array> {
  yield Buffer.from(typeof value === 'string' ? value : `${JSON.stringify(value, undefined, 2)}\n`);
}
