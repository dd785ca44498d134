/** What an S3-compatible server's refusal, or its silence, means for the people who look after it. */
import type { StorageProblemKind } from '../../../shared/contract/recording-storage.ts';
import { StorageError } from './object-store.ts';

const longestDetail = 300;

/** Error codes, of Amazon's list and of servers that have some of their own. */
const byCode: Readonly<Record<string, StorageProblemKind>> = {
  InvalidAccessKeyId: 'key',
  SignatureDoesNotMatch: 'key',
  InvalidToken: 'key',
  ExpiredToken: 'key',
  XAdminUserNotFound: 'key',
  AccessDenied: 'denied',
  AllAccessDisabled: 'denied',
  AccountProblem: 'denied',
  NoSuchBucket: 'bucket',
  PermanentRedirect: 'region',
  AuthorizationHeaderMalformed: 'region',
  RequestTimeTooSkewed: 'clock',
  RequestExpired: 'clock',
  QuotaExceeded: 'full',
  InsufficientStorage: 'full',
  EntityTooLarge: 'full',
  XMinioStorageFull: 'full',
  XMinioAdminBucketQuotaExceeded: 'full',
};
const byStatus: Readonly<Record<number, StorageProblemKind>> = {
  301: 'region',
  401: 'key',
  403: 'denied',
  507: 'full',
};
const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ERR_TLS/;
const lockedWords = /object.?lock|legal.?hold|retention|\bworm\b/i;

/** What of an error can be told: those of the client carry the server's code as their name. */
interface Told {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly cause?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

export function storageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const told = error as Told;
  const status = told.$metadata?.httpStatusCode;
  const kind = kindOf(told, status);
  const code = status === undefined ? told.code : told.name;
  const detail = [code === told.message ? undefined : code, told.message].filter(Boolean).join(': ');
  return new StorageError(kind, (detail || `HTTP ${status}`).slice(0, longestDetail), { cause: error });
}

/** The server's answer is one of these codes. */
export function isAnswer(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as Told).name);
}

/** The server does not have what was asked of it, whatever it is asked about. */
export function isNotOffered(error: unknown): boolean {
  return (
    (error as Told).$metadata?.httpStatusCode === 501 || isAnswer(error, 'NotImplemented', 'MethodNotAllowed')
  );
}

function kindOf(told: Told, status: number | undefined): StorageProblemKind {
  if (status === undefined) return untrusted.test(told.code ?? '') ? 'certificate' : 'unreachable';
  const kind = byCode[told.name] ?? byStatus[status] ?? 'unwell';
  return kind === 'denied' && lockedWords.test(told.message) ? 'locked' : kind;
}
