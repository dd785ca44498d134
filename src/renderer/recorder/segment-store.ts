/** Encrypted segments until the host has them, in the browser's own storage: they outlive the window. Runs in the recorder's worker. */

export interface StoredSegment {
  /** Windows of other consultations share the storage, and leave these alone. */
  readonly consultationId: string;
  readonly egressId: string;
  readonly number: number;
  /** End of it in the recording, µs. */
  readonly toUs: number;
  /** Encrypted; nothing here is ever in clear. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  /** When it was kept, ms since the epoch. */
  readonly at: number;
}

export type SegmentHead = Omit<StoredSegment, 'bytes' | 'hash'>;

/** How far capturing had come, to know after a kill what was lost. */
interface Progress {
  readonly egressId: string;
  readonly capturedUs: number;
  readonly at: number;
}

/** Segments that nobody asked for in so many ms are of a recording that ended without this window. */
const keptFor = 7 * 24 * 60 * 60 * 1000;

export class SegmentStore {
  readonly #database: IDBDatabase | undefined;
  /** What the browser's storage has not taken yet, or would not take. */
  readonly #memory = new Map<string, StoredSegment>();

  private constructor(database: IDBDatabase | undefined) {
    this.#database = database;
  }

  /** A browser without storage keeps segments in memory, where only a kill can take them. */
  static async open(): Promise<SegmentStore> {
    try {
      const request = indexedDB.open('autamedica-recorder', 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore('segments', { keyPath: ['egressId', 'number'] });
        request.result.createObjectStore('progress', { keyPath: 'egressId' });
      };
      return new SegmentStore(await done(request));
    } catch {
      return new SegmentStore(undefined);
    }
  }

  /** Can be read at once. Answers whether it will outlive the window, when that is known. */
  async keep(segment: StoredSegment, capturedUs: number): Promise<boolean> {
    this.#memory.set(key(segment), segment);
    try {
      if (!this.#database) throw new Error('There is no storage.');
      const transaction = this.#database.transaction(['segments', 'progress'], 'readwrite');
      transaction.objectStore('segments').put(segment);
      const progress: Progress = { egressId: segment.egressId, capturedUs, at: segment.at };
      transaction.objectStore('progress').put(progress);
      await committed(transaction);
      this.#memory.delete(key(segment));
      return true;
    } catch {
      return false;
    }
  }

  async noteProgress(egressId: string, capturedUs: number, at: number): Promise<void> {
    if (!this.#database) return;
    const transaction = this.#database.transaction('progress', 'readwrite');
    const progress: Progress = { egressId, capturedUs, at };
    transaction.objectStore('progress').put(progress);
    await committed(transaction);
  }

  /** µs that had been captured; 0 when this window never recorded it. */
  async progressOf(egressId: string): Promise<number> {
    if (!this.#database) return 0;
    const store = this.#database.transaction('progress').objectStore('progress');
    const found = (await done(store.get(egressId))) as Progress | undefined;
    return found?.capturedUs ?? 0;
  }

  async read(egressId: string, number: number): Promise<StoredSegment | undefined> {
    const inMemory = this.#memory.get(key({ egressId, number }));
    if (inMemory || !this.#database) return inMemory;
    const store = this.#database.transaction('segments').objectStore('segments');
    return (await done(store.get([egressId, number]))) as StoredSegment | undefined;
  }

  async forget(egressId: string, number: number): Promise<void> {
    this.#memory.delete(key({ egressId, number }));
    if (!this.#database) return;
    const transaction = this.#database.transaction('segments', 'readwrite');
    transaction.objectStore('segments').delete([egressId, number]);
    await committed(transaction);
  }

  /** Everything of one recording. */
  async forgetAll(egressId: string): Promise<void> {
    for (const segment of this.#memory.values())
      if (segment.egressId === egressId) this.#memory.delete(key(segment));
    if (!this.#database) return;
    const transaction = this.#database.transaction(['segments', 'progress'], 'readwrite');
    transaction.objectStore('segments').delete(IDBKeyRange.bound([egressId, 0], [egressId, Infinity]));
    transaction.objectStore('progress').delete(egressId);
    await committed(transaction);
  }

  /** What is kept of a consultation, without the contents; what is old is removed, whosever it is. */
  async heads(consultationId: string, now: number): Promise<SegmentHead[]> {
    if (!this.#database) return [];
    const transaction = this.#database.transaction(['segments', 'progress'], 'readwrite');
    const heads: SegmentHead[] = [];
    const walk = transaction.objectStore('segments').openCursor();
    walk.onsuccess = () => {
      const cursor = walk.result;
      if (!cursor) return;
      const { bytes: _, hash: __, ...head } = cursor.value as StoredSegment;
      if (now - head.at > keptFor) cursor.delete();
      else if (head.consultationId === consultationId) heads.push(head);
      cursor.continue();
    };
    const stale = transaction.objectStore('progress').openCursor();
    stale.onsuccess = () => {
      const cursor = stale.result;
      if (!cursor) return;
      if (now - (cursor.value as Progress).at > keptFor) cursor.delete();
      cursor.continue();
    };
    await committed(transaction);
    return heads;
  }
}

const key = ({ egressId, number }: { readonly egressId: string; readonly number: number }) =>
  `${egressId} ${number}`;

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('The storage failed.'));
  });
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error ?? new Error('The storage failed.'));
    transaction.onabort = () => reject(transaction.error ?? new Error('The storage failed.'));
  });
}
