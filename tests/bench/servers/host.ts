/** The host as it runs at a clinic, without a video server, and with consultations to order. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHost } from '../../../src/main/host/host.ts';
import { loadConfig } from '../../../src/main/host/runtime/config.ts';
import { serveMeasurements } from '../measured-process.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'autamedica-bench-'));
const startedAt = performance.now();
const host = await startHost(
  loadConfig({ PORT: '0', LOG_LEVEL: 'warn', LIVEKIT_EMBEDDED: 'off', DATA_DIR: dataDir }),
);
const startMs = performance.now() - startedAt;

serveMeasurements(
  { url: host.url, startMs },
  async ({ rooms, waitingRoom }: { rooms: number; waitingRoom?: boolean }) => {
    const made = [];
    for (let index = 0; index < rooms; index += 1) {
      const response = await fetch(`${host.url}/api/consultations/create`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          consultationId: `b${rooms}-${index}`,
          patientId: `p-${index}`,
          doctorId: `d-${index}`,
          ...(waitingRoom === undefined ? {} : { waitingRoom }),
        }),
      });
      const { data } = (await response.json()) as { data: Record<string, string> };
      made.push({
        doctor: data.doctorToken,
        patient: data.patientToken,
        doctorId: data.doctorId,
        patientId: data.patientId,
      });
    }
    return made;
  },
);
process.on('SIGTERM', () => {
  void host
    .close()
    .then(() => rm(dataDir, { recursive: true, force: true }))
    .then(() => process.exit(0));
});
