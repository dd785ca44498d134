/** Asks the desktop shell for what only the clinic's own computer has. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DesktopClient } from '../../host-client/index.ts';
import { ComputerSection, LeaveClinicDialog } from '../../screens/clinic/computer-section.tsx';
import { RecoveryKeyDialog } from '../../screens/clinic/recovery-key-dialog.tsx';
import { desktopShell, printPage } from '../hosts.ts';
import { problemText } from '../problems.ts';
import { useStaff } from '../staff/staff-door.tsx';

type Sheet =
  | { readonly name: 'leave' }
  | { readonly name: 'key'; readonly shown?: { recoveryKey: string; computerName: string } };

export function ClinicComputer({ people }: { readonly people: number }) {
  const { t } = useTranslation();
  const { self } = useStaff();
  const [sheet, setSheet] = useState<Sheet>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  const open = (next: Sheet | undefined) => {
    setProblem(undefined);
    setSheet(next);
  };
  const attempt = async (what: (shell: DesktopClient) => Promise<Sheet | undefined>) => {
    const shell = await desktopShell();
    if (!shell) return;
    setBusy(true);
    try {
      open(await what(shell));
    } catch (error) {
      setProblem(t(problemText(error)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <ComputerSection
        onRecoveryKey={() => open({ name: 'key' })}
        onChangeUse={() => open({ name: 'leave' })}
      />
      {sheet?.name === 'key' ? (
        <RecoveryKeyDialog
          shown={sheet.shown}
          clinicName={self?.clinicName ?? ''}
          busy={busy}
          problem={problem}
          onShow={() => void attempt(async ({ app }) => ({ name: 'key', shown: await app.recoveryKey() }))}
          onPrint={printPage}
          onClose={() => open(undefined)}
        />
      ) : null}
      {sheet?.name === 'leave' ? (
        <LeaveClinicDialog
          people={people}
          busy={busy}
          problem={problem}
          onLeave={() =>
            void attempt(async ({ app }) => {
              await app.leaveClinic();
              return undefined;
            })
          }
          onClose={() => open(undefined)}
        />
      ) : null}
    </>
  );
}
