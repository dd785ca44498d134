/** The S3 bucket as the place where LiveKit Egress writes in clear, until the host has fetched and encrypted it. */
import type { EgressOutput } from '../livekit/egress.ts';
import type { ClearFile, EgressFiles } from './egress-files.ts';
import type { ObjectPlace, ObjectStore } from './object-store.ts';
import type { S3Settings } from './s3-bucket.ts';

/** Apart from what is encrypted, so that a bucket can be told to let nothing there grow old. */
const folder = 'clear/';
const suffix = '.mp4';

export class EgressBucketFiles implements EgressFiles {
  readonly #settings: S3Settings;
  readonly #store: ObjectStore;
  readonly #closing = new AbortController();

  constructor(settings: S3Settings, store: ObjectStore) {
    this.#settings = settings;
    this.#store = store;
  }

  async outputFor(egressId: string): Promise<EgressOutput> {
    const { endpoint, region, bucket, accessKeyId, secretAccessKey, forcePathStyle } = this.#settings;
    return {
      filePath: this.#key(egressId),
      bucket: { endpoint, region, bucket, accessKey: accessKeyId, secret: secretAccessKey, forcePathStyle },
    };
  }

  ownerOf(filePath: string): string | undefined {
    const egressId = filePath.slice(this.#key('').length - suffix.length, -suffix.length);
    return egressId !== '' && filePath === this.#key(egressId) ? egressId : undefined;
  }

  async open(egressId: string): Promise<ClearFile | undefined> {
    const found = await this.#store.find(this.#place(egressId), this.#closing.signal);
    if (found === undefined || found.sizeBytes === 0) return undefined;
    return {
      sizeBytes: found.sizeBytes,
      read: (from, to) => this.#store.read(this.#place(egressId), from, to, this.#closing.signal),
    };
  }

  /** Every version of it. */
  async remove(egressId: string): Promise<void> {
    await this.#store.removeVersions(this.#place(egressId), this.#closing.signal);
  }

  /** Nobody lists a bucket that holds the recordings of years; what is left behind there is for a rule of the bucket. */
  async list(): Promise<string[]> {
    return [];
  }

  close(): void {
    this.#closing.abort();
  }

  #key(egressId: string): string {
    return `${this.#settings.prefix}${folder}${egressId}${suffix}`;
  }

  #place(egressId: string): ObjectPlace {
    return { bucket: this.#settings.bucket, key: this.#key(egressId) };
  }
}
