/** Who of a consultation somebody speaks for: the clinic's windows and programs for its doctor, whose token they can have; everybody else for themselves. */
import type { Caller } from '../../../shared/access/access.ts';
import type { StoredConsultation } from '../consultations/store.ts';

export function speakerOf(caller: Caller, { doctorId }: Pick<StoredConsultation, 'doctorId'>): string {
  return 'identity' in caller ? caller.identity : doctorId;
}
