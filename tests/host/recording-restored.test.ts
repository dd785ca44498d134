/** Recordings of a clinic that was restored from a backup: what the database does not know of them is taken from their files. */
import { copyFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyPack } from '../../src/main/host/packs/verify-pack.ts';
import { loadSecrets } from '../../src/main/host/runtime/secrets.ts';
import { openDatabase } from '../../src/main/host/storage/database.ts';
import { restoreBackup } from '../../src/main/host/storage/restore.ts';
import type { AuditEntry } from '../../src/shared/contract/audit.ts';
import type { KeptRecording } from '../../src/shared/contract/recording-library.ts';
import type { Recording } from '../../src/shared/contract/recordings.ts';
import {
  HandMadeRecorder,
  ordersTold,
  readyToRecord,
  startRecording,
  stopRecording,
} from '../support/hand-made-recorder.ts';
import { keepRecording } from '../support/kept-recording.ts';
import { probeRecording } from '../support/recorded-file.ts';
import { closeTestHost, joinBy, OpenClients, startTestHost, type TestHost } from '../support/test-host.ts';

let folder: string;
let hosts: TestHost[];
const clients = new OpenClients();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-restored-'));
  hosts = [];
});
afterEach(async () => {
  clients.closeAll();
  for (const host of hosts) await closeTestHost(host);
  await rm(folder, { recursive: true, force: true });
});

async function start(environment: Record<string, string> = {}): Promise<TestHost> {
  const host = await startTestHost(environment);
  hosts.push(host);
  return host;
}

async function recording(host: TestHost) {
  const consultation = await host.createConsultation();
  const { doctor, patient } = await readyToRecord(host, consultation);
  clients.keep(doctor);
  clients.keep(patient);
  await startRecording(host, consultation);
  const orders = await doctor.until(() => ordersTold(doctor), 'the orders');
  return { consultation, doctor, egressId: orders.egressId, recorder: new HandMadeRecorder(doctor, orders) };
}

async function backUp(host: TestHost): Promise<string> {
  const { body } = await host.call('POST', '/api/backup');
  return String(body.data?.folder);
}

const shown = async (host: TestHost, egressId: string) =>
  (await host.call('GET', `/api/recordings/${egressId}`)).body.data as unknown as Recording;

async function kept(host: TestHost, egressId: string): Promise<KeptRecording | undefined> {
  const { body } = await host.call('GET', `/api/recording-library?egressId=${egressId}`);
  return (body.data as unknown as { recordings: KeptRecording[] }).recordings[0];
}

async function detailOf(host: TestHost, egressId: string, event: string) {
  const { body } = await host.call('GET', '/api/audit?limit=500');
  const { entries } = body.data as unknown as { entries: AuditEntry[] };
  return entries.find((entry) => entry.target === egressId && entry.event === event)?.detail;
}

/** A clinic whose recording went on after its backup was made, and was finished. */
async function recordedBeyondBackup(environment: Record<string, string> = {}) {
  const host = await start(environment);
  const { consultation, egressId, recorder } = await recording(host);
  recorder.begin();
  await recorder.has(2);
  const backup = await backUp(host);
  await recorder.has(4);
  await stopRecording(host, consultation, egressId);
  const before = await shown(host, egressId);
  expect(before.status).toBe('EGRESS_COMPLETE');
  clients.closeAll();
  await host.close();
  return { host, backup, consultation, egressId, before };
}

describe('a recording that the backup knows as running', () => {
  test('is taken from its file, which nothing writes over', async () => {
    const { host, backup, consultation, egressId, before } = await recordedBeyondBackup();
    await restoreBackup(backup, host.dataDir, {}, Date.now());
    const again = await start({ DATA_DIR: host.dataDir });
    const { status, durationMs, capturedMs, sizeBytes, sha256, contentType } = await shown(again, egressId);
    expect({ status, sizeBytes, sha256, contentType }).toEqual({
      status: 'EGRESS_COMPLETE',
      sizeBytes: before.sizeBytes,
      sha256: before.sha256,
      contentType: before.contentType,
    });
    expect(Math.abs(durationMs - before.durationMs)).toBeLessThan(50);
    expect(capturedMs).toBe(durationMs);
    expect(await detailOf(again, egressId, 'recording.found')).toBe(`sha256:${before.sha256}`);
    // The window that recorded it comes back, and is not told to go on with it.
    const back = await joinBy(again.url, consultation.doctorToken);
    clients.keep(back.client);
    await back.client.request('recorder', { ready: true });
    expect(back.state.recorderOrders).toBeUndefined();
    expect(back.state.recording).toBeUndefined();
    const content = await fetch(`${again.url}/api/recordings/${egressId}/content`);
    expect([content.status, content.headers.get('content-type')]).toEqual([200, before.contentType]);
    await content.body?.cancel();
    expect((await again.call('POST', `/api/recordings/${egressId}/check`)).body.data).toMatchObject({
      sound: true,
    });
  });

  test('is kept as what is known where the host has no key for it', async () => {
    const other = await generateIdentity();
    const environment = { RECORDING_RECIPIENT: await identityToRecipient(other) };
    const { host, backup, egressId, before } = await recordedBeyondBackup(environment);
    await restoreBackup(backup, host.dataDir, {}, Date.now());
    const again = await start({ ...environment, DATA_DIR: host.dataDir });
    const found = await shown(again, egressId);
    expect(found).toMatchObject({ status: 'EGRESS_COMPLETE', sha256: before.sha256 });
    expect(found.contentType).toBeUndefined();
    const path = `/api/recordings/${egressId}`;
    expect((await again.call('POST', `${path}/ticket`, { body: { use: 'play' } })).body.error?.code).toBe(
      'RECORDING_KEY_ABSENT',
    );
    const encrypted = await fetch(`${again.url}${path}/content?as=encrypted`);
    expect((await encrypted.arrayBuffer()).byteLength).toBe(before.sizeBytes);
    expect((await probeRecording(host.dataDir, egressId, other)).durationMs).toBe(before.durationMs);
  });

  test('is lost where its file is not, until somebody puts that in its place', async () => {
    const { host, backup, consultation, egressId, before } = await recordedBeyondBackup();
    const elsewhere = join(folder, 'elsewhere');
    const { recoveryKey } = loadSecrets(host.dataDir).secrets;
    await restoreBackup(backup, elsewhere, { key: recoveryKey }, Date.now());
    const without = await start({ DATA_DIR: elsewhere });
    await without.call('POST', `/api/consultations/${consultation.consultationId}/close`);
    await expect
      .poll(() => shown(without, egressId), { timeout: 10_000 })
      .toMatchObject({ status: 'EGRESS_FAILED', endedAs: 'closed' });
    await without.close();
    const name = join('recordings', `${egressId}.age`);
    await copyFile(join(host.dataDir, name), join(elsewhere, name));
    const withIt = await start({ DATA_DIR: elsewhere });
    expect(await shown(withIt, egressId)).toMatchObject({
      status: 'EGRESS_COMPLETE',
      sha256: before.sha256,
    });
    expect(await kept(withIt, egressId)).toMatchObject({ copies: 'here' });
  });
});

test('a finished recording whose file did not come along is said to be missing, until the file is put in its place', async () => {
  const host = await start();
  const consultation = await host.createConsultation({ patientName: 'Elena Ruiz' });
  const film = await keepRecording(host.dataDir, consultation, Buffer.from('a film'));
  const path = `/api/recordings/${film.egressId}`;
  await host.call('PATCH', '/api/recording-rules', { body: { sharing: true } });
  const { body } = await host.call('POST', `${path}/links`, { body: { hours: 1 } });
  const token = new URL(String(body.data?.url)).hash.slice(1);
  const backup = await backUp(host);
  const { recoveryKey } = loadSecrets(host.dataDir).secrets;
  const elsewhere = join(folder, 'elsewhere');
  await restoreBackup(backup, elsewhere, { key: recoveryKey }, Date.now());
  const restored = await start({ DATA_DIR: elsewhere });
  expect(await kept(restored, film.egressId)).toMatchObject({ copies: 'missing', sha256: film.sha256 });
  const codeOf = async (method: string, address: string, asked?: unknown) =>
    (await restored.call(method, address, asked === undefined ? {} : { body: asked })).body.error?.code;
  for (const use of ['play', 'export', 'encrypted'])
    expect(await codeOf('POST', `${path}/ticket`, { use })).toBe('RECORDING_GONE');
  expect(await codeOf('POST', `${path}/check`)).toBe('RECORDING_GONE');
  expect(await codeOf('POST', `${path}/links`, { hours: 1 })).toBe('RECORDING_GONE');
  expect(await codeOf('GET', `${path}/content`)).toBe('RECORDING_GONE');
  expect(await codeOf('POST', '/api/recording-links/open', { token })).toBe('RECORDING_GONE');
  // What is known of it can be handed out and decided about all the same.
  const pack = await restored.call('POST', `/api/consultations/${consultation.consultationId}/pack`);
  const archive = join(folder, 'pack.zip');
  await writeFile(archive, Buffer.from(await (await fetch(String(pack.body.data?.url))).arrayBuffer()));
  expect((await verifyPack(archive)).fault).toBeUndefined();
  expect(await codeOf('PUT', `${path}/hold`, { reason: 'Pedido del juzgado' })).toBeUndefined();

  await copyFile(film.path, join(elsewhere, 'recordings', `${film.egressId}.age`));
  expect(await kept(restored, film.egressId)).toMatchObject({ copies: 'here' });
  const content = await fetch(`${restored.url}${path}/content`);
  expect(await content.text()).toBe('a film');
  expect(await codeOf('POST', '/api/recording-links/open', { token })).toBeUndefined();
});

describe('a file that is found', () => {
  const film = () =>
    readFile(fileURLToPath(new URL('../fixtures/recording/two-seconds.webm', import.meta.url)));

  /** @returns the status of a recording that is known as running, at the next start after its file was changed. */
  async function statusAfter(change: (path: string) => Promise<void>, content: Buffer, recorder = 'client') {
    const host = await start();
    const consultation = await host.createConsultation();
    const { egressId, path } = await keepRecording(host.dataDir, consultation, content, {
      status: 'EGRESS_ACTIVE',
    });
    await host.close();
    const { secrets } = loadSecrets(host.dataDir);
    const database = await openDatabase(join(host.dataDir, 'clinic.db'), secrets.databaseKey);
    await database
      .updateTable('recordings')
      .set({ recorder: recorder as 'client' })
      .where('id', '=', egressId)
      .execute();
    await database.destroy();
    await change(path);
    const again = await start({ DATA_DIR: host.dataDir });
    return (await shown(again, egressId)).status;
  }

  test('is taken whoever recorded it', async () => {
    expect(await statusAfter(async () => {}, await film(), 'egress')).toBe('EGRESS_COMPLETE');
  });

  test('is not taken when its end is missing, when it is something else, or when what is in it is', async () => {
    const cut = async (path: string) => truncate(path, (await readFile(path)).length - 100);
    expect(await statusAfter(cut, await film())).toBe('EGRESS_ACTIVE');
    expect(await statusAfter((path) => writeFile(path, 'no recording'), await film())).toBe('EGRESS_ACTIVE');
    expect(await statusAfter(async () => {}, Buffer.from('no film'))).toBe('EGRESS_ACTIVE');
  });
});

test('segments of a recording that is younger than the restored backup stay', async () => {
  const host = await start();
  const backup = await backUp(host);
  const { egressId, recorder } = await recording(host);
  await recorder.record(2);
  clients.closeAll();
  await host.close();
  const recordings = join(host.dataDir, 'recordings');
  const log = await readFile(join(recordings, `${egressId}.log`));
  await writeFile(join(recordings, 'EG_killedAtItsStart.log'), '');
  await restoreBackup(backup, host.dataDir, {}, Date.now());
  await start({ DATA_DIR: host.dataDir });
  expect(await readdir(recordings)).toEqual([`${egressId}.log`]);
  expect((await readFile(join(recordings, `${egressId}.log`))).equals(log)).toBe(true);
});
