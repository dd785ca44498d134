/** A list that is kept new by the host and grows when more of it is wanted. */
import { useState } from 'react';
import { type Polled, usePolled } from './polled.ts';

interface Page {
  readonly nextCursor?: string | undefined;
}

export interface GrowingList<P extends Page> extends Polled<P> {
  /** Shows more of them; absent when these are all, or as many as can be shown. */
  readonly more: (() => void) | undefined;
}

export interface GrowingOptions {
  /** ms between an answer and the next question. */
  readonly pause: number;
  readonly first: number;
  /** As many as the host answers at once. */
  readonly most: number;
}

/** @param subject another one begins anew with the first page. */
export function useGrowing<P extends Page>(
  ask: (limit: number) => Promise<P>,
  subject: string,
  { pause, first, most }: GrowingOptions,
): GrowingList<P> {
  const [grown, setGrown] = useState({ subject, limit: first });
  const limit = grown.subject === subject ? grown.limit : first;
  const [shown, setShown] = useState<{ subject: string; page: P }>();
  const polled = usePolled(() => ask(limit), pause, `${limit} ${subject}`);
  // While a longer list is on its way, the shorter one stays.
  if (polled.data && shown?.page !== polled.data) setShown({ subject, page: polled.data });
  const page = polled.data ?? (shown?.subject === subject ? shown.page : undefined);
  const canGrow = page?.nextCursor !== undefined && limit < most;
  return {
    ...polled,
    data: page,
    more: canGrow ? () => setGrown({ subject, limit: Math.min(most, limit + 2 * first) }) : undefined,
  };
}
