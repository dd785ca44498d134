/** Somebody in between: an address that speaks TLS by an authority of its own, and counts who says anything to it. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, createServerCertificate } from '../../src/main/host/network/certificates.ts';

export interface Impostor {
  readonly origin: string;
  /** Requests that were made to it. */
  heard(): number;
  close(): Promise<void>;
}

/** @param address of this computer. */
export async function startImpostor(address: string): Promise<Impostor> {
  const authority = await createAuthority('AutaMedica', Date.now());
  const { key, certificate } = await createServerCertificate(authority, [address], Date.now());
  let requests = 0;
  const server = createServer({ key, cert: `${certificate}\n${authority.certificate}` }, (_, response) => {
    requests += 1;
    response.end('<!doctype html><title>The clinic, it says</title>');
  });
  server.listen(0, address);
  await once(server, 'listening');
  return {
    origin: `https://${address}:${(server.address() as AddressInfo).port}`,
    heard: () => requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
