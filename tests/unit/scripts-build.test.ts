/** A build is repeated when, and only when, its sources or its products changed. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashSources, isBuilt } from '../../scripts/parts/build.ts';

let folder: string;
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'autamedica-build-'));
  write('src/main/index.ts', 'export {};');
  write('src/renderer/index.html', '<!doctype html>');
  for (const path of ['main/index.cjs', 'main/headless.cjs', 'preload/index.cjs', 'renderer/index.html']) {
    write(`out/${path}`, '');
  }
  write('out/.sources', await hashSources(folder));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('isBuilt', () => {
  it('is true after a build, also when files were only touched', async () => {
    utimesSync(join(folder, 'src/main/index.ts'), new Date(), new Date());
    expect(await isBuilt(folder)).toBe(true);
  });

  it.each([
    ['a source changed', () => write('src/main/index.ts', 'export const a = 1;')],
    ['a source was added', () => write('src/main/new.ts', '')],
    ['a source was removed', () => rmSync(join(folder, 'src/renderer/index.html'))],
    ['dependencies changed', () => write('package-lock.json', '{}')],
    ['a product is missing', () => rmSync(join(folder, 'out/preload/index.cjs'))],
    [
      'something else wrote a product since',
      () => utimesSync(join(folder, 'out/main/index.cjs'), new Date(), new Date(Date.now() + 10_000)),
    ],
    ['there was no build', () => rmSync(join(folder, 'out'), { recursive: true })],
  ])('is false when %s', async (_what, change) => {
    change();
    expect(await isBuilt(folder)).toBe(false);
  });

  it('hashes the same sources the same in another folder', async () => {
    const before = await hashSources(folder);
    const other = mkdtempSync(join(tmpdir(), 'autamedica-build-'));
    mkdirSync(join(other, 'src/main'), { recursive: true });
    mkdirSync(join(other, 'src/renderer'), { recursive: true });
    writeFileSync(join(other, 'src/main/index.ts'), 'export {};');
    writeFileSync(join(other, 'src/renderer/index.html'), '<!doctype html>');
    expect(await hashSources(other)).toBe(before);
    rmSync(other, { recursive: true });
  });
});
