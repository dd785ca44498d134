/** The newest answer to a question asked again and again while somebody looks. */
import { useCallback, useEffect, useRef, useState } from 'react';

export interface Polled<T> {
  /** The last answer; undefined before the first one. */
  readonly data: T | undefined;
  /** Why the last attempt failed; undefined after a success. The last answer stays. */
  readonly error: unknown;
  /** Asks at once. */
  readonly refresh: () => void;
}

/** What is shown on this page, each as a way to ask for it. */
const askers = new Set<() => void>();

/** Something was changed on the host: all that is shown is asked for again at once. */
export function askAgain(): void {
  for (const ask of askers) ask();
}

interface Answer<T> {
  readonly subject: string;
  readonly data: T | undefined;
  readonly error: unknown;
}

/**
 * @param pause ms between an answer and the next question.
 * @param subject what is asked about; another one is asked at once, and answers about the one before are forgotten.
 */
export function usePolled<T>(ask: () => Promise<T>, pause: number, subject = ''): Polled<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ subject, data: undefined, error: undefined });
  const question = useRef(ask);
  question.current = ask;
  const [round, setRound] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is what asks at once
  useEffect(() => {
    let current = true;
    let timer: ReturnType<typeof setTimeout>;
    const run = async () => {
      try {
        const data = await question.current();
        if (current) setAnswer({ subject, data, error: undefined });
      } catch (error) {
        if (current)
          setAnswer((before) => ({
            subject,
            data: before.subject === subject ? before.data : undefined,
            error,
          }));
      }
      if (current) timer = setTimeout(run, pause);
    };
    void run();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [pause, round, subject]);

  const refresh = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    askers.add(refresh);
    return () => {
      askers.delete(refresh);
    };
  }, [refresh]);
  const { data, error } = answer.subject === subject ? answer : { data: undefined, error: undefined };
  return { data, error, refresh };
}
