/** Recordings against kills of the host, changed bytes and a full disk: less than a second is lost, and every file plays. */
import { execFileSync } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Chance } from '../support/chance.ts';
import { makeSegment, ordersTold, segmentUs, stopRecording } from '../support/hand-made-recorder.ts';
import { KillableClinic, RecordingWindow } from '../support/killable-clinic.ts';
import { probeRecording } from '../support/recorded-file.ts';

/** The long form: KILLS=20 npx vitest run --project host recording-killed */
const kills = Number(process.env.KILLS ?? 1);

const clinic = new KillableClinic();
beforeEach(() => clinic.start());
afterEach(() => clinic.end());

const passing = (ms: number) => new Promise((later) => setTimeout(later, ms));

describe('a host that is killed', () => {
  test(
    `at any moment is gone on with in the same file, and nothing is missing, ${kills} times`,
    async () => {
      const { consultation, doctor, orders, egressId } = await clinic.recording();
      const window = new RecordingWindow(doctor, orders);
      const chance = new Chance(7);
      for (let kill = 0; kill < kills; kill += 1) {
        await passing(200 + chance.below(1_200));
        window.away();
        await clinic.host.kill();
        await clinic.restart();
        const back = await clinic.join(consultation.doctorToken);
        await back.client.request('recorder', { ready: true });
        expect(back.state.recorderOrders).toMatchObject({ egressId, grant: 1, end: false });
        // What was acknowledged is there.
        expect(back.state.recorderOrders?.durable).toBeGreaterThanOrEqual(window.acknowledged);
        expect(back.state.recording).toMatchObject({ egressId, state: 'recording' });
        window.back(back.client);
      }
      await passing(400);
      const stopping = stopRecording(clinic, consultation, egressId);
      const capturedMs = await window.end();
      expect((await stopping).body.data).toMatchObject({
        status: 'EGRESS_COMPLETE',
        durationMs: capturedMs,
      });
      const file = await probeRecording(clinic.dataDir, egressId);
      expect(file.complaints).toBe('');
      expect(Math.abs(file.durationMs - capturedMs)).toBeLessThan(50);
      expect(file.longestGapMs.audio).toBeLessThanOrEqual(21);
      if (process.env.KILLS)
        process.stdout.write(`${kills} kills of the host: ${capturedMs} ms, none lost\n`);
    },
    60_000 + kills * 15_000,
  );

  test(
    `together with the window has all but the last second, ${kills} times`,
    async () => {
      const chance = new Chance(11);
      let most = 0;
      for (let kill = 0; kill < kills; kill += 1) {
        const { consultation, doctor, orders, egressId } = await clinic.recording();
        const window = new RecordingWindow(doctor, orders);
        await passing(1_000 + chance.below(800));
        const captured = window.captured;
        await clinic.host.kill();
        await window.die();
        await clinic.restart();
        expect((await stopRecording(clinic, consultation, egressId)).body.data).toMatchObject({
          status: 'EGRESS_COMPLETE',
        });
        const { durationMs, capturedMs } = await clinic.shown(egressId);
        const lost = (captured * segmentUs) / 1_000 - durationMs;
        expect(lost).toBeLessThan(1_000);
        expect(capturedMs).toBeGreaterThanOrEqual(durationMs);
        most = Math.max(most, lost);
        const file = await probeRecording(clinic.dataDir, egressId);
        expect([file.durationMs, file.complaints]).toEqual([durationMs, '']);
        await clinic.call('POST', '/api/consultations/c/close');
        await clinic.end();
        await clinic.start();
      }
      if (process.env.KILLS)
        process.stdout.write(`${kills} kills of host and window: ${most} ms lost at most\n`);
    },
    60_000 + kills * 20_000,
  );

  test(
    `while it finishes a file finishes it with the next start, and the audit log says what was saved, ${kills} times`,
    async () => {
      const chance = new Chance(13);
      const { consultation, doctor, orders, egressId } = await clinic.recording();
      const window = new RecordingWindow(doctor, orders);
      await passing(1_700);
      void stopRecording(clinic, consultation, egressId).catch(() => {});
      const capturedMs = await window.end();
      for (let kill = 0; kill < kills; kill += 1) {
        await passing(chance.below(40));
        await clinic.host.kill();
        await clinic.restart();
      }
      await clinic.finished(egressId);
      const file = await probeRecording(clinic.dataDir, egressId);
      expect(file.complaints).toBe('');
      expect(Math.abs(file.durationMs - capturedMs)).toBeLessThan(50);
      expect(await clinic.shown(egressId)).toMatchObject({ endedAs: 'stopped', durationMs: capturedMs });
      const events = await clinic.eventsOf(egressId);
      expect(events.some((event) => /^recording\.(saved|recovered) \d+ of \d+ ms$/.test(event))).toBe(true);
      expect(await readdir(join(clinic.dataDir, 'recordings'))).not.toContain(`${egressId}.age.part`);
    },
    60_000 + kills * 10_000,
  );

  test('and whose consultation nobody comes back to, ends the recording with what is there', async () => {
    const { consultation, doctor, orders, egressId } = await clinic.recording();
    const window = new RecordingWindow(doctor, orders);
    await passing(900);
    const { acknowledged } = window;
    await clinic.host.kill();
    await window.die();
    await clinic.restart();
    await clinic.call('POST', `/api/consultations/${consultation.consultationId}/close`);
    await clinic.finished(egressId);
    expect(await clinic.shown(egressId)).toMatchObject({ endedAs: 'closed' });
    expect((await clinic.shown(egressId)).durationMs).toBeGreaterThanOrEqual(
      (acknowledged * segmentUs) / 1_000,
    );
  });
});

describe('a byte that is changed in the log', () => {
  test('costs its segment, is named, and the rest is a file that plays', async () => {
    const { consultation, doctor, orders, egressId } = await clinic.recording();
    const window = new RecordingWindow(doctor, orders);
    while (window.acknowledged < 5) await passing(20);
    await clinic.host.kill();
    await window.die();
    const path = join(clinic.dataDir, 'recordings', `${egressId}.log`);
    const log = await readFile(path);
    // In the third segment of five.
    const at = Math.floor(log.length * 0.5);
    log.writeUInt8(log.readUInt8(at) ^ 1, at);
    await writeFile(path, log);
    await clinic.restart({ LOG_LEVEL: 'error' });
    expect((await stopRecording(clinic, consultation, egressId)).body.data).toMatchObject({
      status: 'EGRESS_COMPLETE',
    });
    const named = /Bytes (\d+) to (\d+) of the log of (EG_\w+) are not what was written/.exec(
      clinic.host.output(),
    );
    expect(named?.[3]).toBe(egressId);
    expect(Number(named?.[1])).toBeLessThanOrEqual(at);
    expect(Number(named?.[2])).toBeGreaterThan(at);
    expect(await clinic.eventsOf(egressId)).toContain(
      `recording.damaged bytes ${named?.[1]} to ${named?.[2]}`,
    );
    const file = await probeRecording(clinic.dataDir, egressId);
    expect(file.complaints).toBe('');
    const { durationMs, capturedMs } = await clinic.shown(egressId);
    expect(file.durationMs - durationMs).toBe(400);
    expect(capturedMs).toBeGreaterThan(durationMs);
  });
});

describe.runIf(process.platform === 'linux')('a disk that takes no more', () => {
  const limit = (bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(clinic.host.pid), `--fsize=${bytes}:unlimited`]);

  test('refuses segments with the reason, takes them when there is room, and nothing is corrupt', async () => {
    const { consultation, doctor, orders, egressId } = await clinic.recording();
    const send = async (number: number) => {
      const answer = await doctor.send('segment', await makeSegment(orders, number));
      return answer.ok ? answer.data : answer.error.code;
    };
    expect(await send(1)).toEqual({ durable: 1 });
    const { size } = await stat(join(clinic.dataDir, 'recordings', `${egressId}.log`));
    limit(size + 1_000);
    expect(await send(2)).toBe('STORAGE_FULL');
    expect((await stat(join(clinic.dataDir, 'recordings', `${egressId}.log`))).size).toBe(size);
    limit('unlimited');
    expect(await send(2)).toEqual({ durable: 2 });
    // And while it is finished: its segments stay, and it is finished when there is room.
    limit(4_096);
    const stopping = stopRecording(clinic, consultation, egressId);
    await doctor.until(() => ordersTold(doctor)?.end, 'the order to end');
    await doctor.request('recorded', { egressId, last: 2, capturedMs: 800 });
    expect((await stopping).body.error?.code).toBe('STORAGE_FULL');
    limit('unlimited');
    expect((await stopRecording(clinic, consultation, egressId)).body.data).toMatchObject({
      status: 'EGRESS_COMPLETE',
      endedAt: expect.stringContaining('T'),
      durationMs: 800,
    });
    const file = await probeRecording(clinic.dataDir, egressId);
    expect([file.durationMs, file.complaints]).toEqual([800, '']);
  });
});
