/** An address that a recording plays from, asked for anew when it ends; what was being watched goes on where it was. */
import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

/** A player that fails again this soon fails for another reason than an old ticket, ms. */
const soonMs = 5_000;

export interface Play {
  readonly video: RefObject<HTMLVideoElement | null>;
  readonly url: string | undefined;
  /** Why there is nothing to play; `unplayable` when it was opened and the browser could not go on. */
  readonly error: unknown;
  readonly onError: () => void;
  readonly retry: () => void;
}

/** The host opened it, and the browser could not play it. */
export class Unplayable extends Error {
  override readonly name = 'Unplayable';
}

/** @param subject what is played; another one is asked for at once. Undefined: nothing yet. */
export function usePlay(subject: string | undefined, ask: () => Promise<{ readonly url: string }>): Play {
  const video = useRef<HTMLVideoElement>(null);
  const question = useRef(ask);
  question.current = ask;
  const [opened, setOpened] = useState<{ subject: string; url?: string; error?: unknown }>();
  const askedAt = useRef(0);
  const place = useRef(0);

  const open = useCallback(async (what: string) => {
    askedAt.current = Date.now();
    try {
      const { url } = await question.current();
      setOpened({ subject: what, url });
    } catch (error) {
      setOpened({ subject: what, error });
    }
  }, []);

  useEffect(() => {
    place.current = 0;
    if (subject !== undefined) void open(subject);
  }, [subject, open]);

  const current = opened?.subject === subject ? opened : undefined;
  const url = current?.url;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another address is what begins anew
  useEffect(() => {
    if (video.current && place.current > 0) video.current.currentTime = place.current;
  }, [url]);

  return {
    video,
    url,
    error: current?.error,
    onError: () => {
      if (subject === undefined) return;
      if (Date.now() - askedAt.current < soonMs) {
        setOpened({ subject, error: new Unplayable() });
        return;
      }
      place.current = video.current?.currentTime ?? 0;
      void open(subject);
    },
    retry: () => {
      if (subject !== undefined) void open(subject);
    },
  };
}
