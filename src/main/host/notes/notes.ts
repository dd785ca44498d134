/** Clinical notes: read and written by those who treat, whoever else was quicker, and after the consultation too. */
import type { Caller } from '../../../shared/access/access.ts';
import { CatalogueError } from '../../../shared/contract/errors.ts';
import type { Note, NoteAuthor, NoteEntry } from '../../../shared/contract/notes.ts';
import type { ConsultationStore, StoredConsultation } from '../consultations/store.ts';
import type { NoteStore } from './store.ts';

export interface NotesParts {
  readonly store: NoteStore;
  readonly consultations: ConsultationStore;
  now(): number;
}

export class Notes {
  readonly #parts: NotesParts;

  constructor(parts: NotesParts) {
    this.#parts = parts;
  }

  /** @throws CatalogueError CONSULTATION_NOT_FOUND */
  async get(consultationId: string): Promise<Note> {
    await this.#require(consultationId);
    return (await this.#parts.store.current(consultationId)) ?? { version: 0, text: '' };
  }

  /** @throws CatalogueError CONSULTATION_NOT_FOUND or NOTES_CONFLICT; nothing is lost by a conflict. */
  async save(
    { consultationId, ...note }: { consultationId: string; text: string; basedOn: number; editor: string },
    caller: Caller,
  ): Promise<Note> {
    const consultation = await this.#require(consultationId);
    const saved = await this.#parts.store.save({
      ...note,
      consultationId,
      author: authorOf(caller, consultation),
      savedAt: new Date(this.#parts.now()).toISOString(),
    });
    if ('keptAs' in saved) throw new CatalogueError('NOTES_CONFLICT', saved);
    return saved.note;
  }

  /** @throws CatalogueError CONSULTATION_NOT_FOUND */
  async history(consultationId: string): Promise<NoteEntry[]> {
    await this.#require(consultationId);
    return this.#parts.store.history(consultationId);
  }

  /** @throws CatalogueError CONSULTATION_NOT_FOUND or NOTE_VERSION_NOT_FOUND */
  async version(consultationId: string, version: number): Promise<Note> {
    await this.#require(consultationId);
    const note = await this.#parts.store.version(consultationId, version);
    if (note === undefined) throw new CatalogueError('NOTE_VERSION_NOT_FOUND');
    return note;
  }

  async #require(consultationId: string): Promise<StoredConsultation> {
    const consultation = await this.#parts.consultations.find(consultationId);
    if (consultation === undefined) throw new CatalogueError('CONSULTATION_NOT_FOUND');
    return consultation;
  }
}

/** The roles are the contract's own: whoever else comes here came past it. */
function authorOf(caller: Caller, { doctorName }: StoredConsultation): NoteAuthor {
  switch (caller.role) {
    case 'admin':
    case 'clinician': {
      const { staff } = caller;
      return {
        role: caller.role,
        ...(staff ? { id: staff.id } : {}),
        ...(staff?.name ? { name: staff.name } : {}),
      };
    }
    case 'doctor':
      return { role: 'doctor', id: caller.identity, ...(doctorName ? { name: doctorName } : {}) };
    case 'reception':
    case 'patient':
    case 'observer':
    case 'anyone':
      throw new CatalogueError('FORBIDDEN');
  }
}
