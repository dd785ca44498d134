/** Two computers of a clinic, each a network namespace with a way out that leads nowhere, where every packet that takes it is written down (Linux, root). */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { evaluateBy, whyNoOtherComputer } from './other-computer.ts';

export interface TracedComputer {
  readonly address: string;
  /** A program that runs `program` there. */
  runs(program: string): Promise<string>;
  /** Runs a program of Node there and answers its output. @throws Error when it fails */
  evaluate(program: string): Promise<string>;
  /** Where packets went that left the clinic's network, or wanted to: "address . protocol . port", or the name that was asked for. */
  sentOutside(): string[];
  /** Multicast DNS packets sent so far. */
  announcements(): number;
  /** Nothing was sent. */
  forget(): void;
  off(): Promise<void>;
}

export interface TracedNetwork {
  readonly clinic: TracedComputer;
  readonly patient: TracedComputer;
  remove(): Promise<void>;
}

/** The name server of both: it knows no name, and writes down which it was asked for (RFC 5737). */
const nameServer = '192.0.2.53';
/** The address beside the one of IPv4. */
const sixth = (address: string) => `fd78::${address.split('.').at(-1)}`;
const nameServerProgram = `
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('message', (question, { address, port }) => {
    const labels = [];
    let at = 12;
    while (question[at]) labels.push(question.toString('latin1', at + 1, (at += 1 + question[at])));
    console.log(labels.join('.'));
    question.writeUInt16BE(0x8183, 2);
    socket.send(question, port, address);
  });
  socket.bind(53, '${nameServer}', () => console.log('ready'));`;
const table = 'autamedica_trace';

/** Runs a command and answers its output. @throws Error with its own words */
function run(command: string, parameters: readonly string[], input?: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, parameters, { encoding: 'utf8', input });
  if (status !== 0) throw new Error(`${command} ${parameters.join(' ')}: ${stderr || error?.message}`);
  return stdout;
}
const ip = (...parameters: string[]) => run('ip', parameters);

/** Why nothing can be traced here; undefined when it can. */
export function whyNoTrace(): string | undefined {
  return (
    whyNoOtherComputer() ??
    (spawnSync('nft', ['--version']).status === 0 ? undefined : 'nft is not installed')
  );
}

export async function buildTracedNetwork(): Promise<TracedNetwork> {
  const network = `10.78.${process.pid % 250}`;
  const names = { clinic: `autamedica-c${process.pid}`, patient: `autamedica-p${process.pid}` };
  const folder = await mkdtemp(join(tmpdir(), 'autamedica-trace-'));
  for (const name of Object.values(names)) {
    ip('netns', 'add', name);
    await mkdir(`/etc/netns/${name}`, { recursive: true });
    await writeFile(
      `/etc/netns/${name}/resolv.conf`,
      `nameserver ${nameServer}\noptions attempts:1 timeout:1\n`,
    );
  }
  ip(
    'link',
    'add',
    'lan',
    'netns',
    names.clinic,
    'type',
    'veth',
    'peer',
    'name',
    'lan',
    'netns',
    names.patient,
  );
  const computer = async (name: string, address: string): Promise<TracedComputer> => {
    const inside = (...parameters: string[]) => ip('-n', name, ...parameters);
    inside('link', 'set', 'lo', 'up');
    inside('link', 'set', 'lan', 'addrgenmode', 'none');
    inside('address', 'add', `${address}/24`, 'dev', 'lan');
    inside('address', 'add', `${sixth(address)}/64`, 'dev', 'lan', 'nodad');
    inside('link', 'set', 'lan', 'up');
    // The way to everywhere else: a cable that hangs loose, without an address, which WebRTC would offer.
    inside('link', 'add', 'out', 'type', 'veth', 'peer', 'name', 'loose');
    for (const end of ['out', 'loose']) {
      inside('link', 'set', end, 'addrgenmode', 'none');
      inside('link', 'set', end, 'up');
    }
    inside('address', 'add', `${nameServer}/32`, 'dev', 'lo');
    inside('route', 'add', 'default', 'dev', 'out', 'src', address);
    inside('-6', 'route', 'add', 'default', 'dev', 'out');
    const nft = (rules: string) => run('ip', ['netns', 'exec', name, 'nft', '-f', '-'], rules);
    nft(`table inet ${table} {
      set outside4 { type ipv4_addr . inet_proto . inet_service; flags dynamic; size 4096; }
      set outside6 { type ipv6_addr . inet_proto . inet_service; flags dynamic; size 4096; }
      counter other {}
      counter announcements {}
      chain sent {
        type filter hook output priority 0;
        oif lo return
        ip daddr 224.0.0.251 udp dport 5353 counter name announcements return
        ip daddr { ${network}.0/24, 224.0.0.22 } return
        ip6 daddr fd78::/64 return
        # The system's own: whoever is a neighbour, and which groups are listened to.
        icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, mld2-listener-report } return
        ip protocol { tcp, udp } add @outside4 { ip daddr . ip protocol . th dport } return
        ip6 nexthdr { tcp, udp } add @outside6 { ip6 daddr . ip6 nexthdr . th dport } return
        counter name other
      }
    }`);
    const list = (...what: string[]) =>
      JSON.parse(run('ip', ['netns', 'exec', name, 'nft', '-j', 'list', ...what])) as {
        nftables: {
          set?: { elem?: { concat: unknown[] }[] };
          counter?: { packets: number };
        }[];
      };
    const packets = (counter: string) =>
      list('counter', 'inet', table, counter).nftables.find((one) => one.counter)?.counter?.packets ?? 0;
    const seen = (set: string) =>
      (list('set', 'inet', table, set).nftables.find((one) => one.set)?.set?.elem ?? []).map(({ concat }) =>
        concat.join(' . '),
      );
    const runs = async (program: string) => {
      const script = join(folder, `${name}-${program.replaceAll('/', '-')}`);
      await writeFile(script, `#!/bin/sh\nexec ip netns exec ${name} '${program}' "$@"\n`);
      await chmod(script, 0o755);
      return script;
    };
    const names = new Set<string>();
    const server = spawn(await runs(process.execPath), ['--eval', nameServerProgram]);
    createInterface(server.stdout).on('line', (line) => {
      if (line !== 'ready') names.add(line);
    });
    await once(server.stdout, 'data');
    return {
      address,
      runs,
      evaluate: async (program) => evaluateBy(await runs(process.execPath), program),
      sentOutside: () => [
        ...seen('outside4'),
        ...seen('outside6'),
        ...names,
        ...(packets('other') > 0 ? [`${packets('other')} packets of other protocols`] : []),
      ],
      announcements: () => packets('announcements'),
      off: async () => {
        server.kill();
        await once(server, 'close');
      },
      forget: () => {
        names.clear();
        nft(
          `flush set inet ${table} outside4\nflush set inet ${table} outside6\nreset counters table inet ${table}\n`,
        );
      },
    };
  };
  const clinic = await computer(names.clinic, `${network}.1`);
  const patient = await computer(names.patient, `${network}.2`);
  return {
    clinic,
    patient,
    remove: async () => {
      await Promise.all([clinic.off(), patient.off()]);
      for (const name of Object.values(names)) {
        ip('netns', 'delete', name);
        await rm(`/etc/netns/${name}`, { recursive: true });
      }
      await rm(folder, { recursive: true });
    },
  };
}
