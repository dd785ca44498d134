/** The host as a program of its own, as a service manager runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../src/main/headless.ts', import.meta.url));
const started: ChildProcess[] = [];
const folders: string[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function start(environment: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'autamedica-headless-'));
  folders.push(folder);
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, PORT: '0', DATA_DIR: folder, LIVEKIT_EMBEDDED: 'false', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let output = '';
  const listeners: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
      for (const listener of listeners) listener();
    });
  }
  return {
    child,
    output: () => output,
    ended: new Promise<{ code: number | null; signal: string | null }>((resolve) =>
      child.on('close', (code, signal) => resolve({ code, signal })),
    ),
    address: new Promise<string>((resolve) => {
      listeners.push(() => {
        const found = /AutaMedica Consultas: (http:\S+)/.exec(output)?.[1];
        if (found) resolve(found);
      });
    }),
  };
}

describe('the headless host', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'prints its address, answers, and ends in order on %s',
    async (signal) => {
      const host = start();
      const address = await host.address;
      const health = await fetch(`${address}/health`);
      expect(await health.json()).toMatchObject({ status: 'ok' });
      host.child.kill(signal);
      expect(await host.ended).toEqual({ code: 0, signal: null });
      await expect(fetch(`${address}/health`)).rejects.toThrow();
    },
  );

  it('takes a Ctrl-C that arrives twice at once, as from a terminal and from npm, for one', async () => {
    const host = start();
    await host.address;
    host.child.kill('SIGINT');
    host.child.kill('SIGINT');
    expect(await host.ended).toEqual({ code: 0, signal: null });
  });

  it('ends with 78 and names the variable when a setting cannot be used', async () => {
    const host = start({ PORT: 'eighty' });
    expect(await host.ended).toMatchObject({ code: 78 });
    expect(host.output()).toContain('PORT');
    expect(host.output()).not.toMatch(/\n\s+at /);
  });

  it('ends with 1 and names the port when another program has it', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const host = start({ PORT: String(port) });
    expect(await host.ended).toMatchObject({ code: 1 });
    expect(host.output()).toContain(`Port ${port}`);
    expect(host.output()).not.toMatch(/\n\s+at /);
    other.close();
  });
});
