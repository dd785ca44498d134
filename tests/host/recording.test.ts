/** Recording as a doctor's window and the clinic's systems see it: started, kept, refused and finished. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadSecrets } from '../../src/main/host/runtime/secrets.ts';
import { openDatabase } from '../../src/main/host/storage/database.ts';
import type { Recording } from '../../src/shared/contract/recordings.ts';
import {
  avcContent,
  contentOf,
  HandMadeRecorder,
  makeSegment,
  ordersTold,
  readyToRecord,
  recordingTold,
  sealSegment,
  startRecording,
  stopRecording,
  vp8,
} from '../support/hand-made-recorder.ts';
import { keepRecording } from '../support/kept-recording.ts';
import { encryptedFile, probeRecording } from '../support/recorded-file.ts';
import {
  agreeToObserver,
  closeTestHost,
  type HandMadeClient,
  inviteTo,
  OpenClients,
  redeem,
  startTestHost,
  type TestHost,
} from '../support/test-host.ts';

let host: TestHost;
const clients = new OpenClients();

beforeAll(async () => {
  host = await startTestHost();
});
afterEach(() => clients.closeAll());
afterAll(() => closeTestHost(host));

async function ready(on = host) {
  const consultation = await on.createConsultation();
  const { doctor, patient } = await readyToRecord(on, consultation);
  clients.keep(doctor);
  clients.keep(patient);
  return { consultation, doctor, patient };
}

/** A recording that was just started, and the window's orders. */
async function recording(on = host) {
  const { consultation, doctor, patient } = await ready(on);
  const started = await startRecording(on, consultation);
  const orders = await doctor.until(() => ordersTold(doctor), 'the orders');
  return { consultation, doctor, patient, started, orders, egressId: orders.egressId };
}

const codeOf = (answer: { body: { error?: { code: string } } }) => answer.body.error?.code;
const send = async (client: HandMadeClient, segment: unknown) => {
  const answer = await client.send('segment', segment);
  return answer.ok ? answer.data : answer.error.code;
};
const shown = async (egressId: string, on = host) =>
  (await on.call('GET', `/api/recordings/${egressId}`)).body.data as unknown as Recording;

describe('a recording', () => {
  test('is started and stopped over REST, and is safe when that is answered', async () => {
    const { consultation, doctor, started, orders, egressId } = await recording();
    expect(started.body.data).toEqual({
      egressId,
      roomName: consultation.roomName,
      startedAt: expect.any(String),
      status: 'EGRESS_ACTIVE',
      recorder: 'client',
    });
    const recorder = new HandMadeRecorder(doctor, orders).begin();
    await recorder.has(8);
    const stopped = await stopRecording(host, consultation, egressId);
    expect(stopped.body.data).toEqual({
      egressId,
      status: 'EGRESS_COMPLETE',
      endedAt: expect.any(String),
      durationMs: recorder.capturedMs,
      sizeBytes: (await stat(encryptedFile(host.dataDir, egressId))).size,
    });
    const { sha256 } = await shown(egressId);
    const { stdout } = await promisify(execFile)('sha256sum', [encryptedFile(host.dataDir, egressId)]);
    expect(stdout.slice(0, 64)).toBe(sha256);
    // Stopping it again changes nothing and answers the same.
    expect((await stopRecording(host, consultation, egressId)).body).toEqual(stopped.body);
    expect(await readdir(join(host.dataDir, 'recordings'))).not.toContain(`${egressId}.log`);
    expect(codeOf({ body: (await doctor.send('segment', await makeSegment(orders, 1))) as never })).toBe(
      'RECORDING_OVER',
    );
  });

  test('opens with the age tool, plays, has its duration, is seekable and has no gap', async () => {
    const { consultation, doctor, orders, egressId } = await recording();
    const recorder = new HandMadeRecorder(doctor, orders).begin();
    await recorder.has(12);
    await stopRecording(host, consultation, egressId);
    const file = await probeRecording(host.dataDir, egressId);
    expect(file).toMatchObject({ format: 'matroska,webm', codecs: ['vp8', 'opus'], complaints: '' });
    expect(Math.abs(file.durationMs - recorder.capturedMs)).toBeLessThan(50);
    expect(file.packets).toEqual({
      video: recorder.capturedMs / 40,
      audio: recorder.capturedMs / 20,
    });
    expect(file.longestGapMs.video).toBeLessThanOrEqual(41);
    expect(file.longestGapMs.audio).toBeLessThanOrEqual(21);
    // The key picture before the middle: there is one every two seconds.
    expect(file.seekedToMs).toBe(2_000);
    await expect(probeRecording(host.dataDir, egressId, await generateIdentity())).rejects.toThrow(
      'no identity matched',
    );
    expect(await shown(egressId)).toMatchObject({ contentType: 'video/webm', endedAs: 'stopped' });
  });

  test('leaves nothing in clear on the disk while it is made or afterwards', async () => {
    const { consultation, doctor, orders, egressId } = await recording();
    const recorder = new HandMadeRecorder(doctor, orders);
    await recorder.record(3);
    const folder = join(host.dataDir, 'recordings');
    const log = await readFile(join(folder, `${egressId}.log`));
    recorder.begin();
    await stopRecording(host, consultation, egressId);
    const file = await readFile(join(folder, `${egressId}.age`));
    const [picture] = await contentOf(0, 40_000);
    for (const bytes of [log, file]) {
      expect(bytes.includes('age-encryption.org/v1')).toBe(true);
      for (const sign of [
        'webm',
        'matroska',
        'ftyp',
        'moov',
        'OpusHead',
        'opus',
        'vp8',
        'V_VP8',
        'EG_',
        'packets',
      ])
        expect(bytes.includes(sign), sign).toBe(false);
      expect(bytes.includes(Buffer.from([0x1a, 0x45, 0xdf, 0xa3]))).toBe(false);
      expect(bytes.includes(Buffer.from(picture?.data ?? []).subarray(0, 16))).toBe(false);
    }
    expect((await stat(join(folder, `${egressId}.age`))).mode & 0o777).toBe(0o600);
  });

  test('is told to everybody in the call, from beginning to end, and to nobody who waits', async () => {
    const { consultation, doctor, patient } = await ready();
    const code = await inviteTo(host, consultation.consultationId, { role: 'observer' });
    const visitor = await redeem(host, code, 'Lucía');
    const { client: observer, state } = await clients.join(host.url, visitor.token);
    expect(state.recording).toBeUndefined();
    const started = await startRecording(host, consultation);
    const egressId = String(started.body.data?.egressId);
    for (const client of [doctor, patient]) {
      const told = await client.until(() => recordingTold(client), 'that it is recorded');
      expect(told).toMatchObject({ egressId, state: 'recording', recorder: 'client' });
    }
    const active = await host.call('GET', '/api/rooms/active');
    expect(active.body.data).toContainEqual(
      expect.objectContaining({ name: consultation.roomName, recording: true }),
    );
    expect((await host.call('GET', `/api/rooms/${consultation.roomName}/stats`)).body.data).toMatchObject({
      recording: true,
    });
    const again = await clients.join(host.url, consultation.patientToken);
    expect(again.state.recording).toMatchObject({ egressId, state: 'recording' });
    expect(again.state.recorderOrders).toBeUndefined();
    await observer.request('echo');
    expect(observer.events.map(({ event }) => event.type)).not.toContain('recording-changed');
    const stopping = stopRecording(host, consultation, egressId);
    await doctor.until(() => ordersTold(doctor)?.end, 'the order to end');
    await doctor.request('recorded', { egressId, last: 0, capturedMs: 0 });
    await stopping;
    expect(recordingTold(doctor)).toBeUndefined();
    await again.client.until(
      () => again.client.events.some(({ event }) => event.type === 'recording-changed' && !event.recording),
      'that it is over',
    );
    // The patient was never told what the window that records is to do.
    for (const client of [patient, again.client])
      expect(client.events.map(({ event }) => event.type)).not.toContain('recorder-orders');
  });

  test('goes on in the same file when the window is opened again', async () => {
    const { consultation, doctor, orders, egressId } = await recording();
    await new HandMadeRecorder(doctor, orders).record(3);
    const back = await clients.join(host.url, consultation.doctorToken);
    expect(back.state.recorderOrders).toEqual({ ...orders, durable: 3, next: 4, fromUs: 1_200_000 });
    expect(back.state.recording).toMatchObject({ egressId, state: 'recording' });
    await back.client.request('recorder', { ready: true });
    const recorder = new HandMadeRecorder(back.client, orders, 3).begin();
    await recorder.has(6);
    await stopRecording(host, consultation, egressId);
    const file = await probeRecording(host.dataDir, egressId);
    expect(file.complaints).toBe('');
    expect(Math.abs(file.durationMs - recorder.capturedMs)).toBeLessThan(50);
  });

  test('is found in the list, with how far it has come', async () => {
    const { consultation, doctor, orders, egressId } = await recording();
    await new HandMadeRecorder(doctor, orders).record(2);
    const { consultationId } = consultation;
    const list = await host.call('GET', `/api/recordings?consultationId=${consultationId}`);
    expect(list.body.data).toEqual([
      expect.objectContaining({
        egressId,
        consultationId,
        status: 'EGRESS_ACTIVE',
        durationMs: 800,
        recorder: 'client',
      }),
    ]);
    expect(JSON.stringify(list.body)).not.toContain('AGE-SECRET');
    expect(codeOf(await host.call('GET', '/api/recordings/EG_unknown'))).toBe('RECORDING_NOT_FOUND');
    await doctor.request('recorder', { ready: false });
    await doctor.until(() => recordingTold(doctor) === undefined, 'its end');
  });

  test('are listed page by page', async () => {
    const consultation = await host.createConsultation();
    const made: string[] = [];
    for (const day of [1, 2, 3]) {
      const startedAt = new Date(Date.UTC(2020, 0, day));
      made.unshift(
        (await keepRecording(host.dataDir, consultation, Buffer.from('x'), { startedAt })).egressId,
      );
    }
    const page = async (query: string) => {
      const { body } = await host.call(
        'GET',
        `/api/recordings?consultationId=${consultation.consultationId}&${query}`,
      );
      return (body.data as unknown as Recording[]).map(({ egressId }) => egressId);
    };
    expect(await page('limit=2')).toEqual(made.slice(0, 2));
    expect(await page(`limit=2&after=${made[1]}`)).toEqual(made.slice(2));
    expect(codeOf(await host.call('GET', '/api/recordings?after=EG_unknown'))).toBe('RECORDING_NOT_FOUND');
    expect(codeOf(await host.call('GET', '/api/recordings?limit=501'))).toBe('BAD_REQUEST');
  });

  test('is ended with the consultation, with the last moments that the window has', async () => {
    const { consultation, doctor, orders, egressId } = await recording();
    const recorder = new HandMadeRecorder(doctor, orders).begin();
    await recorder.has(2);
    await host.call('POST', `/api/consultations/${consultation.consultationId}/close`);
    await recorder.stop().catch(() => {});
    await expect
      .poll(() => shown(egressId), { timeout: 10_000 })
      .toMatchObject({ status: 'EGRESS_COMPLETE', endedAs: 'closed', durationMs: recorder.capturedMs });
  });

  test('is ended when the doctor leaves, and takes what the window had not sent when they come back', async () => {
    const { consultation, doctor, patient, orders, egressId } = await recording();
    const recorder = new HandMadeRecorder(doctor, orders);
    await recorder.record(3, (number) => number < 3);
    await doctor.request('leave');
    await patient.until(
      () => patient.events.some(({ event }) => event.type === 'recording-changed' && !event.recording),
      'that nothing is recorded any more',
    );
    await expect
      .poll(() => shown(egressId), { timeout: 10_000 })
      .toMatchObject({ status: 'EGRESS_COMPLETE', endedAs: 'interrupted', durationMs: 800 });
    const back = await clients.join(host.url, consultation.doctorToken);
    expect(await send(back.client, await makeSegment(orders, 3))).toEqual({ durable: 3 });
    await back.client.request('recorded', { egressId, last: 3, capturedMs: 1_200 });
    await expect
      .poll(() => shown(egressId), { timeout: 10_000 })
      .toMatchObject({ endedAs: 'interrupted', durationMs: 1_200, capturedMs: 1_200 });
    // Now everything is here, and the log goes.
    await expect
      .poll(() => readdir(join(host.dataDir, 'recordings')), { timeout: 10_000 })
      .not.toContain(`${egressId}.log`);
    expect(await send(back.client, await makeSegment(orders, 4))).toBe('RECORDING_OVER');
  });

  test('of which segments may be missing keeps its log for a day, and the next start forgets it', async () => {
    const own = await startTestHost();
    const { consultation, doctor, orders, egressId } = await recording(own);
    await new HandMadeRecorder(doctor, orders).record(1);
    doctor.close();
    await stopRecording(own, consultation, egressId);
    clients.closeAll();
    await own.close();
    const log = join(own.dataDir, 'recordings', `${egressId}.log`);
    expect((await stat(log)).size).toBeGreaterThan(0);
    const database = await openDatabase(
      join(own.dataDir, 'clinic.db'),
      loadSecrets(own.dataDir).secrets.databaseKey,
    );
    const rows = () => database.selectFrom('recordings').selectAll().execute();
    const [row] = await rows();
    expect(row?.working_identity).toMatch(/^AGE-SECRET-KEY-1/);
    const until = Date.parse(row?.log_until ?? '') - Date.now();
    expect(until).toBeGreaterThan(23 * 60 * 60_000);
    await database.updateTable('recordings').set({ log_until: new Date().toISOString() }).execute();
    await database.destroy();
    const again = await startTestHost({ DATA_DIR: own.dataDir });
    try {
      await expect(stat(log)).rejects.toThrow('ENOENT');
      expect((await probeRecording(own.dataDir, egressId)).durationMs).toBe(400);
    } finally {
      await closeTestHost(again);
    }
  });

  test('that is deleted cannot be made again from what was left of it', async () => {
    const { consultation, doctor, orders, egressId } = await recording();
    const recorder = new HandMadeRecorder(doctor, orders);
    await recorder.record(2, (number) => number < 2);
    doctor.close();
    await stopRecording(host, consultation, egressId);
    expect(await readdir(join(host.dataDir, 'recordings'))).toContain(`${egressId}.log`);
    const deleted = await host.call('DELETE', `/api/recordings/${egressId}`, {
      body: { reason: 'Asked for' },
    });
    expect(deleted.body.success).toBe(true);
    expect(
      (await readdir(join(host.dataDir, 'recordings'))).filter((name) => name.includes(egressId)),
    ).toEqual([]);
    const back = await clients.join(host.url, consultation.doctorToken);
    expect(await send(back.client, await makeSegment(orders, 2))).toBe('RECORDING_OVER');
  });

  test('that nothing was captured of has no file, and says so', async () => {
    const { consultation, doctor, egressId } = await recording();
    const stopping = stopRecording(host, consultation, egressId);
    await doctor.until(() => ordersTold(doctor)?.end, 'the order to end');
    await doctor.request('recorded', { egressId, last: 0, capturedMs: 0 });
    expect((await stopping).body.data).toMatchObject({
      status: 'EGRESS_FAILED',
      durationMs: 0,
      sizeBytes: 0,
    });
    expect(await readdir(join(host.dataDir, 'recordings'))).not.toContain(`${egressId}.age`);
  });

  test('can be followed by another one at once', async () => {
    const { consultation, doctor, orders, egressId } = await recording();
    const first = new HandMadeRecorder(doctor, orders).begin();
    await first.has(1);
    const [, second] = await Promise.all([
      stopRecording(host, consultation, egressId),
      startRecording(host, consultation),
    ]);
    expect(second.body.data).toMatchObject({ status: 'EGRESS_ACTIVE' });
    expect(second.body.data?.egressId).not.toBe(egressId);
    await doctor.until(() => ordersTold(doctor)?.egressId === second.body.data?.egressId, 'new orders');
    expect((await shown(egressId)).durationMs).toBe(first.capturedMs);
  });
});

describe('starting is refused', () => {
  test('without everybody having agreed, saying who has not', async () => {
    const consultation = await host.createConsultation();
    expect(codeOf(await startRecording(host, consultation))).toBe('RECORDING_CONSENT_MISSING');
    const { client } = await clients.join(host.url, consultation.doctorToken);
    await client.request('recorder', { ready: true });
    expect(codeOf(await startRecording(host, consultation))).toBe('RECORDING_CONSENT_MISSING');
    await clients.join(host.url, consultation.patientToken);
    const at = `/api/consultations/${consultation.consultationId}`;
    await host.call('POST', `${at}/participants/${consultation.patientId}/admit`);
    await host.call('POST', `${at}/consents/ask`, { body: { purpose: 'recording' } });
    const refused = await startRecording(host, consultation);
    expect(refused.status).toBe(409);
    expect(refused.body.error).toMatchObject({
      code: 'RECORDING_CONSENT_MISSING',
      details: {
        verdict: 'pause',
        answers: [
          { identity: consultation.doctorId, answer: 'agreed' },
          { identity: consultation.patientId, answer: 'pending' },
        ],
      },
    });
  });

  test('without a window that can record', async () => {
    const { consultation, doctor } = await ready();
    await doctor.request('recorder', { ready: false });
    const refused = await startRecording(host, consultation);
    expect([refused.status, codeOf(refused)]).toEqual([409, 'NO_RECORDER']);
    // A window that was opened again has to say it again.
    await doctor.request('recorder', { ready: true });
    const back = await clients.join(host.url, consultation.doctorToken);
    expect(codeOf(await startRecording(host, consultation))).toBe('NO_RECORDER');
    await back.client.request('recorder', { ready: true });
    back.client.close();
    await expect.poll(async () => codeOf(await startRecording(host, consultation))).toBe('NO_RECORDER');
  });

  test('while one is being made, naming it', async () => {
    const { consultation, egressId } = await recording();
    const refused = await startRecording(host, consultation);
    expect(refused.body.error).toMatchObject({ code: 'ALREADY_RECORDING', details: { egressId } });
    const both = await Promise.all([startRecording(host, consultation), startRecording(host, consultation)]);
    expect(both.map(codeOf)).toEqual(['ALREADY_RECORDING', 'ALREADY_RECORDING']);
  });

  test('for a consultation that is over or unknown, and by another room’s name', async () => {
    const { consultation } = await ready();
    const other = { ...consultation, roomName: 'consultation-other' };
    expect(codeOf(await startRecording(host, other))).toBe('ROOM_NOT_FOUND');
    await host.call('POST', `/api/consultations/${consultation.consultationId}/close`);
    expect(codeOf(await startRecording(host, consultation))).toBe('CONSULTATION_CLOSED');
    expect(codeOf(await startRecording(host, { consultationId: 'nobody', roomName: 'x' }))).toBe(
      'CONSULTATION_NOT_FOUND',
    );
  });
});

describe('nobody else', () => {
  async function withObserver() {
    const made = await recording();
    const { consultation, patient } = made;
    const code = await inviteTo(host, consultation.consultationId, { role: 'observer' });
    const visitor = await redeem(host, code, 'Lucía');
    await agreeToObserver(host, consultation, visitor.identity);
    const { client: observer } = await clients.join(host.url, visitor.token);
    const at = `/api/consultations/${consultation.consultationId}`;
    await host.call('POST', `${at}/participants/${visitor.identity}/admit`);
    await observer.event('admitted');
    return { ...made, patient, observer, visitor };
  }

  test('starts, stops, lists or gets a recording: not the patient, not an observer', async () => {
    const { consultation, egressId, visitor } = await withObserver();
    for (const token of [consultation.patientToken, visitor.token]) {
      expect(codeOf(await startRecording(host, consultation, token))).toBe('FORBIDDEN');
      expect(codeOf(await stopRecording(host, consultation, egressId, token))).toBe('FORBIDDEN');
      expect(codeOf(await host.call('GET', '/api/recordings', { token }))).toBe('FORBIDDEN');
      expect(codeOf(await host.call('GET', `/api/recordings/${egressId}`, { token }))).toBe('FORBIDDEN');
    }
  });

  test('sends segments, says that it records, or that all is sent', async () => {
    const { patient, observer, orders, egressId } = await withObserver();
    const segment = await makeSegment(orders, 1);
    for (const client of [patient, observer]) {
      expect(await send(client, segment)).toBe('FORBIDDEN');
      for (const [name, payload] of [
        ['recorder', { ready: true }],
        ['recorded', { egressId, last: 1, capturedMs: 400 }],
      ] as const) {
        const answer = await client.send(name, payload);
        expect(answer.ok ? 'done' : answer.error.code).toBe('FORBIDDEN');
      }
    }
    expect((await shown(egressId)).durationMs).toBe(0);
  });

  test('not even the doctor of another consultation', async () => {
    const { consultation, doctor, orders, egressId } = await recording();
    const other = await recording();
    expect(await send(other.doctor, await makeSegment(orders, 1))).toBe('RECORDING_NOT_FOUND');
    // Its own id outside, the foreign recording inside, and the other way round.
    const inside = await makeSegment(orders, 1);
    expect(await send(other.doctor, { ...inside, egressId: other.egressId })).toBe('BAD_REQUEST');
    const outside = await makeSegment({ ...other.orders, egressId }, 1);
    expect(await send(doctor, outside)).toBe('BAD_REQUEST');
    expect(await send(doctor, await makeSegment({ ...orders, egressId: 'EG_invented' }, 1))).toBe(
      'RECORDING_NOT_FOUND',
    );
    expect(codeOf(await stopRecording(host, other.consultation, egressId))).toBe('RECORDING_NOT_FOUND');
    expect(codeOf(await stopRecording(host, consultation, egressId, other.consultation.doctorToken))).toBe(
      'FORBIDDEN',
    );
  });
});

describe('a segment', () => {
  test('is refused when it was changed, is another one inside, or is encrypted for somebody else', async () => {
    const { doctor, orders } = await recording();
    const segment = await makeSegment(orders, 1);
    const bytes = Buffer.from(segment.bytes);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 40) ^ 1, bytes.length - 40);
    expect(await send(doctor, { ...segment, bytes })).toBe('BAD_REQUEST');
    const hash = createHash('sha256').update(bytes).digest('hex');
    expect(await send(doctor, { ...segment, bytes, hash })).toBe('BAD_REQUEST');
    expect(await send(doctor, { ...segment, number: 2 })).toBe('BAD_REQUEST');
    const stranger = [await identityToRecipient(await generateIdentity())];
    expect(await send(doctor, await makeSegment({ ...orders, recipients: stranger }, 1))).toBe('BAD_REQUEST');
    expect(await send(doctor, await sealSegment(orders, 1, Buffer.from('Nothing of that kind')))).toBe(
      'BAD_REQUEST',
    );
    // Each recipient costs a try of the key: some hundreds of them would stop the host.
    const crowd = { ...orders, recipients: [...Array(20).fill(orders.recipients[0]), ...orders.recipients] };
    expect(await send(doctor, await makeSegment(crowd, 1))).toBe('BAD_REQUEST');
    expect(await send(doctor, { ...segment, hash: 'x' })).toBe('BAD_REQUEST');
    expect(await send(doctor, { ...segment, bytes: 'text' })).toBe('BAD_REQUEST');
    expect(await send(doctor, segment)).toEqual({ durable: 1 });
  });

  test('counts once and is answered again, in whatever order it comes', async () => {
    const { consultation, doctor, orders, egressId } = await recording();
    const short = (number: number) =>
      makeSegment(orders, number, { fromUs: (number - 1) * 200_000, toUs: number * 200_000 });
    const made = await Promise.all([1, 2, 3].map(short));
    const [one, two, three] = made;
    expect(await send(doctor, two)).toEqual({ durable: 0 });
    expect(await send(doctor, one)).toEqual({ durable: 2 });
    expect(await send(doctor, one)).toEqual({ durable: 2 });
    // The same one twice at the same time is kept once.
    expect(await Promise.all([send(doctor, three), send(doctor, three)])).toEqual([
      { durable: 3 },
      { durable: 3 },
    ]);
    const { size } = await stat(join(host.dataDir, 'recordings', `${egressId}.log`));
    const sent = [one, two, three].reduce((sum, segment) => sum + 44 + (segment?.bytes.byteLength ?? 0), 0);
    expect(size).toBe(sent);
    const stopping = stopRecording(host, consultation, egressId);
    await doctor.until(() => ordersTold(doctor)?.end, 'the order to end');
    await doctor.request('recorded', { egressId, last: 3, capturedMs: 600 });
    expect((await stopping).body.data).toMatchObject({ durationMs: 600 });
    expect((await probeRecording(host.dataDir, egressId)).complaints).toBe('');
  });

  test('that is missing leaves its time empty, and the end says how much is safe', async () => {
    const { consultation, doctor, orders, egressId } = await recording();
    const recorder = new HandMadeRecorder(doctor, orders);
    await recorder.record(8, (number) => number !== 3);
    expect(ordersTold(doctor)).toMatchObject({ next: 1 });
    const stopping = stopRecording(host, consultation, egressId);
    await doctor.until(() => ordersTold(doctor)?.end, 'the order to end');
    // Where a new window would go on, and what it need not send.
    expect(ordersTold(doctor)).toMatchObject({ durable: 2, next: 9, fromUs: 3_200_000 });
    await recorder.recorded();
    expect((await stopping).body.data).toMatchObject({ status: 'EGRESS_COMPLETE', durationMs: 2_800 });
    const file = await probeRecording(host.dataDir, egressId);
    expect(Math.abs(file.durationMs - 3_200)).toBeLessThan(50);
    expect(file.complaints).toBe('');
    expect(file.longestGapMs.audio).toBe(420);
    expect(await shown(egressId)).toMatchObject({ durationMs: 2_800, capturedMs: 3_200 });
  });

  test('is taken late, from a window that was away at the end, and the file is written anew', async () => {
    const { consultation, doctor, orders, egressId } = await recording();
    const recorder = new HandMadeRecorder(doctor, orders);
    await recorder.record(4, (number) => number < 4);
    doctor.close();
    await expect
      .poll(async () => (await host.call('GET', `/api/rooms/${consultation.roomName}/stats`)).body.data)
      .toMatchObject({
        participants: expect.arrayContaining([expect.objectContaining({ state: 'disconnected' })]),
      });
    const stopped = await stopRecording(host, consultation, egressId);
    expect(stopped.body.data).toMatchObject({ status: 'EGRESS_COMPLETE', durationMs: 1_200 });
    const first = await shown(egressId);
    const back = await clients.join(host.url, consultation.doctorToken);
    expect(back.state.recorderOrders).toBeUndefined();
    expect(await send(back.client, await makeSegment(orders, 4))).toEqual({ durable: 4 });
    await expect.poll(() => shown(egressId), { timeout: 10_000 }).toMatchObject({ durationMs: 1_600 });
    const second = await shown(egressId);
    expect(second.sha256).not.toBe(first.sha256);
    const file = await probeRecording(host.dataDir, egressId);
    expect([file.durationMs, file.complaints]).toEqual([1_600, '']);
    // What was captured after the end is not taken at any time, and nothing is written again because of it.
    expect(await send(back.client, await makeSegment(orders, 9))).toBe('NO_GRANT');
    expect(await send(back.client, await makeSegment(orders, 2))).toEqual({ durable: 4 });
    await back.client.request('recorded', { egressId, last: 4, capturedMs: 1_600 });
    await expect
      .poll(() => readdir(join(host.dataDir, 'recordings')), { timeout: 10_000 })
      .not.toContain(`${egressId}.log`);
    expect(await shown(egressId)).toEqual(second);
  });

  test('is not taken beyond the time that the window had', async () => {
    const { doctor, orders } = await recording();
    const answers = [];
    for (let number = 1; number <= 12; number += 1)
      answers.push(await send(doctor, await makeSegment(orders, number)));
    // The time since the beginning and a second: far from the 4.8 s that these say they are.
    const kept = answers.filter((answer) => typeof answer === 'object').length;
    expect(kept).toBeGreaterThanOrEqual(2);
    expect(kept).toBeLessThan(8);
    expect(answers.slice(kept)).toEqual(Array(12 - kept).fill('NO_GRANT'));
  });

  test('is not taken beyond the bytes that its time can hold, however little time each says it has', async () => {
    const { doctor, orders } = await recording();
    const data = Buffer.alloc(800_000);
    let taken = 0;
    let refused: unknown;
    for (let number = 1; refused === undefined && number <= 60; number += 1) {
      const [fromUs, toUs] = [number * 1_000, number * 1_000 + 1_000];
      const packets = [{ track: 'audio', timestampUs: fromUs, durationUs: 1_000, key: true, data } as const];
      const answer = await send(doctor, await makeSegment(orders, number, { fromUs, toUs, packets }));
      if (typeof answer === 'object') taken += data.length;
      else refused = answer;
    }
    expect(refused).toBe('BAD_REQUEST');
    expect(taken).toBeGreaterThan(15_000_000);
    expect(taken).toBeLessThan(45_000_000);
  });

  test('is not taken under a grant that was never given, from a far future, without length or of another codec', async () => {
    const { doctor, orders } = await recording();
    const sendOne = async (number: number, wish: object) =>
      send(doctor, await makeSegment(orders, number, wish));
    expect(await sendOne(1, { grant: 2 })).toBe('NO_GRANT');
    expect(await sendOne(1, { fromUs: 60_000_000, toUs: 60_400_000 })).toBe('NO_GRANT');
    expect(await sendOne(1, { toUs: 0, packets: [] })).toBe('BAD_REQUEST');
    expect(await sendOne(1_000, { fromUs: 0, toUs: 400_000 })).toBe('BAD_REQUEST');
    expect(await sendOne(1, { video: { ...vp8, codec: 'hvc1.1.6.L93.B0' } })).toBe('BAD_REQUEST');
    expect(await sendOne(1, {})).toEqual({ durable: 1 });
  });

  test('of another codec than the others begins a recording of its own', async () => {
    const { doctor, orders, egressId } = await recording();
    const recorder = new HandMadeRecorder(doctor, orders);
    await recorder.record(2);
    const vp9 = { ...vp8, codec: 'vp09.00.31.08' };
    expect(await send(doctor, await makeSegment(orders, 3, { video: vp9 }))).toBe('RECORDING_OVER');
    const next = await doctor.until(() => {
      const told = ordersTold(doctor);
      return told && told.egressId !== egressId ? told : undefined;
    }, 'other orders');
    expect(await send(doctor, await makeSegment(next, 1, { video: vp9 }))).toEqual({ durable: 1 });
    expect(recordingTold(doctor)?.egressId).toBe(next.egressId);
    await expect
      .poll(() => shown(egressId), { timeout: 10_000 })
      .toMatchObject({ status: 'EGRESS_COMPLETE', endedAs: 'interrupted', durationMs: 800 });
  });
});

describe('pictures and sound', () => {
  test('of H.264 become an MP4 that plays', async () => {
    const { consultation, doctor, orders, egressId } = await recording();
    const avc = await avcContent();
    const [first] = avc.packets;
    expect(first?.key).toBe(true);
    const sendPart = async (number: number) => {
      const [fromUs, toUs] = [(number - 1) * 400_000, number * 400_000];
      const packets = [
        ...(await contentOf(fromUs, toUs)).filter(({ track }) => track === 'audio'),
        ...avc.packets.filter(({ timestampUs }) => timestampUs >= fromUs && timestampUs < toUs),
      ];
      return makeSegment(orders, number, { video: avc.video, packets });
    };
    for (const number of [1, 2])
      expect(await send(doctor, await sendPart(number))).toEqual({ durable: number });
    const stopping = stopRecording(host, consultation, egressId);
    await doctor.until(() => ordersTold(doctor)?.end, 'the order to end');
    await doctor.request('recorded', { egressId, last: 2, capturedMs: 800 });
    expect((await stopping).body.data).toMatchObject({ status: 'EGRESS_COMPLETE', durationMs: 800 });
    expect(await shown(egressId)).toMatchObject({ contentType: 'video/mp4' });
    const file = await probeRecording(host.dataDir, egressId);
    expect(file).toMatchObject({ codecs: ['h264', 'opus'], complaints: '' });
    expect(file.format).toContain('mp4');
    expect(Math.abs(file.durationMs - 800)).toBeLessThan(50);
  });

  test('that lack one of the two are a file of the other', async () => {
    const { consultation, doctor, orders, egressId } = await recording();
    const sound = (await contentOf(0, 400_000)).filter(({ track }) => track === 'audio');
    expect(await send(doctor, await makeSegment(orders, 1, { packets: sound }))).toEqual({ durable: 1 });
    const stopping = stopRecording(host, consultation, egressId);
    await doctor.until(() => ordersTold(doctor)?.end, 'the order to end');
    await doctor.request('recorded', { egressId, last: 1, capturedMs: 400 });
    await stopping;
    const file = await probeRecording(host.dataDir, egressId).catch((error) => String(error));
    expect(file).toMatchObject({ codecs: ['opus'], complaints: '' });
  });
});

describe('a host with RECORDING_RECIPIENT', () => {
  test('writes recordings that only the other key opens', async () => {
    const identity = await generateIdentity();
    const own = await startTestHost({ RECORDING_RECIPIENT: await identityToRecipient(identity) });
    try {
      const { consultation, doctor, orders, egressId } = await recording(own);
      expect(orders.recipients[0]).toBe(await identityToRecipient(identity));
      const recorder = new HandMadeRecorder(doctor, orders).begin();
      await recorder.has(2);
      await stopRecording(own, consultation, egressId);
      await expect(probeRecording(own.dataDir, egressId)).rejects.toThrow('no identity matched');
      const file = await probeRecording(own.dataDir, egressId, identity);
      expect([file.durationMs, file.complaints]).toEqual([recorder.capturedMs, '']);
    } finally {
      clients.closeAll();
      await closeTestHost(own);
    }
  });

  test('does not start with something else in it', async () => {
    for (const wrong of ['age1abc', 'AGE-SECRET-KEY-1QQ', 'ssh-ed25519 AAAA'])
      await expect(startTestHost({ RECORDING_RECIPIENT: wrong })).rejects.toThrow(
        /RECORDING_RECIPIENT: .*age1/,
      );
  });
});
