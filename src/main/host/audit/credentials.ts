/** Credentials that a door refuses before any operation is asked for: each refusal is recorded, and counted when it comes again and again. */
import type { Caller } from '../../../shared/access/access.ts';
import { CatalogueError, type ErrorCode } from '../../../shared/contract/errors.ts';
import { toAuditCaller } from './fact.ts';
import type { AuditTrail } from './trail.ts';

/** A credential was made here and its holder is known, but it is not good any more. */
export class KnownCallerError extends CatalogueError {
  readonly caller: Caller;

  constructor(code: ErrorCode, caller: Caller, details?: unknown) {
    super(code, details);
    this.caller = caller;
  }
}

/** What is wrong with a credential. Everything else that can go wrong at a door says nothing of who knocked. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  'UNAUTHENTICATED',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'DEVICE_REVOKED',
  'REMOVED',
  'NO_STAFF_ROLE',
]);

/** Where a credential was shown. */
export type CredentialDoor = 'request' | 'signaling' | 'video-server';

/** Whose credential a door was shown, as `identify` says; a refusal is recorded on its way out. */
export type WatchCredential = <R>(door: CredentialDoor, identify: () => Promise<R>) => Promise<R>;

export function watchCredentials(trail: Pick<AuditTrail, 'refused'>): WatchCredential {
  return async (door, identify) => {
    try {
      return await identify();
    } catch (error) {
      if (error instanceof CatalogueError && refusals.has(error.code)) {
        const caller: Caller = error instanceof KnownCallerError ? error.caller : { role: 'anyone' };
        trail.refused({
          event: 'credential.refused',
          caller: toAuditCaller(caller),
          ...('consultationId' in caller ? { consultationId: caller.consultationId } : {}),
          detail: door,
          outcome: error.code,
        });
      }
      throw error;
    }
  };
}
