/** The host as it runs at a clinic, with its pages and, when LIVEKIT_SERVER names one, its video server. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startHost } from '../../../src/main/host/host.ts';
import { loadConfig } from '../../../src/main/host/runtime/config.ts';
import { serveMeasurements } from '../measured-process.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'autamedica-bench-'));
const host = await startHost(
  loadConfig(
    { ...process.env, PORT: '0', LOG_LEVEL: 'warn', LIVEKIT_EMBEDDED: 'on', DATA_DIR: dataDir },
    { webRoot: fileURLToPath(new URL('../../../out/renderer', import.meta.url)) },
  ),
);
process.on('SIGTERM', () => {
  void host
    .close()
    .then(() => rm(dataDir, { recursive: true, force: true }))
    .then(() => process.exit(0));
});

await new Promise<void>((resolve) => {
  const check = () => {
    if (host.livekit.status().state === 'ready') resolve();
  };
  host.livekit.onStatus(check);
  check();
});
const videoServer = Number(await readFile(join(dataDir, 'livekit', 'server.pid'), 'utf8'));
serveMeasurements({ url: host.url, videoServer });
