/** How the clinic keeps and shares recordings, in the settings. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { RecordingSettings } from '../../screens/clinic/recording-settings.tsx';
import { staffHost } from '../hosts.ts';
import { usePolled } from '../polled.ts';
import { problemText } from '../problems.ts';

const pause = 5_000;

export function RecordingRulesSection() {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const rules = usePolled(async () => (await staffHost()).recordingLibrary.rules(), pause);
  const share = async (sharing: boolean) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await (await staffHost()).recordingLibrary.setRules({ sharing });
    } catch (error) {
      setProblem(t(problemText(error)));
    }
    rules.refresh();
    setBusy(false);
  };
  return (
    <RecordingSettings
      rules={rules.data}
      busy={busy}
      problem={problem}
      onShare={(sharing) => void share(sharing)}
    />
  );
}
