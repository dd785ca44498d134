/** How livekit-server is brought: checked, in one piece, once, and with a clear word when it cannot be. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BringProgress, bringLiveKitServer } from '../../src/main/host/livekit/bring-server.ts';
import { cachedServerPath, findServer, serverFileName } from '../../src/main/host/livekit/find-server.ts';
import { livekitRelease, type Release } from '../../src/main/host/livekit/release.ts';

const cleanups: (() => Promise<unknown>)[] = [];
const program = '#!/bin/sh\necho brought\n';
let folder: string;
let archive: Buffer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'livekit-bring-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const source = join(folder, 'source');
  await mkdir(source);
  await writeFile(join(source, serverFileName), program);
  await writeFile(join(source, 'LICENSE'), 'text');
  await promisify(execFile)('tar', [
    '-czf',
    join(folder, 'a.tar.gz'),
    '-C',
    source,
    'LICENSE',
    serverFileName,
  ]);
  archive = await readFile(join(folder, 'a.tar.gz'));
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function release(downloadUrl: string, changes: Partial<Release> = {}): Release {
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const assets = { [`${process.platform}-${process.arch}`]: { file: 'a.tar.gz', sha256 } };
  return { version: '9.9.9', downloadUrl, goPackage: undefined, assets, ...changes };
}

/** A stand-in for Go; it is told the folder to put the program in by GOBIN, as Go is. */
async function goThat(does: string): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'go'), `#!/bin/sh\n${does}\n`);
  await chmod(join(bin, 'go'), 0o755);
  return `${bin}:/usr/bin:/bin`;
}

const cacheDir = () => join(folder, 'cache');
const target = () => cachedServerPath(cacheDir(), '9.9.9');

/** Nothing half done may stay beside what was brought. */
async function leftovers(): Promise<string[]> {
  const names = await readdir(join(cacheDir(), 'livekit'), { recursive: true });
  return names.filter((name) => name !== '9.9.9' && name !== join('9.9.9', serverFileName));
}

describe('bringing livekit-server', () => {
  it('downloads, checks and unpacks the release, with progress, once for all who ask', async () => {
    let downloads = 0;
    const url = await serve((request, response) => {
      expect(request.url).toBe('/a.tar.gz');
      downloads += 1;
      response.setHeader('content-length', archive.length);
      response.end(archive);
    });
    const progress: BringProgress[] = [];
    const bring = () =>
      bringLiveKitServer({
        cacheDir: cacheDir(),
        environment: {},
        release: release(url),
        onProgress: (step) => progress.push(step),
      });
    expect(await Promise.all([bring(), bring()])).toEqual([target(), target()]);
    expect(await bring()).toBe(target());
    expect(downloads).toBe(1);
    expect((await promisify(execFile)(target())).stdout).toBe('brought\n');
    expect(progress.map((step) => step.progress)).toEqual(expect.arrayContaining([0, 1]));
    expect(progress.map((step) => step.detail)).toContain(
      'Waiting for another program that is bringing livekit-server',
    );
    expect(await leftovers()).toEqual([]);
  });

  it('refuses an archive that is not the published one, and leaves nothing of it', async () => {
    const url = await serve((_request, response) => response.end(Buffer.concat([archive, Buffer.from('x')])));
    const bringing = bringLiveKitServer({ cacheDir: cacheDir(), environment: {}, release: release(url) });
    await expect(bringing).rejects.toThrow(/a\.tar\.gz was refused: its SHA-256 is [0-9a-f]{64}, not /);
    expect(await leftovers()).toEqual([]);
    expect(await findServer({ cacheDir: cacheDir(), environment: {} })).toBeUndefined();
  });

  it('builds with Go when there is no network, counting packages', async () => {
    const built = `echo net/http >&2; echo github.com/livekit/x >&2; printf '%s' '${program}' > "$GOBIN/server"; echo "$@ CGO_ENABLED=$CGO_ENABLED" > "$GOBIN/../../../go-was-told"`;
    const PATH = await goThat(built);
    const progress: BringProgress[] = [];
    const path = await bringLiveKitServer({
      cacheDir: cacheDir(),
      environment: { PATH },
      release: release('http://127.0.0.1:1', { goPackage: 'example.org/server@v9.9.9' }),
      onProgress: (step) => progress.push(step),
    });
    expect((await promisify(execFile)(path)).stdout).toBe('brought\n');
    expect(await readFile(join(cacheDir(), 'go-was-told'), 'utf8')).toBe(
      'install -v -trimpath -ldflags=-s -w example.org/server@v9.9.9 CGO_ENABLED=0\n',
    );
    expect(progress.some(({ packages }) => packages === 1)).toBe(true);
    expect(progress.at(-1)?.progress).toBeUndefined();
    expect(await leftovers()).toEqual([]);
  });

  it('says what was tried and what to do when neither works', async () => {
    const PATH = await goThat('echo "no disk space" >&2; exit 1');
    const options = { cacheDir: cacheDir(), environment: { PATH } };
    const both = bringLiveKitServer({
      ...options,
      release: release('http://127.0.0.1:1', { goPackage: 'x@v1' }),
    });
    await expect(both).rejects.toThrow(
      /Downloading .* failed: .*go install x@v1 failed: no disk space.*Connect to the internet.*LIVEKIT_SERVER/,
    );
    const neither = bringLiveKitServer({
      ...options,
      release: release('http://127.0.0.1:1', { assets: {} }),
    });
    await expect(neither).rejects.toThrow(/No checked download of livekit-server is known for/);
  });

  it('stops at once when cancelled, Go and its helpers included', async () => {
    const PATH = await goThat(`sleep 300 & echo $! > ${join(folder, 'helper')}; wait`);
    const cancel = new AbortController();
    const bringing = bringLiveKitServer({
      cacheDir: cacheDir(),
      environment: { PATH },
      release: release('http://127.0.0.1:1', { goPackage: 'x@v1' }),
      signal: cancel.signal,
    });
    const helper = await expect
      .poll(() => readFile(join(folder, 'helper'), 'utf8').catch(() => ''))
      .not.toBe('');
    void helper;
    cancel.abort(new Error('the host ends'));
    await expect(bringing).rejects.toThrow('the host ends');
    const pid = (await readFile(join(folder, 'helper'), 'utf8')).trim();
    const state = () =>
      readFile(`/proc/${pid}/stat`, 'utf8').then(
        (text) => /\) Z /.test(text),
        () => true,
      );
    if (process.platform === 'linux') await expect.poll(state).toBe(true);
    expect(await leftovers()).toEqual([]);
  });

  it('stops a download that is cancelled', async () => {
    const url = await serve((_request, response) => {
      response.setHeader('content-length', 1_000_000);
      response.write('start');
    });
    const cancel = new AbortController();
    const bringing = bringLiveKitServer({
      cacheDir: cacheDir(),
      environment: {},
      release: release(url),
      signal: cancel.signal,
      onProgress: () => setImmediate(() => cancel.abort(new Error('the host ends'))),
    });
    await expect(bringing).rejects.toThrow('the host ends');
    expect(await leftovers()).toEqual([]);
  });

  it('takes over the lock of a program that died', async () => {
    const url = await serve((_request, response) => response.end(archive));
    await mkdir(join(cacheDir(), 'livekit'), { recursive: true });
    const lock = join(cacheDir(), 'livekit', '9.9.9.lock');
    await writeFile(lock, '');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lock, longAgo, longAgo);
    expect(await bringLiveKitServer({ cacheDir: cacheDir(), environment: {}, release: release(url) })).toBe(
      target(),
    );
  });

  it('has a well-formed checksum for every archive it would download', () => {
    expect(Object.keys(livekitRelease.assets)).toEqual(['linux-x64', 'linux-arm64', 'win32-x64']);
    for (const { file, sha256 } of Object.values(livekitRelease.assets)) {
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(file).toContain(livekitRelease.version);
    }
  });
});

describe('finding livekit-server', () => {
  it('prefers the setting, then PATH, then the resources, then the cache', async () => {
    const places = { setting: 'set', path: 'path', resources: 'resources', cache: '' };
    const put = async (file: string) => {
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(file, program);
      await chmod(file, 0o755);
      return file;
    };
    const options = {
      cacheDir: cacheDir(),
      environment: { PATH: join(folder, places.path) },
      resourcesDir: join(folder, places.resources),
    };
    const cached = await put(cachedServerPath(cacheDir()));
    expect(await findServer(options)).toBe(cached);
    const shipped = await put(join(folder, places.resources, serverFileName));
    expect(await findServer(options)).toBe(shipped);
    const installed = await put(join(folder, places.path, serverFileName));
    expect(await findServer(options)).toBe(installed);
    const set = await put(join(folder, places.setting, 'any-name'));
    expect(await findServer({ ...options, serverPath: set })).toBe(set);
    await expect(findServer({ ...options, serverPath: folder })).rejects.toThrow('LIVEKIT_SERVER');
  });
});
