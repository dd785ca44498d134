/** Keeps a window open on a recording that is not safe: a browser asks by itself, the desktop app in the person's language. */
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { askShell, desktopShell } from '../hosts.ts';

/** `away`: the host cannot be sent anything now. */
type Because = 'running' | 'saving' | 'away';

const becauseWords: Readonly<Record<Because, string>> = {
  running: 'closing.running',
  saving: 'closing.saving',
  away: 'closing.away',
};

export interface UseClosingOptions {
  /** What keeps it open; undefined: nothing. */
  readonly because: Because | undefined;
  /** What is not sent yet would be gone with the window. */
  readonly inMemoryOnly: boolean;
  /** Done when nothing is recorded any more. Rejects as operations of the host do. */
  readonly stop: () => Promise<void>;
  /** Runs something and says what went wrong. */
  readonly attempt: (what: () => Promise<unknown>) => Promise<void>;
  /** Says one sentence for a moment. */
  readonly say: (sentence: string) => void;
}

export function useClosing(options: UseClosingOptions): void {
  const { t } = useTranslation();
  /** The window closes by itself as soon as everything is safe. */
  const [leaving, setLeaving] = useState(false);
  /** Set while the recording is stopped, which is done once however often it is chosen. */
  const stopping = useRef<Promise<void>>(undefined);
  const newest = useRef(options);
  newest.current = options;
  const held = options.because !== undefined;

  useEffect(() => {
    if (!held) return;
    const ask = async () => {
      const { because = 'saving', inMemoryOnly } = newest.current;
      const answer = await (await desktopShell())?.windows.askToClose({
        message: t(becauseWords[because]),
        detail: t(inMemoryOnly ? 'closing.lost' : 'closing.kept'),
        ...(because === 'away' ? {} : { save: t('closing.save') }),
        stay: t('closing.stay'),
        leave: t('closing.leave'),
      });
      // Also when it was to close before: who stays has thought again.
      setLeaving(answer === 'save');
      if (answer !== 'save') return;
      const { attempt, stop, say } = newest.current;
      say(t('closing.closesAlone'));
      const stopOrStay = () =>
        stop().catch((error: unknown) => {
          setLeaving(false);
          throw error;
        });
      stopping.current ??= attempt(stopOrStay).finally(() => {
        stopping.current = undefined;
      });
    };
    const hold = (event: BeforeUnloadEvent) => {
      event.preventDefault();
      // A window that can ask nobody is not held open.
      if (window.autamedica) ask().catch(() => window.removeEventListener('beforeunload', hold));
    };
    window.addEventListener('beforeunload', hold);
    return () => window.removeEventListener('beforeunload', hold);
  }, [held, t]);

  useEffect(() => {
    if (leaving && !held) askShell((shell) => shell.windows.close());
  }, [leaving, held]);
}
