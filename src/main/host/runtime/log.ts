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

export function createLog(options: { format: LogFormat; level: LogLevel; destination?: NodeJS.WritableStream }): Log {
  const destination = options.destination ?? process.stdout;
  const stream =
    options.format === 'json'
      ? destination
      : pretty({
          destination,
          colorize: false,
          sync: true,
          ignore: 'pid,hostname,level,scope',
          translateTime: 'SYS:yyyy-mm-dd HH:MM:ss',
          messageFormat: '[{scope}] {msg}',
          singleLine: false,
          customPrettifiers: { time: (time) => `[${String(time)}]` },
        });
  const root = pino({ level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
  return wrap(root, 'Host');
}

function wrap(logger: pino.Logger, scope: string): Log {
  const child = logger.child({ scope });
  return {
    debug: (message) => child.debug(message),
    info: (message) => child.info(message),
    warn: (message) => child.warn(message),
    error: (message, cause) => (cause === undefined ? child.error(message) : child.error({ err: cause }, message)),
    scope: (name) => wrap(logger, name),
  };
}
