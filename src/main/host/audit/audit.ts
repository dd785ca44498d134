/** Reads the audit log for whoever administers the clinic: finds entries, verifies them all, hands out the file to verify elsewhere. */
import { setImmediate as turn } from 'node:timers/promises';
import type { AuditEntry, AuditVerdict } from '../../../shared/contract/audit.ts';
import { entryOf, type Head } from './chain.ts';
import type { AuditStore } from './store.ts';
import type { AuditTrail } from './trail.ts';
import { ChainVerifier } from './verifier.ts';

/** Entries read at once: other work goes on between two reads. */
const atOnce = 2_000;
const defaultLimit = 100;

export interface AuditFilter {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly consultationId?: string | undefined;
  readonly operation?: string | undefined;
  readonly caller?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: number | undefined;
}

export class Audit {
  readonly #store: AuditStore;
  readonly #trail: Pick<AuditTrail, 'sign' | 'signExport' | 'publicKey'>;
  #verifying: Promise<AuditVerdict> | undefined;

  constructor(store: AuditStore, trail: Pick<AuditTrail, 'sign' | 'signExport' | 'publicKey'>) {
    this.#store = store;
    this.#trail = trail;
  }

  async list(filter: AuditFilter): Promise<{ entries: AuditEntry[]; nextCursor?: number }> {
    const limit = filter.limit ?? defaultLimit;
    const rows = await this.#store.search({
      ...filter,
      from: inUtc(filter.from),
      to: inUtc(filter.to),
      event: filter.operation,
      before: filter.cursor,
      limit: limit + 1,
    });
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return {
      entries: shown.map(({ line }) => entryOf(line)),
      ...(rows.length > limit && last !== undefined ? { nextCursor: last.number } : {}),
    };
  }

  /** From the first entry to the last. Who asks while it is being done hears the same answer. */
  async verify(): Promise<AuditVerdict & { publicKey: string }> {
    this.#verifying ??= this.#verify().finally(() => {
      this.#verifying = undefined;
    });
    return { ...(await this.#verifying), publicKey: this.#trail.publicKey };
  }

  /** One part of the file; without `until` the first, and the log is signed for it. */
  async export({ after = 0, until }: { after?: number | undefined; until?: number | undefined }) {
    const signed = until === undefined ? await this.#trail.sign() : undefined;
    const end = until ?? signed?.number ?? 0;
    const last = Math.min(end, after + atOnce);
    const lines = await this.#store.lines(after, last);
    if (signed !== undefined && after === 0) lines.unshift(this.#trail.signExport(signed));
    return {
      fileName: `auditoria-${new Date().toISOString().slice(0, 10)}.jsonl`,
      publicKey: this.#trail.publicKey,
      text: lines.map((line) => `${line}\n`).join(''),
      ...(last < end ? { next: { after: last, until: end } } : {}),
    };
  }

  async #verify(): Promise<AuditVerdict> {
    const end: Head = await this.#trail.sign();
    const verifier = new ChainVerifier(this.#trail.publicKey, end);
    for (let after = 0; after < end.number; after += atOnce) {
      for (const line of await this.#store.lines(after, Math.min(end.number, after + atOnce)))
        verifier.add(line);
      await turn();
    }
    return verifier.end();
  }
}

function inUtc(time: string | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}
