/** What an entry of the audit log says, before it has a number; made from who calls and what they ask. */
import type { Caller } from '../../../shared/access/access.ts';
import { consultationIdOf } from '../../../shared/consultation/consultation.ts';
import type { AuditCaller, AuditEntry } from '../../../shared/contract/audit.ts';
import { idSchema, type OperationMeta } from '../../../shared/contract/operation.ts';

export type Fact = Omit<AuditEntry, 'number' | 'at'>;

/** The host itself. */
export const hostItself: AuditCaller = { role: 'host' };

export function participantCaller({
  role,
  identity,
}: Pick<ParticipantCaller, 'role' | 'identity'>): AuditCaller {
  return { role, kind: 'participant', id: identity };
}

/** @param input as it came, checked or not: of what is no id nothing is kept. */
export function operationFact(
  caller: Caller,
  { audit, target }: Pick<OperationMeta, 'audit' | 'target'>,
  input: unknown,
): Fact {
  const fields = (typeof input === 'object' && input !== null ? input : {}) as Readonly<
    Record<string, unknown>
  >;
  const consultationId =
    idFrom(fields.consultationId) ??
    idFrom(consultationIdOf(String(fields.roomName ?? ''))) ??
    ('consultationId' in caller ? caller.consultationId : undefined);
  const named = target === undefined ? undefined : idFrom(fields[target]);
  return {
    event: audit,
    caller: toAuditCaller(caller),
    ...(consultationId === undefined ? {} : { consultationId }),
    ...(named === undefined ? {} : { target: named }),
    outcome: 'ok',
  };
}

export function toAuditCaller(caller: Caller): AuditCaller {
  if ('identity' in caller) return participantCaller(caller);
  if ('staff' in caller && caller.staff) {
    return { role: caller.role, kind: caller.staff.kind, id: caller.staff.id };
  }
  return { role: caller.role };
}

type ParticipantCaller = Extract<Caller, { readonly identity: string }>;

function idFrom(value: unknown): string | undefined {
  return idSchema.safeParse(typeof value === 'number' ? String(value) : value).data;
}
