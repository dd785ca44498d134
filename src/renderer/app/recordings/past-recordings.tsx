/** The recordings of a consultation, beside its summary. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { KeptRecording } from '../../../shared/contract/recording-library.ts';
import { PastRecordingsList } from '../../screens/doctor/past-recordings-list.tsx';
import { staffHost } from '../hosts.ts';
import { type Polled, usePolled } from '../polled.ts';
import { problemText } from '../problems.ts';
import { StaffPlayer } from './staff-player.tsx';

const pause = 5_000;

export function usePastRecordings(consultationId: string): Polled<readonly KeptRecording[]> {
  return usePolled(
    async () => (await (await staffHost()).recordingLibrary.find({ consultationId })).recordings,
    pause,
    consultationId,
  );
}

export function PastRecordings({
  recordings: { data, error, refresh },
}: {
  readonly recordings: Polled<readonly KeptRecording[]>;
}) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<string>();
  return (
    <PastRecordingsList
      recordings={data}
      problem={error === undefined ? undefined : t(problemText(error))}
      onRetry={refresh}
      shown={shown}
      onShow={setShown}
      player={(recording) => <StaffPlayer recording={recording} />}
    />
  );
}
