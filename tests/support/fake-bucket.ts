/** A bucket in memory, with versions, uploads and Object Lock, that can say as little of its checksums as some servers do. */
import { createHash } from 'node:crypto';
import {
  type ObjectPlace,
  type ObjectStore,
  type PartToSend,
  StorageError,
  type StoredObject,
  type StoredPart,
} from '../../src/main/host/recordings/object-store.ts';

interface Version {
  readonly id: number;
  readonly key: string;
  bytes: Buffer;
  readonly object: StoredObject;
  held: boolean;
}

interface Upload {
  readonly key: string;
  readonly saidSha256: string | undefined;
  readonly parts: Map<number, { bytes: Buffer; part: StoredPart }>;
}

export type Request = keyof ObjectStore;

export class FakeBucket implements ObjectStore {
  /** `sha256`: says all of it. `md5`: as servers that know no SHA-256. `none`: etags that mean nothing. */
  checksums: 'sha256' | 'md5' | 'none' = 'sha256';
  listsParts = true;
  objectLock = false;
  /** What each request may fail with. */
  weather: (request: Request) => StorageError | undefined = () => undefined;
  readonly requests: Request[] = [];
  versions: Version[] = [];
  readonly uploads = new Map<string, Upload>();
  /** Of parts that were taken. */
  takenBytes = 0;
  /** Called with each part that arrives, before it is answered. */
  arrived: (part: number) => Promise<void> | void = () => {};
  #ids = 0;

  async find({ key }: ObjectPlace): Promise<StoredObject | undefined> {
    this.#ask('find');
    return this.#latest(key)?.object;
  }

  async *read({ key }: ObjectPlace, from: number, to: number): AsyncGenerator<Uint8Array> {
    this.#ask('read');
    const latest = this.#latest(key);
    if (latest === undefined) throw new StorageError('missing', 'NoSuchKey');
    const bytes = latest.bytes.subarray(from, to);
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  }

  async unfinished({ key }: ObjectPlace): Promise<string[]> {
    this.#ask('unfinished');
    return [...this.uploads].filter(([, upload]) => upload.key === key).map(([id]) => id);
  }

  async begin({ key }: ObjectPlace, saidSha256: string): Promise<string> {
    this.#ask('begin');
    const id = `upload-${++this.#ids}`;
    this.uploads.set(id, { key, saidSha256, parts: new Map() });
    return id;
  }

  async parts(_place: ObjectPlace, uploadId: string): Promise<StoredPart[] | 'unknown' | 'unsaid'> {
    this.#ask('parts');
    const upload = this.uploads.get(uploadId);
    if (upload === undefined) return 'unknown';
    return this.listsParts ? [...upload.parts.values()].map(({ part }) => part) : 'unsaid';
  }

  async send(_place: ObjectPlace, uploadId: string, { number, bytes }: PartToSend): Promise<StoredPart> {
    this.#ask('send');
    await this.arrived(number);
    const part = { number, ...this.#sums(Buffer.from(bytes)) };
    this.uploads.get(uploadId)?.parts.set(number, { bytes: Buffer.from(bytes), part });
    this.takenBytes += bytes.length;
    return part;
  }

  async finish({ key }: ObjectPlace, uploadId: string, parts: readonly StoredPart[]): Promise<void> {
    this.#ask('finish');
    const upload = this.uploads.get(uploadId);
    const taken = parts.map(({ number, etag }) => {
      const there = upload?.parts.get(number);
      if (there?.part.etag !== etag) throw new StorageError('unwell', 'InvalidPart');
      return there;
    });
    this.uploads.delete(uploadId);
    const bytes = Buffer.concat(taken.map((part) => part.bytes));
    const of = (name: 'sha256' | 'md5') => {
      const each = taken.map((part) => createHash(name).update(part.bytes).digest());
      return createHash(name).update(Buffer.concat(each));
    };
    this.put(key, bytes, {
      sizeBytes: bytes.length,
      etag:
        this.checksums === 'none' ? `opaque-${++this.#ids}` : `${of('md5').digest('hex')}-${taken.length}`,
      sha256: this.checksums === 'sha256' ? `${of('sha256').digest('base64')}-${taken.length}` : undefined,
      saidSha256: upload?.saidSha256,
    });
    this.afterFinish();
  }

  /** The answer may be lost when the object is there. */
  afterFinish: () => void = () => {};

  async abandon(_place: ObjectPlace, uploadId: string): Promise<void> {
    this.#ask('abandon');
    this.uploads.delete(uploadId);
  }

  async removeVersions({ key }: ObjectPlace): Promise<number> {
    this.#ask('removeVersions');
    const there = this.versions.filter((version) => version.key === key);
    if (there.some(({ held }) => held)) throw new StorageError('locked', 'protected by object lock');
    this.versions = this.versions.filter((version) => version.key !== key);
    return there.length;
  }

  async hold({ key }: ObjectPlace, held: boolean): Promise<'done' | 'unsupported'> {
    this.#ask('hold');
    if (!this.objectLock) return 'unsupported';
    for (const version of this.versions) if (version.key === key) version.held = held;
    return 'done';
  }

  put(
    key: string,
    bytes: Buffer,
    object: StoredObject = { sizeBytes: bytes.length, saidSha256: undefined, ...this.#sums(bytes) },
  ): void {
    this.versions.push({ id: ++this.#ids, key, bytes, object, held: false });
  }

  #latest(key: string): Version | undefined {
    return this.versions.findLast((version) => version.key === key);
  }

  #sums(bytes: Buffer): { etag: string; sha256: string | undefined } {
    return {
      etag:
        this.checksums === 'none' ? `opaque-${++this.#ids}` : createHash('md5').update(bytes).digest('hex'),
      sha256: this.checksums === 'sha256' ? createHash('sha256').update(bytes).digest('base64') : undefined,
    };
  }

  #ask(request: Request): void {
    this.requests.push(request);
    const failure = this.weather(request);
    if (failure !== undefined) throw failure;
  }
}
