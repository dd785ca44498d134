/** What SQLite says when the disk takes no more, as an error that people can act on. */
import { CatalogueError } from '../../../shared/contract/errors.ts';

/** SQLITE_FULL is a full disk; the others are what a full, limited or failing one answers to a write. */
const unwritable = /^SQLITE_(FULL|IOERR_(WRITE|FSYNC|DIR_FSYNC|TRUNCATE|SHMSIZE|SHMOPEN|SHMMAP)|READONLY.*)$/;
const fullDisk = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** The catalogue's error for a failed write, or undefined when it is about something else. */
export function storageFailure(error: unknown): CatalogueError | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return unwritable.test(code) || fullDisk.has(code) ? new CatalogueError('STORAGE_FULL') : undefined;
}

/** What a caller is told of a failure: its own code, that the disk takes no more, or that the host is at fault. */
export function refusalOf(error: unknown): CatalogueError {
  if (error instanceof CatalogueError) return error;
  return storageFailure(error) ?? new CatalogueError('INTERNAL_ERROR');
}
