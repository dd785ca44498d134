/**
 * What comes in while a host starts. Its port is open before anybody behind it can answer, and Node leaves a request that nobody
 * listens for without any answer: a client that comes back in that moment would wait for as long as it has patience.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export interface EarlyArrivals {
  /** Hands on what is there to those who listen now; later arrivals are theirs. */
  release(): void;
  /** Nobody will ever answer. */
  drop(): void;
}

/** @param server that nobody listens to yet. */
export function holdEarlyArrivals(server: Server): EarlyArrivals {
  let over = false;
  const held: (() => void)[] = [];
  const sockets: Duplex[] = [];
  const request = (message: IncomingMessage, response: ServerResponse) => {
    // Socket.io goes on calling those who listened before it.
    if (!over) held.push(() => server.emit('request', message, response));
  };
  const upgrade = (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node has let go of the socket: without a listener its error would end the host.
    socket.on('error', () => socket.destroy());
    sockets.push(socket);
    held.push(() => server.emit('upgrade', message, socket, head));
  };
  const end = () => {
    over = true;
    server.off('request', request).off('upgrade', upgrade);
    return held.splice(0);
  };
  server.on('request', request).on('upgrade', upgrade);
  return {
    release: () => {
      for (const handOn of end()) handOn();
      sockets.length = 0;
    },
    drop: () => {
      end();
      for (const socket of sockets.splice(0)) socket.destroy();
    },
  };
}
