/** One client's connection through the door: its WebSocket and LiveKit's, tied together until either ends. */
import { WebSocket } from 'ws';
import { filterSignal, type SignalFilter } from './signal-filter.ts';

/** More than this waiting for a client that does not read ends its connection, in bytes. */
const unreadAtMost = 4 * 1024 * 1024;

export class RtcTunnel {
  /** Resolves when both sides are gone. */
  readonly ended: Promise<void>;
  readonly #client: WebSocket;
  readonly #backend: WebSocket;
  #heard = true;

  /** @param backend open and paused. */
  constructor(client: WebSocket, backend: WebSocket, filter: SignalFilter) {
    this.#client = client;
    this.#backend = backend;
    this.ended = Promise.all([closing(client), closing(backend)]).then(() => {});

    client.on('pong', () => {
      this.#heard = true;
    });
    client.on('message', (data, isBinary) => {
      // LiveKit would answer a text in text, past the filter; its clients speak binary.
      if (isBinary) forward(backend, data as Buffer);
      else this.#refuse(1003, 'send binary messages');
    });
    // One after the other, so that the order stays.
    let last = Promise.resolve();
    backend.on('message', (data, isBinary) => {
      last = last
        .then(async () => {
          if (!isBinary) throw new Error('LiveKit sent a text');
          forward(client, await filterSignal(data as Buffer, filter));
        })
        .catch(() => this.#refuse(1011, 'unreadable message'));
    });

    client.on('close', (code, reason) => passOn(backend, code, reason));
    // After what LiveKit said last, such as why it ends.
    backend.on('close', (code, reason) => void last.then(() => passOn(client, code, reason)));
    // An error is followed by close, which is what ends the other side.
    client.on('error', () => {});
    backend.on('error', () => {});
    if (backend.readyState === WebSocket.OPEN) backend.resume();
    else passOn(client, 1006, Buffer.alloc(0));
  }

  /** Ends a client that is gone without a word: it has not answered since the last beat. */
  beat(): void {
    if (!this.#heard) {
      this.end();
      return;
    }
    this.#heard = false;
    if (this.#client.readyState === WebSocket.OPEN) this.#client.ping();
  }

  end(): void {
    this.#client.terminate();
    this.#backend.terminate();
  }

  #refuse(code: number, reason: string): void {
    this.#client.close(code, reason);
    this.#backend.close();
  }
}

function forward(to: WebSocket, data: Uint8Array): void {
  if (to.readyState !== WebSocket.OPEN) return;
  if (to.bufferedAmount > unreadAtMost) to.terminate();
  else to.send(data, { binary: true });
}

/** Ends one side as the other was ended. A side that broke off is reported as what it is, a service that went away. */
function passOn(to: WebSocket, code: number, reason: Buffer): void {
  if (to.readyState !== WebSocket.OPEN) return;
  if (code === 1005) to.close();
  else if (code === 1006 || code === 1015) to.close(1012, 'connection lost');
  else to.close(code, reason);
}

function closing(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState === WebSocket.CLOSED) resolve();
    else socket.once('close', () => resolve());
  });
}
