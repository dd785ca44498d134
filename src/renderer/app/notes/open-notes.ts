/** The draft of a consultation's notes in this window: loaded, and sent whenever the window is left. */
import { nanoid } from 'nanoid';
import { staffHost } from '../hosts.ts';
import { systemClock } from '../system-clock.ts';
import { NoteDraft } from './note-draft.ts';

export interface OpenNotes {
  readonly consultationId: string;
  readonly draft: NoteDraft;
  /** Sends what is left. */
  close(): Promise<void>;
}

export function openNotes(consultationId: string): OpenNotes {
  const draft = new NoteDraft({
    load: async () => (await staffHost()).notes.get({ consultationId }),
    save: async (note) => (await staffHost()).notes.save({ consultationId, ...note }),
    editor: `window-${nanoid()}`,
    clock: systemClock,
  });
  const left = () => void draft.flush();
  const seen = () => {
    if (document.visibilityState === 'hidden') left();
    // Another window may have written meanwhile.
    else void draft.load();
  };
  /** A browser asks whether to leave what the host does not have; the app's own windows would only refuse to close. */
  const ask = (event: BeforeUnloadEvent) => {
    if (draft.unsaved && !window.autamedica) event.preventDefault();
  };
  addEventListener('beforeunload', ask);
  addEventListener('pagehide', left);
  addEventListener('blur', left);
  document.addEventListener('visibilitychange', seen);
  void draft.load();
  return {
    consultationId,
    draft,
    close: () => {
      removeEventListener('beforeunload', ask);
      removeEventListener('pagehide', left);
      removeEventListener('blur', left);
      document.removeEventListener('visibilitychange', seen);
      return draft.close();
    },
  };
}
