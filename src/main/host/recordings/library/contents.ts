/** Opens the contents of recordings, decrypted in memory or as they lie there, for as long as whoever asked may have them. */
import { CatalogueError } from '../../../../shared/contract/errors.ts';
import type { RecordingUse } from '../../../../shared/contract/recording-library.ts';
import type { Recording } from '../../../../shared/contract/recordings.ts';
import type { AuditTrail } from '../../audit/trail.ts';
import type { Log } from '../../runtime/log.ts';
import { AgeFileError, type EncryptedBytes, openAge } from '../age-file.ts';
import { recordingFact } from '../recording-fact.ts';
import type { RecordingCopies } from './copies.ts';

export interface OpenedContent {
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
  /** Whether it is to be saved rather than shown. */
  readonly download: boolean;
  /** As a browser saves it. */
  readonly fileName: string;
  /** The same as long as the bytes are. */
  readonly tag: string;
  /**
   * The bytes from one place to before another; begins with what was read to see that it can be.
   * @throws CatalogueError RECORDING_DAMAGED with `details`, or when it may not go on: deleted, revoked, forbidden.
   */
  read(from: number, to: number): AsyncGenerator<Uint8Array>;
}

export interface ContentsParts {
  readonly copies: RecordingCopies;
  /** The clinic's private key; undefined on a host that can only write. */
  readonly identity: string | undefined;
  readonly trail: Pick<AuditTrail, 'note'>;
  readonly log: Log;
}

/** Looks again whether it may go on after this many bytes. */
const lookEveryBytes = 1024 * 1024;

const extensions: Readonly<Record<string, string>> = { 'video/webm': 'webm', 'video/mp4': 'mp4' };

export class Contents {
  readonly #parts: ContentsParts;
  /** Damage that was told already: a player asks for the same place again and again. */
  readonly #told = new Set<string>();

  constructor(parts: ContentsParts) {
    this.#parts = parts;
  }

  get readable(): boolean {
    return this.#parts.identity !== undefined;
  }

  /**
   * @param mayStill looked at before it begins and while it goes on; throws when it may not.
   * @throws CatalogueError RECORDING_KEY_ABSENT, RECORDING_DAMAGED
   */
  async open(recording: Recording, use: RecordingUse, mayStill: () => Promise<void>): Promise<OpenedContent> {
    const encrypted = use === 'encrypted';
    const { identity } = this.#parts;
    if (!encrypted && identity === undefined) throw new CatalogueError('RECORDING_KEY_ABSENT');
    const bytes = await this.#parts.copies.bytes(recording.egressId);
    const source =
      encrypted || identity === undefined
        ? { size: bytes.size, read: (from: number, to: number) => bytes.open(from, to) }
        : await this.#openAge(recording, bytes, identity);
    const contentType = recording.contentType ?? 'application/octet-stream';
    const name = `${recording.startedAt.slice(0, 16).replaceAll(/[:T]/g, '-')}-${recording.egressId}.${extensions[contentType] ?? 'bin'}`;
    return {
      size: source.size,
      download: use !== 'play',
      contentType: encrypted ? 'application/octet-stream' : contentType,
      fileName: encrypted ? `${name}.age` : name,
      tag: `${recording.sha256 ?? recording.egressId}${encrypted ? '-age' : ''}`,
      read: (from, to) => this.#watched(recording, source.read(from, to), mayStill),
    };
  }

  /** Reads all of it. @returns the first place that is not as it was written. */
  async check(recording: Recording, hash: { update(bytes: Uint8Array): unknown }) {
    const { copies, identity } = this.#parts;
    const bytes = await copies.bytes(recording.egressId);
    let sizeBytes = 0;
    for await (const part of bytes.open(0, bytes.size)) {
      hash.update(part);
      sizeBytes += part.length;
    }
    let fault: AgeFileError | undefined;
    if (identity !== undefined) {
      try {
        const reader = await openAge(bytes, identity);
        for await (const _ of reader.read(0, reader.size));
      } catch (error) {
        if (!(error instanceof AgeFileError)) throw error;
        fault = error;
        this.#tell(recording, error);
      }
    }
    return { sizeBytes, fault };
  }

  async #openAge(recording: Recording, bytes: EncryptedBytes, identity: string) {
    try {
      return await openAge(bytes, identity);
    } catch (error) {
      throw this.#asCatalogue(recording, error);
    }
  }

  async *#watched(
    recording: Recording,
    content: AsyncIterable<Uint8Array>,
    mayStill: () => Promise<void>,
  ): AsyncGenerator<Uint8Array> {
    let since = lookEveryBytes;
    try {
      for await (const part of content) {
        if (since >= lookEveryBytes) {
          await mayStill();
          since = 0;
        }
        since += part.length;
        yield part;
      }
    } catch (error) {
      throw this.#asCatalogue(recording, error);
    }
  }

  #asCatalogue(recording: Recording, error: unknown): unknown {
    if (!(error instanceof AgeFileError)) return error;
    if (error.problem === 'wrong-key')
      return Object.assign(new CatalogueError('RECORDING_KEY_ABSENT', { problem: 'wrong-key' }), {
        cause: error,
      });
    this.#tell(recording, error);
    return Object.assign(new CatalogueError('RECORDING_DAMAGED', faultOf(error)), { cause: error });
  }

  #tell({ egressId, consultationId }: Recording, error: AgeFileError): void {
    const key = `${egressId} ${error.problem} ${error.chunk}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#parts.log.scope('Recordings').error(`Recording ${egressId} is damaged: ${error.message}`);
    this.#parts.trail.note(recordingFact({ egressId, consultationId }, 'damaged', error.problem));
  }
}

export function faultOf({ problem, chunk, offset }: AgeFileError) {
  return {
    problem,
    ...(chunk === undefined ? {} : { chunk }),
    ...(offset === undefined ? {} : { offset }),
  };
}
