/** The encrypted contents by themselves, on disks that fill up. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileVault, frameBytes, type OpenFile, type Sealed } from '../../src/main/host/files/vault.ts';
import { storageFailure } from '../../src/main/host/storage/failures.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-vault-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const sealed = (size: number): Sealed => ({ fileId: 'a-file', key: randomBytes(32), size });

async function* partsOf(content: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

async function readWhole(vault: FileVault, file: Sealed): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of vault.read(file)) parts.push(part);
  return Buffer.concat(parts);
}

/** A disk with room for so many bytes, which then takes a part of a write and no more, as disks do. */
function diskOf(room: () => number): OpenFile {
  return async (path, flags, mode) => {
    const handle = await open(path, flags, mode);
    const write = handle.write.bind(handle) as (
      bytes: Buffer,
      from: number,
      length: number,
      position: number,
    ) => Promise<{ bytesWritten: number }>;
    handle.write = (async (bytes: Buffer, from: number, length: number, position: number) => {
      const fits = Math.min(length, room() - position);
      if (fits <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      return write(bytes, from, fits, position);
    }) as never;
    return handle;
  };
}

test.each([1, 100, frameBytes - 1, frameBytes, frameBytes + 1, 5 * frameBytes, 5 * frameBytes + 7])(
  'a content of %i bytes comes back as it was, whatever the parts it came in',
  async (size) => {
    const content = randomBytes(size);
    for (const part of [97, frameBytes, size]) {
      const file = sealed(size);
      const vault = new FileVault(folder);
      const { received, failure } = await vault.append(file, 0, partsOf(content, part), () => {});
      expect({ received, failure }).toEqual({ received: size, failure: undefined });
      expect((await readWhole(vault, file)).equals(content)).toBe(true);
    }
  },
);

test('a full disk keeps whole frames only, says so, and the rest follows once there is room', async () => {
  let room = 2 * frameBytes + 1_000;
  const content = randomBytes(4 * frameBytes);
  const file = sealed(content.length);
  const vault = new FileVault(
    folder,
    diskOf(() => room),
  );
  const first = await vault.append(file, 0, partsOf(content, 10_000), () => {});
  expect(first.received).toBe(2 * frameBytes);
  expect(storageFailure(first.failure)).toMatchObject({ code: 'STORAGE_FULL' });
  expect((await stat(join(folder, 'a-file.sealed'))).size).toBe(2 * (frameBytes + 28));
  room = Number.MAX_SAFE_INTEGER;
  const rest = content.subarray(first.received);
  expect((await vault.append(file, first.received, partsOf(rest, 10_000), () => {})).received).toBe(
    content.length,
  );
  expect((await readWhole(vault, file)).equals(content)).toBe(true);
});

test('another key, and another id, open nothing', async () => {
  const content = randomBytes(1_000);
  const file = sealed(content.length);
  const vault = new FileVault(folder);
  await vault.append(file, 0, partsOf(content, 1_000), () => {});
  await expect(readWhole(vault, { ...file, key: randomBytes(32) })).rejects.toMatchObject({
    code: 'FILE_DAMAGED',
  });
  await expect(readWhole(vault, { ...file, fileId: 'another' })).rejects.toMatchObject({
    code: 'FILE_DAMAGED',
  });
  await expect(readWhole(vault, { ...file, fileId: '../a-file' })).rejects.toThrow('Not an id of a file');
});
