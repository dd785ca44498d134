/** `npm start` and `npm run host` as somebody types them: both end in a host that answers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';

const root = fileURLToPath(new URL('../..', import.meta.url));

for (const command of [['start', '--headless'], ['host']]) {
  test(`${command.join(' ')} runs a host that answers`, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'autamedica-start-'));
    const child = spawn(process.execPath, ['scripts/run.mjs', ...command], {
      cwd: root,
      env: { ...process.env, PORT: '0', DATA_DIR: dataDir, LIVEKIT_EMBEDDED: 'off', LOG_LEVEL: 'error' },
    });
    const ended = once(child, 'exit');
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    try {
      const address = () => /AutaMedica Consultas: (\S+)/.exec(output)?.[1];
      await expect.poll(address, { message: 'the address', timeout: 30_000 }).toBeTruthy();
      expect((await fetch(`${address()}/health`)).status).toBe(200);
    } finally {
      child.kill('SIGTERM');
      await ended;
      await rm(dataDir, { recursive: true, force: true });
    }
  });
}
