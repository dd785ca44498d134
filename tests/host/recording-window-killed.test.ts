/** A host and a window that are killed together, and the window never comes back. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { segmentUs } from '../support/hand-made-recorder.ts';
import { KillableClinic, RecordingWindow } from '../support/killable-clinic.ts';

const clinic = new KillableClinic();
beforeEach(() => clinic.start());
afterEach(() => clinic.end());

// Two minutes: as long as a lost connection is waited for. KILLS=1 npx vitest run --project host recording-window-killed
test.runIf(process.env.KILLS)(
  'a window that was killed with its host and never comes back is not waited for longer than a lost connection',
  async () => {
    const { doctor, orders, egressId } = await clinic.recording();
    const window = new RecordingWindow(doctor, orders);
    await expect.poll(() => window.acknowledged, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
    await clinic.host.kill();
    await window.die();
    await clinic.restart();
    expect(await clinic.shown(egressId)).toMatchObject({ status: 'EGRESS_ACTIVE' });
    await clinic.finished(egressId, 140_000);
    const { durationMs, capturedMs, endedAs } = await clinic.shown(egressId);
    expect(endedAs).toBe('interrupted');
    expect(durationMs).toBeGreaterThanOrEqual((window.acknowledged * segmentUs) / 1_000);
    // What is not known to have been captured is not said to have been.
    expect(capturedMs - durationMs).toBeLessThan(1_000);
    const saved = `${durationMs} of ${capturedMs} ms`;
    expect(await clinic.eventsOf(egressId)).toContain(`recording.recovered ${saved}`);
  },
  180_000,
);
