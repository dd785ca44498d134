/** Chat messages as rows, and how far each person has received and read them. */
import { sql, type Transaction } from 'kysely';
import type { ParticipantRole } from '../../../shared/access/access.ts';
import { historyPage, type Marks, type Message, type MessageFile } from '../../../shared/signaling/chat.ts';
import type { Database, Tables } from '../storage/database.ts';
import type { GroupCommit } from '../storage/group-commit.ts';

export interface NewMessage {
  readonly consultationId: string;
  readonly id: string;
  readonly from: string;
  readonly role: ParticipantRole;
  readonly name: string;
  readonly sentAt: string;
  readonly text?: string;
  readonly file?: MessageFile;
}

export class MessageStore {
  readonly #database: Database;
  readonly #commits: GroupCommit;

  constructor(database: Database, commits: GroupCommit) {
    this.#database = database;
    this.#commits = commits;
  }

  /** Done when durable. A message that is there already is answered as it is, and `fresh` is false. */
  append(message: NewMessage): Promise<{ message: Message; fresh: boolean }> {
    return this.#commits.run((transaction) => appendMessage(transaction, message));
  }

  /** What came after a number, oldest first, at most a page of it, and the number of the newest there is. */
  async after(consultationId: string, number: number): Promise<{ messages: Message[]; last: number }> {
    const rows = await selectMessages(this.#database)
      .where('messages.consultation_id', '=', consultationId)
      .where('messages.number', '>', number)
      .orderBy('messages.number')
      .limit(historyPage)
      .execute();
    const messages = rows.map(toMessage);
    const newest = messages.at(-1)?.number ?? 0;
    const last = rows.length < historyPage && newest > 0 ? newest : await this.last(consultationId);
    return { messages, last };
  }

  async last(consultationId: string): Promise<number> {
    const row = await this.#database
      .selectFrom('messages')
      .select((expression) => expression.fn.max('number').as('last'))
      .where('consultation_id', '=', consultationId)
      .executeTakeFirst();
    return row?.last ?? 0;
  }

  /** Moves somebody's marks forward, never back and never past the newest message. Undefined when that changes nothing. */
  mark(consultationId: string, { identity, delivered, read }: Marks): Promise<Marks | undefined> {
    return this.#commits.run(async (transaction) => {
      const newest = transaction
        .selectFrom('messages')
        .select((expression) => expression.fn.coalesce(expression.fn.max('number'), sql.lit(0)).as('newest'))
        .where('consultation_id', '=', consultationId);
      const reached = (await newest.executeTakeFirst())?.newest ?? 0;
      const nowRead = Math.min(read, reached);
      const nowDelivered = Math.max(Math.min(delivered, reached), nowRead);
      const row = await transaction
        .insertInto('message_marks')
        .values({ consultation_id: consultationId, identity, delivered: nowDelivered, read: nowRead })
        .onConflict((conflict) =>
          conflict
            .columns(['consultation_id', 'identity'])
            .doUpdateSet({
              delivered: sql`max(message_marks.delivered, excluded.delivered)`,
              read: sql`max(message_marks.read, excluded.read)`,
            })
            .where(({ or, eb }) =>
              or([eb('message_marks.delivered', '<', nowDelivered), eb('message_marks.read', '<', nowRead)]),
            ),
        )
        .returning(['identity', 'delivered', 'read'])
        .executeTakeFirst();
      return row && { identity: row.identity, delivered: row.delivered, read: row.read };
    });
  }

  marks(consultationId: string): Promise<Marks[]> {
    return this.#database
      .selectFrom('message_marks')
      .select(['identity', 'delivered', 'read'])
      .where('consultation_id', '=', consultationId)
      .execute()
      .then((rows) => rows.map(({ identity, delivered, read }) => ({ identity, delivered, read })));
  }
}

/** Gives a message its number and keeps it, inside a transaction that may do more. */
export async function appendMessage(
  transaction: Transaction<Tables>,
  message: NewMessage,
): Promise<{ message: Message; fresh: boolean }> {
  const { consultationId, from, id } = message;
  const inserted = await transaction
    .insertInto('messages')
    .values((expression) => ({
      consultation_id: consultationId,
      number: expression
        .selectFrom('messages')
        .select(({ fn }) => sql<number>`${fn.coalesce(fn.max('number'), sql.lit(0))} + 1`.as('next'))
        .where('consultation_id', '=', consultationId),
      id,
      sender: from,
      sender_role: message.role,
      sender_name: message.name,
      sent_at: message.sentAt,
      text: message.text ?? null,
      file_id: message.file?.fileId ?? null,
    }))
    .onConflict((conflict) => conflict.columns(['consultation_id', 'sender', 'id']).doNothing())
    .returning('number')
    .executeTakeFirst();
  if (inserted !== undefined) {
    const { consultationId: _, ...said } = message;
    return { message: { number: inserted.number, ...said }, fresh: true };
  }
  const row = await selectMessages(transaction)
    .where('messages.consultation_id', '=', consultationId)
    .where('messages.sender', '=', from)
    .where('messages.id', '=', id)
    .executeTakeFirstOrThrow();
  return { message: toMessage(row), fresh: false };
}

function selectMessages(database: Database | Transaction<Tables>) {
  return database
    .selectFrom('messages')
    .leftJoin('files', 'files.id', 'messages.file_id')
    .select([
      'messages.number',
      'messages.id',
      'messages.sender',
      'messages.sender_role',
      'messages.sender_name',
      'messages.sent_at',
      'messages.text',
      'messages.file_id',
      'files.name as file_name',
      'files.type as file_type',
      'files.size as file_size',
    ]);
}

type MessageRow = Awaited<ReturnType<ReturnType<typeof selectMessages>['executeTakeFirstOrThrow']>>;

function toMessage(row: MessageRow): Message {
  return {
    number: row.number,
    id: row.id,
    from: row.sender,
    role: row.sender_role,
    name: row.sender_name,
    sentAt: row.sent_at,
    ...(row.text === null ? {} : { text: row.text }),
    ...(row.file_id === null || row.file_name === null || row.file_size === null
      ? {}
      : {
          file: {
            fileId: row.file_id,
            name: row.file_name,
            type: row.file_type ?? 'application/octet-stream',
            size: row.file_size,
          },
        }),
  };
}
