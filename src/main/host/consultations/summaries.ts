/** The summary of a consultation, from what was stored of it. */
import type { Summary } from '../../../shared/contract/summary.ts';
import type { NoteStore } from '../notes/store.ts';
import type { Database } from '../storage/database.ts';
import { attendanceOf, togetherMs } from './attendance.ts';
import type { Consultations } from './consultations.ts';

export interface SummariesParts {
  readonly database: Database;
  readonly consultations: Consultations;
  readonly notes: NoteStore;
  /** Done when who came and went is on the disk. */
  settled(): Promise<unknown>;
  lastBackupAt(): Promise<string | undefined>;
  now(): number;
}

export class Summaries {
  readonly #parts: SummariesParts;

  constructor(parts: SummariesParts) {
    this.#parts = parts;
  }

  /** @throws CatalogueError CONSULTATION_NOT_FOUND */
  async get(consultationId: string, baseUrl: string): Promise<Summary> {
    const { consultations, notes, now } = this.#parts;
    const consultation = await consultations.get(consultationId, baseUrl);
    await this.#parts.settled();
    const [stays, messages, files, note, lastBackupAt] = await Promise.all([
      this.#stays(consultationId),
      this.#count('messages', consultationId),
      this.#count('files', consultationId),
      notes.current(consultationId),
      this.#parts.lastBackupAt(),
    ]);
    const of = (role: 'patient' | 'doctor') => stays.filter((stay) => stay.role === role);
    return {
      consultation,
      togetherMs: togetherMs(of('patient'), of('doctor'), now()),
      people: attendanceOf(stays, now()),
      messages,
      files,
      ...(note?.savedAt === undefined
        ? {}
        : { notes: { version: note.version, savedAt: note.savedAt, length: note.text.length } }),
      ...(lastBackupAt === undefined ? {} : { lastBackupAt }),
    };
  }

  #stays(consultationId: string) {
    return this.#parts.database
      .selectFrom('presences')
      .selectAll()
      .where('consultation_id', '=', consultationId)
      .orderBy('joined_at')
      .execute();
  }

  async #count(table: 'messages' | 'files', consultationId: string): Promise<number> {
    const counted = this.#parts.database
      .selectFrom(table)
      .select((expression) => expression.fn.countAll<number>().as('count'))
      .where('consultation_id', '=', consultationId);
    const complete = table === 'files' ? counted.where('completed_at', 'is not', null) : counted;
    return (await complete.executeTakeFirstOrThrow()).count;
  }
}
