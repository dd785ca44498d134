/** The versions of clinical notes as rows. */
import type { Transaction } from 'kysely';
import type { Note, NoteAuthor, NoteEntry } from '../../../shared/contract/notes.ts';
import type { Database, Tables } from '../storage/database.ts';
import type { GroupCommit } from '../storage/group-commit.ts';
import { carriesOn, versionSpanMs } from './growth.ts';

export interface NewNote {
  readonly consultationId: string;
  readonly text: string;
  /** The version it was written on. */
  readonly basedOn: number;
  /** Names the window. */
  readonly editor: string;
  readonly author: NoteAuthor;
  readonly savedAt: string;
}

export type Saved =
  | { readonly note: Note }
  /** Somebody else was quicker: what stands now, and the version that the text is kept as. */
  | { readonly current: Note; readonly keptAs: number };

export class NoteStore {
  readonly #database: Database;
  readonly #commits: GroupCommit;

  constructor(database: Database, commits: GroupCommit) {
    this.#database = database;
    this.#commits = commits;
  }

  async current(consultationId: string): Promise<Note | undefined> {
    const row = await selectCurrent(this.#database, consultationId);
    return row && toNote(row);
  }

  async version(consultationId: string, version: number): Promise<Note | undefined> {
    const row = await this.#database
      .selectFrom('note_versions')
      .selectAll()
      .where('consultation_id', '=', consultationId)
      .where('version', '=', version)
      .executeTakeFirst();
    return row && toNote(row);
  }

  async history(consultationId: string): Promise<NoteEntry[]> {
    const rows = await this.#database
      .selectFrom('note_versions')
      .select((expression) => [
        'version',
        'saved_at',
        'author_role',
        'author_id',
        'author_name',
        'aside',
        expression.fn<number>('length', ['text']).as('length'),
      ])
      .where('consultation_id', '=', consultationId)
      .orderBy('version', 'desc')
      .execute();
    return rows.map((row) => ({
      version: row.version,
      savedAt: row.saved_at,
      author: toAuthor(row),
      length: row.length,
      aside: row.aside === 1,
    }));
  }

  /** Done when durable, whichever of both it is. */
  save(note: NewNote): Promise<Saved> {
    return this.#commits.run((transaction) => save(transaction, note));
  }
}

async function save(transaction: Transaction<Tables>, note: NewNote): Promise<Saved> {
  const { consultationId, text, basedOn, editor } = note;
  const current = await selectCurrent(transaction, consultationId);
  // The answer to an earlier save may have been lost: the same text again is saved already.
  if (current?.text === text) return { note: toNote(current) };
  const next = (await lastVersion(transaction, consultationId)) + 1;
  if (current !== undefined && (await changedByOthers(transaction, current, note, next))) {
    return { current: toNote(current), keptAs: await keepAside(transaction, note, next) };
  }
  const carries =
    current !== undefined &&
    current.editor === editor &&
    Date.parse(note.savedAt) - Date.parse(current.began_at) < versionSpanMs &&
    carriesOn(current.text, text);
  const row = toRow(note, next, carries ? current.began_at : note.savedAt, 0);
  if (carries) {
    await transaction
      .deleteFrom('note_versions')
      .where('consultation_id', '=', consultationId)
      .where('version', '=', current.version)
      .execute();
  }
  await transaction
    .insertInto('note_versions')
    .values({ ...row, based_on: basedOn })
    .execute();
  return { note: toNote(row) };
}

/** Own saves whose answer was lost are no conflict; a version that does not exist (any more) is one. */
async function changedByOthers(
  transaction: Transaction<Tables>,
  current: Tables['note_versions'],
  { consultationId, basedOn, editor }: NewNote,
  next: number,
): Promise<boolean> {
  if (current.version === basedOn) return false;
  if (basedOn >= next) return true;
  const foreign = await transaction
    .selectFrom('note_versions')
    .select('version')
    .where('consultation_id', '=', consultationId)
    .where('version', '>', basedOn)
    .where('aside', '=', 0)
    .where('editor', '<>', editor)
    .executeTakeFirst();
  return foreign !== undefined;
}

/** One row for what a window goes on writing on the same version. */
async function keepAside(transaction: Transaction<Tables>, note: NewNote, next: number): Promise<number> {
  const kept = await transaction
    .updateTable('note_versions')
    .set({ text: note.text, saved_at: note.savedAt })
    .where('consultation_id', '=', note.consultationId)
    .where('aside', '=', 1)
    .where('editor', '=', note.editor)
    .where('based_on', '=', note.basedOn)
    .returning('version')
    .executeTakeFirst();
  if (kept !== undefined) return kept.version;
  await transaction
    .insertInto('note_versions')
    .values(toRow(note, next, note.savedAt, 1))
    .execute();
  return next;
}

function selectCurrent(database: Database | Transaction<Tables>, consultationId: string) {
  return database
    .selectFrom('note_versions')
    .selectAll()
    .where('consultation_id', '=', consultationId)
    .where('aside', '=', 0)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
}

async function lastVersion(transaction: Transaction<Tables>, consultationId: string): Promise<number> {
  const row = await transaction
    .selectFrom('note_versions')
    .select((expression) => expression.fn.max('version').as('last'))
    .where('consultation_id', '=', consultationId)
    .executeTakeFirst();
  return row?.last ?? 0;
}

function toRow(note: NewNote, version: number, beganAt: string, aside: 0 | 1): Tables['note_versions'] {
  return {
    consultation_id: note.consultationId,
    version,
    text: note.text,
    editor: note.editor,
    author_role: note.author.role,
    author_id: note.author.id ?? null,
    author_name: note.author.name ?? null,
    based_on: note.basedOn,
    aside,
    began_at: beganAt,
    saved_at: note.savedAt,
  };
}

function toNote(row: Tables['note_versions']): Note {
  return { version: row.version, text: row.text, savedAt: row.saved_at, author: toAuthor(row) };
}

function toAuthor(
  row: Pick<Tables['note_versions'], 'author_role' | 'author_id' | 'author_name'>,
): NoteAuthor {
  return {
    role: row.author_role,
    ...(row.author_id === null ? {} : { id: row.author_id }),
    ...(row.author_name === null ? {} : { name: row.author_name }),
  };
}
