/** Builds the app when its sources differ from those of the last build. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { phase, root, run, Stop } from './terminal.ts';

const sources = [
  'src/**/*',
  'resources/**/*',
  'scripts/*plugin*.ts',
  'electron.vite.config.ts',
  'package-lock.json',
  'tsconfig.base.json',
];
const products = [
  'out/main/index.cjs',
  'out/main/headless.cjs',
  'out/preload/index.cjs',
  'out/renderer/index.html',
];
const stampPath = 'out/.sources';

/** A hash over the names and contents of everything a build is made from. */
export async function hashSources(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const files: string[] = [];
  for await (const entry of glob(sources, { cwd: folder, withFileTypes: true })) {
    if (entry.isFile()) files.push(relative(folder, join(entry.parentPath, entry.name)));
  }
  for (const file of files.sort()) {
    hash.update(`${file}\0`);
    hash.update(await readFile(join(folder, file)));
    hash.update('\0');
  }
  return hash.digest('hex');
}

/** Whether the products are those of the sources as they are now, and of the last complete build. */
export async function isBuilt(folder: string): Promise<boolean> {
  const stamp = join(folder, stampPath);
  if (![stampPath, ...products].every((path) => existsSync(join(folder, path)))) return false;
  // A development server writes into the same folder, from sources that may have changed back since.
  const stampedAt = (await stat(stamp)).mtimeMs;
  for (const path of products) if ((await stat(join(folder, path))).mtimeMs > stampedAt) return false;
  return (await readFile(stamp, 'utf8')) === (await hashSources(folder));
}

/** @throws Stop when the build fails; its output is on the terminal. */
export async function build(): Promise<void> {
  await phase('Build', async () => {
    const hash = await hashSources(root);
    const tool = 'node_modules/electron-vite/bin/electron-vite.js';
    const result = await run(process.execPath, [tool, 'build', '--logLevel', 'warn']);
    if (result.code !== 0) throw new Stop('The build failed; the lines above say where.');
    await mkdir(join(root, 'out'), { recursive: true });
    await writeFile(join(root, stampPath), hash);
  });
}

export async function buildWhenNeeded(): Promise<void> {
  if (!(await isBuilt(root))) await build();
}
