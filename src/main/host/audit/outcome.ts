/** What an entry of the audit log says of a failure: the code that the caller was given. */
import { ORPCError } from '@orpc/server';
import { CatalogueError, errorCatalogue } from '../../../shared/contract/errors.ts';
import { storageFailure } from '../storage/failures.ts';

export function outcomeOf(error: unknown): string {
  if (error instanceof CatalogueError) return error.code;
  if (error instanceof ORPCError && error.code in errorCatalogue) return error.code;
  return storageFailure(error)?.code ?? 'INTERNAL_ERROR';
}
