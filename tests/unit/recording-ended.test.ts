/** What is said of a recording that ended without its window, when the window comes back much later and sends the rest. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Recording } from '../../src/main/host/recordings/recording.ts';

test('the time in which the host waited for the window does not count as lost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'autamedica-ended-'));
  const startedAt = Date.parse('2026-11-28T10:00:00Z');
  // Last seen after eleven seconds, and waited for two minutes longer.
  const endedAt = startedAt + 131_000;
  const recording = await Recording.open(
    {
      egressId: 'EG_1',
      consultationId: 'c-1',
      roomName: 'consultation-c-1',
      recorder: 'client',
      status: 'EGRESS_COMPLETE',
      startedAt: new Date(startedAt).toISOString(),
      endedAt: new Date(endedAt).toISOString(),
      endedAs: 'interrupted',
      durationMs: 3_600,
      capturedMs: 11_000,
      recorderIdentity: 'doctor',
      workingIdentity: undefined,
      grants: JSON.stringify([{ number: 1, from: startedAt, to: endedAt }]),
      logUntil: undefined,
      logBytes: 0,
    },
    join(folder, 'EG_1.log'),
    [],
  );
  recording.ended = { as: 'interrupted', at: endedAt, lastSeen: endedAt };
  expect(recording.capturedMs(endedAt + 3_600_000)).toBe(11_000);
  await recording.log.close();
  await rm(folder, { recursive: true });
});
