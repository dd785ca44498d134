/** The host of a clinic with years of consultations, and a window that asks it over a message port from another thread. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { RPCHandler } from '@orpc/server/message-port';
import { startHost } from '../../../src/main/host/host.ts';
import { loadConfig } from '../../../src/main/host/runtime/config.ts';
import type { QuestionName } from '../agenda/questions.ts';
import { serveMeasurements } from '../measured-process.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'autamedica-bench-'));
// In a process of its own, which takes the memory it needed with it.
execFileSync(process.execPath, [fileURLToPath(new URL('../agenda/fill.ts', import.meta.url)), dataDir]);
const startedAt = performance.now();
const host = await startHost(
  loadConfig({ PORT: '0', LOG_LEVEL: 'warn', LIVEKIT_EMBEDDED: 'off', DATA_DIR: dataDir }),
);
const startMs = performance.now() - startedAt;

const { port1, port2 } = new MessageChannel();
new RPCHandler(host.router).upgrade(port1, { context: host.staffContext });
port1.start();
const window = new Worker(new URL('../agenda/window.ts', import.meta.url), {
  workerData: { port: port2 },
  transferList: [port2],
});

serveMeasurements({ url: host.url, startMs }, ({ name }: { name: QuestionName }) => {
  window.postMessage(name);
  return new Promise((resolve) => window.once('message', (rate: number) => resolve({ rate })));
});
process.on('SIGTERM', () => {
  void window
    .terminate()
    .then(() => host.close())
    .then(() => rm(dataDir, { recursive: true, force: true }))
    .then(() => process.exit(0));
});
