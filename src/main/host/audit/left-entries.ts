/** Entries by those who do not keep the log: by commands, beside a host that may run, and by restoring a backup, when none does. */
import type { Database } from '../storage/database.ts';
import { GroupCommit } from '../storage/group-commit.ts';
import { chainEntry, type Head } from './chain.ts';
import { clinicItself, type Fact, restoreEvent } from './fact.ts';
import { AuditStore } from './store.ts';

/** Leaves what a command does for the host, which takes it into the log within a minute or at its next start. */
export async function leaveEntry(database: Database, event: string, now: number): Promise<void> {
  const fact: Fact = { event, caller: clinicItself, detail: 'by-command', outcome: 'ok' };
  await new GroupCommit(database).run((transaction) =>
    new AuditStore(database).leave(transaction, new Date(now).toISOString(), fact),
  );
}

/**
 * The first entry after a backup was restored: it follows the last one in the backup, and says where the log ended that was there before.
 * @param replaced undefined when that is not known, or there was none.
 */
export async function recordRestore(
  database: Database,
  replaced: Head | undefined,
  now: number,
): Promise<void> {
  const store = new AuditStore(database);
  const { head } = await store.last();
  const fact: Fact = {
    event: restoreEvent,
    caller: clinicItself,
    ...(replaced === undefined ? {} : { replaced }),
    outcome: 'ok',
  };
  const chained = chainEntry(head, { ...fact, at: new Date(now).toISOString() });
  await new GroupCommit(database).run((transaction) =>
    store.append(transaction, [{ number: chained.head.number, line: chained.line }]),
  );
}
