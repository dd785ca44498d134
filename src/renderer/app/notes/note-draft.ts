/**
 * The notes of one consultation while somebody writes them: typing never waits, and what was typed is at the host within a second.
 * What could not be sent stays here and is sent again; what another window changed meanwhile is shown, never overwritten unseen.
 */
import type { Note } from '../../../shared/contract/notes.ts';
import type { Clock } from '../../call/clock.ts';
import { CatalogueError } from '../../host-client/index.ts';
import type { NoteSaving } from '../../screens/doctor/notes-panel.tsx';
import { unite } from './unite.ts';

/** A pause in typing after which is saved, and the longest that typing without one goes unsaved, ms. */
const pauseMs = 400;
const longestMs = 800;
const retryMs = 2_000;

export interface NoteSnapshot {
  readonly loaded: boolean;
  readonly text: string;
  readonly version: number;
  readonly saving: NoteSaving;
  /** What stands at the host, written by somebody else while this was written. */
  readonly conflict: Note | undefined;
}

export interface NoteDraftParts {
  load(): Promise<Note>;
  /** Rejects with CatalogueError NOTES_CONFLICT and the standing note in its details. */
  save(note: { text: string; basedOn: number; editor: string }): Promise<Note>;
  /** Names this window. */
  readonly editor: string;
  readonly clock: Clock;
}

export class NoteDraft {
  readonly #parts: NoteDraftParts;
  readonly #listeners = new Set<() => void>();
  #snapshot: NoteSnapshot = {
    loaded: false,
    text: '',
    version: 0,
    saving: { name: 'saved', at: undefined },
    conflict: undefined,
  };
  /** The text as the host has it, in the notes or, during a conflict, aside. */
  #kept = '';
  #lastSaved: NoteSaving = { name: 'saved', at: undefined };
  #firstUnsavedAt: number | undefined;
  #callOff: (() => void) | undefined;
  #sending: Promise<void> | undefined;
  #closed = false;

  constructor(parts: NoteDraftParts) {
    this.#parts = parts;
  }

  snapshot(): NoteSnapshot {
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads what is at the host; again when it does not answer. Leaves alone what is being written. */
  async load(): Promise<void> {
    if (this.#closed) return;
    try {
      const note = await this.#parts.load();
      const untouched = this.#snapshot.text === this.#kept && this.#snapshot.conflict === undefined;
      if (untouched && note.version >= this.#snapshot.version) this.#adopt(note);
    } catch (error) {
      if (this.#snapshot.loaded) return;
      this.#change({ saving: { name: 'failing', reason: reasonOf(error) } });
      this.#later(retryMs, () => void this.load());
    }
  }

  /** Whether something was typed that the host does not have. */
  get unsaved(): boolean {
    return this.#snapshot.loaded && this.#snapshot.text !== this.#kept;
  }

  /** What is in the field now. */
  write(text: string): void {
    this.#change({ text });
    if (text === this.#kept) {
      if (this.#sending) return;
      this.#callOff?.();
      this.#firstUnsavedAt = undefined;
      this.#change({ saving: this.#lastSaved });
      return;
    }
    const now = this.#parts.clock.now();
    this.#firstUnsavedAt ??= now;
    if (this.#snapshot.saving.name !== 'failing') this.#change({ saving: { name: 'saving' } });
    this.#later(
      Math.min(pauseMs, Math.max(0, this.#firstUnsavedAt + longestMs - now)),
      () => void this.flush(),
    );
  }

  /** Sends what is unsaved now. Done when it is durable, or was refused. */
  async flush(): Promise<void> {
    this.#callOff?.();
    if (this.#sending) await this.#sending;
    if (!this.unsaved) return;
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
    await this.#sending;
  }

  /** Ends a conflict. Whatever is chosen, the history has both texts. */
  async resolve(choice: 'theirs' | 'mine' | 'both'): Promise<void> {
    // So that one's own text is aside as it is now, before it gives way.
    await this.flush();
    const { conflict, text } = this.#snapshot;
    if (conflict === undefined || (choice === 'theirs' && text !== this.#kept)) return;
    if (choice === 'theirs') {
      this.#adopt(conflict);
      return;
    }
    this.#kept = conflict.text;
    this.#change({
      conflict: undefined,
      version: conflict.version,
      text: choice === 'mine' ? text : unite(conflict.text, text),
    });
    await this.flush();
  }

  /** Sends what is left and stops trying. */
  async close(): Promise<void> {
    await this.flush();
    this.#closed = true;
    this.#callOff?.();
  }

  async #send(): Promise<void> {
    const { text, version } = this.#snapshot;
    this.#firstUnsavedAt = undefined;
    try {
      const note = await this.#parts.save({ text, basedOn: version, editor: this.#parts.editor });
      this.#kept = text;
      this.#lastSaved = savedAt(note);
      this.#change({
        version: note.version,
        conflict: undefined,
        saving: this.#snapshot.text === text ? this.#lastSaved : { name: 'saving' },
      });
    } catch (error) {
      const current = conflictOf(error);
      if (current === undefined) {
        this.#change({ saving: { name: 'failing', reason: reasonOf(error) } });
        this.#later(retryMs, () => void this.flush());
        return;
      }
      // Kept aside by the host.
      this.#kept = text;
      this.#lastSaved = { name: 'saved', at: this.#parts.clock.now() };
      this.#change({ conflict: current, saving: this.#lastSaved });
    }
    if (this.#snapshot.text !== this.#kept) this.write(this.#snapshot.text);
  }

  #adopt(note: Note): void {
    this.#kept = note.text;
    this.#lastSaved = savedAt(note);
    this.#change({
      loaded: true,
      text: note.text,
      version: note.version,
      saving: this.#lastSaved,
      conflict: undefined,
    });
  }

  #later(milliseconds: number, run: () => void): void {
    this.#callOff?.();
    if (!this.#closed) this.#callOff = this.#parts.clock.after(milliseconds, run);
  }

  #change(change: Partial<NoteSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function savedAt(note: Note): NoteSaving {
  return { name: 'saved', at: note.savedAt === undefined ? undefined : Date.parse(note.savedAt) };
}

function conflictOf(error: unknown): Note | undefined {
  if (!(error instanceof CatalogueError) || error.code !== 'NOTES_CONFLICT') return undefined;
  return (error.details as { current: Note }).current;
}

function reasonOf(error: unknown): 'unreachable' | 'full' | 'refused' {
  if (!(error instanceof CatalogueError)) return 'unreachable';
  return error.code === 'STORAGE_FULL' ? 'full' : 'refused';
}
