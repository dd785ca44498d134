/** Why a host does not start: a code that each program puts into its own words, and what fills them. */
export const hostFailureReasons = [
  'port-taken',
  'bad-setting',
  /** A page of the database cannot be read. */
  'database-damaged',
  /** There are backups and no database. */
  'database-missing',
  /** The database does not open with the clinic's keys. */
  'database-of-other-keys',
  'newer-schema',
  'keys-missing',
  'keys-unreadable',
  'keys-damaged',
  /** Sealed by a keyring that did not give them out. */
  'keys-in-keyring',
  /** Sealed by another SECRETS_KEY, or by one that is not set. */
  'keys-sealed',
  'disk-full',
  'folder-not-writable',
  'other',
] as const;
export type HostFailureReason = (typeof hostFailureReasons)[number];

export interface HostFailureFacts {
  readonly port?: number;
  /** The file or folder it is about. */
  readonly path?: string;
  /** The newest backup, where the clinic's data cannot be used as it is. */
  readonly backup?: { readonly createdAt: string; readonly folder: string };
}

export interface HostFailure extends HostFailureFacts {
  readonly reason: HostFailureReason;
  /** In English, for whoever looks after the computer. */
  readonly detail: string;
}
