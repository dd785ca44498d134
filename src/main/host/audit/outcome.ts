/** What an entry of the audit log says of a failure: the code that the caller was given. */
import { ORPCError } from '@orpc/server';
import { errorCatalogue } from '../../../shared/contract/errors.ts';
import { refusalOf } from '../storage/failures.ts';

export function outcomeOf(error: unknown): string {
  if (error instanceof ORPCError && error.code in errorCatalogue) return error.code;
  return refusalOf(error).code;
}
