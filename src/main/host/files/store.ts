/** Files as rows: whose they are, what is in them, how much has been received and the key of their content. */
import type { ParticipantRole } from '../../../shared/access/access.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { FileType } from '../../../shared/contract/file-types.ts';
import type { Message, MessageFile } from '../../../shared/signaling/chat.ts';
import { appendMessage } from '../messages/store.ts';
import type { Database, Tables } from '../storage/database.ts';
import type { GroupCommit } from '../storage/group-commit.ts';

export interface StoredFile {
  readonly fileId: string;
  readonly consultationId: string;
  readonly from: string;
  readonly role: ParticipantRole;
  readonly senderName: string;
  readonly uploadId: string;
  readonly name: string;
  readonly type: FileType | undefined;
  readonly size: number;
  readonly received: number;
  readonly key: Buffer;
  readonly createdAt: string;
  readonly completedAt: string | undefined;
}

export class FileStore {
  readonly #database: Database;
  readonly #commits: GroupCommit;

  constructor(database: Database, commits: GroupCommit) {
    this.#database = database;
    this.#commits = commits;
  }

  /**
   * Keeps a new file, or answers the one that has this upload's id already.
   * @throws CatalogueError FILES_FULL when the consultation has no room for it.
   */
  announce(file: StoredFile, limits: { maxBytes: number; maxFiles: number }): Promise<StoredFile> {
    return this.#commits.run(async (transaction) => {
      const existing = await transaction
        .selectFrom('files')
        .selectAll()
        .where('consultation_id', '=', file.consultationId)
        .where('sender', '=', file.from)
        .where('upload_id', '=', file.uploadId)
        .executeTakeFirst();
      if (existing) return toFile(existing);
      const { files, bytes } = await transaction
        .selectFrom('files')
        .select(({ fn }) => [fn.countAll<number>().as('files'), fn.sum<number | null>('size').as('bytes')])
        .where('consultation_id', '=', file.consultationId)
        .executeTakeFirstOrThrow();
      if (files >= limits.maxFiles || (bytes ?? 0) + file.size > limits.maxBytes) {
        throw new CatalogueError('FILES_FULL', limits);
      }
      await transaction
        .insertInto('files')
        .values({
          id: file.fileId,
          consultation_id: file.consultationId,
          sender: file.from,
          sender_role: file.role,
          sender_name: file.senderName,
          upload_id: file.uploadId,
          name: file.name,
          type: null,
          size: file.size,
          received: 0,
          key: file.key.toString('base64url'),
          created_at: file.createdAt,
          completed_at: null,
        })
        .execute();
      return file;
    });
  }

  async find(consultationId: string, fileId: string): Promise<StoredFile | undefined> {
    const row = await this.#database
      .selectFrom('files')
      .selectAll()
      .where('id', '=', fileId)
      .where('consultation_id', '=', consultationId)
      .executeTakeFirst();
    return row && toFile(row);
  }

  async listComplete(consultationId: string): Promise<StoredFile[]> {
    const rows = await this.#database
      .selectFrom('files')
      .selectAll()
      .where('consultation_id', '=', consultationId)
      .where('completed_at', 'is not', null)
      .orderBy('completed_at')
      .execute();
    return rows.map(toFile);
  }

  /** Every file of the clinic, for putting the disk in order. */
  async listAll(): Promise<StoredFile[]> {
    return (await this.#database.selectFrom('files').selectAll().execute()).map(toFile);
  }

  /** Found out what it is. */
  async setType(fileId: string, name: string, type: FileType): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction.updateTable('files').set({ name, type }).where('id', '=', fileId).execute(),
    );
  }

  async setReceived(fileId: string, received: number): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction.updateTable('files').set({ received }).where('id', '=', fileId).execute(),
    );
  }

  /** All of it is there: from now on it is a message of the chat. */
  complete(file: StoredFile, at: string): Promise<Message> {
    return this.#commits.run(async (transaction) => {
      await transaction
        .updateTable('files')
        .set({ received: file.size, completed_at: at })
        .where('id', '=', file.fileId)
        .execute();
      const { message } = await appendMessage(transaction, {
        consultationId: file.consultationId,
        id: file.uploadId,
        from: file.from,
        role: file.role,
        name: file.senderName,
        sentAt: at,
        file: toMessageFile(file),
      });
      return message;
    });
  }

  async remove(fileId: string): Promise<void> {
    await this.#commits.run((transaction) =>
      transaction.deleteFrom('files').where('id', '=', fileId).where('completed_at', 'is', null).execute(),
    );
  }
}

export function toMessageFile({ fileId, name, type, size }: StoredFile): MessageFile {
  return { fileId, name, type: type ?? 'application/octet-stream', size };
}

function toFile(row: Tables['files']): StoredFile {
  return {
    fileId: row.id,
    consultationId: row.consultation_id,
    from: row.sender,
    role: row.sender_role,
    senderName: row.sender_name,
    uploadId: row.upload_id,
    name: row.name,
    type: (row.type as FileType | null) ?? undefined,
    size: row.size,
    received: row.received,
    key: Buffer.from(row.key, 'base64url'),
    createdAt: row.created_at,
    completedAt: row.completed_at ?? undefined,
  };
}
