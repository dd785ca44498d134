/** How far this page is from its host: the best of a few round trips, repeated while somebody looks. */
import { useEffect, useState } from 'react';
import type { HostClient } from '../../host-client/index.ts';
import type { ConnectionCheck } from '../../screens/patient/device-checks.tsx';

const samples = 3;
const pause = 5_000;

export function useConnectionCheck(client: HostClient, active: boolean): ConnectionCheck {
  const [check, setCheck] = useState<ConnectionCheck>({ name: 'checking' });
  useEffect(() => {
    if (!active) return;
    let current = true;
    let timer: ReturnType<typeof setTimeout>;
    const run = async () => {
      try {
        let best = Number.POSITIVE_INFINITY;
        for (let index = 0; index < samples; index += 1) {
          const start = performance.now();
          await client.health();
          best = Math.min(best, performance.now() - start);
        }
        if (current) setCheck({ name: 'reached', roundTripMs: best });
      } catch {
        if (current) setCheck({ name: 'unreachable' });
      }
      if (current) timer = setTimeout(() => void run(), pause);
    };
    void run();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [client, active]);
  return check;
}
