/** Listens for changes on the host, so that what is shown is asked for again the moment it may be another. */
import { useEffect } from 'react';
import { staffHost } from './hosts.ts';
import { askAgain } from './polled.ts';

/** Between two changes, ms: many at once are one to look at. */
const pause = 200;
/** Before trying again to reach a host that does not answer, ms. */
const retryPause = 3_000;

/** While the page is open. A host that cannot be reached is asked again; the lists go on asking by themselves. */
export function useHostChanges(): void {
  useEffect(() => {
    const leaving = new AbortController();
    void listen(leaving.signal);
    return () => leaving.abort();
  }, []);
}

async function listen(signal: AbortSignal): Promise<void> {
  let known: number | undefined;
  while (!signal.aborted) {
    try {
      const { consultations } = await staffHost();
      const { number } = await consultations.changes(known === undefined ? {} : { known }, { signal });
      if (signal.aborted) return;
      // The first number is what was there when the lists were asked for.
      if (known !== undefined && number !== known) askAgain();
      known = number;
      await sleep(pause);
    } catch {
      known = undefined;
      await sleep(retryPause);
    }
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
