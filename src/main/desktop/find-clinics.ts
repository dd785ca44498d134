/** The clinics that announce themselves on this computer's networks. Anybody can announce anything there: what is found is an address to try, never a proof. */
import { isIPv4 } from 'node:net';
import createMulticast, { type ResponsePacket } from 'multicast-dns';
import type { FoundClinic } from '../../shared/contract/desktop.ts';
import { serviceType } from '../host/network/announcement.ts';

/** How long answers are waited for, ms. RFC 6762 has computers answer within 120. */
const listenMs = 1_000;
/** More than any building has; a network that shouts more is not listened to further. */
const mostClinics = 20;

/** @param addresses of this computer: each of its networks is asked. */
export async function findClinics(addresses: readonly string[]): Promise<FoundClinic[]> {
  const found = new Map<string, FoundClinic>();
  const networks = addresses.filter(isIPv4).map((address) => {
    const network = createMulticast({ interface: address, bind: '0.0.0.0' });
    // A network that cannot be asked has no clinics for us.
    network.on('error', () => undefined);
    network.on('warning', () => undefined);
    network.on('response', (packet) => {
      for (const clinic of clinicsIn(packet)) {
        if (found.size < mostClinics) found.set(clinic.fingerprint + clinic.address, clinic);
      }
    });
    network.query({ questions: [{ name: serviceType, type: 'PTR' }] });
    return network;
  });
  await new Promise((resolve) => setTimeout(resolve, networks.length > 0 ? listenMs : 0));
  await Promise.all(networks.map((network) => new Promise<void>((done) => network.destroy(() => done()))));
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** Strictly read: what is not whole, or not an address of a network, is left aside. */
export function clinicsIn({
  answers = [],
  additionals = [],
}: Pick<ResponsePacket, 'answers' | 'additionals'>): FoundClinic[] {
  const records = [...answers, ...additionals];
  return records.flatMap((record) => {
    if (record.type !== 'SRV' || !record.ttl || !record.name.toLowerCase().endsWith(`.${serviceType}`))
      return [];
    const { target, port } = record.data;
    const address = records.find((one) => one.type === 'A' && one.name === target);
    const text = records.find((one) => one.type === 'TXT' && one.name === record.name);
    if (address?.type !== 'A' || text?.type !== 'TXT') return [];
    const facts = textFacts(text.data);
    const [fingerprint, name] = [facts.get('fp') ?? '', spoken(facts.get('name') ?? '')];
    if (!isIPv4(address.data) || !(port > 0 && port <= 65_535)) return [];
    if (!/^[0-9a-f]{64}$/.test(fingerprint) || name === '') return [];
    return [{ name, address: `https://${address.data}:${port}`, fingerprint }];
  });
}

function textFacts(data: string | Buffer | readonly (string | Buffer)[]): ReadonlyMap<string, string> {
  const lines = (Array.isArray(data) ? data : [data]).map(String);
  return new Map(
    lines.map((line) => {
      const [key = '', ...value] = line.split('=');
      return [key.toLowerCase(), value.join('=')] as const;
    }),
  );
}

/** A name for people to read: no line breaks, nothing that turns the writing round. */
function spoken(text: string): string {
  return text
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 120);
}
