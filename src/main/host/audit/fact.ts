/** What an entry of the audit log says, before it has a number; made from who calls and what they ask. */
import * as z from 'zod';
import type { Caller } from '../../../shared/access/access.ts';
import { consultationIdOf } from '../../../shared/consultation/consultation.ts';
import {
  type AuditCaller,
  type AuditDetail,
  type AuditEntry,
  auditDetails,
  auditEntrySchema,
} from '../../../shared/contract/audit.ts';
import { idSchema, type OperationMeta } from '../../../shared/contract/operation.ts';

export interface Fact extends Omit<AuditEntry, 'number' | 'at'> {
  readonly detail?: AuditDetail | undefined;
}

/** As it is left for the host by somebody who does not keep the log. */
export const factSchema: z.ZodType<Fact> = auditEntrySchema
  .omit({ number: true, at: true })
  .extend({ detail: z.enum(auditDetails).optional() });

/** A backup was put in the place of the clinic's data: the log goes on from the one in the backup. */
export const restoreEvent = 'backup.restore';

/** The clinic itself, without saying who: its own window, or a command on its computer. */
export const clinicItself: AuditCaller = { role: 'admin' };

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
