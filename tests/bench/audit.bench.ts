/**
 * What the audit log costs: verifying 100,000 entries, in the host and from the exported file, and a durable write with its entry
 * beside the very same write without one.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Audit } from '../../src/main/host/audit/audit.ts';
import { verifyExport } from '../../src/main/host/audit/offline.ts';
import { SigningKey } from '../../src/main/host/audit/signing-key.ts';
import { AuditStore } from '../../src/main/host/audit/store.ts';
import { AuditTrail } from '../../src/main/host/audit/trail.ts';
import { createLog } from '../../src/main/host/runtime/log.ts';
import { openDatabase } from '../../src/main/host/storage/database.ts';
import { GroupCommit } from '../../src/main/host/storage/group-commit.ts';
import { countFor } from './count-for.ts';
import { median, printTable, ratio } from './report.ts';

const runs = Number(process.env.BENCH_RUNS ?? 5);
const size = Number(process.env.BENCH_AUDIT_ENTRIES ?? 100_000);
const databaseKey = Buffer.alloc(32, 7).toString('base64url');
const fact = {
  event: 'consultation.update',
  caller: { role: 'clinician', kind: 'device', id: 'a-computer-of-the-clinic' },
  consultationId: 'consultation-of-the-measurement',
  outcome: 'ok',
} as const;

async function openLog(folder: string, name: string, audited: boolean) {
  const database = await openDatabase(join(folder, name), databaseKey);
  const commits = new GroupCommit(database);
  const key = SigningKey.of(databaseKey);
  const log = createLog({ format: 'json', level: 'silent' });
  const trail = audited
    ? await AuditTrail.open({ database, commits, key, log, now: () => Date.now() })
    : undefined;
  return { database, commits, trail };
}

/** A setting changed again and again: the smallest write there is, so the largest share that an entry can have. */
async function writesPerSecond(folder: string, audited: boolean, concurrency: number): Promise<number> {
  const { database, commits, trail } = await openLog(folder, `${audited}-${concurrency}.db`, audited);
  let value = 0;
  const write = () =>
    commits.run((transaction) =>
      transaction
        .insertInto('settings')
        .values({ name: 'measured', value: String(++value) })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: String(value) }))
        .execute(),
    );
  const { calls, seconds } = await countFor(() => (trail ? trail.during(fact, 'each', write) : write()), {
    warmUpMs: 500,
    measureMs: 2_000,
    concurrency,
  });
  await trail?.close();
  await database.destroy();
  return calls / seconds;
}

async function inFolder<R>(work: (folder: string) => Promise<R>): Promise<R> {
  const folder = await mkdtemp(join(tmpdir(), 'autamedica-audit-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

const costs: string[][] = [];
for (const concurrency of [1, 16]) {
  const rates = { bare: [] as number[], audited: [] as number[] };
  for (let run = 0; run < runs; run += 1) {
    await inFolder(async (folder) => {
      rates.bare.push(await writesPerSecond(folder, false, concurrency));
      rates.audited.push(await writesPerSecond(folder, true, concurrency));
    });
  }
  const [bare, audited] = [median(rates.bare), median(rates.audited)];
  costs.push([
    `${concurrency} at a time`,
    `${bare.toFixed(0)}/s`,
    `${audited.toFixed(0)}/s`,
    `${((1_000 / audited - 1_000 / bare) * 1_000).toFixed(0)} µs`,
    ratio(bare, audited),
  ]);
}
printTable(
  'A durable write, without and with its audit entry',
  ['', 'without', 'with', 'costs', 'time'],
  costs,
);

await inFolder(async (folder) => {
  const { database, commits, trail } = await openLog(folder, 'clinic.db', true);
  if (trail === undefined) return;
  for (let written = 0; written < size; written += 5_000) {
    await Promise.all(
      Array.from({ length: 5_000 }, () =>
        trail.during(fact, 'each', () => commits.run(async () => undefined)),
      ),
    );
  }
  const audit = new Audit(new AuditStore(database), trail);
  const inHost: number[] = [];
  const offline: number[] = [];
  let bytes = 0;
  for (let run = 0; run < runs; run += 1) {
    inHost.push(await seconds(() => audit.verify()));
    const parts: string[] = [];
    for (let next: { after?: number; until?: number } | undefined = {}; next !== undefined; ) {
      const part: Awaited<ReturnType<Audit['export']>> = await audit.export(next);
      parts.push(part.text);
      next = part.next;
    }
    const text = parts.join('');
    bytes = Buffer.byteLength(text);
    const file = join(folder, 'export.jsonl');
    await writeFile(file, text);
    offline.push(
      await seconds(async () => {
        const verdict = await verifyExport(file, trail.publicKey);
        if (!verdict.sound || verdict.entries < size) throw new Error(JSON.stringify(verdict));
      }),
    );
  }
  printTable(
    `Verifying ${size} entries`,
    ['', 'took', 'entries per second', 'bytes of an entry'],
    [
      [
        'in the host, from the database',
        `${median(inHost).toFixed(2)} s`,
        (size / median(inHost)).toFixed(0),
        '',
      ],
      [
        'offline, from the exported file',
        `${median(offline).toFixed(2)} s`,
        (size / median(offline)).toFixed(0),
        (bytes / size).toFixed(0),
      ],
    ],
  );
  await trail.close();
  await database.destroy();
});
