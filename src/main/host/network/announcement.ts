/** Tells the clinic's network where this host is, by multicast DNS (RFC 6762 and 6763), from when sharing is switched on until it is switched off. */
import { isIPv4 } from 'node:net';
import createMulticast, { type QueryPacket, type ResponseOutgoingPacket } from 'multicast-dns';

/** What clients look for. */
export const serviceType = '_autamedica._tcp.local';

export interface Announced {
  readonly clinicName: string;
  readonly port: number;
  /** Of this computer; each network is told the address it has there. IPv6 ones are left aside: clients ask by IPv4. */
  readonly addresses: readonly string[];
  /** SHA-256 of the clinic's authority, hexadecimal. */
  readonly fingerprint: string;
}

export interface Announcement {
  readonly announced: Announced;
  /** Takes it back: whoever heard it forgets it at once. */
  stop(): Promise<void>;
}

/** Seconds that others may remember it. */
const lifeSeconds = 120;
const allServices = '_services._dns-sd._udp.local';
/** The second of two announcements, for those who missed the first (RFC 6762 8.3), ms. */
const againMs = 1_000;

type Answers = Exclude<ResponseOutgoingPacket, readonly unknown[]>;

/** @param onProblem a network that cannot be told; the others are. */
export async function announce(
  announced: Announced,
  onProblem: (error: unknown) => void,
): Promise<Announcement> {
  const ends = await Promise.all(
    announced.addresses.filter(isIPv4).map((address) => announceAt(address, announced, onProblem)),
  );
  return {
    announced,
    stop: async () => {
      await Promise.all(ends.map((end) => end()));
    },
  };
}

async function announceAt(
  address: string,
  announced: Announced,
  onProblem: (error: unknown) => void,
): Promise<() => Promise<void>> {
  // Bound to every address, because a socket bound to one hears no multicast on Linux.
  const network = createMulticast({ interface: address, bind: '0.0.0.0' });
  network.on('warning', onProblem);
  const isReady = await new Promise<boolean>((resolve) => {
    network.once('ready', () => resolve(true));
    network.on('error', (error) => {
      onProblem(error);
      resolve(false);
    });
  });
  const tell = (answers: Answers) => network.respond(answers, (error) => error && onProblem(error));
  const destroy = () => new Promise<void>((resolve) => network.destroy(() => resolve()));
  if (!isReady) return destroy;
  network.on('query', (query) => {
    const answers = answerTo(query, address, announced);
    if (answers) tell(answers);
  });
  tell(recordsOf(address, announced, lifeSeconds));
  const again = setTimeout(() => tell(recordsOf(address, announced, lifeSeconds)), againMs);
  return async () => {
    clearTimeout(again);
    network.removeAllListeners('query');
    await new Promise<void>((resolve) => {
      network.respond(recordsOf(address, announced, 0), () => resolve());
    });
    await destroy();
  };
}

/** What a question is answered with; undefined when it is not for us, or the asker knows already. */
export function answerTo(
  { questions = [], answers: known = [] }: Pick<QueryPacket, 'questions' | 'answers'>,
  address: string,
  announced: Announced,
): Answers | undefined {
  const { service, instance, host } = namesOf(announced);
  const asked = questions.map(({ name }) => name.toLowerCase());
  if (asked.includes(allServices)) {
    return { answers: [{ name: allServices, type: 'PTR', ttl: lifeSeconds, data: service }] };
  }
  if (![service, instance, host].some((name) => asked.includes(name.toLowerCase()))) return undefined;
  const alreadyTold = known.some(
    (record) =>
      record.type === 'PTR' &&
      record.data.toLowerCase() === instance.toLowerCase() &&
      (record.ttl ?? 0) >= lifeSeconds / 2,
  );
  const onlyListed = asked.every((name) => name === service);
  return alreadyTold && onlyListed ? undefined : recordsOf(address, announced, lifeSeconds);
}

function recordsOf(address: string, announced: Announced, ttl: number): Answers {
  const { service, instance, host } = namesOf(announced);
  return {
    answers: [
      { name: service, type: 'PTR', ttl, data: instance },
      { name: instance, type: 'SRV', ttl, flush: true, data: { port: announced.port, target: host } },
      {
        name: instance,
        type: 'TXT',
        ttl,
        flush: true,
        data: ['txtvers=1', `name=${atMost(announced.clinicName, 200)}`, `fp=${announced.fingerprint}`],
      },
      { name: host, type: 'A', ttl, flush: true, data: address },
    ],
  };
}

/** Names that no other computer has: the fingerprint tells two clinics of one name apart. */
function namesOf({ clinicName, fingerprint }: Announced) {
  const short = fingerprint.slice(0, 8);
  // A dot would part the name in two.
  const label = atMost(clinicName.replaceAll('.', ' ').replace(/\s+/g, ' ').trim(), 50);
  return {
    service: serviceType,
    instance: `${label} (${short})`.trim().concat('.', serviceType),
    host: `autamedica-${short}.local`,
  };
}

/** The beginning of a text that takes no more than so many bytes. */
function atMost(text: string, bytes: number): string {
  let kept = '';
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > bytes) break;
    kept += character;
  }
  return kept;
}
