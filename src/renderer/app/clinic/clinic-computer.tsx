/** Asks the desktop shell for what only the clinic's own computer has. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DesktopClient } from '../../host-client/index.ts';
import { ComputerSection, LeaveClinicDialog } from '../../screens/clinic/computer-section.tsx';
import { type ClinicKey, RecoveryKeyDialog } from '../../screens/clinic/recovery-key-dialog.tsx';
import { desktopShell, printPage } from '../hosts.ts';
import { problemText } from '../problems.ts';
import { useStaff } from '../staff/staff-door.tsx';

type Sheet =
  | { readonly name: 'leave' }
  | {
      readonly name: 'key';
      readonly of: ClinicKey;
      readonly shown?: { readonly key: string; readonly about?: string; readonly computerName: string };
    };

async function askFor(of: ClinicKey, { app }: DesktopClient) {
  if (of === 'backups') {
    const { recoveryKey, computerName } = await app.recoveryKey();
    return { key: recoveryKey, computerName };
  }
  const { identity, recipient, computerName } = await app.recordingKey();
  return { key: identity, about: recipient, computerName };
}

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
        onRecoveryKey={() => open({ name: 'key', of: 'backups' })}
        onRecordingKey={() => open({ name: 'key', of: 'recordings' })}
        onChangeUse={() => open({ name: 'leave' })}
      />
      {sheet?.name === 'key' ? (
        <RecoveryKeyDialog
          of={sheet.of}
          shown={sheet.shown}
          clinicName={self?.clinicName ?? ''}
          busy={busy}
          problem={problem}
          onShow={() =>
            void attempt(async (shell) => ({
              name: 'key',
              of: sheet.of,
              shown: await askFor(sheet.of, shell),
            }))
          }
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
