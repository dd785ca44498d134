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

/** @param pause ms between an answer and the next question. */
export function usePolled<T>(ask: () => Promise<T>, pause: number): Polled<T> {
  const [state, setState] = useState<{ data: T | undefined; error: unknown }>({
    data: undefined,
    error: undefined,
  });
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
        if (current) setState({ data, error: undefined });
      } catch (error) {
        if (current) setState((before) => ({ ...before, error }));
      }
      if (current) timer = setTimeout(run, pause);
    };
    void run();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [pause, round]);

  const refresh = useCallback(() => setRound((before) => before + 1), []);
  return { ...state, refresh };
}
