/** Our files in the age format beside Debian's age: each opens what the other wrote, and notices what was changed. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chunkBytes, chunkCipher, nobleCipher } from '../../src/main/host/recordings/age-chunks.ts';
import {
  type AgeReader,
  createAgeFile,
  type OpenFile,
  openAgeFile,
} from '../../src/main/host/recordings/age-file.ts';
import { Chance } from '../support/chance.ts';

interface Keys {
  readonly identity: string;
  readonly recipient: string;
}

/** Of Debian's age-keygen. */
function newKeys(): Keys {
  const text = execFileSync('age-keygen', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const find = (pattern: RegExp) => pattern.exec(text)?.[0] ?? '';
  return { identity: find(/AGE-SECRET-KEY-1\w+/), recipient: find(/age1\w+/) };
}

let folder: string;
let path: string;
let keys: Keys;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-age-'));
  path = join(folder, 'recording.age');
  keys = newKeys();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What Debian's age makes of the file. */
async function byAge(file: string, { identity } = keys): Promise<Buffer> {
  const key = join(folder, 'key.txt');
  await writeFile(key, `${identity}\n`);
  return execFileSync('age', ['--decrypt', '--identity', key, file], {
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

async function readRange(reader: AgeReader, from: number, to: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of reader.read(from, to)) parts.push(part);
  return Buffer.concat(parts);
}

async function readWhole(file: string, identity = keys.identity): Promise<Buffer> {
  const reader = await openAgeFile(file, identity);
  try {
    return await readRange(reader, 0, reader.size);
  } finally {
    await reader.close();
  }
}

async function write(content: Buffer, partBytes = 10_000) {
  const file = await createAgeFile(path, [keys.recipient]);
  for (let at = 0; at < content.length; at += partBytes)
    await file.write(at, content.subarray(at, at + partBytes));
  return file.close();
}

/** So that what is measured is what is held: the second time waits for what the first one lets go beside the program. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
}

const sizes = [0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 2 * chunkBytes, 5 * 1024 * 1024 + 7];

test.each(sizes)('age opens our file of %i bytes, and we open that of age', async (size) => {
  const content = randomBytes(size);
  const closed = await write(content);
  expect((await byAge(path)).equals(content)).toBe(true);
  expect((await readWhole(path)).equals(content)).toBe(true);
  const onDisk = await readFile(path);
  expect(closed).toEqual({
    plainBytes: size,
    sizeBytes: onDisk.length,
    sha256: createHash('sha256').update(onDisk).digest('hex'),
  });

  const plain = join(folder, 'plain');
  const theirs = join(folder, 'theirs.age');
  await writeFile(plain, content);
  execFileSync('age', ['--recipient', keys.recipient, '--output', theirs, plain]);
  expect((await readWhole(theirs)).equals(content)).toBe(true);
});

test('each of several recipients opens the file', async () => {
  const second = newKeys();
  const file = await createAgeFile(path, [keys.recipient, second.recipient]);
  await file.write(0, Buffer.from('both'));
  await file.close();
  for (const key of [keys, second]) {
    expect((await byAge(path, key)).toString()).toBe('both');
    expect((await readWhole(path, key.identity)).toString()).toBe('both');
  }
});

test('writes in any order, and over one another, make the file that they describe', async () => {
  const chance = new Chance(7);
  for (let round = 0; round < 20; round++) {
    const size = chance.below(20 * chunkBytes);
    const expected = randomBytes(size);
    const file = await createAgeFile(path, [keys.recipient], { heldBytes: 4 * chunkBytes });
    // Parts of up to 100 kB within two chunks of each other change places, as a muxer's do; some come twice, wrong at first.
    const parts: { at: number; bytes: Buffer }[] = [];
    for (let at = 0; at < size; ) {
      const length = Math.min(size - at, 1 + chance.below(100_000));
      parts.push({ at, bytes: expected.subarray(at, at + length) });
      at += length;
    }
    for (let index = 0; index + 1 < parts.length; index += 2)
      if (chance.below(2) === 0)
        parts.splice(index, 2, ...(parts.slice(index, index + 2).reverse() as typeof parts));
    for (const { at, bytes } of parts) {
      if (chance.below(3) === 0) await file.write(at, Buffer.alloc(bytes.length));
      await file.write(at, bytes);
    }
    // At the very end, the beginning again: a muxer fills in the duration.
    await file.write(0, expected.subarray(0, Math.min(size, 1_000)));
    await file.close();
    expect((await byAge(path)).equals(expected)).toBe(true);
  }
});

test('any range is the one of the content', async () => {
  const content = randomBytes(5 * chunkBytes + 123);
  await write(content);
  const chance = new Chance(11);
  const reader = await openAgeFile(path, keys.identity);
  expect(reader.size).toBe(content.length);
  for (let round = 0; round < 200; round++) {
    const from = chance.below(content.length + 1);
    const to = from + chance.below(content.length - from + 1);
    expect((await readRange(reader, from, to)).equals(content.subarray(from, to))).toBe(true);
  }
  await expect(readRange(reader, 0, content.length + 1)).rejects.toThrow(RangeError);
  await reader.close();
});

test('a write to what is encrypted already is refused', async () => {
  const file = await createAgeFile(path, [keys.recipient], { heldBytes: 2 * chunkBytes });
  await file.write(0, randomBytes(10 * chunkBytes));
  await file.write(8 * chunkBytes, Buffer.from('still held'));
  await file.write(10, Buffer.from('the first chunk is held to the end'));
  await expect(file.write(7 * chunkBytes, Buffer.from('late'))).rejects.toMatchObject({
    problem: 'sealed',
    chunk: 7,
  });
  await expect(file.close()).rejects.toMatchObject({ problem: 'sealed' });
  await file.abandon();
  expect(await readdir(folder)).toEqual([]);
});

test('a hole in the content is refused, in the middle and at the end', async () => {
  const far = await createAgeFile(path, [keys.recipient]);
  await far.write(0, randomBytes(100));
  await expect(far.write(1e12, Buffer.from('far away'))).rejects.toMatchObject({
    problem: 'missing',
    chunk: 1,
  });
  await far.abandon();

  const near = await createAgeFile(path, [keys.recipient]);
  await near.write(0, randomBytes(100));
  await near.write(101, randomBytes(100));
  await expect(near.close()).rejects.toMatchObject({ problem: 'missing', chunk: 0 });
  await near.abandon();
  expect(await readdir(folder)).toEqual([]);
});

test('no chunk is encrypted twice, and memory does not grow with the file', async () => {
  const written = new Map<number, number>();
  const watched: OpenFile = async (name, flags, mode) => {
    const handle = await open(name, flags, mode);
    const real = handle.write.bind(handle) as (...a: unknown[]) => Promise<{ bytesWritten: number }>;
    handle.write = (async (bytes: Buffer, from: number, length: number, position: number) => {
      written.set(position, (written.get(position) ?? 0) + 1);
      return real(bytes, from, length, position);
    }) as never;
    return handle;
  };
  const file = await createAgeFile(path, [keys.recipient], { openFile: watched });
  const part = randomBytes(1024 * 1024);
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;
  const memory: number[] = [];
  for (let megabyte = 0; megabyte < 128; megabyte++) {
    await file.write(megabyte * part.length, part);
    await file.write(100, Buffer.from('again'));
    if (megabyte % 16 === 15) {
      collectGarbage();
      memory.push(process.memoryUsage().arrayBuffers);
    }
  }
  const { plainBytes } = await file.close();
  expect(plainBytes).toBe(128 * part.length);
  expect([...written.values()].every((times) => times === 1)).toBe(true);
  // What is held, and a little; not the 128 MiB that went through.
  expect(Math.max(...memory) - before).toBeLessThan(16 * 1024 * 1024);
});

test('a file is at its path only once it is whole, and a full disk leaves nothing behind', async () => {
  let room = 3 * chunkBytes;
  const small: OpenFile = async (name, flags, mode) => {
    const handle = await open(name, flags, mode);
    const real = handle.write.bind(handle) as (...a: unknown[]) => Promise<{ bytesWritten: number }>;
    handle.write = (async (bytes: Buffer, from: number, length: number, position: number) => {
      const fits = Math.min(length, room - position);
      if (fits <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      return real(bytes, from, fits, position);
    }) as never;
    return handle;
  };
  const content = randomBytes(10 * chunkBytes);
  const full = await createAgeFile(path, [keys.recipient], { openFile: small, heldBytes: chunkBytes });
  await expect(full.write(0, content)).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(existsSync(path)).toBe(false);
  await full.abandon();
  expect(await readdir(folder)).toEqual([]);

  room = Number.MAX_SAFE_INTEGER;
  // Of a run that was killed.
  await writeFile(`${path}.part`, 'left over, and longer than what follows'.repeat(100));
  await write(Buffer.from('short'));
  expect((await byAge(path)).toString()).toBe('short');
  expect(await readdir(folder)).toEqual(expect.not.arrayContaining(['recording.age.part']));
});

test('another key is refused', async () => {
  await write(randomBytes(1_000));
  await expect(openAgeFile(path, newKeys().identity)).rejects.toMatchObject({ problem: 'wrong-key' });
});

test('a flipped bit anywhere is noticed, and named by chunk and byte', async () => {
  const content = randomBytes(3 * chunkBytes + 500);
  await write(content);
  const whole = await readFile(path);
  const chance = new Chance(3);
  const payload = whole.length - (content.length + 4 * 16);
  for (let round = 0; round < 120; round++) {
    const at = round < 60 ? chance.below(payload) : chance.below(whole.length);
    const changed = Buffer.from(whole);
    changed.writeUInt8(whole.readUInt8(at) ^ (1 << chance.below(8)), at);
    await writeFile(path, changed);
    const failure = (await readWhole(path).catch((error: unknown) => error)) as Record<string, unknown>;
    expect(failure, `byte ${at}`).toMatchObject({ name: 'AgeFileError' });
    if (at < payload - 16) {
      expect(['damaged', 'wrong-key']).toContain(failure.problem);
    } else if (at >= payload) {
      const chunk = Math.floor((at - payload) / (chunkBytes + 16));
      expect(failure).toMatchObject({
        problem: 'damaged',
        chunk,
        offset: payload + chunk * (chunkBytes + 16),
      });
    }
  }
});

test('chunks that changed places are noticed', async () => {
  await write(randomBytes(4 * chunkBytes));
  const whole = await readFile(path);
  const payload = whole.length - 4 * (chunkBytes + 16);
  const part = (index: number) =>
    whole.subarray(payload + index * (chunkBytes + 16), payload + (index + 1) * (chunkBytes + 16));
  await writeFile(path, Buffer.concat([whole.subarray(0, payload), part(0), part(2), part(1), part(3)]));
  await expect(readWhole(path)).rejects.toMatchObject({ problem: 'damaged', chunk: 1 });
});

test('a file cut off anywhere is not opened', async () => {
  await write(randomBytes(3 * chunkBytes + 500));
  const whole = await readFile(path);
  const payload = whole.length - (3 * chunkBytes + 500 + 4 * 16);
  const cuts = [0, 10, 100, payload - 1, payload, payload + 15, payload + 16, payload + 100];
  const between = [1, 2, 3].map((chunks) => payload + chunks * (chunkBytes + 16));
  for (const cut of [...cuts, ...between, whole.length - 1]) {
    await writeFile(path, whole.subarray(0, cut));
    await expect(openAgeFile(path, keys.identity), `cut to ${cut}`).rejects.toMatchObject({
      name: 'AgeFileError',
    });
  }
  await writeFile(path, whole.subarray(0, between[1]));
  await expect(openAgeFile(path, keys.identity)).rejects.toMatchObject({ problem: 'truncated', chunk: 1 });
  await writeFile(path, Buffer.concat([whole, Buffer.from('more')]));
  await expect(openAgeFile(path, keys.identity)).rejects.toMatchObject({ problem: 'damaged' });
});

test("the JavaScript cipher is the same as Node's, for runtimes without it", async () => {
  const fileKey = randomBytes(16);
  const nonce = randomBytes(16);
  const { hkdfSync } = await import('node:crypto');
  const noble = nobleCipher(Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32)));
  const native = chunkCipher(fileKey, nonce);
  for (const [index, last, size] of [
    [0, true, 0],
    [0, false, chunkBytes],
    [2 ** 40, true, 12_345],
  ] as const) {
    const plain = randomBytes(size);
    const sealed = noble.seal(index, last, plain);
    expect(Buffer.from(native.seal(index, last, plain)).equals(Buffer.from(sealed))).toBe(true);
    expect(Buffer.from(noble.open(index, last, sealed) ?? []).equals(plain)).toBe(true);
    expect(Buffer.from(native.open(index, last, sealed) ?? []).equals(plain)).toBe(true);
    for (const cipher of [noble, native]) {
      expect(cipher.open(index, !last, sealed)).toBeUndefined();
      expect(cipher.open(index + 1, last, sealed)).toBeUndefined();
    }
  }
});
