/** The host inside the app: started once, started again on request after a failure, stopped with the app. */
import type { HostState } from '../../shared/contract/desktop.ts';
import type { HostHandle } from '../host/host.ts';
import { hostFailureOf } from '../host/runtime/host-failure.ts';
import { hostFailureText } from './host-failure-texts.ts';
import type { Texts } from './texts.ts';

export interface EmbeddedHost {
  readonly state: HostState;
  /** The running host; starts it when it is not running. @throws Error that says what to do. */
  get(): Promise<HostHandle>;
  onState(listener: (state: HostState) => void): void;
  close(): Promise<void>;
}

export interface EmbeddedHostOptions {
  /** Reads the settings anew and starts. @throws ConfigError, PortTakenError, or an Error that says what to correct */
  readonly start: () => Promise<HostHandle>;
  readonly texts: Texts;
}

export function createEmbeddedHost({ start, texts }: EmbeddedHostOptions): EmbeddedHost {
  const listeners: ((state: HostState) => void)[] = [];
  let state: HostState = { name: 'starting' };
  let starting: Promise<HostHandle> | undefined;
  let closed = false;

  function setState(next: HostState): void {
    state = next;
    for (const listener of listeners) listener(next);
  }

  async function startOnce(): Promise<HostHandle> {
    setState({ name: 'starting' });
    try {
      const handle = await start();
      setState({ name: 'running', url: handle.url });
      return handle;
    } catch (cause) {
      starting = undefined;
      const failure = hostFailureOf(cause);
      const message = hostFailureText(failure, texts);
      setState({ name: 'failed', reason: failure.reason, message, detail: failure.detail });
      throw new Error(message, { cause });
    }
  }

  return {
    get state() {
      return state;
    },
    get: () => {
      if (closed) return Promise.reject(new Error('The app is closing.'));
      starting ??= startOnce();
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
