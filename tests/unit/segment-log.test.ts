/** The log of a recording against what happens to files: kills at any byte, flipped bytes, full disks. */
import { type FileHandle, mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Encrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SegmentLog } from '../../src/main/host/recordings/segment-log.ts';
import { Chance } from '../support/chance.ts';

let folder: string;
let path: string;
let ages: Uint8Array[];

beforeAll(async () => {
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(await generateIdentity()));
  ages = await Promise.all(
    [1, 2, 3, 4].map((size) => encrypter.encrypt(new Uint8Array(size * 100).fill(size))),
  );
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-log-'));
  path = join(folder, 'EG_test.log');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const head = (number: number) => ({
  number,
  grant: 1,
  fromUs: (number - 1) * 400_000,
  toUs: number * 400_000,
});

async function withFour(): Promise<Buffer> {
  const log = await SegmentLog.open(path);
  for (const [index, age] of ages.entries()) await log.append(head(index + 1), age);
  await log.close();
  return readFile(path);
}

const numbersOf = (log: SegmentLog) => log.segments.map(({ number }) => number);

test('gives back what was appended, also after it was opened again', async () => {
  await withFour();
  const log = await SegmentLog.open(path);
  expect(log.segments.map(({ number, grant, fromUs, toUs }) => ({ number, grant, fromUs, toUs }))).toEqual(
    [1, 2, 3, 4].map(head),
  );
  for (const [index, segment] of log.segments.entries())
    expect((await log.read(segment)).equals(ages[index] ?? Buffer.alloc(0))).toBe(true);
  expect(log.damage).toEqual([]);
  await log.close();
});

describe('a kill', () => {
  test('at any byte leaves every segment that was whole, and goes on behind it', async () => {
    const whole = await withFour();
    const log = await SegmentLog.open(path);
    const ends = log.segments.map(({ position, length }) => position + length);
    await log.close();
    for (let size = 0; size <= whole.length; size += 7) {
      await writeFile(path, whole.subarray(0, size));
      const cut = await SegmentLog.open(path);
      const kept = ends.filter((end) => end <= size).length;
      expect(numbersOf(cut)).toEqual([1, 2, 3, 4].slice(0, kept));
      expect(cut.damage).toEqual([]);
      await cut.append(head(9), ages[0] ?? new Uint8Array());
      await cut.close();
      const again = await SegmentLog.open(path);
      expect(numbersOf(again)).toEqual([...[1, 2, 3, 4].slice(0, kept), 9]);
      await again.close();
    }
  });

  test('that leaves zeros or noise where data was to come costs nothing of what was there', async () => {
    const whole = await withFour();
    const chance = new Chance(3);
    for (const tail of [
      Buffer.alloc(5_000),
      Buffer.from(Array.from({ length: 5_000 }, () => chance.below(256))),
    ]) {
      await writeFile(path, Buffer.concat([whole, tail]));
      const log = await SegmentLog.open(path);
      expect(numbersOf(log)).toEqual([1, 2, 3, 4]);
      expect(log.size).toBe(whole.length);
      await log.close();
    }
  });
});

test('a flipped byte costs the segment it is in, and is named; all others are there', async () => {
  const whole = await withFour();
  const log = await SegmentLog.open(path);
  const { segments } = log;
  await log.close();
  for (let at = 0; at < whole.length; at += 5) {
    const changed = Buffer.from(whole);
    changed.writeUInt8(changed.readUInt8(at) ^ 0x10, at);
    await writeFile(path, changed);
    const damaged = await SegmentLog.open(path);
    const hit = segments.findIndex(({ position, length }) => at < position + length);
    expect(numbersOf(damaged), `byte ${at}`).toEqual([1, 2, 3, 4].filter((number) => number !== hit + 1));
    // Behind the last whole one nothing says whether it ever was.
    const named = damaged.damage.some(({ from, to }) => from <= at && at < to);
    expect(named || hit === 3, `byte ${at}`).toBe(true);
    await damaged.close();
  }
});

describe('a disk', () => {
  /** Counts the waits, and refuses when it is full. */
  function disk() {
    const state = { full: false, syncs: 0 };
    const openFile = async (name: string, flags: string, mode?: number): Promise<FileHandle> => {
      const handle = await open(name, flags, mode);
      const write = handle.write.bind(handle) as (
        ...parameters: unknown[]
      ) => Promise<{ bytesWritten: number }>;
      const sync = handle.datasync.bind(handle);
      return Object.assign(handle, {
        write: async (bytes: Uint8Array, from: number, length: number, position: number) => {
          if (!state.full) return write(bytes, from, length, position);
          // As a real one: some of it, then no more.
          if (length > 10) return write(bytes, from, 10, position);
          throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        },
        datasync: async () => {
          state.syncs += 1;
          await sync();
        },
      });
    };
    return { state, openFile };
  }

  test('that is full refuses, leaves the log sound, and is used again when there is room', async () => {
    const { state, openFile } = disk();
    const log = await SegmentLog.open(path, openFile);
    const [one, two, three] = ages as [Uint8Array, Uint8Array, Uint8Array];
    await log.append(head(1), one);
    const { size } = log;
    state.full = true;
    const refused = await Promise.allSettled([
      log.append(head(2), two.subarray(0, 5)),
      log.append(head(3), three),
    ]);
    expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([log.size, (await readFile(path)).length]).toEqual([size, size]);
    state.full = false;
    await log.append(head(2), two);
    await log.close();
    const again = await SegmentLog.open(path);
    expect([numbersOf(again), again.damage]).toEqual([[1, 2], []]);
    await again.close();
  });

  test('is waited for once by all that arrive together', async () => {
    const { state, openFile } = disk();
    const log = await SegmentLog.open(path, openFile);
    await Promise.all(ages.map((age, index) => log.append(head(index + 1), age)));
    expect([state.syncs, numbersOf(log)]).toEqual([1, [1, 2, 3, 4]]);
    await log.close();
  });
});

test('a log whose end was cut off between two segments is a shorter log', async () => {
  await withFour();
  const log = await SegmentLog.open(path);
  const second = log.segments[1];
  await log.close();
  await truncate(path, (second?.position ?? 0) + (second?.length ?? 0));
  const cut = await SegmentLog.open(path);
  expect([numbersOf(cut), cut.damage]).toEqual([[1, 2], []]);
  await cut.close();
});
