/** Follows what the host says of tracking, and has it try again. */
import { useState } from 'react';
import { useNow } from '../../components/format.ts';
import { TrackingSettings } from '../../screens/clinic/tracking-settings.tsx';
import { staffHost } from '../hosts.ts';
import { usePolled } from '../polled.ts';

const pause = 3_000;

export function Tracking() {
  const status = usePolled(async () => (await staffHost()).tracking.status(), pause);
  const now = useNow();
  const [busy, setBusy] = useState(false);

  const retry = async () => {
    setBusy(true);
    // What still stands in the way is seen in the next status.
    await (await staffHost()).tracking.retry().catch(() => undefined);
    status.refresh();
    setBusy(false);
  };

  return <TrackingSettings status={status.data} now={now} busy={busy} onRetry={() => void retry()} />;
}
