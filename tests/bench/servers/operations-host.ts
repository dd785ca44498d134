/** The host as it runs at a clinic, with consultations to ask for, and its message port as a window would use it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { RPCHandler } from '@orpc/server/message-port';
import { startHost } from '../../../src/main/host/host.ts';
import { loadConfig } from '../../../src/main/host/runtime/config.ts';
import { serveMeasurements } from '../measured-process.ts';
import { countCalls, type PortQuestion } from './port-calls.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'autamedica-bench-'));
const host = await startHost(
  loadConfig({ PORT: '0', LOG_LEVEL: 'warn', LIVEKIT_EMBEDDED: 'off', DATA_DIR: dataDir }),
);

function openPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  new RPCHandler(host.router).upgrade(port1, { context: host.staffContext });
  port1.start();
  return port2;
}

serveMeasurements({ url: host.url }, (question: PortQuestion) => countCalls('orpc', openPort(), question));
process.on('SIGTERM', () => {
  void host
    .close()
    .then(() => rm(dataDir, { recursive: true, force: true }))
    .then(() => process.exit(0));
});
