/** Turns the embedded server's log lines into ours, without the identities, addresses and tokens it writes. */
import type { Log } from '../runtime/log.ts';

const token = /eyJ[\w-]+(?:\.[\w-]+){1,2}/g;
/** Fields whose values name a person or where they are. */
const personal = [
  'participant',
  'identity',
  'participantIdentity',
  'name',
  'token',
  'remoteAddr',
  'clientIP',
  'address',
];

export interface ServerLogLine {
  readonly level: 'warn' | 'error';
  readonly text: string;
}

/** One line of the server's output; anything that is not its JSON is what it says when it cannot start. */
export function readServerLine(line: string): ServerLogLine | undefined {
  if (line.trim() === '') return undefined;
  let entry: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    entry = parsed as Record<string, unknown>;
  } catch {
    return { level: 'warn', text: line.replace(token, '[token]') };
  }
  let text = [entry.msg, entry.error].filter((part) => typeof part === 'string' && part !== '').join(': ');
  for (const field of personal) {
    const value = entry[field];
    if (typeof value === 'string' && value.length > 1) text = text.replaceAll(value, `[${field}]`);
  }
  return { level: entry.level === 'error' ? 'error' : 'warn', text: text.replace(token, '[token]') };
}

export function writeServerLine(log: Log, line: ServerLogLine): void {
  if (line.level === 'error') log.error(`livekit-server: ${line.text}`);
  else log.warn(`livekit-server: ${line.text}`);
}
