/** An S3-compatible server as an object store, by Amazon's client, which is loaded only where a bucket is set up. */
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import type { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import type {
  ListMultipartUploadsCommandOutput,
  ListObjectVersionsCommandOutput,
  ListPartsCommandOutput,
  S3Client,
} from '@aws-sdk/client-s3';
import { ConfigError } from '../runtime/config.ts';
import {
  type ObjectPlace,
  type ObjectStore,
  type PartToSend,
  StorageError,
  type StoredObject,
  type StoredPart,
} from './object-store.ts';
import { isAnswer, isNotOffered, storageError } from './s3-problem.ts';

export interface S3Settings {
  /** Without a path. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Before the name of each object: empty, or with a slash at its end. */
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** `https://server/bucket/key`; otherwise `https://bucket.server/key`. */
  readonly forcePathStyle: boolean;
  /** PEM file of an authority of the clinic's own. */
  readonly authorityFile: string | undefined;
  /** How long the copy on this disk is kept once the one in the bucket was compared, days; undefined: for good. */
  readonly keepLocalDays: number | undefined;
}

type Library = typeof import('@aws-sdk/client-s3');

const connectWithinMs = 10_000;
/** A line on which nothing moves for so long is given up. Putting the parts of a large object together takes some servers a while. */
const silentForMs = 120_000;
/** A download that breaks off goes on from there; so often without a byte in between it is given up. */
const mostBreaks = 3;

/** @param silentFor ms. @throws ConfigError when the authority's file cannot be read. */
export async function openBucket(settings: S3Settings, silentFor = silentForMs): Promise<ObjectStore> {
  const library = await import('@aws-sdk/client-s3');
  const { authorityFile } = settings;
  const authority =
    authorityFile &&
    (await readFile(authorityFile, 'utf8').catch((cause) => {
      throw Object.assign(new ConfigError(`S3_CA: ${authorityFile} cannot be read`), { cause });
    }));
  const client = new library.S3Client({
    endpoint: settings.endpoint,
    region: settings.region,
    forcePathStyle: settings.forcePathStyle,
    credentials: { accessKeyId: settings.accessKeyId, secretAccessKey: settings.secretAccessKey },
    // Ours are given with each part. The client's own default is one that many servers do not know.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    defaultsMode: 'standard',
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: connectWithinMs,
      socketTimeout: silentFor,
      ...(authority
        ? { httpsAgent: new Agent({ keepAlive: true, ca: [...rootCertificates, authority] }) }
        : {}),
    },
  });
  return new S3Bucket(library, client);
}

class S3Bucket implements ObjectStore {
  readonly #s3: Library;
  readonly #client: S3Client;
  /** Whether this server takes SHA-256 checksums: until it refuses one. */
  #takesSha256 = true;

  constructor(library: Library, client: S3Client) {
    this.#s3 = library;
    this.#client = client;
  }

  find(place: ObjectPlace, signal: AbortSignal): Promise<StoredObject | undefined> {
    return inOurWords(async () => {
      const command = new this.#s3.HeadObjectCommand({ ...named(place), ChecksumMode: 'ENABLED' });
      const head = await this.#client.send(command, { abortSignal: signal }).catch((error) => {
        if (isAnswer(error, 'NotFound', 'NoSuchKey')) return undefined;
        throw error;
      });
      if (head === undefined) return undefined;
      return {
        sizeBytes: head.ContentLength ?? 0,
        etag: unquoted(head.ETag),
        sha256: head.ChecksumSHA256,
        saidSha256: head.Metadata?.sha256,
      };
    });
  }

  async *read(
    place: ObjectPlace,
    from: number,
    to: number,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void> {
    let breaks = 0;
    for (let at = from; at < to; ) {
      try {
        const command = new this.#s3.GetObjectCommand({ ...named(place), Range: `bytes=${at}-${to - 1}` });
        const answer = await this.#client.send(command, { abortSignal: signal });
        // A stream that is left in the middle is destroyed, so whoever stops reading lets go of the line.
        for await (const piece of answer.Body as Readable) {
          breaks = 0;
          at += (piece as Buffer).length;
          yield piece as Buffer;
        }
        if (at < to) throw new Error('The answer ended too early');
      } catch (error) {
        breaks += 1;
        if (signal.aborted || wasAnswered(error) || breaks >= mostBreaks) {
          if (isAnswer(error, 'NoSuchKey', 'InvalidRange')) throw new StorageError('missing', String(error));
          throw storageError(error);
        }
      }
    }
  }

  unfinished(place: ObjectPlace, signal: AbortSignal): Promise<string[]> {
    return inOurWords(async () => {
      const ids: string[] = [];
      let marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {};
      while (marker !== undefined) {
        const page: ListMultipartUploadsCommandOutput | undefined = await orNotOffered(
          this.#client.send(
            new this.#s3.ListMultipartUploadsCommand({ Bucket: place.bucket, Prefix: place.key, ...marker }),
            { abortSignal: signal },
          ),
        );
        for (const { Key, UploadId } of page?.Uploads ?? [])
          if (Key === place.key && UploadId !== undefined) ids.push(UploadId);
        marker = page?.IsTruncated
          ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
          : undefined;
      }
      return ids;
    });
  }

  begin(place: ObjectPlace, sha256: string, signal: AbortSignal): Promise<string> {
    return inOurWords(async () => {
      if (!this.#takesSha256) return this.#begin(place, sha256, signal);
      try {
        return await this.#begin(place, sha256, signal);
      } catch (error) {
        if (!isNotOffered(error) && !isAnswer(error, 'InvalidArgument', 'InvalidRequest')) throw error;
        this.#takesSha256 = false;
        return this.#begin(place, sha256, signal);
      }
    });
  }

  parts(
    place: ObjectPlace,
    uploadId: string,
    signal: AbortSignal,
  ): Promise<StoredPart[] | 'unknown' | 'unsaid'> {
    return inOurWords(async () => {
      const parts: StoredPart[] = [];
      // Not the client's own way through the pages: it does not stop at servers that name a next page after the last one.
      let marker: { PartNumberMarker?: string | undefined } | undefined = {};
      try {
        while (marker !== undefined) {
          const page: ListPartsCommandOutput = await this.#client.send(
            new this.#s3.ListPartsCommand({ ...named(place), UploadId: uploadId, ...marker }),
            { abortSignal: signal },
          );
          for (const part of page.Parts ?? [])
            parts.push({
              number: part.PartNumber ?? 0,
              etag: unquoted(part.ETag) ?? '',
              sha256: part.ChecksumSHA256,
            });
          marker = page.IsTruncated ? { PartNumberMarker: page.NextPartNumberMarker } : undefined;
        }
      } catch (error) {
        if (isAnswer(error, 'NoSuchUpload')) return 'unknown';
        if (isNotOffered(error)) return 'unsaid';
        throw error;
      }
      return parts;
    });
  }

  send(place: ObjectPlace, uploadId: string, part: PartToSend, signal: AbortSignal): Promise<StoredPart> {
    return inOurWords(async () => {
      const command = new this.#s3.UploadPartCommand({
        ...named(place),
        UploadId: uploadId,
        PartNumber: part.number,
        Body: part.bytes,
        ContentLength: part.bytes.length,
        ContentMD5: part.md5.toString('base64'),
        ...(this.#takesSha256 ? { ChecksumSHA256: part.sha256.toString('base64') } : {}),
      });
      command.middlewareStack.add(
        (next) => (input) => {
          const { headers } = input.request as { headers: Record<string, string> };
          // Hashed already: the signature covers the same, and is not made from the bytes once more.
          headers['x-amz-content-sha256'] = part.sha256.toString('hex');
          return next(input);
        },
        { step: 'build' },
      );
      const answer = await this.#client.send(command, { abortSignal: signal });
      return {
        number: part.number,
        etag: unquoted(answer.ETag) ?? '',
        sha256: answer.ChecksumSHA256,
      };
    });
  }

  finish(
    place: ObjectPlace,
    uploadId: string,
    parts: readonly StoredPart[],
    signal: AbortSignal,
  ): Promise<void> {
    return inOurWords(async () => {
      const Parts = parts.map(({ number, etag, sha256 }) => ({
        PartNumber: number,
        ETag: `"${etag}"`,
        ...(sha256 === undefined ? {} : { ChecksumSHA256: sha256 }),
      }));
      await this.#client.send(
        new this.#s3.CompleteMultipartUploadCommand({
          ...named(place),
          UploadId: uploadId,
          MultipartUpload: { Parts },
        }),
        { abortSignal: signal },
      );
    });
  }

  abandon(place: ObjectPlace, uploadId: string, signal: AbortSignal): Promise<void> {
    return inOurWords(async () => {
      const command = new this.#s3.AbortMultipartUploadCommand({ ...named(place), UploadId: uploadId });
      await this.#client.send(command, { abortSignal: signal }).catch((error) => {
        if (!isAnswer(error, 'NoSuchUpload')) throw error;
      });
    });
  }

  removeVersions(place: ObjectPlace, signal: AbortSignal): Promise<number> {
    return inOurWords(async () => {
      let removed = 0;
      for await (const { versionId } of this.#versions(place, signal)) {
        await this.#remove(place, versionId, signal);
        removed += 1;
      }
      // A server that knows no versions does not list any.
      if (removed === 0 && (await this.find(place, signal)) !== undefined) {
        await this.#remove(place, undefined, signal);
        removed += 1;
      }
      return removed;
    });
  }

  hold(place: ObjectPlace, held: boolean, signal: AbortSignal): Promise<'done' | 'unsupported'> {
    return inOurWords(async () => {
      const versions: (string | undefined)[] = [];
      for await (const { versionId, isMark } of this.#versions(place, signal))
        if (!isMark) versions.push(versionId);
      // A server that knows no versions does not list any.
      if (versions.length === 0) versions.push(undefined);
      try {
        for (const versionId of versions) await this.#holdVersion(place, versionId, held, signal);
        return 'done';
      } catch (error) {
        if (isAnswer(error, 'NoSuchKey', 'NoSuchVersion')) {
          if (!held) return 'done';
          throw new StorageError('missing', String(error), { cause: error });
        }
        const withoutLock = isAnswer(error, 'InvalidRequest', 'ObjectLockConfigurationNotFoundError');
        if (withoutLock || isNotOffered(error)) return 'unsupported';
        throw error;
      }
    });
  }

  async #holdVersion(
    place: ObjectPlace,
    versionId: string | undefined,
    held: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const command = new this.#s3.PutObjectLegalHoldCommand({
      ...named(place, versionId),
      LegalHold: { Status: held ? 'ON' : 'OFF' },
    });
    await this.#client.send(command, { abortSignal: signal });
  }

  async #begin(place: ObjectPlace, sha256: string, signal: AbortSignal): Promise<string> {
    const answer = await this.#client.send(
      new this.#s3.CreateMultipartUploadCommand({
        ...named(place),
        ContentType: 'application/octet-stream',
        Metadata: { sha256 },
        ...(this.#takesSha256 ? { ChecksumAlgorithm: 'SHA256' as const } : {}),
      }),
      { abortSignal: signal },
    );
    if (answer.UploadId === undefined) throw new StorageError('unwell', 'An upload was begun without an id');
    return answer.UploadId;
  }

  /** Also the marks that say that it was deleted. */
  async *#versions(
    place: ObjectPlace,
    signal: AbortSignal,
  ): AsyncGenerator<{ readonly versionId: string | undefined; readonly isMark: boolean }> {
    let marker: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
    while (marker !== undefined) {
      const page: ListObjectVersionsCommandOutput | undefined = await orNotOffered(
        this.#client.send(
          new this.#s3.ListObjectVersionsCommand({ Bucket: place.bucket, Prefix: place.key, ...marker }),
          { abortSignal: signal },
        ),
      );
      for (const { Key, VersionId } of page?.Versions ?? [])
        if (Key === place.key) yield { versionId: VersionId, isMark: false };
      for (const { Key, VersionId } of page?.DeleteMarkers ?? [])
        if (Key === place.key) yield { versionId: VersionId, isMark: true };
      marker = page?.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
        : undefined;
    }
  }

  async #remove(place: ObjectPlace, versionId: string | undefined, signal: AbortSignal): Promise<void> {
    const command = new this.#s3.DeleteObjectCommand(named(place, versionId));
    await this.#client.send(command, { abortSignal: signal });
  }
}

const named = ({ bucket, key }: ObjectPlace, versionId?: string) => ({
  Bucket: bucket,
  Key: key,
  ...(versionId === undefined ? {} : { VersionId: versionId }),
});

function unquoted(etag: string | undefined): string | undefined {
  return etag?.replace(/^"|"$/g, '');
}

function wasAnswered(error: unknown): boolean {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode !== undefined;
}

/** @returns undefined where this server does not have what is asked for. */
async function orNotOffered<R>(answer: Promise<R>): Promise<R | undefined> {
  return answer.catch((error) => {
    if (isNotOffered(error)) return undefined;
    throw error;
  });
}

async function inOurWords<R>(ask: () => Promise<R>): Promise<R> {
  try {
    return await ask();
  } catch (error) {
    throw storageError(error);
  }
}
