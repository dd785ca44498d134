/** The dialogs that change the plan of a consultation, with the host behind them. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Consultation } from '../../../shared/contract/contract.ts';
import { CancelDialog, CorrectDialog, RescheduleDialog } from '../../screens/clinic/plan-dialogs.tsx';
import { staffHost } from '../hosts.ts';
import { askAgain } from '../polled.ts';
import { problemText } from '../problems.ts';

export interface PlanSheetProps {
  readonly change: 'reschedule' | 'cancel' | 'correct';
  /** As it was when the change was begun: if somebody else is quicker, the host says so. */
  readonly consultation: Consultation;
  readonly now: number;
  readonly onClose: () => void;
}

export function PlanSheet({ change, consultation, now, onClose }: PlanSheetProps) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const { consultationId, version } = consultation;

  const run = async (wish: () => Promise<unknown>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await wish();
      onClose();
    } catch (error) {
      setProblem(t(problemText(error)));
      setBusy(false);
    }
    // Also when it failed: somebody else may have been quicker.
    askAgain();
  };
  const dialog = { consultation, busy, problem, onClose };
  switch (change) {
    case 'reschedule':
      return (
        <RescheduleDialog
          {...dialog}
          now={now}
          onSave={(time) =>
            void run(async () =>
              (await staffHost()).consultations.reschedule({ consultationId, version, ...time }),
            )
          }
        />
      );
    case 'cancel':
      return (
        <CancelDialog
          {...dialog}
          onSave={({ reason }) =>
            void run(async () =>
              (await staffHost()).consultations.cancel({
                consultationId,
                version,
                ...(reason === undefined ? {} : { reason }),
              }),
            )
          }
        />
      );
    case 'correct':
      return (
        <CorrectDialog
          {...dialog}
          onSave={(names) =>
            void run(async () =>
              (await staffHost()).consultations.update({ consultationId, version, ...names }),
            )
          }
        />
      );
  }
}
