/** Errors that keep a host from starting, and which code of the contract each has. */
import type {
  HostFailure,
  HostFailureFacts,
  HostFailureReason,
} from '../../../shared/contract/host-failure.ts';

/** The message says in English what to do; programs with a language of their own go by the reason. */
export class HostFailureError extends Error {
  override readonly name: string = 'HostFailureError';
  readonly reason: HostFailureReason;
  readonly facts: HostFailureFacts;

  constructor(
    reason: HostFailureReason,
    message: string,
    { cause, ...facts }: HostFailureFacts & { readonly cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.reason = reason;
    this.facts = facts;
  }
}

const fullDisk = /^(ENOSPC|EDQUOT|EFBIG|SQLITE_FULL|SQLITE_IOERR_(WRITE|FSYNC|TRUNCATE|SHM.*))$/;
const notWritable = /^(EACCES|EPERM|EROFS|ENOTDIR|SQLITE_(READONLY.*|CANTOPEN.*|PERM))$/;

/** Why a host did not start, from what it threw. */
export function hostFailureOf(error: unknown): HostFailure {
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof HostFailureError) return { ...error.facts, reason: error.reason, detail };
  const { code, path } = (error ?? {}) as { code?: unknown; path?: unknown };
  const about = typeof path === 'string' ? { path } : {};
  if (typeof code === 'string' && fullDisk.test(code)) return { reason: 'disk-full', detail, ...about };
  if (typeof code === 'string' && notWritable.test(code))
    return { reason: 'folder-not-writable', detail, ...about };
  return { reason: 'other', detail };
}
