/** The clinic announces itself on its network, and another computer there hears it: with our own client, and with one that is not ours. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FoundClinic } from '../../src/shared/contract/desktop.ts';
import { type OtherComputer, plugIn, whyNoOtherComputer } from '../support/other-computer.ts';
import { closeTestHost, startTestHost, type TestHost } from '../support/test-host.ts';
import { untilWithin } from '../support/until.ts';

const until = untilWithin(5_000);
const python = '/usr/bin/python3';
const hasZeroconf = spawnSync(python, ['-c', 'import zeroconf']).status === 0;
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

describe.skipIf(whyNoOtherComputer() !== undefined)('on the clinic’s network', () => {
  let computer: OtherComputer;
  let host: TestHost;
  let other: ChildProcess | undefined;

  beforeAll(async () => {
    computer = await plugIn();
    host = await startTestHost({
      LAN_ADDRESS: computer.clinicAddress,
      TLS_PORT: '0',
      CLINIC_NAME: 'Clínica S. Martín',
    });
  });
  afterAll(async () => {
    other?.kill();
    await closeTestHost(host);
    await computer.unplug();
  });

  /** What the desktop app finds over there. */
  async function found(): Promise<FoundClinic[]> {
    const answer = await computer.evaluate(`
      import { findClinics } from ${JSON.stringify(file('../../src/main/desktop/find-clinics.ts'))};
      console.log(JSON.stringify(await findClinics(['${computer.address}'])));`);
    return JSON.parse(answer) as FoundClinic[];
  }

  async function share(sharing: boolean) {
    const { body } = await host.call('POST', '/api/network/sharing', { body: { sharing } });
    return body.data as unknown as { urls: string[]; fingerprint?: string };
  }

  test('nothing is heard before sharing, everything while it is on, and nothing after it', async () => {
    expect(await found()).toEqual([]);
    const { urls, fingerprint } = await share(true);
    expect(await found()).toEqual([{ name: 'Clínica S. Martín', address: urls[0], fingerprint }]);
    await host.call('POST', '/api/clinic', { body: { clinicName: 'Otro nombre' } });
    expect((await found())[0]?.name).toBe('Otro nombre');
    await share(false);
    expect(await found()).toEqual([]);
  });

  test.skipIf(!hasZeroconf)('python-zeroconf hears it come and go', async () => {
    const heard: Record<string, unknown>[] = [];
    other = spawn(await computer.runs(python), [file('../support/watch-network.py'), computer.address]);
    if (other.stdout) createInterface(other.stdout).on('line', (line) => heard.push(JSON.parse(line)));
    await until('listening', async () => heard.length === 1);
    const { urls, fingerprint } = await share(true);
    await until('heard', async () => heard.length === 2);
    expect(heard[1]).toMatchObject({
      addresses: [computer.clinicAddress],
      port: Number(new URL(urls[0] ?? '').port),
      name: 'Otro nombre',
      fp: fingerprint,
    });
    await share(false);
    await until('gone', async () => heard.length === 3);
    expect(heard[2]).toEqual({ gone: heard[1]?.heard });
  });
});
