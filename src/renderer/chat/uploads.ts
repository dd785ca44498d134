/** Files on their way to the host: one after the other, going on by themselves after every loss. */
import { CatalogueError } from '../../shared/contract/errors.ts';
import type { Message } from '../../shared/signaling/chat.ts';
import type { Clock } from '../call/clock.ts';
import type { FileTransfer } from './file-transfer.ts';

export interface UploadView {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  /** Bytes that are safe with the host. */
  readonly received: number;
  /** `waiting`: in turn, or for the host to be reached again. */
  readonly state: 'waiting' | 'sending' | 'failed';
  readonly problem?: CatalogueError['code'];
  /** What the refusal was about, such as how large it may be. */
  readonly details?: unknown;
}

interface Running extends UploadView {
  readonly file: File;
  readonly fileId?: string;
}

/** How long to wait before a lost host is tried again, ms; the last one for ever. */
const pauses = [500, 1_000, 2_000, 5_000] as const;

/** Refusals that say something about the moment and not about the file. */
const passing: ReadonlySet<string> = new Set([
  'UPLOAD_REPLACED',
  'TOO_MANY_REQUESTS',
  'INTERNAL_ERROR',
  'STORAGE_FULL',
]);

export interface UploadsOptions {
  readonly transfer: Pick<FileTransfer, 'announce' | 'part' | 'cancel'>;
  readonly clock: Clock;
  /** All of it is with the host, and part of the chat. */
  readonly onDone: (message: Message) => void;
}

export class Uploads {
  readonly #options: UploadsOptions;
  readonly #listeners = new Set<() => void>();
  readonly #over = new AbortController();
  #uploads: readonly Running[] = [];
  #current: { readonly id: string; readonly abort: AbortController } | undefined;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  snapshot(): readonly UploadView[] {
    return this.#uploads;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  add(files: readonly File[]): void {
    const added = files.map(
      (file): Running => ({
        id: crypto.randomUUID(),
        name: file.name,
        size: file.size,
        received: 0,
        state: 'waiting',
        file,
      }),
    );
    this.#set([...this.#uploads, ...added]);
    void this.#work();
  }

  retry(id: string): void {
    this.#change(id, ({ problem: _problem, details: _details, ...upload }) => ({
      ...upload,
      state: 'waiting',
    }));
    void this.#work();
  }

  /** Takes it back, or takes a failed one off the list. */
  cancel(id: string): void {
    const upload = this.#uploads.find((one) => one.id === id);
    this.#set(this.#uploads.filter((one) => one.id !== id));
    if (this.#current?.id === id) this.#current.abort.abort();
    // The host clears away what it is not told of after a day.
    if (upload?.fileId) this.#options.transfer.cancel(upload.fileId).catch(() => {});
  }

  /** Final. */
  close(): void {
    this.#over.abort();
    this.#current?.abort.abort();
    this.#listeners.clear();
  }

  async #work(): Promise<void> {
    if (this.#current) return;
    for (let next = this.#next(); next && !this.#over.signal.aborted; next = this.#next()) {
      this.#current = { id: next.id, abort: new AbortController() };
      await this.#send(next, this.#current.abort.signal);
      this.#current = undefined;
    }
  }

  #next(): Running | undefined {
    return this.#uploads.find(({ state }) => state === 'waiting');
  }

  async #send({ id, file }: Running, signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        // Also tells how much is there already.
        let upload = await this.#options.transfer.announce(id, file, signal);
        this.#change(id, (one) => ({
          ...one,
          fileId: upload.fileId,
          received: upload.received,
          state: 'sending',
        }));
        while (!upload.message) {
          upload = await this.#options.transfer.part(upload.fileId, file, upload.received, signal);
          failures = 0;
          const { received } = upload;
          this.#change(id, (one) => ({ ...one, received }));
        }
        this.#set(this.#uploads.filter((one) => one.id !== id));
        this.#options.onDone(upload.message);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof CatalogueError && error.code !== 'UPLOAD_OFFSET' && !passing.has(error.code)) {
          const { code: problem, details } = error;
          this.#change(id, (one) => ({ ...one, state: 'failed', problem, details }));
          return;
        }
        this.#change(id, (one) => ({ ...one, state: 'waiting' }));
        await this.#pause(pauses[Math.min(failures, pauses.length - 1)] ?? 0, signal);
        failures += 1;
      }
    }
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      signal.addEventListener('abort', () => {
        cancel();
        resolve();
      });
    });
  }

  #change(id: string, change: (upload: Running) => Running): void {
    this.#set(this.#uploads.map((one) => (one.id === id ? change(one) : one)));
  }

  #set(uploads: readonly Running[]): void {
    this.#uploads = uploads;
    for (const listener of [...this.#listeners]) listener();
  }
}
