/** The host inside the app: started once, started again on request after a failure, stopped with the app. */
import type { HostState } from '../../shared/contract/desktop.ts';
import type { HostHandle } from '../host/host.ts';
import { ConfigError, type HostConfig } from '../host/runtime/config.ts';
import type { Texts } from './texts.ts';

export interface EmbeddedHost {
  readonly state: HostState;
  /** The running host; starts it when it is not running. @throws Error that says what to do. */
  get(): Promise<HostHandle>;
  onState(listener: (state: HostState) => void): void;
  close(): Promise<void>;
}

export interface EmbeddedHostOptions {
  /** Reads the settings anew at each start. @throws ConfigError */
  readonly loadConfig: () => HostConfig;
  readonly startHost: (config: HostConfig) => Promise<HostHandle>;
  readonly texts: Texts;
}

export function createEmbeddedHost({ loadConfig, startHost, texts }: EmbeddedHostOptions): EmbeddedHost {
  const listeners: ((state: HostState) => void)[] = [];
  let state: HostState = { name: 'starting' };
  let starting: Promise<HostHandle> | undefined;
  let closed = false;

  function setState(next: HostState): void {
    state = next;
    for (const listener of listeners) listener(next);
  }

  async function start(): Promise<HostHandle> {
    setState({ name: 'starting' });
    let port = 0;
    try {
      const config = loadConfig();
      port = config.port;
      const handle = await startHost(config);
      setState({ name: 'running', url: handle.url });
      return handle;
    } catch (cause) {
      starting = undefined;
      const failure = failureOf(cause, port, texts);
      setState(failure);
      throw new Error(failure.message, { cause });
    }
  }

  return {
    get state() {
      return state;
    },
    get: () => {
      if (closed) return Promise.reject(new Error('The app is closing.'));
      starting ??= start();
      return starting;
    },
    onState: (listener) => {
      listeners.push(listener);
    },
    close: async () => {
      closed = true;
      const handle = await starting?.catch(() => undefined);
      await handle?.close();
    },
  };
}

type FailedState = Extract<HostState, { name: 'failed' }>;

function failureOf(cause: unknown, port: number, texts: Texts): FailedState {
  const detail = cause instanceof Error ? cause.message : String(cause);
  // By name: the host is loaded only when it starts, and with it the class.
  if (cause instanceof Error && cause.name === 'PortTakenError') {
    return { name: 'failed', reason: 'port-taken', message: texts.portTaken(port) };
  }
  if (cause instanceof ConfigError) {
    return { name: 'failed', reason: 'bad-setting', message: texts.badSetting(detail) };
  }
  return { name: 'failed', reason: 'other', message: texts.hostFailed(detail) };
}
