/** The files of a consultation: who may send and read them, what may be sent, received in parts and never believed by their name. */
import { randomBytes } from 'node:crypto';
import { nanoid } from 'nanoid';
import { type Caller, grantFor } from '../../../shared/access/access.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import { extensionOf, type FileType, fileExtensions } from '../../../shared/contract/file-types.ts';
import type { Message } from '../../../shared/signaling/chat.ts';
import type { Admission } from '../admission/admission.ts';
import { speakerOf } from '../admission/speaker.ts';
import type { AdmissionStore, StoredParticipant } from '../admission/store.ts';
import { operationFact } from '../audit/fact.ts';
import type { AuditTrail } from '../audit/trail.ts';
import { tell } from '../messages/messages.ts';
import type { RoomManager } from '../rooms/room-manager.ts';
import type { Log } from '../runtime/log.ts';
import { contentTypeOf, isText } from './content-type.ts';
import { DownloadTickets } from './download-tickets.ts';
import { cleanFileName, withFittingExtension } from './file-name.ts';
import { type FileStore, type StoredFile, toMessageFile } from './store.ts';
import type { FileVault } from './vault.ts';

/** Files of one consultation, unfinished ones included. */
const maxFiles = 200;
/** An upload that nobody has finished for this long is given up, ms. */
const unfinishedMs = 24 * 60 * 60_000;

export interface FileLimits {
  /** Largest file, bytes. */
  readonly maxBytes: number;
  /** All files of one consultation, bytes. */
  readonly maxConsultationBytes: number;
}

export interface FilesParts {
  readonly store: FileStore;
  readonly vault: FileVault;
  readonly admission: Admission;
  readonly participants: AdmissionStore;
  readonly rooms: RoomManager;
  readonly limits: FileLimits;
  readonly log: Log;
  now(): number;
  /** Contents come and go beside the operations, so they are recorded here. */
  readonly trail: Pick<AuditTrail, 'during'>;
  /** Whether a caller of a moment ago is still known here: a computer may have been revoked. */
  isStillKnown(caller: Caller): Promise<boolean>;
}

type Sender = Pick<StoredParticipant, 'identity' | 'role' | 'displayName'>;

export interface Upload {
  readonly fileId: string;
  readonly name: string;
  readonly size: number;
  readonly received: number;
  readonly complete: boolean;
}

export interface OpenedFile {
  readonly name: string;
  readonly size: number;
  /** Breaks off with FILE_DAMAGED when the rest is not what was written. */
  readonly content: AsyncGenerator<Buffer>;
}

function contentFact(audit: string, caller: Caller, at: { consultationId: string; fileId: string }) {
  return operationFact(caller, { audit, target: 'fileId' }, at);
}

export class Files {
  readonly #parts: FilesParts;
  /** Parts being received, by file: a newer one takes the place of one whose connection hangs. */
  readonly #receiving = new Map<string, { stop(): void; readonly done: Promise<void> }>();

  readonly #tickets: DownloadTickets;

  constructor(parts: FilesParts) {
    this.#parts = parts;
    this.#tickets = new DownloadTickets(() => parts.now());
  }

  /** Announces a file. The same upload id from the same person is the same file. */
  async create(
    caller: Caller,
    input: { consultationId: string; uploadId: string; name: string; size: number },
  ): Promise<Upload> {
    const { consultationId, uploadId, size } = input;
    const sender = await this.#writer(caller, consultationId);
    const { limits, store, now } = this.#parts;
    if (size > limits.maxBytes) throw new CatalogueError('FILE_TOO_LARGE', { maxBytes: limits.maxBytes });
    const name = cleanFileName(input.name);
    const extension = extensionOf(name);
    if (extension !== '' && !fileExtensions.includes(extension)) throw typeNotAllowed();
    const file: StoredFile = {
      fileId: nanoid(),
      consultationId,
      from: sender.identity,
      role: sender.role,
      senderName: sender.displayName,
      uploadId,
      name,
      type: undefined,
      size,
      received: 0,
      key: randomBytes(32),
      createdAt: new Date(now()).toISOString(),
      completedAt: undefined,
    };
    const stored = await store.announce(file, { maxBytes: limits.maxConsultationBytes, maxFiles });
    return toUpload(stored);
  }

  async status(caller: Caller, consultationId: string, fileId: string): Promise<Upload> {
    return toUpload(await this.#own(caller, consultationId, fileId));
  }

  async cancel(caller: Caller, consultationId: string, fileId: string): Promise<void> {
    const file = await this.#own(caller, consultationId, fileId);
    // It is part of the consultation's record then, and stays.
    if (file.completedAt !== undefined) throw new CatalogueError('FORBIDDEN');
    await this.#takeTurn(fileId, () => this.#drop(fileId));
  }

  /**
   * Takes one part, which begins where the last one ended. Answered when it is durable, and with the chat's message once all is there.
   * @throws CatalogueError UPLOAD_OFFSET with `details.received`, BODY_TOO_LARGE, FILE_TYPE_NOT_ALLOWED, STORAGE_FULL
   */
  async receive(
    caller: Caller,
    at: { consultationId: string; fileId: string; offset: number; length: number | undefined },
    content: AsyncIterable<Uint8Array>,
  ): Promise<Upload & { message?: Message }> {
    return this.#parts.trail.during(contentFact('file.receive', caller, at), 'each', () =>
      this.#receive(caller, at, content),
    );
  }

  async #receive(
    caller: Caller,
    at: { consultationId: string; fileId: string; offset: number; length: number | undefined },
    content: AsyncIterable<Uint8Array>,
  ): Promise<Upload & { message?: Message }> {
    const { consultationId, fileId, offset, length } = at;
    await this.#own(caller, consultationId, fileId);
    return this.#takeTurn(fileId, async (stopped) => {
      const file = await this.#own(caller, consultationId, fileId);
      if (file.completedAt !== undefined) return this.#finish(file);
      if (offset !== file.received) throw new CatalogueError('UPLOAD_OFFSET', { received: file.received });
      const left = file.size - offset;
      if (length !== undefined && length > left)
        throw new CatalogueError('BODY_TOO_LARGE', { maxBytes: left });
      let { type, name } = file;
      const { received, failure } = await this.#parts.vault.append(
        file,
        offset,
        untilStopped(content, stopped),
        (frame, index) => {
          if (index === 0) ({ type, name } = typeAndName(file.name, frame));
          else if (type === 'text/plain' && !isText(frame)) throw typeNotAllowed();
        },
      );
      if (failure instanceof CatalogueError && failure.code === 'FILE_TYPE_NOT_ALLOWED') {
        await this.#drop(fileId);
        throw failure;
      }
      if (offset === 0 && type !== undefined) await this.#parts.store.setType(fileId, name, type);
      if (received > offset) await this.#parts.store.setReceived(fileId, received);
      if (failure !== undefined) throw failure;
      const now: StoredFile = { ...file, type, name, received };
      return received === file.size ? this.#finish(now) : toUpload(now);
    });
  }

  /**
   * A ticket that opens the content of a file once, within a minute.
   * @throws CatalogueError FILE_NOT_FOUND and whatever keeps the caller out.
   */
  async ticket(
    caller: Caller,
    { consultationId, fileId }: { consultationId: string; fileId: string },
  ): Promise<{ ticket: string; expiresAt: string }> {
    await this.#readable(caller, consultationId, fileId);
    return this.#tickets.issue(caller, { consultationId, fileId });
  }

  /** Opens a content by its ticket, with the rights that its holder has now. @throws CatalogueError TICKET_INVALID, or as `open` */
  async openByTicket(ticket: string, consultationId: string, fileId: string): Promise<OpenedFile> {
    const caller = this.#tickets.redeem(ticket, { consultationId, fileId });
    if (!(await this.#parts.isStillKnown(caller))) throw new CatalogueError('TICKET_INVALID');
    return this.open(caller, consultationId, fileId);
  }

  /**
   * Opens a content for reading; its beginning was checked then.
   * @throws CatalogueError FILE_NOT_FOUND, FILE_DAMAGED and whatever keeps the caller out.
   */
  async open(caller: Caller, consultationId: string, fileId: string): Promise<OpenedFile> {
    const fact = contentFact('file.read', caller, { consultationId, fileId });
    return this.#parts.trail.during(fact, 'each', async () => {
      const file = await this.#readable(caller, consultationId, fileId);
      const content = this.#read(file);
      return { name: file.name, size: file.size, content: resume(await content.next(), content) };
    });
  }

  async *#read(file: StoredFile): AsyncGenerator<Buffer> {
    try {
      yield* this.#parts.vault.read(file);
    } catch (error) {
      this.#parts.log.scope('Files').error(`The content of a file cannot be read: ${file.fileId}`, error);
      throw error;
    }
  }

  /** For the clinic. */
  async list(consultationId: string) {
    const files = await this.#parts.store.listComplete(consultationId);
    return files.map((file) => ({
      ...toMessageFile(file),
      from: file.from,
      role: file.role,
      senderName: file.senderName,
      sentAt: file.completedAt ?? '',
    }));
  }

  /** Puts the disk in order before anybody comes: contents nobody knows of, uploads nobody finished. */
  async tidy(): Promise<void> {
    const { store, vault, now, log } = this.#parts;
    const before = new Date(now() - unfinishedMs).toISOString();
    const known = new Set<string>();
    for (const file of await store.listAll()) {
      if (file.completedAt === undefined && file.createdAt < before) await store.remove(file.fileId);
      else known.add(file.fileId);
    }
    const orphans = (await vault.list()).filter((fileId) => !known.has(fileId));
    for (const fileId of orphans) await vault.remove(fileId);
    if (orphans.length > 0) log.scope('Files').info(`Unfinished uploads removed: ${orphans.length}`);
  }

  async #finish(file: StoredFile): Promise<Upload & { message: Message }> {
    const { store, rooms, now } = this.#parts;
    const message = await store.complete(file, file.completedAt ?? new Date(now()).toISOString());
    const room = rooms.find(file.consultationId);
    if (room && file.completedAt === undefined) tell(room, message);
    return { ...toUpload({ ...file, completedAt: message.sentAt }), message };
  }

  async #drop(fileId: string): Promise<void> {
    await this.#parts.store.remove(fileId);
    await this.#parts.vault.remove(fileId);
  }

  /** One writer a file: an earlier one is stopped and waited for. */
  async #takeTurn<R>(fileId: string, run: (stopped: Promise<never>) => Promise<R>): Promise<R> {
    for (let before = this.#receiving.get(fileId); before; before = this.#receiving.get(fileId)) {
      before.stop();
      await before.done;
    }
    let stop = () => {};
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(new CatalogueError('UPLOAD_REPLACED'));
    });
    stopped.catch(() => {});
    const running = run(stopped);
    const turn = {
      stop,
      done: running.then(
        () => {},
        () => {},
      ),
    };
    this.#receiving.set(fileId, turn);
    try {
      return await running;
    } finally {
      if (this.#receiving.get(fileId) === turn) this.#receiving.delete(fileId);
    }
  }

  /** The caller as somebody who may send files to this consultation now; who treats sends as its doctor. */
  async #writer(caller: Caller, consultationId: string): Promise<Sender> {
    if (caller.role === 'admin' || caller.role === 'clinician') {
      const consultation = await this.#parts.admission.requireOpen(consultationId);
      const { doctorName = '' } = consultation;
      return { identity: speakerOf(caller, consultation), role: 'doctor', displayName: doctorName };
    }
    const participant = await this.#participant(caller, consultationId);
    if (!grantFor(participant.role, true).canPublishData) throw new CatalogueError('FORBIDDEN');
    return participant;
  }

  async #own(caller: Caller, consultationId: string, fileId: string): Promise<StoredFile> {
    const { identity } = await this.#writer(caller, consultationId);
    const file = await this.#parts.store.find(consultationId, fileId);
    if (file === undefined || file.from !== identity) throw new CatalogueError('FILE_NOT_FOUND');
    return file;
  }

  async #readable(caller: Caller, consultationId: string, fileId: string): Promise<StoredFile> {
    await this.#assertMayRead(caller, consultationId);
    const file = await this.#parts.store.find(consultationId, fileId);
    if (file?.completedAt === undefined) throw new CatalogueError('FILE_NOT_FOUND');
    return file;
  }

  async #assertMayRead(caller: Caller, consultationId: string): Promise<void> {
    switch (caller.role) {
      case 'admin':
      case 'clinician':
        return;
      case 'anyone':
        throw new CatalogueError('UNAUTHENTICATED');
      case 'reception':
        throw new CatalogueError('FORBIDDEN');
      case 'doctor':
      case 'patient':
      case 'observer':
        await this.#participant(caller, consultationId);
    }
  }

  /** @throws CatalogueError FORBIDDEN, CONSULTATION_CLOSED or NOT_ADMITTED */
  async #participant(caller: Caller, consultationId: string): Promise<StoredParticipant> {
    if (!('identity' in caller)) {
      throw new CatalogueError(caller.role === 'anyone' ? 'UNAUTHENTICATED' : 'FORBIDDEN');
    }
    if (caller.consultationId !== consultationId) throw new CatalogueError('FORBIDDEN');
    await this.#parts.admission.requireOpen(consultationId);
    const participant = await this.#parts.participants.findParticipant(consultationId, caller.identity);
    if (!participant?.admitted) throw new CatalogueError('NOT_ADMITTED');
    return participant;
  }
}

function toUpload({ fileId, name, size, received, completedAt }: StoredFile): Upload {
  return { fileId, name, size, received, complete: completedAt !== undefined };
}

/** What a content is, and the name that fits it. @throws CatalogueError FILE_TYPE_NOT_ALLOWED */
function typeAndName(name: string, head: Buffer): { type: FileType; name: string } {
  const type = contentTypeOf(head);
  if (type === undefined) throw typeNotAllowed();
  // A page or a picture written in text must not become a harmless text by being renamed: it was something else to its sender.
  if (type === 'text/plain' && extensionOf(name) !== 'txt') throw typeNotAllowed();
  return { type, name: withFittingExtension(name, type) };
}

function typeNotAllowed(): CatalogueError {
  return new CatalogueError('FILE_TYPE_NOT_ALLOWED', { allowed: fileExtensions });
}

async function* untilStopped(
  content: AsyncIterable<Uint8Array>,
  stopped: Promise<never>,
): AsyncGenerator<Uint8Array> {
  const parts = content[Symbol.asyncIterator]();
  try {
    for (;;) {
      const part = await Promise.race([parts.next(), stopped]);
      if (part.done) return;
      yield part.value;
    }
  } finally {
    // Not awaited: a hanging connection would keep us here.
    parts.return?.().catch(() => {});
  }
}

async function* resume(first: IteratorResult<Buffer>, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (!first.done) yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
