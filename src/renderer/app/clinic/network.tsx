/** Switches the sharing on the network, and follows what the host says of it. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NetworkSettings } from '../../screens/clinic/network-settings.tsx';
import { copyText, staffHost } from '../hosts.ts';
import { usePolled } from '../polled.ts';
import { problemText } from '../problems.ts';

const pause = 3_000;

export function Network() {
  const { t } = useTranslation();
  const status = usePolled(async () => (await staffHost()).network.status(), pause);
  const destinations = usePolled(async () => (await staffHost()).network.destinations(), pause);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  const share = async (sharing: boolean) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await (await staffHost()).network.share({ sharing });
    } catch (error) {
      setProblem(t(problemText(error)));
    }
    status.refresh();
    setBusy(false);
  };

  return (
    <NetworkSettings
      status={status.data}
      destinations={destinations.data}
      busy={busy}
      problem={problem}
      onShare={(sharing) => void share(sharing)}
      onCopy={copyText}
    />
  );
}
