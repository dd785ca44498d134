/** Recordings in a real S3 server that goes away, is killed, refuses and is slow, beside hosts that are killed. What is there is looked at by curl and age. */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createAgeFile, openAge } from '../../src/main/host/recordings/age-file.ts';
import { recordingPath } from '../../src/main/host/recordings/recording-bytes.ts';
import { pause, RecordingStorage } from '../../src/main/host/recordings/recording-storage.ts';
import { openBucket } from '../../src/main/host/recordings/s3-bucket.ts';
import { RecordingStore } from '../../src/main/host/recordings/store.ts';
import { UploadStore } from '../../src/main/host/recordings/upload-store.ts';
import { loadConfig } from '../../src/main/host/runtime/config.ts';
import { createLog } from '../../src/main/host/runtime/log.ts';
import { loadSecrets } from '../../src/main/host/runtime/secrets.ts';
import { type Database, openDatabase } from '../../src/main/host/storage/database.ts';
import { GroupCommit } from '../../src/main/host/storage/group-commit.ts';
import type { RecordingStorageStatus } from '../../src/shared/contract/recording-storage.ts';
import { keepRecording } from '../support/kept-recording.ts';
import { type KillableHost, startHostProcess } from '../support/killable-host.ts';
import { closeTestHost, startTestHost } from '../support/test-host.ts';
import { untilWithin } from '../support/until.ts';
import { accessKey, type Passing, S3StandIn } from './s3-stand-in.ts';

// Long enough for a computer that has much else to do; nothing here waits for a time to pass.
vi.setConfig({ testTimeout: 300_000 });
const until = untilWithin(120_000);
const execute = promisify(execFile);
const megabyte = 1_000_000;
const partBytes = 8 * 1024 * 1024;

let s3: S3StandIn;
let bucket: string;
let buckets = 0;
let dataDir: string;
let hosts: KillableHost[];
beforeAll(async () => {
  s3 = await S3StandIn.start();
});
afterAll(() => s3?.close());
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'autamedica-test-'));
  await mkdir(join(dataDir, 'recordings'), { mode: 0o700 });
  hosts = [];
  bucket = `clinic-${++buckets}`;
  s3.weather = {};
  s3.taken = [];
  s3.arrivedBytes = 0;
});
afterEach(async () => {
  for (const host of hosts) await host.kill();
  await rm(dataDir, { recursive: true, force: true });
});

async function startHost(change: Record<string, string> = {}): Promise<KillableHost> {
  const host = await startHostProcess(dataDir, { ...s3.settings(bucket), ...change });
  hosts.push(host);
  return host;
}

async function call(
  host: { readonly url: string },
  method: 'GET' | 'POST',
  path = '',
): Promise<RecordingStorageStatus> {
  const response = await fetch(`${host.url}/api/recording-storage${path}`, { method });
  return ((await response.json()) as { data: RecordingStorageStatus }).data;
}
const status = (host: { readonly url: string }) => call(host, 'GET');
const retry = (host: KillableHost) => call(host, 'POST', '/retry');
const stored = (host: KillableHost, count = 1) =>
  until('it is stored', async () => (await status(host)).stored === count);
const said = (host: KillableHost, kind: string) =>
  until(`"${kind}" is said`, async () => {
    const now = await status(host);
    return now.problem?.kind === kind && now;
  });

/** A key pair of Debian's age. */
async function newKeys(): Promise<{ identity: string; recipient: string }> {
  const { stdout } = await execute('age-keygen');
  const find = (pattern: RegExp) => pattern.exec(stdout)?.[0] ?? '';
  return { identity: find(/AGE-SECRET-KEY-1\w+/), recipient: find(/age1\w+/) };
}

interface Recorded {
  readonly egressId: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** A finished recording of a clinic whose host does not run: an age file of random content, with the clinic's rows for it. */
async function record(egressId: string, plain: Buffer, recipient: string): Promise<Recorded> {
  const writer = await createAgeFile(recordingPath(dataDir, egressId), [recipient]);
  await writer.write(0, plain);
  const { sizeBytes, sha256 } = await writer.close();
  return enlist({ egressId, sizeBytes, sha256 });
}

/** A large one. What is in it matters to nobody here. */
async function recordLarge(egressId: string, sizeBytes: number): Promise<Recorded> {
  const handle = await open(recordingPath(dataDir, egressId), 'w');
  const hash = createHash('sha256');
  for (let at = 0; at < sizeBytes; at += megabyte) {
    const piece = randomBytes(Math.min(megabyte, sizeBytes - at));
    hash.update(piece);
    await handle.write(piece);
  }
  await handle.close();
  return enlist({ egressId, sizeBytes, sha256: hash.digest('hex') });
}

/** The rows of a clinic whose host does not run. */
async function enlist(recorded: Recorded): Promise<Recorded> {
  const { secrets } = loadSecrets(dataDir, {});
  const database = await openDatabase(join(dataDir, 'clinic.db'), secrets.databaseKey);
  await database
    .insertInto('consultations')
    .values({
      id: 'a-consultation',
      patient_id: 'patient',
      doctor_id: 'doctor',
      transport: 'auto',
      state: 'closed',
      room_sid: 'RM_x',
      created_at: '2026-03-01T10:00:00.000Z',
      search_text: '',
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await database
    .insertInto('recordings')
    .values({
      id: recorded.egressId,
      consultation_id: 'a-consultation',
      recorder: 'client',
      status: 'EGRESS_COMPLETE',
      started_at: '2026-03-01T11:00:00.000Z',
      ended_at: '2026-03-01T11:30:00.000Z',
      ended_as: 'stopped',
      duration_ms: 1_800_000,
      captured_ms: 1_800_000,
      size_bytes: recorded.sizeBytes,
      sha256: recorded.sha256,
      content_type: 'video/webm',
      grants: '[]',
      log_bytes: 0,
    })
    .execute();
  await database.destroy();
  return recorded;
}

/** The object as curl finds it. */
async function downloaded(egressId: string): Promise<Buffer> {
  const file = join(dataDir, 'downloaded');
  await s3.curl(['--output', file], `/${bucket}/${egressId}.age`);
  return readFile(file);
}

async function expectOneSameObject({ egressId, sha256, sizeBytes }: Recorded): Promise<void> {
  const object = await downloaded(egressId);
  expect(object.length).toBe(sizeBytes);
  expect(createHash('sha256').update(object).digest('hex')).toBe(sha256);
  expect(await s3.listed(`/${bucket}?versions=`, 'Key')).toEqual([`${egressId}.age`]);
  expect(await s3.listed(`/${bucket}?uploads=`, 'UploadId')).toEqual([]);
}

/** Every part of the file was taken exactly once. */
function expectEachPartOnce({ sizeBytes }: Recorded): void {
  const parts = s3.taken.map(({ part }) => part).sort((one, other) => one - other);
  expect(parts).toEqual(Array.from({ length: Math.ceil(sizeBytes / partBytes) }, (_, index) => index + 1));
  expect(s3.taken.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(sizeBytes);
}

/** Holds what passes and is meant until it is told to go on; then it is let through, or its line is cut the first time. */
function gate(
  isMeant: (passing: Passing) => boolean,
  first: 'cut' | undefined = undefined,
): { reached: Promise<void>; go(): void } {
  let go = () => {};
  const opened = new Promise<void>((resolve) => {
    go = resolve;
  });
  let then = first;
  const reached = new Promise<void>((resolve) => {
    s3.weather = {
      before: async (passing) => {
        if (!isMeant(passing)) return undefined;
        const own = then;
        then = undefined;
        resolve();
        await opened;
        return own;
      },
    };
  });
  return { reached, go };
}

/** Lets so many parts through, then holds the next one until it is told to go on. */
const holdAt = (part: number) => gate((passing) => passing.part === part);

test('a recording is uploaded and compared; curl downloads it byte for byte, and age opens it', async () => {
  await s3.makeBucket(bucket);
  const { identity, recipient } = await newKeys();
  const plain = randomBytes(20 * megabyte);
  const recorded = await record('EG_first', plain, recipient);
  const host = await startHost();
  await stored(host);
  expect(await status(host)).toEqual({
    place: { endpoint: s3.url, bucket, prefix: '' },
    pending: 0,
    pendingBytes: 0,
    stored: 1,
    storedOnly: 0,
    lastStoredAt: expect.stringMatching(/^2/),
    removing: 0,
    heldHereOnly: 0,
    troubled: [],
  });
  await expectOneSameObject(recorded);
  expectEachPartOnce(recorded);
  expect((await downloaded('EG_first')).equals(await readFile(recordingPath(dataDir, 'EG_first')))).toBe(
    true,
  );
  const key = join(dataDir, 'key.txt');
  await writeFile(key, identity);
  const opened = await execute('age', ['--decrypt', '--identity', key, join(dataDir, 'downloaded')], {
    encoding: 'buffer',
    maxBuffer: 1 << 30,
  });
  expect(opened.stdout.equals(plain)).toBe(true);
  const { body } = await fetch(`${host.url}/api/audit?event=recording.stored`);
  expect(await new Response(body).text()).toContain('"target":"EG_first"');
  expect(host.output()).not.toContain(accessKey.secret);
});

describe('500 MB', () => {
  const size = 500 * megabyte;

  test('the S3 server is killed in the middle and comes back: no part is sent again, one object, the same checksum', async () => {
    await s3.makeBucket(bucket, { versions: true });
    const recorded = await recordLarge('EG_large', size);
    const { reached, go } = holdAt(30);
    const host = await startHost();
    await reached;
    await s3.killGateway();
    go();
    await said(host, 'unreachable');
    const there = s3.taken.length;
    expect(there).toBe(29);
    expect(await status(host)).toMatchObject({ pending: 1, pendingBytes: size, stored: 0 });
    await s3.startGateway();
    s3.weather = {};
    await retry(host);
    await stored(host);
    expectEachPartOnce(recorded);
    await expectOneSameObject(recorded);
    process.stdout.write(
      `S3 killed after ${there} of ${Math.ceil(size / partBytes)} parts: ${s3.arrivedBytes} bytes of parts arrived for a file of ${size}\n`,
    );
  });

  test('the host is killed in the middle and started again: no part that is there is sent again, one object, the same checksum', async () => {
    await s3.makeBucket(bucket, { versions: true });
    const recorded = await recordLarge('EG_large', size);
    const { reached, go } = holdAt(30);
    const host = await startHost();
    await reached;
    await host.kill();
    go();
    s3.weather = {};
    const again = await startHost();
    await stored(again);
    expectEachPartOnce(recorded);
    await expectOneSameObject(recorded);
    process.stdout.write(
      `Host killed after 29 of ${Math.ceil(size / partBytes)} parts: ${s3.arrivedBytes} bytes of parts arrived for a file of ${size}\n`,
    );
  });

  test('both are killed, three times, at whatever moment: one object, the same checksum', async () => {
    await s3.makeBucket(bucket, { versions: true });
    const recorded = await recordLarge('EG_large', size);
    for (const part of [7, 25, 59]) {
      const { reached, go } = holdAt(part);
      const host = await startHost();
      await reached;
      await Promise.all([host.kill(), s3.killGateway()]);
      go();
      await s3.startGateway();
    }
    s3.weather = {};
    await stored(await startHost());
    expectEachPartOnce(recorded);
    await expectOneSameObject(recorded);
  });
});

test('killed between the last part and knowing of it: the object is found, and not sent again', async () => {
  await s3.makeBucket(bucket, { versions: true });
  const recorded = await recordLarge('EG_whole', 3 * partBytes);
  const finished = new Promise<void>((resolve) => {
    s3.weather = {
      after: async ({ method, query }) => {
        if (method !== 'POST' || !query.has('uploadId')) return undefined;
        resolve();
        return new Promise(() => {});
      },
    };
  });
  const host = await startHost();
  await finished;
  await host.kill();
  s3.weather = {};
  await stored(await startHost());
  expectEachPartOnce(recorded);
  await expectOneSameObject(recorded);
});

test('uploads that were begun and forgotten are given up', async () => {
  await s3.makeBucket(bucket);
  const recorded = await recordLarge('EG_one', 1_000);
  await s3.curl(['-X', 'POST', '--data-binary', ''], `/${bucket}/EG_one.age?uploads=`);
  expect(await s3.listed(`/${bucket}?uploads=`, 'UploadId')).toHaveLength(1);
  await stored(await startHost());
  await expectOneSameObject(recorded);
});

describe('what is in the way is said, nothing is lost, and it goes on once it is corrected', () => {
  beforeEach(() => recordLarge('EG_one', 1_000));

  test('a wrong secret, and a wrong key id', async () => {
    await s3.makeBucket(bucket);
    const wrong = await startHost({ S3_SECRET_ACCESS_KEY: 'another-secret' });
    expect((await said(wrong, 'key')).pending).toBe(1);
    await wrong.kill();
    const unknown = await startHost({ S3_ACCESS_KEY_ID: 'nobody' });
    await said(unknown, 'key');
    await unknown.kill();
    await stored(await startHost());
  });

  test('a bucket that is not there', async () => {
    const host = await startHost();
    await said(host, 'bucket');
    await s3.makeBucket(bucket);
    await retry(host);
    await stored(host);
    expect((await status(host)).problem).toBeUndefined();
  });

  test('another region', async () => {
    await s3.makeBucket(bucket);
    const host = await startHost({ S3_REGION: 'elsewhere-1' });
    await said(host, 'region');
  });

  test.each([
    ['full', { status: 507, code: 'InsufficientStorage' }],
    ['denied', { status: 403, code: 'AccessDenied', message: 'Access Denied' }],
    ['unwell', { status: 503, code: 'SlowDown', message: 'Please reduce your request rate' }],
  ] as const)('a server that is %s', async (kind, refusal) => {
    await s3.makeBucket(bucket);
    s3.weather = { before: ({ method }) => (method === 'PUT' ? refusal : undefined) };
    const host = await startHost();
    await said(host, kind);
    s3.weather = {};
    await retry(host);
    await stored(host);
  });

  test('no server at all, over a restart of the host: since when is not forgotten', async () => {
    await s3.makeBucket(bucket);
    s3.weather = { before: () => 'cut' };
    const host = await startHost();
    const first = await said(host, 'unreachable');
    await host.kill();
    const again = await startHost();
    expect((await said(again, 'unreachable')).problem?.since).toBe(first.problem?.since);
    s3.weather = {};
    await retry(again);
    await stored(again);
  });
});

test('answers that are cut again and again, each time with the part there', async () => {
  await s3.makeBucket(bucket);
  const recorded = await recordLarge('EG_one', 6 * partBytes);
  let answers = 0;
  s3.weather = {
    after: ({ part }) => (part > 0 && ++answers % 2 === 1 ? 'cut' : undefined),
  };
  const host = await startHost();
  await until('it is stored', async () => {
    await retry(host);
    return (await status(host)).stored === 1;
  });
  await expectOneSameObject(recorded);
});

test('the library plays and exports what is only in the bucket, holds it there, and deletes it there', async () => {
  await s3.makeBucket(bucket, { lock: true });
  const clinic = await startTestHost({ ...s3.settings(bucket), S3_KEEP_LOCAL_DAYS: '0' });
  try {
    const content = randomBytes(2 * megabyte);
    const kept = await keepRecording(clinic.dataDir, await clinic.createConsultation(), content);
    const path = `/api/recordings/${kept.egressId}`;
    await clinic.call('POST', '/api/recording-storage/retry');
    await until('the copy here is gone', async () => (await status(clinic)).storedOnly === 1);
    await expect(access(kept.path)).rejects.toThrow('ENOENT');
    const encrypted = await fetch(`${clinic.url}${path}/content?as=encrypted`);
    const sha256 = createHash('sha256').update(Buffer.from(await encrypted.arrayBuffer()));
    expect(sha256.digest('hex')).toBe(kept.sha256);
    const range = await fetch(`${clinic.url}${path}/content`, {
      headers: { range: 'bytes=1500000-1599999' },
    });
    expect(range.status).toBe(206);
    expect(Buffer.from(await range.arrayBuffer()).equals(content.subarray(1_500_000, 1_600_000))).toBe(true);

    await clinic.call('PUT', `${path}/hold`, { body: { reason: 'Pedido del juzgado' } });
    await until('the bucket holds it', async () => {
      const answer = await s3.curl([], `/${bucket}/${kept.egressId}.age?legal-hold=`).catch(() => '');
      return answer.toString().includes('ON');
    });
    const removal = { body: { reason: 'Pedido de la paciente' } };
    expect((await clinic.call('DELETE', path, removal)).body.error?.code).toBe('RECORDING_HELD');
    await clinic.call('DELETE', `${path}/hold`, { body: { reason: 'Causa cerrada' } });
    expect((await clinic.call('DELETE', path, removal)).status).toBe(200);
    await until('nothing of it is there', async () => {
      const keys = await s3.listed(`/${bucket}?versions=`, 'Key');
      return keys.length === 0 && (await status(clinic)).removing === 0;
    });
  } finally {
    await closeTestHost(clinic);
  }
});

describe('without a host around it', () => {
  let database: Database;
  let storage: RecordingStorage | undefined;
  afterEach(async () => {
    await storage?.close();
    storage = undefined;
    await database?.destroy();
  });

  /** @param silentFor how long an answer may take, ms. */
  async function openStorage(
    change: Record<string, string> = {},
    {
      silentFor = 60_000,
      now = Date.now,
      url = s3.url,
      identity,
    }: { silentFor?: number; now?: () => number; url?: string; identity?: string } = {},
  ): Promise<RecordingStorage> {
    const { s3: settings } = loadConfig({ ...s3.settings(bucket), S3_ENDPOINT: url, ...change });
    if (settings === undefined) throw new Error('not set up');
    const { secrets } = loadSecrets(dataDir, {});
    database = await openDatabase(join(dataDir, 'clinic.db'), secrets.databaseKey);
    const commits = new GroupCommit(database);
    storage = new RecordingStorage(
      {
        dataDir,
        uploads: new UploadStore(database, commits, now),
        recordings: new RecordingStore(database, commits),
        identity,
        trail: { note: () => {} },
        log: createLog({ format: 'json', level: 'silent' }),
        now,
        chance: () => 0,
        pause,
      },
      { settings, store: await openBucket(settings, silentFor) },
    );
    storage.start();
    return storage;
  }
  /** As the library does: it is decided before anything is deleted. */
  const removeForGood = async (one: RecordingStorage, egressId: string) => {
    await database
      .insertInto('recording_keeping')
      .values({ egress_id: egressId, rule: 'clinic', deleted_at: new Date().toISOString() })
      .execute();
    await one.remove(egressId);
  };
  const isHeldThere = async () => {
    const answer = await s3.curl([], `/${bucket}/EG_one.age?legal-hold=`).catch(() => '');
    return answer.toString().includes('ON');
  };
  const comparedBy = async (egressId: string) =>
    (
      await database
        .selectFrom('recording_uploads')
        .select('compared_by')
        .where('egress_id', '=', egressId)
        .executeTakeFirstOrThrow()
    ).compared_by;
  const storedBy = (one: RecordingStorage) =>
    until('it is stored', async () => (await one.status()).stored === 1);

  test('a server that takes a part and never answers is given up, and the part is not sent again', async () => {
    await s3.makeBucket(bucket);
    const recorded = await recordLarge('EG_one', 4 * partBytes);
    let slow = true;
    s3.weather = {
      after: ({ part }) => (part === 2 && slow ? new Promise<undefined>(() => {}) : undefined),
    };
    const one = await openStorage({}, { silentFor: 1_000 });
    await until('it is said', async () => (await one.status()).problem?.kind === 'unreachable');
    slow = false;
    const sent = s3.taken.filter(({ part }) => part === 2).length;
    await one.retry();
    await storedBy(one);
    expect(s3.taken.filter(({ part }) => part === 2)).toHaveLength(sent);
    await expectOneSameObject(recorded);
  });

  const withoutSha256 = (passing: Passing) =>
    passing.headers['x-amz-checksum-algorithm'] === undefined
      ? undefined
      : ({ status: 501, code: 'NotImplemented' } as const);

  test('a server without SHA-256 is compared by MD5', async () => {
    await s3.makeBucket(bucket);
    const recorded = await recordLarge('EG_one', 2 * partBytes + 1);
    s3.weather = { before: withoutSha256 };
    await storedBy(await openStorage());
    expect(await comparedBy('EG_one')).toBe('md5');
    await expectOneSameObject(recorded);
  });

  test('one whose etags are no MD5 either is compared by reading it back', async () => {
    const own = s3;
    const other = await S3StandIn.start(['--data-integrity-etag']);
    try {
      s3 = other;
      await s3.makeBucket(bucket);
      const recorded = await recordLarge('EG_one', 2 * partBytes + 1);
      s3.weather = { before: withoutSha256 };
      await storedBy(await openStorage());
      expect(await comparedBy('EG_one')).toBe('read-back');
      await expectOneSameObject(recorded);
    } finally {
      await storage?.close();
      s3 = own;
      await other.close();
    }
  });

  test('a recording whose copy here is gone is read from the bucket in ranges, and opened with its key', async () => {
    await s3.makeBucket(bucket);
    const { identity, recipient } = await newKeys();
    const plain = randomBytes(3 * megabyte);
    await record('EG_one', plain, recipient);
    const one = await openStorage({ S3_KEEP_LOCAL_DAYS: '0' });
    await until('the copy here is gone', async () => (await one.status()).storedOnly === 1);
    await expect(access(recordingPath(dataDir, 'EG_one'))).rejects.toThrow('ENOENT');
    const ranges: string[] = [];
    s3.weather = {
      before: ({ method, headers }) => {
        if (method === 'GET') ranges.push(String(headers.range));
        return undefined;
      },
    };
    const reader = await openAge(await one.bytes('EG_one'), identity);
    const pieces: Uint8Array[] = [];
    for await (const piece of reader.read(1_000_000, 1_300_000)) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(plain.subarray(1_000_000, 1_300_000))).toBe(true);
    expect(ranges.every((range) => /^bytes=\d+-\d+$/.test(range))).toBe(true);
  });

  test('a recording that a restored database takes for lost is found in the bucket, compared and opened', async () => {
    await s3.makeBucket(bucket);
    const { identity, recipient } = await newKeys();
    const film = await readFile(new URL('../fixtures/recording/two-seconds.webm', import.meta.url));
    const recorded = await record('EG_one', film, recipient);
    const before = await openStorage();
    await storedBy(before);
    await before.close();
    // As a backup has it that was made while it was recorded.
    await database.deleteFrom('recording_uploads').execute();
    await database
      .updateTable('recordings')
      .set({ status: 'EGRESS_FAILED', size_bytes: null, sha256: null, content_type: null, duration_ms: 0 })
      .execute();
    await database.destroy();
    await rm(recordingPath(dataDir, 'EG_one'));
    s3.taken = [];
    const one = await openStorage({}, { identity });
    await storedBy(one);
    expect(await comparedBy('EG_one')).toBe('read-back');
    const row = await database.selectFrom('recordings').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({
      status: 'EGRESS_COMPLETE',
      size_bytes: recorded.sizeBytes,
      sha256: recorded.sha256,
      content_type: 'video/webm',
    });
    expect(row.duration_ms).toBeGreaterThan(1_900);
    const reader = await openAge(await one.bytes('EG_one'), identity);
    expect(reader.size).toBe(film.length);
    expect(s3.taken).toEqual([]);
  });

  test('a download that breaks off goes on from there', async () => {
    await s3.makeBucket(bucket);
    const { sha256, sizeBytes } = await recordLarge('EG_one', 5 * megabyte);
    const one = await openStorage({ S3_KEEP_LOCAL_DAYS: '0' });
    await until('the copy here is gone', async () => (await one.status()).storedOnly === 1);
    s3.breakAfter = 2 * megabyte;
    const bytes = await one.bytes('EG_one');
    const hash = createHash('sha256');
    for await (const piece of bytes.open(0, sizeBytes)) hash.update(piece);
    expect(hash.digest('hex')).toBe(sha256);
    expect(s3.breakAfter).toBeUndefined();
  });

  test('deleting takes every version, marks and unfinished uploads', async () => {
    await s3.makeBucket(bucket, { versions: true });
    await recordLarge('EG_one', 1_000);
    const one = await openStorage();
    await storedBy(one);
    // As somebody with another tool might: deleted once, overwritten, and begun again.
    await s3.curl(['-X', 'DELETE'], `/${bucket}/EG_one.age`);
    await s3.curl(['-X', 'PUT', '--data-binary', 'something else'], `/${bucket}/EG_one.age`);
    await s3.curl(['-X', 'PUT', '--data-binary', 'of somebody else'], `/${bucket}/EG_one.age.txt`);
    await s3.curl(['-X', 'POST', '--data-binary', ''], `/${bucket}/EG_one.age?uploads=`);
    expect(await s3.listed(`/${bucket}?versions=`, 'VersionId')).toHaveLength(4);
    await removeForGood(one, 'EG_one');
    await until('it is forgotten', async () => (await one.status()).removing === 0);
    expect(await s3.listed(`/${bucket}?versions=`, 'Key')).toEqual(['EG_one.age.txt']);
    expect(await s3.listed(`/${bucket}?uploads=`, 'UploadId')).toEqual([]);
  });

  test('a legal hold is the bucket’s too: nothing deletes it there or here until it is lifted, whatever retention says', async () => {
    await s3.makeBucket(bucket, { lock: true });
    await recordLarge('EG_one', 1_000);
    let time = Date.now();
    const one = await openStorage({ S3_KEEP_LOCAL_DAYS: '1' }, { now: () => time });
    await storedBy(one);
    await one.hold('EG_one', true);
    await until('the bucket holds it', isHeldThere);
    const [version] = await s3.listed(`/${bucket}?versions=`, 'VersionId');
    await expect(s3.curl(['-X', 'DELETE'], `/${bucket}/EG_one.age?versionId=${version}`)).rejects.toThrow(
      'object lock',
    );
    await expect(one.remove('EG_one')).rejects.toMatchObject({ code: 'RECORDING_HELD' });
    time += 30 * 24 * 60 * 60_000;
    one.look();
    await until('it has looked', async () => (await one.status()).stored === 1);
    await stat(recordingPath(dataDir, 'EG_one'));

    await one.hold('EG_one', false);
    await until('the copy here goes by its retention', async () => (await one.status()).storedOnly === 1);
    await removeForGood(one, 'EG_one');
    await until('it is forgotten', async () => (await one.status()).removing === 0);
    expect(await s3.listed(`/${bucket}?versions=`, 'Key')).toEqual([]);
  });

  test('a hold that is lifted and the recording deleted before the bucket has heard of either', async () => {
    await s3.makeBucket(bucket, { lock: true });
    await recordLarge('EG_one', 1_000);
    const one = await openStorage();
    await storedBy(one);
    await one.hold('EG_one', true);
    await until('the bucket holds it', isHeldThere);
    // What would have lifted it there never arrives.
    const { reached, go } = gate(({ query }) => query.has('legal-hold'), 'cut');
    await one.hold('EG_one', false);
    await reached;
    await removeForGood(one, 'EG_one');
    go();
    await until('it is forgotten', async () => {
      const { removing, troubled } = await one.status();
      expect(troubled).toEqual([]);
      return removing === 0;
    });
    expect(await s3.listed(`/${bucket}?versions=`, 'Key')).toEqual([]);
  });

  test('a hold is on every version, and lifted from every version, also where somebody deleted or wrote over it', async () => {
    await s3.makeBucket(bucket, { lock: true });
    await recordLarge('EG_one', 1_000);
    const one = await openStorage();
    await storedBy(one);
    await one.hold('EG_one', true);
    await until('the bucket holds it', isHeldThere);
    await s3.curl(['-X', 'PUT', '--data-binary', 'something else'], `/${bucket}/EG_one.age`);
    await s3.curl(['-X', 'DELETE'], `/${bucket}/EG_one.age`);
    await one.hold('EG_one', false);
    await removeForGood(one, 'EG_one');
    await until('it is forgotten', async () => {
      const { removing, troubled } = await one.status();
      expect(troubled).toEqual([]);
      return removing === 0;
    });
    expect(await s3.listed(`/${bucket}?versions=`, 'VersionId')).toEqual([]);
  });

  test('a bucket whose own retention keeps it longer than the clinic wants: said, set aside, and tried again', async () => {
    await s3.makeBucket(bucket, { lock: true });
    const rule =
      '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>';
    const digest = createHash('md5').update(rule).digest('base64');
    await s3.curl(
      ['-X', 'PUT', '-H', `content-md5: ${digest}`, '--data-binary', rule],
      `/${bucket}?object-lock=`,
    );
    await recordLarge('EG_one', 1_000);
    const one = await openStorage();
    await storedBy(one);
    await removeForGood(one, 'EG_one');
    const told = await until('it is said', async () => (await one.status()).troubled[0]);
    expect(told).toMatchObject({ egressId: 'EG_one', task: 'remove', kind: 'locked' });
    expect((await one.status()).problem).toBeUndefined();
    expect(await s3.listed(`/${bucket}?versions=`, 'Key')).toEqual(['EG_one.age']);
  });

  test('a bucket without Object Lock: the hold is this host’s alone, which is said', async () => {
    await s3.makeBucket(bucket);
    await recordLarge('EG_one', 1_000);
    const one = await openStorage();
    await storedBy(one);
    await one.hold('EG_one', true);
    await until('it is said', async () => (await one.status()).heldHereOnly === 1);
    await expect(one.remove('EG_one')).rejects.toMatchObject({ code: 'RECORDING_HELD' });
  });
});
