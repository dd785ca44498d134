/** The host's door on this computer: opened on its port, or said to be taken. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HostFailureError } from './host-failure.ts';

/** The port is in use; `port` names it. */
export class PortTakenError extends HostFailureError {
  override readonly name = 'PortTakenError';

  constructor(port: number) {
    super(
      'port-taken',
      `Port ${port} is in use by another program. Close that program (it may be AutaMedica itself), or set PORT to a free one.`,
      { port },
    );
  }
}

/** @throws PortTakenError */
export function listen(server: Server, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortTakenError(port) : error);
    });
    server.listen(port, address, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Ends also what is still open. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
