/** Asks the host for the audit log, has it verified, and saves it as a file. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AuditEntry, AuditVerdict } from '../../../shared/contract/audit.ts';
import { addDays, startOfDay } from '../../components/calendar.ts';
import { type AuditFilters, AuditScreen, type AuditSpan } from '../../screens/clinic/audit-screen.tsx';
import { copyText, staffHost } from '../hosts.ts';
import { usePolled } from '../polled.ts';
import { problemText } from '../problems.ts';
import { saveFile } from '../save-file.ts';
import { useSettled } from '../settled.ts';

/** It grows all the time, and nobody waits for the newest. */
const pause = 15_000;
const pageSize = 50;
const mostAtOnce = 500;
/** Between two letters of an id, ms. */
const settleMs = 300;

const spanDays: Readonly<Record<AuditSpan, number | undefined>> = {
  day: 0,
  week: 6,
  month: 29,
  all: undefined,
};

export function Audit() {
  const { t } = useTranslation();
  const [filters, setFilters] = useState<AuditFilters>({
    span: 'week',
    event: '',
    consultationId: '',
    caller: '',
  });
  const [limit, setLimit] = useState(pageSize);
  const [busy, setBusy] = useState<'verifying' | 'exporting'>();
  const [verdict, setVerdict] = useState<AuditVerdict & { publicKey: string }>();
  const [failure, setFailure] = useState<string>();
  const asked = useSettled(JSON.stringify(filters), settleMs);
  const list = usePolled(() => ask(JSON.parse(asked) as AuditFilters, limit), pause, `${limit} ${asked}`);
  const [shown, setShown] = useState<{ readonly asked: string; readonly entries: readonly AuditEntry[] }>();
  // While a longer list is on its way, the shorter one stays.
  if (list.data && shown?.entries !== list.data.entries) setShown({ asked, entries: list.data.entries });

  const run = async (what: 'verifying' | 'exporting', work: () => Promise<void>) => {
    setBusy(what);
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      setFailure(t(problemText(error)));
    }
    setBusy(undefined);
  };

  return (
    <AuditScreen
      filters={filters}
      onFilters={(next) => {
        setFilters(next);
        setLimit(pageSize);
      }}
      entries={list.data?.entries ?? (shown?.asked === asked ? shown.entries : undefined)}
      problem={list.error === undefined ? undefined : t(problemText(list.error))}
      onRetry={list.refresh}
      onMore={
        list.data?.nextCursor !== undefined && limit < mostAtOnce
          ? () => setLimit(Math.min(mostAtOnce, limit * 3))
          : undefined
      }
      busy={busy}
      verdict={verdict}
      failure={failure}
      onVerify={() => void run('verifying', async () => setVerdict(await (await staffHost()).audit.verify()))}
      onExport={() => void run('exporting', saveExport)}
      onCopy={copyText}
    />
  );
}

async function ask({ span, event, consultationId, caller }: AuditFilters, limit: number) {
  const days = spanDays[span];
  return (await staffHost()).audit.list({
    limit,
    ...(days === undefined ? {} : { from: addDays(startOfDay(new Date()), -days).toISOString() }),
    ...(event === '' ? {} : { operation: event }),
    ...(consultationId.trim() === '' ? {} : { consultationId: consultationId.trim() }),
    ...(caller.trim() === '' ? {} : { caller: caller.trim() }),
  });
}

async function saveExport(): Promise<void> {
  const { audit } = await staffHost();
  const parts: string[] = [];
  let name = '';
  for (let next: { after?: number; until?: number } | undefined = {}; next !== undefined; ) {
    const part: Awaited<ReturnType<typeof audit.export>> = await audit.export(next);
    parts.push(part.text);
    name = part.fileName;
    next = part.next;
  }
  saveFile(new Blob(parts, { type: 'application/x-ndjson' }), name);
}
