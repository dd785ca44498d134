/** What LiveKit Egress wrote, taken and encrypted: only what is known to be unplayable may be given up. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAgeFile } from '../../src/main/host/recordings/age-file.ts';
import { encryptClearFile } from '../../src/main/host/recordings/encrypt-clear-file.ts';
import { probeMedia, UnplayableError } from '../../src/main/host/recordings/probe-media.ts';

const fixture = (name: string) =>
  readFile(fileURLToPath(new URL(`../fixtures/recording/${name}`, import.meta.url)));

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'autamedica-test-'));
  path = join(folder, 'EG_one.age');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** @param failAfter the read after so many fails, as those after it. */
function clearFile(bytes: Buffer, failAfter = Number.POSITIVE_INFINITY) {
  let reads = 0;
  return {
    sizeBytes: bytes.length,
    async *read(from: number, to: number) {
      reads += 1;
      if (reads > failAfter) throw away;
      yield bytes.subarray(from, to);
    },
  };
}
const away = new Error('the bucket is away');

describe('a clear file', () => {
  it('is encrypted as it is, and its length is known', async () => {
    const identity = await generateIdentity();
    const film = await fixture('one-second.mp4');
    const recipients = [await identityToRecipient(identity)];
    const { durationMs } = await encryptClearFile(clearFile(film), path, recipients);
    expect(durationMs).toBe(1_000);
    const file = await openAgeFile(path, identity);
    const parts: Uint8Array[] = [];
    for await (const part of file.read(0, file.size)) parts.push(part);
    await file.close();
    expect(Buffer.concat(parts).equals(film)).toBe(true);
  });

  it('without its end is unplayable', async () => {
    const film = await fixture('one-second.mp4');
    const cut = clearFile(film.subarray(0, film.length / 2));
    await expect(encryptClearFile(cut, path, [])).rejects.toThrow(UnplayableError);
  });

  it('that cannot be read is not taken for one that cannot be played, whenever that is', async () => {
    const film = await fixture('one-second.mp4');
    const recipients = [await identityToRecipient(await generateIdentity())];
    for (const failAfter of [0, 1])
      await expect(encryptClearFile(clearFile(film, failAfter), path, recipients)).rejects.toBe(away);
    expect(await readdir(folder)).toEqual([]);
  });
});

it('what a film is comes from the film', async () => {
  const probe = async (name: string) => {
    const bytes = await fixture(name);
    return probeMedia({ size: bytes.length, read: clearFile(bytes).read });
  };
  expect(await probe('one-second.mp4')).toEqual({ durationMs: 1_000, contentType: 'video/mp4' });
  expect(await probe('two-seconds.webm')).toMatchObject({ contentType: 'video/webm' });
});
