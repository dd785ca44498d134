/** What happens to a recording by itself, as the audit log has it. */
import type { AuditDetail } from '../../../shared/contract/audit.ts';
import { type Fact, hostItself } from '../audit/fact.ts';

/** @param what the second part of the event's name, as docs/audit.md lists it. */
export function recordingFact(
  { egressId, consultationId }: { readonly egressId: string; readonly consultationId: string },
  what: string,
  detail?: AuditDetail,
): Fact {
  return {
    event: `recording.${what}`,
    caller: hostItself,
    consultationId,
    target: egressId,
    ...(detail === undefined ? {} : { detail }),
    outcome: 'ok',
  };
}
