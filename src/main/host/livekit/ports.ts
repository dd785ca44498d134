/** Ports for the embedded server: LiveKit's usual ones where free, else any. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

export interface ServerPorts {
  /** TCP, signalling and API, loopback only. */
  readonly signalling: number;
  /** UDP, all media through this one. */
  readonly media: number;
}

const usual: ServerPorts = { signalling: 7880, media: 7882 };

/** Found by binding them for a moment; somebody may still be faster, so the caller tries again when a start fails. */
export async function freePorts(): Promise<ServerPorts> {
  const [signalling, media] = await Promise.all([freeTcp(usual.signalling), freeUdp(usual.media)]);
  return { signalling, media };
}

async function freeTcp(preferred: number): Promise<number> {
  const probe = async (port: number) => {
    const server = createServer();
    server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    const { port: bound } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return bound;
  };
  return probe(preferred).catch(() => probe(0));
}

async function freeUdp(preferred: number): Promise<number> {
  const probe = async (port: number) => {
    const socket = createSocket('udp4');
    socket.bind({ port, address: '0.0.0.0', exclusive: true });
    await once(socket, 'listening');
    const { port: bound } = socket.address();
    socket.close();
    await once(socket, 'close');
    return bound;
  };
  return probe(preferred).catch(() => probe(0));
}
