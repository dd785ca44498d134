/** How finished recordings come into a bucket, whatever goes away in between. A real server is in tests/services/s3.test.ts. */
import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Fact } from '../../src/main/host/audit/fact.ts';
import { createAgeFile } from '../../src/main/host/recordings/age-file.ts';
import { StorageError } from '../../src/main/host/recordings/object-store.ts';
import { recordingPath } from '../../src/main/host/recordings/recording-bytes.ts';
import { type Bucket, RecordingStorage } from '../../src/main/host/recordings/recording-storage.ts';
import { RecordingStore } from '../../src/main/host/recordings/store.ts';
import { partBytesOf } from '../../src/main/host/recordings/upload.ts';
import { UploadStore } from '../../src/main/host/recordings/upload-store.ts';
import { createLog } from '../../src/main/host/runtime/log.ts';
import { type Database, openDatabase } from '../../src/main/host/storage/database.ts';
import { GroupCommit } from '../../src/main/host/storage/group-commit.ts';
import { FakeBucket } from '../support/fake-bucket.ts';
import { untilWithin } from '../support/until.ts';

vi.setConfig({ testTimeout: 90_000 });
const until = untilWithin(20_000);
const mebibyte = 1024 * 1024;
const day = 24 * 60 * 60_000;
const consultationId = 'a-consultation';
const away = () => new StorageError('unreachable', 'ECONNREFUSED');

let folder: string;
let database: Database;
let uploads: UploadStore;
let recordings: RecordingStore;
let identity: string | undefined;
let bucket: FakeBucket;
let storage: RecordingStorage;
let now: number;
let noted: Fact[];
let storages: RecordingStorage[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-test-'));
  await mkdir(join(folder, 'recordings'));
  database = await openDatabase(join(folder, 'clinic.db'), 'k'.repeat(43));
  await database
    .insertInto('consultations')
    .values({
      id: consultationId,
      patient_id: 'patient',
      doctor_id: 'doctor',
      transport: 'auto',
      state: 'closed',
      room_sid: 'RM_x',
      created_at: '2026-03-01T10:00:00.000Z',
      search_text: '',
    })
    .execute();
  now = Date.parse('2026-03-01T12:00:00Z');
  const commits = new GroupCommit(database);
  uploads = new UploadStore(database, commits, () => now);
  recordings = new RecordingStore(database, commits);
  identity = undefined;
  bucket = new FakeBucket();
  noted = [];
  storages = [];
});
afterEach(async () => {
  for (const one of storages) await one.close();
  await database.destroy();
  await rm(folder, { recursive: true, force: true });
});

/** A storage whose pauses pass at once, until nothing is left to do. */
function open(settings: Partial<Bucket['settings']> = {}): RecordingStorage {
  storage = new RecordingStorage(
    {
      dataDir: folder,
      uploads,
      recordings,
      identity,
      trail: { note: (fact) => noted.push(fact) },
      log: createLog({ format: 'json', level: 'silent' }),
      now: () => now,
      chance: () => 1,
      pause: async (milliseconds, signal) => {
        // It looks by itself once a minute: nothing is left to do, and the test goes on.
        if (milliseconds === 60_000) await aborted(signal);
        else now += milliseconds;
        await new Promise((resolve) => setImmediate(resolve));
      },
    },
    {
      settings: {
        endpoint: 'http://127.0.0.1:9',
        bucket: 'clinic',
        prefix: 'recordings/',
        keepLocalDays: undefined,
        ...settings,
      },
      store: bucket,
    },
  );
  storages.push(storage);
  storage.start();
  return storage;
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

async function record(egressId: string, sizeBytes: number): Promise<Buffer> {
  const bytes = randomBytes(sizeBytes);
  await writeFile(recordingPath(folder, egressId), bytes);
  await database.insertInto('recordings').values(rowOf(egressId, bytes)).execute();
  return bytes;
}

const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

const rowOf = (egressId: string, bytes: Buffer) => ({
  id: egressId,
  consultation_id: consultationId,
  recorder: 'client' as const,
  status: 'EGRESS_COMPLETE' as const,
  started_at: '2026-03-01T11:00:00.000Z',
  ended_at: '2026-03-01T11:30:00.000Z',
  ended_as: 'stopped' as const,
  duration_ms: 1_800_000,
  captured_ms: 1_800_000,
  size_bytes: bytes.length,
  sha256: sha256Of(bytes),
  content_type: 'video/webm',
  recorder_identity: null,
  working_identity: null,
  grants: '[]',
  log_until: null,
  log_bytes: 0,
});

/** As the library does, before it asks for anything. */
async function decide(egressId: string, decision: 'held' | 'released' | 'deleted'): Promise<void> {
  const at = '2026-03-01T12:00:00.000Z';
  const change = {
    held_since: decision === 'held' ? at : null,
    deleted_at: decision === 'deleted' ? at : null,
  };
  await database
    .insertInto('recording_keeping')
    .values({ egress_id: egressId, rule: 'clinic', ...change })
    .onConflict((conflict) => conflict.doUpdateSet(change))
    .execute();
}

const stored = (count = 1, within?: number) =>
  until('it is stored', async () => (await storage.status()).stored === count, within);
const isHere = (egressId: string) =>
  access(recordingPath(folder, egressId)).then(
    () => true,
    () => false,
  );
async function read(egressId: string, from = 0, to = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const bytes = await storage.bytes(egressId);
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes.open(from, Math.min(to, bytes.size))) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('a finished recording is uploaded, compared and noted; its copy here stays', async () => {
  const bytes = await record('EG_one', 1_000);
  open();
  await stored();
  expect(bucket.versions.map(({ key }) => key)).toEqual(['recordings/EG_one.age']);
  expect(bucket.versions[0]?.bytes.equals(bytes)).toBe(true);
  expect(await isHere('EG_one')).toBe(true);
  expect(await storage.status()).toEqual({
    place: { endpoint: 'http://127.0.0.1:9', bucket: 'clinic', prefix: 'recordings/' },
    pending: 0,
    pendingBytes: 0,
    stored: 1,
    storedOnly: 0,
    lastStoredAt: '2026-03-01T12:00:00.000Z',
    removing: 0,
    heldHereOnly: 0,
    troubled: [],
  });
  expect(noted).toEqual([
    {
      event: 'recording.stored',
      caller: { role: 'host' },
      consultationId,
      target: 'EG_one',
      detail: 'sha256',
      outcome: 'ok',
    },
  ]);
});

test('one that is finished later is uploaded as soon as the storage hears of it', async () => {
  open();
  await record('EG_one', 10);
  storage.look();
  await stored();
});

test('without a bucket nothing is tried, and recordings are read from the disk', async () => {
  const bytes = await record('EG_one', 5_000);
  storage = new RecordingStorage(
    {
      dataDir: folder,
      uploads,
      recordings,
      identity: undefined,
      trail: { note: (fact) => noted.push(fact) },
      log: createLog({ format: 'json', level: 'silent' }),
      now: () => now,
      chance: () => 1,
      pause: async () => {},
    },
    undefined,
  );
  storage.start();
  expect(await storage.status()).toMatchObject({ pending: 0, stored: 0 });
  expect((await read('EG_one', 100, 200)).equals(bytes.subarray(100, 200))).toBe(true);
  expect(await read('EG_one', 7, 7)).toHaveLength(0);
  await expect(storage.bytes('EG_none')).rejects.toMatchObject({ code: 'RECORDING_GONE' });
});

test('parts are of 8 MiB, and of 16 where the protocol would run out of numbers', () => {
  expect(partBytesOf(1)).toBe(8 * mebibyte);
  expect(partBytesOf(10_000 * 8 * mebibyte)).toBe(8 * mebibyte);
  expect(partBytesOf(10_000 * 8 * mebibyte + 1)).toBe(16 * mebibyte);
});

describe('a bucket that is away', () => {
  test('for eight days and over restarts: said with when it began, tried no more than every five minutes, and then done', async () => {
    await record('EG_one', 1_000);
    const began = now;
    const back = began + 8 * day;
    let tries = 0;
    bucket.weather = () => {
      if (now >= back) return undefined;
      tries += 1;
      return away();
    };
    open();
    await until('some tries', async () => tries > 100);
    const said = await storage.status();
    expect(said).toMatchObject({ pending: 1, pendingBytes: 1_000, stored: 0 });
    expect(said.problem).toMatchObject({ kind: 'unreachable', detail: 'ECONNREFUSED' });
    expect(said.problem?.since).toBe('2026-03-01T12:00:00.000Z');
    await storage.close();
    open();
    // Thousands of tries, each with a commit of its own.
    await stored(1, 60_000);
    expect((await storage.status()).problem).toBeUndefined();
    expect(now).toBeGreaterThan(began + 7 * day);
    // Five minutes apart, and quicker only in the beginning of each of the two.
    expect(tries).toBeGreaterThan((8 * day) / (5 * 60_000));
    expect(tries).toBeLessThan((8 * day) / (5 * 60_000) + 30);
    expect(bucket.versions).toHaveLength(1);
  });

  test('a restart does not make it younger', async () => {
    await record('EG_one', 1_000);
    bucket.weather = () => (now < Date.parse('2026-03-03T00:00:00Z') ? away() : undefined);
    const paused = new Promise<void>((resolve) => {
      const weather = bucket.weather;
      bucket.weather = (request) => {
        if (now > Date.parse('2026-03-02T00:00:00Z')) resolve();
        return weather(request);
      };
    });
    open();
    await paused;
    await storage.close();
    bucket.weather = away;
    open();
    const { problem } = await until('it is said', async () => {
      const status = await storage.status();
      return status.problem && status;
    });
    expect(problem?.since).toBe('2026-03-01T12:00:00.000Z');
  });

  test.each(['key', 'denied', 'bucket', 'region', 'clock', 'full', 'certificate', 'unwell'] as const)(
    'or says "%s": nothing is set aside or lost, and it goes on by itself',
    async (kind) => {
      await record('EG_one', 100);
      await record('EG_two', 100);
      let tries = 0;
      bucket.weather = () => (++tries < 5 ? new StorageError(kind, 'its own words') : undefined);
      open();
      await stored(2);
      expect((await storage.status()).troubled).toEqual([]);
    },
  );
});

describe('an upload that is stopped in the middle', () => {
  const size = 3 * 8 * mebibyte + 5;

  test.each(['sha256', 'md5', 'none'] as const)(
    'goes on with the parts that are there, where the server says %s of them',
    async (checksums) => {
      bucket.checksums = checksums;
      const bytes = await record('EG_one', size);
      let sent = 0;
      bucket.weather = (request) => (request === 'send' && ++sent === 3 ? away() : undefined);
      open();
      await stored();
      expect(bucket.takenBytes).toBe(size);
      expect(bucket.uploads.size).toBe(0);
      expect(bucket.versions).toHaveLength(1);
      expect(bucket.versions[0]?.bytes.equals(bytes)).toBe(true);
      expect(noted[0]?.detail).toBe({ sha256: 'sha256', md5: 'md5', none: 'read-back' }[checksums]);
    },
  );

  test('goes on after a restart, also on a server that does not list parts', async () => {
    bucket.listsParts = false;
    await record('EG_one', size);
    let reached = () => {};
    const third = new Promise<void>((resolve) => {
      reached = resolve;
    });
    let letGo = () => {};
    const over = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    bucket.arrived = async (part) => {
      if (part !== 3) return;
      bucket.arrived = () => {};
      reached();
      await over;
      throw away();
    };
    open();
    await third;
    // As if it were killed: it never learns of the answer.
    void storage.close();
    open();
    await stored();
    letGo();
    expect(bucket.takenBytes).toBe(size);
    expect(bucket.versions).toHaveLength(1);
  });

  test('begins again where the server has forgotten the upload', async () => {
    await record('EG_one', size);
    let sent = 0;
    bucket.weather = (request) => {
      if (request !== 'send' || ++sent !== 3) return undefined;
      bucket.uploads.clear();
      return away();
    };
    open();
    await stored();
    expect(bucket.takenBytes).toBe(size + 2 * 8 * mebibyte);
    expect(bucket.versions).toHaveLength(1);
  });

  test('sends a part again that is not what is on the disk', async () => {
    const bytes = await record('EG_one', size);
    let sent = 0;
    bucket.weather = (request) => {
      if (request !== 'send' || ++sent !== 3) return undefined;
      for (const { parts } of bucket.uploads.values()) {
        const first = parts.get(1);
        if (first) parts.set(1, { ...first, part: { ...first.part, sha256: 'another', etag: 'another' } });
      }
      return away();
    };
    open();
    await stored();
    expect(bucket.takenBytes).toBe(size + 8 * mebibyte);
    expect(bucket.versions[0]?.bytes.equals(bytes)).toBe(true);
  });

  test('was finished, and only the answer was lost: the object is found and not sent again', async () => {
    await record('EG_one', size);
    bucket.afterFinish = () => {
      bucket.afterFinish = () => {};
      throw away();
    };
    open();
    await stored();
    expect(bucket.takenBytes).toBe(size);
    expect(bucket.versions).toHaveLength(1);
  });
});

describe('a recording that a restored database takes for lost', () => {
  /** @returns the encrypted film. */
  async function lost(egressId: string, saidSha256?: string): Promise<Buffer> {
    const recipients = [await identityToRecipient(identity ?? (await generateIdentity()))];
    const film = await readFile(new URL('../fixtures/recording/two-seconds.webm', import.meta.url));
    const path = join(folder, 'elsewhere.age');
    const file = await createAgeFile(path, recipients);
    await file.write(0, film);
    const { sha256 } = await file.close();
    const bytes = await readFile(path);
    bucket.put(`recordings/${egressId}.age`, bytes, {
      sizeBytes: bytes.length,
      etag: 'opaque',
      sha256: undefined,
      saidSha256: saidSha256 ?? sha256,
    });
    await lose(egressId);
    return bytes;
  }
  const lose = (egressId: string) =>
    database
      .insertInto('recordings')
      .values({
        ...rowOf(egressId, Buffer.alloc(0)),
        status: 'EGRESS_FAILED',
        ended_as: 'failed',
        duration_ms: 0,
        captured_ms: 0,
        size_bytes: null,
        sha256: null,
        content_type: null,
      })
      .execute();
  const rowNow = (egressId: string) =>
    database.selectFrom('recordings').selectAll().where('id', '=', egressId).executeTakeFirstOrThrow();

  test('is taken from the bucket, and stored once it was compared', async () => {
    identity = await generateIdentity();
    const bytes = await lost('EG_one');
    open();
    await stored();
    expect(await rowNow('EG_one')).toMatchObject({
      status: 'EGRESS_COMPLETE',
      ended_as: null,
      sha256: sha256Of(bytes),
      size_bytes: bytes.length,
      content_type: 'video/webm',
    });
    expect((await read('EG_one')).equals(bytes)).toBe(true);
    expect(noted.map(({ event, detail }) => [event, detail])).toEqual([
      ['recording.found', `sha256:${sha256Of(bytes)}`],
      ['recording.stored', 'read-back'],
    ]);
    expect(bucket.takenBytes).toBe(0);
  });

  test('is known by its checksum alone where this host has no key', async () => {
    const bytes = await lost('EG_one');
    open();
    await stored();
    expect(await rowNow('EG_one')).toMatchObject({ sha256: sha256Of(bytes), content_type: null });
  });

  test('is waited for while the bucket is away', async () => {
    identity = await generateIdentity();
    await lost('EG_one');
    bucket.weather = () => away();
    open();
    await until('it is said', async () => (await storage.status()).problem?.kind === 'unreachable');
    bucket.weather = () => undefined;
    await stored();
  });

  test('is not taken when what is there is something else, and is looked for once', async () => {
    identity = await generateIdentity();
    await lose('EG_none');
    await lose('EG_other');
    bucket.put('recordings/EG_other.age', Buffer.from('no recording'), {
      sizeBytes: 12,
      etag: 'opaque',
      sha256: undefined,
      saidSha256: 'a'.repeat(64),
    });
    await record('EG_one', 10);
    open();
    // Each upload looks before and after.
    const looked = (times: number) =>
      until('it has looked', async () => bucket.requests.filter((one) => one === 'find').length === times);
    await looked(2 + 2);
    await record('EG_two', 10);
    storage.look();
    await stored(2);
    expect(await rowNow('EG_none')).toMatchObject({ status: 'EGRESS_FAILED', sha256: null });
    expect(await rowNow('EG_other')).toMatchObject({ status: 'EGRESS_FAILED', sha256: null });
    await looked(2 + 2 + 2);
  });

  test('that is not what was recorded, by the checksum beside it, does not count as stored', async () => {
    identity = await generateIdentity();
    await lost('EG_one', 'a'.repeat(64));
    open();
    const troubled = await until('it is said', async () => (await storage.status()).troubled[0]);
    expect(troubled).toMatchObject({ egressId: 'EG_one', kind: 'missing' });
  });
});

test('uploads that nobody remembers are given up', async () => {
  await record('EG_one', 100);
  await bucket.begin({ bucket: 'clinic', key: 'recordings/EG_one.age' }, '');
  await bucket.begin({ bucket: 'clinic', key: 'recordings/somebody-else.age' }, '');
  open();
  await stored();
  expect([...bucket.uploads.values()].map(({ key }) => key)).toEqual(['recordings/somebody-else.age']);
});

describe('one recording that cannot be stored does not stop the others', () => {
  test('its file was changed', async () => {
    await record('EG_bad', 1_000);
    await truncate(recordingPath(folder, 'EG_bad'), 999);
    await record('EG_good', 1_000);
    open();
    await stored();
    const { troubled, problem, pending } = await storage.status();
    expect(problem).toBeUndefined();
    expect(pending).toBe(1);
    expect(troubled).toMatchObject([{ egressId: 'EG_bad', task: 'upload', kind: 'damaged' }]);
    expect(troubled[0]?.detail).toContain('999 bytes');
    expect(bucket.versions.map(({ key }) => key)).toEqual(['recordings/EG_good.age']);
  });

  test('its file is gone, and there is none in the bucket; once it is back, trying again stores it', async () => {
    const bytes = await record('EG_one', 1_000);
    await rm(recordingPath(folder, 'EG_one'));
    open();
    const look = async () => (await storage.status()).troubled[0];
    expect(await until('it is said', look)).toMatchObject({ egressId: 'EG_one', kind: 'missing' });
    await writeFile(recordingPath(folder, 'EG_one'), bytes);
    await storage.retry();
    await stored();
    expect((await storage.status()).troubled).toEqual([]);
  });

  test('its file is gone, but the bucket has it: it is read and compared, and counts', async () => {
    const bytes = await record('EG_one', 1_000);
    await rm(recordingPath(folder, 'EG_one'));
    bucket.put('recordings/EG_one.age', bytes);
    open();
    await stored();
    expect(noted[0]?.detail).toBe('read-back');
  });

  test('what arrives is not what was sent', async () => {
    bucket.checksums = 'none';
    await record('EG_one', 1_000);
    bucket.afterFinish = () => bucket.versions[0]?.bytes.fill(0);
    open();
    const look = async () => (await storage.status()).troubled[0];
    expect(await until('it is said', look)).toMatchObject({ kind: 'different' });
    expect((await storage.status()).stored).toBe(0);
  });
});

describe('the copy on this disk', () => {
  test('goes once it was stored for the days that were set, and is read from the bucket then', async () => {
    const bytes = await record('EG_one', 10_000);
    open({ keepLocalDays: 2 });
    await stored();
    expect(await isHere('EG_one')).toBe(true);
    expect((await read('EG_one')).equals(bytes)).toBe(true);
    expect(bucket.requests).not.toContain('read');
    now += 2 * day;
    storage.look();
    await until('it is gone', async () => (await storage.status()).storedOnly === 1);
    expect(await isHere('EG_one')).toBe(false);
    expect((await read('EG_one')).equals(bytes)).toBe(true);
    expect((await read('EG_one', 1_234, 5_678)).equals(bytes.subarray(1_234, 5_678))).toBe(true);
    expect(noted.map(({ event }) => event)).toEqual(['recording.stored', 'recording.local-copy-deleted']);
  });

  test('goes at once with 0 days, and never without the setting', async () => {
    await record('EG_one', 10);
    open({ keepLocalDays: 0 });
    await until('it is gone', async () => (await storage.status()).storedOnly === 1);
  });

  test('stays, and is uploaded again, when the bucket has lost its own in the meantime', async () => {
    await record('EG_one', 1_000);
    open({ keepLocalDays: 2 });
    await stored();
    bucket.versions = [];
    now += 2 * day;
    storage.look();
    await until('it is there again', async () => bucket.versions.length === 1);
    await stored();
    expect(await isHere('EG_one')).toBe(true);
    expect(noted.map(({ event }) => event)).toContain('recording.lost-in-bucket');
  });

  test('may go while it is being read: the reader goes on with the bucket', async () => {
    const bytes = await record('EG_one', 10_000);
    open({ keepLocalDays: 1 });
    await stored();
    const opened = await storage.bytes('EG_one');
    now += day;
    storage.look();
    await until('it is gone', async () => (await storage.status()).storedOnly === 1);
    const pieces: Uint8Array[] = [];
    for await (const piece of opened.open(5_000, 10_000)) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(bytes.subarray(5_000))).toBe(true);
  });

  test('is said to be away while the bucket does not answer, and gone when it has lost it', async () => {
    await record('EG_one', 10);
    open({ keepLocalDays: 0 });
    await until('it is gone here', async () => (await storage.status()).storedOnly === 1);
    bucket.weather = (request) => (request === 'read' ? away() : undefined);
    await expect(read('EG_one')).rejects.toMatchObject({ code: 'RECORDING_AWAY' });
    bucket.weather = () => undefined;
    bucket.versions = [];
    await expect(read('EG_one')).rejects.toMatchObject({ code: 'RECORDING_GONE' });
  });
});

describe('deleting', () => {
  test('takes every version, and waits for a bucket that is away', async () => {
    const bytes = await record('EG_one', 1_000);
    bucket.put('recordings/EG_one.age', Buffer.concat([bytes, bytes]));
    open();
    await stored();
    expect(bucket.versions).toHaveLength(2);
    await decide('EG_one', 'deleted');
    let tries = 0;
    bucket.weather = () => (++tries < 5 ? away() : undefined);
    await storage.remove('EG_one');
    await until('it is forgotten', async () => (await uploads.find('EG_one')) === undefined);
    expect(bucket.versions).toEqual([]);
    expect(noted.at(-1)).toMatchObject({ event: 'recording.deleted-in-bucket', detail: '2' });
  });

  test('stops its upload, and leaves nothing of it', async () => {
    await record('EG_one', 2 * 8 * mebibyte);
    let go = () => {};
    const arrived = new Promise<void>((resolve) => {
      bucket.arrived = async (part) => {
        if (part !== 2) return;
        resolve();
        await new Promise<void>((on) => {
          go = on;
        });
        throw new StorageError('unreachable', 'aborted');
      };
    });
    open();
    await arrived;
    await decide('EG_one', 'deleted');
    await storage.remove('EG_one');
    go();
    await until('it is forgotten', async () => (await uploads.find('EG_one')) === undefined);
    expect(bucket.uploads.size).toBe(0);
    expect(bucket.versions).toEqual([]);
    expect((await storage.status()).problem).toBeUndefined();
  });

  test('of what was never sent asks nothing of the bucket', async () => {
    await record('EG_one', 10);
    await uploads.learn();
    await decide('EG_one', 'deleted');
    await uploads.remove('EG_one');
    open();
    await until('it has looked', async () => (await uploads.find('EG_one')) === undefined);
    expect(bucket.requests).toEqual([]);
  });

  test('is refused under a legal hold, also by the database', async () => {
    await record('EG_one', 10);
    open();
    await stored();
    await decide('EG_one', 'held');
    await storage.hold('EG_one', true);
    await expect(storage.remove('EG_one')).rejects.toMatchObject({ code: 'RECORDING_HELD' });
    await expect(
      database.updateTable('recording_uploads').set({ state: 'removing' }).execute(),
    ).rejects.toThrow('CHECK');
    await decide('EG_one', 'released');
    await storage.hold('EG_one', false);
    await decide('EG_one', 'deleted');
    await storage.remove('EG_one');
    await until('it is gone', async () => bucket.versions.length === 0);
  });

  test('that the bucket does not allow yet is set aside and said, and the others go on', async () => {
    bucket.objectLock = true;
    await record('EG_one', 10);
    open();
    await stored();
    await bucket.hold({ bucket: 'clinic', key: 'recordings/EG_one.age' }, true);
    await decide('EG_one', 'deleted');
    await storage.remove('EG_one');
    const look = async () => (await storage.status()).troubled[0];
    expect(await until('it is said', look)).toMatchObject({
      egressId: 'EG_one',
      task: 'remove',
      kind: 'locked',
    });
    await record('EG_two', 10);
    storage.look();
    await until('the other is there', async () => bucket.versions.length === 2);
    await bucket.hold({ bucket: 'clinic', key: 'recordings/EG_one.age' }, false);
    await storage.retry();
    await until('it is gone', async () => bucket.versions.length === 1);
  });
});

describe('a legal hold', () => {
  test('is put on the object where the bucket can, keeps the copy here too, and is lifted', async () => {
    bucket.objectLock = true;
    await record('EG_one', 10);
    open({ keepLocalDays: 1 });
    await stored();
    await decide('EG_one', 'held');
    await storage.hold('EG_one', true);
    await until('the bucket holds it', async () => bucket.versions[0]?.held);
    now += 10 * day;
    await record('EG_two', 10);
    storage.look();
    await stored(2);
    expect(await isHere('EG_one')).toBe(true);
    expect((await storage.status()).heldHereOnly).toBe(0);
    await decide('EG_one', 'released');
    await storage.hold('EG_one', false);
    await until('the bucket lets go', async () => bucket.versions[0]?.held === false);
    await until('the copy here goes', async () => !(await isHere('EG_one')));
    expect(noted.map(({ event }) => event)).toEqual([
      'recording.stored',
      'recording.held-in-bucket',
      'recording.stored',
      'recording.released-in-bucket',
      'recording.local-copy-deleted',
    ]);
  });

  test('that is lifted while the bucket is away does not keep the deletion that follows from being done', async () => {
    bucket.objectLock = true;
    await record('EG_one', 10);
    open();
    await stored();
    await decide('EG_one', 'held');
    await storage.hold('EG_one', true);
    await until('the bucket holds it', async () => bucket.versions[0]?.held);
    bucket.weather = () => away();
    await decide('EG_one', 'released');
    await storage.hold('EG_one', false);
    await until('the bucket is away', async () => (await storage.status()).problem?.kind === 'unreachable');
    await decide('EG_one', 'deleted');
    await storage.remove('EG_one');
    bucket.weather = () => undefined;
    await until('it is gone', async () => bucket.versions.length === 0);
    await until('it is forgotten', async () => (await storage.status()).removing === 0);
    expect((await storage.status()).troubled).toEqual([]);
    expect(noted.map(({ event }) => event)).toEqual([
      'recording.stored',
      'recording.held-in-bucket',
      'recording.released-in-bucket',
      'recording.deleted-in-bucket',
    ]);
  });

  test('is ours alone where the bucket has no Object Lock, which is said', async () => {
    await record('EG_one', 10);
    open();
    await stored();
    await decide('EG_one', 'held');
    await storage.hold('EG_one', true);
    await until('it is said', async () => (await storage.status()).heldHereOnly === 1);
    await decide('EG_one', 'released');
    await storage.hold('EG_one', false);
    expect((await storage.status()).heldHereOnly).toBe(0);
  });
});

test('a legal hold that a crash kept from being told of is learned of', async () => {
  bucket.objectLock = true;
  await record('EG_one', 10);
  await record('EG_two', 10);
  await decide('EG_two', 'held');
  open({ keepLocalDays: 1 });
  await stored(2);
  await until('the bucket holds it', async () =>
    bucket.versions.some(({ key, held }) => held && /two/.test(key)),
  );
  await decide('EG_one', 'held');
  await decide('EG_two', 'released');
  now += 10 * day;
  storage.look();
  await until('it is as was decided', async () =>
    bucket.versions.every(({ key, held }) => held === /one/.test(key)),
  );
  await until('the copy of the other goes', async () => !(await isHere('EG_two')));
  expect(await isHere('EG_one')).toBe(true);
});

test('a recording whose file is another one by now is uploaded again', async () => {
  await record('EG_one', 1_000);
  open();
  await stored();
  const longer = randomBytes(1_500);
  await writeFile(recordingPath(folder, 'EG_one'), longer);
  const { size_bytes, sha256 } = rowOf('EG_one', longer);
  await database.updateTable('recordings').set({ size_bytes, sha256 }).execute();
  storage.look();
  await until('the longer one is there', async () => bucket.versions.at(-1)?.bytes.equals(longer));
  await stored();
  expect((await uploads.find('EG_one'))?.sizeBytes).toBe(1_500);
});

test('with another bucket in the settings, what waits goes there and what is stored stays where it is', async () => {
  await record('EG_one', 10);
  open();
  await stored();
  await storage.close();
  await record('EG_two', 10);
  open({ bucket: 'another', prefix: '' });
  await stored(2);
  expect(bucket.versions.map(({ key }) => key)).toEqual(['recordings/EG_one.age', 'EG_two.age']);
  expect((await uploads.find('EG_one'))?.place?.bucket).toBe('clinic');
  expect((await uploads.find('EG_two'))?.place?.bucket).toBe('another');
});
