/** Follows what the host says of its bucket, and has it try again. */
import { useState } from 'react';
import { useNow } from '../../components/format.ts';
import { RecordingStorageSettings } from '../../screens/clinic/recording-storage-settings.tsx';
import { staffHost } from '../hosts.ts';
import { usePolled } from '../polled.ts';

const pause = 3_000;

export function RecordingStorage() {
  const status = usePolled(async () => (await staffHost()).recordings.storage(), pause);
  const now = useNow();
  const [busy, setBusy] = useState(false);

  const retry = async () => {
    setBusy(true);
    // What still stands in the way is seen in the next status.
    await (await staffHost()).recordings.storeNow().catch(() => undefined);
    status.refresh();
    setBusy(false);
  };

  return <RecordingStorageSettings status={status.data} now={now} busy={busy} onRetry={() => void retry()} />;
}
