/** What this browser or computer remembers of its user: names, language, theme, sound. Nothing of patients. */
import { recallValue, remember } from './remembered.ts';
import type { Store } from './store.ts';

export interface Preferences {
  readonly language: 'es' | 'en';
  readonly theme: 'system' | 'light' | 'dark';
  /** The doctor's own name. */
  readonly doctorName: string;
  /** Sound when somebody arrives. */
  readonly sound: boolean;
  /** How a patient or observer called themselves the last time on this device. */
  readonly visitorName: string;
}

const key = 'autamedica.preferences';
const initial: Preferences = {
  language: 'es',
  theme: 'system',
  doctorName: '',
  sound: true,
  visitorName: '',
};

/** Only what has the expected shape is taken; the rest keeps its first value. */
function read(): Preferences {
  const stored = recallValue(key);
  if (typeof stored !== 'object' || stored === null) return initial;
  const from = stored as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, 120) : '');
  return {
    language: from.language === 'en' ? 'en' : 'es',
    theme: from.theme === 'light' || from.theme === 'dark' ? from.theme : 'system',
    doctorName: text(from.doctorName),
    sound: from.sound !== false,
    visitorName: text(from.visitorName),
  };
}

class PreferenceStore implements Store<Preferences> {
  #current = read();
  readonly #listeners = new Set<() => void>();

  constructor() {
    // Another window of the same program changed something.
    globalThis.addEventListener('storage', (event) => {
      if (event.key !== key) return;
      this.#current = read();
      this.#tell();
    });
  }

  snapshot(): Preferences {
    return this.#current;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(change: Partial<Preferences>): void {
    this.#current = { ...this.#current, ...change };
    remember(key, JSON.stringify(this.#current));
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

export const preferences = new PreferenceStore();
