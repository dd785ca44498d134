/** Another computer of the clinic's network: a network namespace with a cable to this one (Linux, root). */
import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface OtherComputer {
  /** This computer's address on their network. */
  readonly clinicAddress: string;
  /** The other one’s. */
  readonly address: string;
  /** A program that runs `program` over there. */
  runs(program: string): Promise<string>;
  /** Runs a command over there and answers its output. @throws Error when it fails */
  ask(command: string, ...parameters: string[]): string;
  /** Runs a program of Node over there, while things go on here, and answers its output. @throws Error when it fails */
  evaluate(program: string): Promise<string>;
  unplug(): Promise<void>;
}

function run(command: string, ...parameters: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${parameters.join(' ')}: ${stderr || error?.message}`);
  return stdout;
}

/** @param node a program that runs Node where it is to run. @throws Error with its own words */
export async function evaluateBy(node: string, program: string): Promise<string> {
  const child = spawn(node, ['--input-type=module', '--eval', program]);
  let [said, complained] = ['', ''];
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  child.stderr.on('data', (chunk) => {
    complained += chunk;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(complained);
  return said.trim();
}

/** Why there can be no other computer here; undefined when there can. */
export function whyNoOtherComputer(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  return spawnSync('ip', ['netns', 'list']).status === 0 ? undefined : 'ip (iproute2) is not installed';
}

/** Process numbers are unique while they last, so two runs never share a cable. */
export async function plugIn(): Promise<OtherComputer> {
  const number = process.pid % 250;
  const [name, here, there] = [`autamedica-${process.pid}`, `am${process.pid}a`, `am${process.pid}b`];
  const [clinicAddress, address] = [`10.77.${number}.1`, `10.77.${number}.2`];
  const folder = await mkdtemp(join(tmpdir(), 'autamedica-computer-'));
  run('ip', 'netns', 'add', name);
  run('ip', 'link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', name);
  // Without an IPv6 address, which would appear a second later: Chromium drops what it is loading when an address changes.
  run('ip', 'link', 'set', here, 'addrgenmode', 'none');
  run('ip', 'address', 'add', `${clinicAddress}/24`, 'dev', here);
  run('ip', 'link', 'set', here, 'up');
  const ask = (...command: string[]) => run('ip', 'netns', 'exec', name, ...command);
  ask('ip', 'link', 'set', there, 'addrgenmode', 'none');
  ask('ip', 'address', 'add', `${address}/24`, 'dev', there);
  ask('ip', 'link', 'set', there, 'up');
  ask('ip', 'link', 'set', 'lo', 'up');
  const runs = async (program: string) => {
    const script = join(folder, program.replaceAll('/', '-'));
    await writeFile(script, `#!/bin/sh\nexec ip netns exec ${name} '${program}' "$@"\n`);
    await chmod(script, 0o755);
    return script;
  };
  return {
    clinicAddress,
    address,
    ask,
    runs,
    evaluate: async (program) => evaluateBy(await runs(process.execPath), program),
    unplug: async () => {
      run('ip', 'netns', 'delete', name);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
