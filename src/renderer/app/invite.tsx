/** The invitation sheet with its data: what stands is shown, and where nothing stands one is made. */
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Consultation } from '../../shared/contract/contract.ts';
import type { Invitation } from '../../shared/contract/invitations.ts';
import type { HostClient } from '../host-client/index.ts';
import { InvitationDialog, type InvitedRole } from '../screens/clinic/invitation-dialog.tsx';
import { copyText, printPage, staffHost } from './hosts.ts';
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
  const [problem, setProblem] = useState<string>();
  /** Everything that stands, newest first; undefined before the host has answered. */
  const [standing, setStanding] = useState<readonly Invitation[]>();
  const [revoked, setRevoked] = useState<ReadonlySet<InvitedRole>>(new Set());
  const { consultationId } = consultation;

  const attempt = useCallback(
    async (what: (client: HostClient) => Promise<unknown>) => {
      setProblem(undefined);
      try {
        const client = await staffHost();
        await what(client);
        const all = await client.invitations.list({ consultationId });
        setStanding(all.filter((one) => one.standing === 'standing'));
      } catch (error) {
        setProblem(t(problemText(error)));
      }
    },
    [consultationId, t],
  );
  useEffect(() => void attempt(async () => {}), [attempt]);

  const [invitation, ...others] = standing?.filter((one) => one.role === role) ?? [];
  const missing = standing !== undefined && invitation === undefined && !revoked.has(role);
  useEffect(() => {
    if (missing) void attempt((client) => client.invitations.create({ consultationId, role }));
  }, [missing, attempt, consultationId, role]);

  return (
    <InvitationDialog
      invited={role}
      onInvited={setRole}
      invitation={
        invitation ?? (role === 'patient' && standing === undefined ? consultation.invitation : undefined)
      }
      revoked={revoked.has(role) && invitation === undefined}
      others={others}
      onRevoke={(code) => {
        setRevoked((before) => new Set(before).add(role));
        void attempt((client) => client.invitations.revoke({ consultationId, code }));
      }}
      onAnother={() => void attempt((client) => client.invitations.create({ consultationId, role }))}
      problem={problem}
      clinicName={self?.clinicName ?? ''}
      patientName={consultation.patientName}
      doctorName={consultation.doctorName}
      scheduledAt={consultation.scheduledAt}
      stage={stage}
      onCopy={copyText}
      onPrint={printPage}
      onEnter={onEnter}
      onClose={onClose}
    />
  );
}
