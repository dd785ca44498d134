/** The one object the preload script gives a page, and how a page gets message ports through it. */

/** `host`: the host's contract, with the rights of the staff; windows of invited people are refused. `desktop`: the desktop shell's contract. */
export type PortName = 'host' | 'desktop';

export interface Bridge {
  /** `process.platform`. */
  readonly platform: string;
  /** What this window is for: `clinic` has the host's contract, `client` joins by an invitation. */
  readonly mode: 'clinic' | 'client';
  /** Origin of the clinic's host, in the staff's windows of a paired computer, which reach it over HTTP; else undefined. */
  readonly clinic: string | undefined;
  /**
   * Sends the page a port as a `PortMessage` with the same `request`. Pages call `openPort` instead.
   * @throws Error when this window may not have it, or the host did not start; the message says why.
   */
  readonly connectHost: (request: string) => Promise<void>;
  readonly connectDesktop: (request: string) => Promise<void>;
}

/** How a port arrives: on the window's `message` event, with the port in `ports[0]`. */
export interface PortMessage {
  readonly autamedicaPort: string;
}

declare global {
  interface Window {
    /** Present inside the desktop app only. */
    readonly autamedica?: Bridge;
  }
}

/**
 * Opens a message port to the host or to the desktop shell. The caller gives it to oRPC's `RPCLink` and calls `start()`.
 * @throws Error as `connectHost` does.
 */
export function openPort(bridge: Bridge, name: PortName): Promise<MessagePort> {
  const request = crypto.randomUUID();
  return new Promise((resolve, reject) => {
    const stop = () => window.removeEventListener('message', receive);
    const receive = (event: MessageEvent<Partial<PortMessage> | null>) => {
      const port = event.ports[0];
      if (event.source !== window || event.data?.autamedicaPort !== request || !port) return;
      stop();
      resolve(port);
    };
    window.addEventListener('message', receive);
    const connect = name === 'host' ? bridge.connectHost : bridge.connectDesktop;
    connect(request).catch((error: unknown) => {
      stop();
      reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
}
