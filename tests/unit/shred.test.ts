/** What is left of a deleted recording on the disk, looked at the moment before its name goes. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAgeFile, openAgeFile } from '../../src/main/host/recordings/age-file.ts';
import { shred } from '../../src/main/host/recordings/library/shred.ts';

let folder: string;
let path: string;
let identity: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-shred-'));
  path = join(folder, 'EG_gone.age');
  identity = await generateX25519Identity();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function record(size: number): Promise<Buffer> {
  const file = await createAgeFile(path, [await identityToRecipient(identity)]);
  await file.write(0, randomBytes(size));
  await file.close();
  return readFile(path);
}

test.each([0, 10, 200_000])('of a content of %i bytes no key opens what is left', async (size) => {
  const before = await record(size);
  const header = before.subarray(0, before.indexOf('\n--- ') + 50);
  const acts: string[] = [];
  let left = Buffer.alloc(0);
  await shred(path, {
    openFile: async (name, flags) => {
      const handle = await open(name, flags);
      const sync = handle.sync.bind(handle);
      handle.sync = async () => {
        await sync();
        acts.push('synced');
      };
      return handle;
    },
    remove: async (name) => {
      left = await readFile(String(name));
      acts.push('removed');
      await rm(name);
    },
  });
  expect(acts).toEqual(['synced', 'removed']);
  expect(await readdir(folder)).toEqual([]);
  expect(left.length).toBe(before.length);
  expect(left.subarray(0, Math.min(left.length, 65_536)).every((byte) => byte === 0)).toBe(true);
  // Neither the wrapped key nor any part of the header is anywhere in it.
  for (let at = 0; at + 16 <= header.length; at += 16)
    expect(left.includes(header.subarray(at, at + 16))).toBe(false);
  await writeFile(path, left);
  await expect(openAgeFile(path, identity)).rejects.toMatchObject({ problem: 'damaged' });
});

test('where the key cannot be overwritten nothing is removed, and it can be tried again', async () => {
  await record(1_000);
  const failing = async (name: string, flags: string): Promise<FileHandle> => {
    const handle = await open(name, flags);
    handle.write = (async () => {
      throw Object.assign(new Error('input/output error'), { code: 'EIO' });
    }) as never;
    return handle;
  };
  await expect(shred(path, { openFile: failing })).rejects.toMatchObject({ code: 'EIO' });
  expect(await readdir(folder)).toEqual(['EG_gone.age']);
  await shred(path);
  expect(await readdir(folder)).toEqual([]);
  // Nothing there is what was wanted.
  await shred(path);
});
