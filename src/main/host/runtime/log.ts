/** The host's log: seed's format on a terminal, JSON lines for machines. Never give it names, texts, tokens or keys. */
import pino from 'pino';
import pretty from 'pino-pretty';

export type LogFormat = 'terminal' | 'json';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** One part's log: `[LiveKit] Service initialized` has the scope LiveKit. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  /** `cause` is for unexpected failures only: its stack is written, and must not carry personal data. */
  error(message: string, cause?: unknown): void;
  scope(name: string): Log;
}

export function createLog(options: {
  format: LogFormat;
  level: LogLevel;
  destination?: NodeJS.WritableStream;
}): Log {
  const destination = options.destination ?? process.stdout;
  const root = pino(
    { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    options.format === 'json' ? destination : { write: (line) => destination.write(formatForTerminal(line)) },
  );
  return wrap(root, 'Host');
}

/** Local wall-clock time as in `2025-10-05 10:30:00`, which is what a person at the clinic compares with. */
function localTime(iso: string): string {
  const time = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

const formatForTerminal = pretty.prettyFactory({
  colorize: false,
  ignore: 'pid,hostname,level,scope,time',
  messageFormat: (entry) => `[${localTime(String(entry.time))}] [${entry.scope}] ${entry.msg}`,
});

function wrap(logger: pino.Logger, scope: string): Log {
  const child = logger.child({ scope });
  return {
    debug: (message) => child.debug(message),
    info: (message) => child.info(message),
    warn: (message) => child.warn(message),
    error: (message, cause) =>
      cause === undefined ? child.error(message) : child.error({ err: cause }, message),
    scope: (name) => wrap(logger, name),
  };
}
