/** Carries out what is decided about a recording in a dialog. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { KeptRecording } from '../../../shared/contract/recording-library.ts';
import type { HostClient } from '../../host-client/index.ts';
import { KeepDialog, ReasonDialog, ShareDialog } from '../../screens/clinic/recording-dialogs.tsx';
import { copyText, staffHost } from '../hosts.ts';
import { askAgain, usePolled } from '../polled.ts';
import { problemText } from '../problems.ts';

export type SheetName = 'hold' | 'release' | 'keep' | 'remove' | 'share';

type Library = HostClient['recordingLibrary'];

const linksPause = 5_000;

export interface RecordingSheetProps {
  readonly name: SheetName;
  readonly recording: KeptRecording;
  readonly retentionDays: number | undefined;
  /** ms since the epoch. */
  readonly now: number;
  readonly onClose: () => void;
}

export function RecordingSheet({ name, recording, retentionDays, now, onClose }: RecordingSheetProps) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const { egressId } = recording;

  /** @returns whether it was done. */
  const run = async (what: (library: Library) => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await what((await staffHost()).recordingLibrary);
      return true;
    } catch (error) {
      setProblem(t(problemText(error)));
      return false;
    } finally {
      setBusy(false);
      // Also when it failed: somebody else may have been quicker.
      askAgain();
    }
  };
  const decide = (what: (library: Library) => Promise<unknown>) =>
    void run(what).then((done) => done && onClose());
  const dialog = { recording, busy, problem, onClose };
  switch (name) {
    case 'keep':
      return (
        <KeepDialog
          {...dialog}
          retentionDays={retentionDays}
          now={now}
          onDecide={(keeping) => decide((library) => library.keep({ egressId, keeping }))}
        />
      );
    case 'share':
      return <Sharing {...dialog} now={now} run={run} />;
    case 'hold':
    case 'release':
    case 'remove':
      return (
        <ReasonDialog
          {...dialog}
          what={name}
          onDecide={(reason) => decide((library) => library[name]({ egressId, reason }))}
        />
      );
  }
}

function Sharing({
  run,
  ...dialog
}: {
  readonly recording: KeptRecording;
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly now: number;
  readonly run: (what: (library: Library) => Promise<unknown>) => Promise<boolean>;
  readonly onClose: () => void;
}) {
  const { egressId } = dialog.recording;
  const [made, setMade] = useState<string>();
  const links = usePolled(
    async () => (await staffHost()).recordingLibrary.links({ egressId }),
    linksPause,
    egressId,
  );
  return (
    <ShareDialog
      {...dialog}
      links={links.data}
      made={made}
      onMake={(hours) => void run(async (library) => setMade((await library.share({ egressId, hours })).url))}
      onRevoke={(linkId) =>
        void run(async (library) => {
          await library.unshare({ egressId, linkId });
          setMade(undefined);
        })
      }
      onCopy={copyText}
    />
  );
}
