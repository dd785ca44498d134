/** The first computer of a clinic behind a proxy: paired by a code made on the host's own computer, while the host runs. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand, UsageError } from '../../src/main/host/commands.ts';
import { loadConfig } from '../../src/main/host/runtime/config.ts';
import { closeTestHost, startTestHost, type TestHost } from '../support/test-host.ts';

const publicUrl = 'https://clinic.example';
let host: TestHost;
beforeAll(async () => {
  host = await startTestHost({ TRUST_PROXY: 'on', PUBLIC_URL: publicUrl });
});
afterAll(() => closeTestHost(host));

const command = (parameters: readonly string[], dataDir = host.dataDir) =>
  runCommand(parameters, loadConfig({ DATA_DIR: dataDir, PUBLIC_URL: publicUrl }));
const pair = (code: string) =>
  host.call('POST', '/api/staff/pair', { body: { code, deviceName: 'Administración' } });

test('nobody makes a first code over HTTP, and the command makes one that is good once', async () => {
  const wish = { personName: 'Ana Pérez', role: 'admin' };
  expect((await host.call('POST', '/api/staff/pairing-codes', { body: wish })).status).toBe(401);
  const printed = await command(['pair', 'admin', 'Ana', 'Pérez']);
  const [, code = ''] = /^([0-9A-Z]{8})\n/.exec(printed) ?? [];
  expect(printed).toContain(`${publicUrl}/pair#${code}`);
  const paired = await pair(code);
  expect(paired.body.data).toMatchObject({ device: { role: 'admin', personName: 'Ana Pérez' } });
  const token = String(paired.body.data?.credential);
  expect((await host.call('POST', '/api/staff/pairing-codes', { token, body: wish })).status).toBe(200);
  expect((await pair(code)).status).toBe(404);
});

test.each([
  [['pair']],
  [['pair', 'admin']],
  [['pair', 'doctor', 'Ana']],
  [['pair', 'admin', 'A\nB']],
  [['pair', 'admin', 'x'.repeat(121)]],
])('%j is answered with how it is used', async (parameters) => {
  await expect(command(parameters)).rejects.toThrow(UsageError);
});

test('in a folder without a clinic it makes none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'autamedica-pair-'));
  await expect(command(['pair', 'admin', 'Ana'], folder)).rejects.toThrow(/no clinic/);
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});
