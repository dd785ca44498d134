/** The clinic's Supabase project as a destination: one insert a batch, into a table that takes each id once. */
import { WebSocket } from 'ws';
import type { Destination } from './destination.ts';
import type { OutboxEvent } from './outbox.ts';

export interface SupabaseProject {
  /** Without a path. */
  readonly url: string;
  /** Writes past row level security. */
  readonly serviceKey: string;
}

/** The table of `resources/supabase/migrations`. */
const table = 'consultation_events';
/** An answer that takes longer counts as none. ms */
const answerWithinMs = 30_000;

/**
 * The client is loaded here, so that a clinic without Supabase does not carry it.
 * Nothing is asked of the project before the first delivery.
 */
export async function connectSupabase(
  { url, serviceKey }: SupabaseProject,
  clinicId: string,
  answerWithin = answerWithinMs,
): Promise<Destination> {
  const { createClient } = await import('@supabase/supabase-js');
  const client = createClient(url, serviceKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    // Never opened; without a global WebSocket, as in Electron's older Node, the client is not even made without one.
    realtime: { transport: WebSocket as never },
  });
  return {
    async deliver(events, stop) {
      const limit = new AbortController();
      const abort = () => limit.abort();
      const timer = setTimeout(abort, answerWithin);
      stop.addEventListener('abort', abort);
      if (stop.aborted) abort();
      try {
        const { error, status } = await client
          .from(table)
          .upsert(
            events.map((event) => toRow(event, clinicId)),
            { onConflict: 'id', ignoreDuplicates: true },
          )
          .abortSignal(limit.signal)
          // The sender tries again by itself, and knows what it does not know.
          .retry(false);
        if (error === null) return { answer: 'taken' };
        if (limit.signal.aborted) {
          return { answer: 'failed', problem: 'unreachable', detail: `No answer within ${answerWithin} ms` };
        }
        return judge(status, error);
      } catch (error) {
        return { answer: 'failed', problem: 'unreachable', detail: String(error) };
      } finally {
        clearTimeout(timer);
        stop.removeEventListener('abort', abort);
      }
    },
  };
}

function toRow(event: OutboxEvent, clinicId: string) {
  return {
    id: event.id,
    clinic_id: clinicId,
    consultation_id: event.consultationId,
    generation: event.generation,
    sequence: event.sequence,
    kind: event.kind,
    at: event.at,
    data: event.data,
  };
}

/** SQLSTATE classes that blame a row: bad data, a constraint, a limit of size, a trigger of the clinic's own. */
const blamesRow = /^(22|23|54|P0)...$/;
/** The table or a column of it is not there, or not as here. */
const blamesSchema = /^(42...|PGRST2..|PGRST106)$/;
const longestDetail = 300;

/** Whose fault a failure is: that of a row, which is set aside, or of something that may be well again later. */
export function judge(
  status: number,
  { code, message }: { readonly code?: string; readonly message: string },
): Awaited<ReturnType<Destination['deliver']>> {
  // What Postgres adds as details quotes the row, so it is left out.
  const detail = [code, message].filter(Boolean).join(': ').slice(0, longestDetail);
  const state = code ?? '';
  if (status === 0) return { answer: 'failed', problem: 'unreachable', detail };
  // Permission denied, which Postgres counts among the faults of a statement.
  if (status === 401 || status === 403 || state === '42501')
    return { answer: 'failed', problem: 'key', detail };
  if (blamesRow.test(state) || status === 413) return { answer: 'refused', because: detail };
  if (blamesSchema.test(state)) return { answer: 'failed', problem: 'schema', detail };
  return { answer: 'failed', problem: 'unwell', detail: detail || `HTTP ${status}` };
}
