/** This computer's addresses. */
import { networkInterfaces } from 'node:os';

/** The address other computers of the network reach this one at; loopback when there is no network. */
export function lanAddress(): string {
  for (const addresses of Object.values(networkInterfaces())) {
    const address = addresses?.find((candidate) => candidate.family === 'IPv4' && !candidate.internal);
    if (address) return address.address;
  }
  return '127.0.0.1';
}
