/** This computer's addresses and names on the clinic's network. */
import { BlockList, isIPv6 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

/** Addresses of local networks: RFC 1918, 3927, 4193, 4291, 6598. The clinic's certificates are good for these only. */
export const localNetworks: readonly string[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  'fc00::/7',
  'fe80::/10',
  '::1/128',
];

const local = new BlockList();
for (const range of localNetworks) {
  const [network = '', bits] = range.split('/');
  local.addSubnet(network, Number(bits), isIPv6(network) ? 'ipv6' : 'ipv4');
}

/** Where other computers of a local network reach this one, the likeliest first. IPv4: people read them aloud. */
export function lanAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ address, family, internal }) => family === 'IPv4' && !internal && local.check(address))
    .map(({ address }) => address);
}

/** The name this computer has on networks with multicast DNS (RFC 6762). */
export function localName(): string {
  return `${hostname().split('.')[0]?.toLowerCase() ?? 'autamedica'}.local`;
}

/**
 * What limits count an address as. A computer gives itself as many addresses of IPv6 as it likes, all of one network of 64 bits:
 * who counted each would count nothing.
 */
export function placeOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [plain = ''] = address.split('%', 1);
  if (!isIPv6(plain)) return address;
  const [head = '', tail] = plain.split('::', 2);
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const before = groups(head);
  // One group may be written as the last four bytes in decimals, which are never of the first four groups unless all are there.
  const after = tail === undefined ? [] : groups(tail);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const network = [...before, ...Array(zeros).fill('0'), ...after].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** How much each place holds; of one that holds nothing, nothing is kept. */
export class PlaceCount {
  readonly #held = new Map<string, number>();

  of(place: string): number {
    return this.#held.get(place) ?? 0;
  }

  add(place: string): void {
    this.#held.set(place, this.of(place) + 1);
  }

  take(place: string): void {
    const left = this.of(place) - 1;
    if (left > 0) this.#held.set(place, left);
    else this.#held.delete(place);
  }
}
