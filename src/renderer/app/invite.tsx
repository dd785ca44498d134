/** The invitation sheet with its data: the patient's exists already, an observer's is made when asked for. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Consultation } from '../../shared/contract/contract.ts';
import {
  InvitationDialog,
  type InvitationLinks,
  type InvitedRole,
} from '../screens/clinic/invitation-dialog.tsx';
import { copyText, desktopShell, staffHost } from './hosts.ts';
import { problemText } from './problems.ts';
import { useStaff } from './staff/staff-door.tsx';

export interface InviteProps {
  readonly consultation: Consultation;
  readonly stage?: boolean;
  readonly initialRole?: InvitedRole;
  readonly onEnter?: (() => void) | undefined;
  readonly onClose: () => void;
}

export function Invite({
  consultation,
  stage = false,
  initialRole = 'patient',
  onEnter,
  onClose,
}: InviteProps) {
  const { t } = useTranslation();
  const { self } = useStaff();
  const [role, setRole] = useState(initialRole);
  const [made, setMade] = useState<Partial<Record<InvitedRole, InvitationLinks>>>(
    consultation.invitation ? { patient: consultation.invitation } : {},
  );
  const [problem, setProblem] = useState<string>();
  const { consultationId } = consultation;
  const missing = made[role] === undefined;

  useEffect(() => {
    if (!missing) return;
    let current = true;
    setProblem(undefined);
    staffHost()
      .then((client) => client.invitations.create({ consultationId, role }))
      .then(
        (invitation) => current && setMade((before) => ({ ...before, [role]: invitation })),
        (error: unknown) => current && setProblem(t(problemText(error))),
      );
    return () => {
      current = false;
    };
  }, [missing, role, consultationId, t]);

  const print = () => {
    const shell = desktopShell();
    if (shell) void shell.then((desktop) => desktop.windows.print()).catch(() => window.print());
    else window.print();
  };
  return (
    <InvitationDialog
      invited={role}
      onInvited={setRole}
      invitation={made[role]}
      problem={problem}
      clinicName={self?.clinicName ?? ''}
      patientName={consultation.patientName}
      doctorName={consultation.doctorName}
      scheduledAt={consultation.scheduledAt}
      stage={stage}
      onCopy={copyText}
      onPrint={print}
      onEnter={onEnter}
      onClose={onClose}
    />
  );
}
