/** A bucket as the upload of recordings sees it: what it asks of an S3-compatible server, and what can go wrong there. */
import type { StorageProblemKind } from '../../../shared/contract/recording-storage.ts';

/** An object as the server describes it. */
export interface StoredObject {
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string | undefined;
  /** Base64; of the parts' checksums, with `-<parts>` after it, for an object that was sent in parts. */
  readonly sha256: string | undefined;
  /** Of the whole, hexadecimal, as whoever sent it wrote beside it. */
  readonly saidSha256: string | undefined;
}

/** A part of an upload that is under way, as the server describes it. */
export interface StoredPart {
  readonly number: number;
  readonly etag: string;
  /** Base64. */
  readonly sha256: string | undefined;
}

export interface PartToSend {
  /** From 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly sha256: Buffer;
  readonly md5: Buffer;
}

export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
}

/** Every method throws StorageError, and lets go when its signal is aborted. */
export interface ObjectStore {
  find(place: ObjectPlace, signal: AbortSignal): Promise<StoredObject | undefined>;
  /** Bytes from one place to before another. */
  read(place: ObjectPlace, from: number, to: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Uploads of this object that were begun and neither finished nor given up: their ids. */
  unfinished(place: ObjectPlace, signal: AbortSignal): Promise<string[]>;
  /** @param sha256 of the whole, hexadecimal; kept beside the object for whoever finds it without us. @returns its id. */
  begin(place: ObjectPlace, sha256: string, signal: AbortSignal): Promise<string>;
  /** The parts that are there. `unknown`: there is no such upload any more. `unsaid`: this server does not list parts. */
  parts(
    place: ObjectPlace,
    uploadId: string,
    signal: AbortSignal,
  ): Promise<StoredPart[] | 'unknown' | 'unsaid'>;
  send(place: ObjectPlace, uploadId: string, part: PartToSend, signal: AbortSignal): Promise<StoredPart>;
  finish(
    place: ObjectPlace,
    uploadId: string,
    parts: readonly StoredPart[],
    signal: AbortSignal,
  ): Promise<void>;
  abandon(place: ObjectPlace, uploadId: string, signal: AbortSignal): Promise<void>;
  /** Every version of the object, and what marks it as deleted. @returns how many there were. */
  removeVersions(place: ObjectPlace, signal: AbortSignal): Promise<number>;
  /**
   * Lets nobody delete any version of the object, or lets them again. `unsupported`: its bucket was made without Object Lock.
   * Lifting the hold of an object that is gone is done.
   */
  hold(place: ObjectPlace, held: boolean, signal: AbortSignal): Promise<'done' | 'unsupported'>;
}

/** Something is in the way of storing or reading; `detail` is in the server's own words. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly kind: StorageProblemKind;
  readonly detail: string;

  constructor(kind: StorageProblemKind, detail: string, options?: ErrorOptions) {
    super(`${kind}: ${detail}`, options);
    this.kind = kind;
    this.detail = detail;
  }
}
