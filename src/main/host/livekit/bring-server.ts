/** Brings livekit-server to a machine that has none: the published archive, checked, else a build with Go. */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { Log } from '../runtime/log.ts';
import { withLock } from './bring-lock.ts';
import {
  cachedServerPath,
  type Environment,
  findInPath,
  isExecutable,
  serverFileName,
} from './find-server.ts';
import { livekitRelease, type Release } from './release.ts';

/** What is going on while a server is being brought. */
export interface BringProgress {
  /** What is being done, in English. */
  readonly detail: string;
  /** Share done, 0 to 1, where it can be known. */
  readonly progress?: number | undefined;
  /** Packages built so far. Go says neither how many there are nor how many it has already, so there is no share. */
  readonly packages?: number | undefined;
}

export interface BringOptions {
  /** Folder brought servers are kept in, by version. */
  readonly cacheDir: string;
  /** PATH to look for Go in, and what Go itself needs (HOME, GOPROXY, …). */
  readonly environment: Environment;
  readonly log?: Log | undefined;
  readonly onProgress?: ((progress: BringProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The pinned release, unless a test brings its own. */
  readonly release?: Release | undefined;
}

/** No byte for this long ends a download. */
const stalledAfterMs = 30_000;
const reportEveryMs = 200;

/**
 * Returns the path of the pinned livekit-server in the cache, bringing it there first when needed.
 * @throws Error saying what was tried, why it failed and what to do; the signal's reason when aborted.
 */
export async function bringLiveKitServer(options: BringOptions): Promise<string> {
  const release = options.release ?? livekitRelease;
  const signal = options.signal ?? new AbortController().signal;
  const target = cachedServerPath(options.cacheDir, release.version);
  if (await isExecutable(target)) return target;

  const report: Report = (progress) => options.onProgress?.(progress);
  const onWait = () => report({ detail: 'Waiting for another program that is bringing livekit-server' });
  return withLock(`${dirname(target)}.lock`, signal, onWait, async () => {
    if (await isExecutable(target)) return target;
    const attempts = [
      () => download(release, target, signal, report),
      () => build(release, target, options, signal, report),
    ];
    const failures: string[] = [];
    for (const attempt of attempts) {
      try {
        await attempt();
        options.log?.info(`livekit-server ${release.version} is in ${target}`);
        return target;
      } catch (cause) {
        signal.throwIfAborted();
        failures.push(sentence(cause));
        options.log?.warn(sentence(cause));
      }
    }
    throw new Error(`livekit-server could not be brought. ${failures.join(' ')} ${advice()}`);
  });
}

type Report = (progress: BringProgress) => void;

/** Chunks and packages come by the hundred a second; nobody reads as fast. */
function seldom(report: Report): Report {
  let next = 0;
  return (progress) => {
    if (Date.now() < next) return;
    next = Date.now() + reportEveryMs;
    report(progress);
  };
}

async function download(
  release: Release,
  target: string,
  signal: AbortSignal,
  report: Report,
): Promise<void> {
  const platform = `${process.platform}-${process.arch}`;
  const asset = release.assets[platform];
  if (!asset) throw new Error(`No checked download of livekit-server is known for ${platform}.`);
  const detail = `Downloading livekit-server ${release.version}`;
  report({ detail, progress: 0 });
  const reportShare = seldom(report);
  await inScratchFolder(target, async (folder) => {
    const archive = join(folder, asset.file);
    const digest = await fetchFile(`${release.downloadUrl}/${asset.file}`, archive, signal, (share) =>
      reportShare({ detail, progress: share }),
    );
    if (digest !== asset.sha256) {
      throw new Error(
        `The download of ${asset.file} was refused: its SHA-256 is ${digest}, not ${asset.sha256}.`,
      );
    }
    // Both GNU tar and the bsdtar of Windows and macOS unpack what is published for their system.
    const tar = process.platform === 'win32' ? 'C:\\Windows\\System32\\tar.exe' : 'tar';
    await promisify(execFile)(tar, ['-xf', archive, '-C', folder, serverFileName], { signal });
    await putInPlace(join(folder, serverFileName), target);
  });
}

/** Streams a file to disk and returns its SHA-256. */
async function fetchFile(
  url: string,
  file: string,
  signal: AbortSignal,
  onShare: (share: number | undefined) => void,
): Promise<string> {
  signal.throwIfAborted();
  const stalled = new AbortController();
  const abort = () => stalled.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const giveUp = () => stalled.abort(new Error('nothing arrived for 30 seconds'));
  let timer = setTimeout(giveUp, stalledAfterMs);
  try {
    const response = await fetch(url, { signal: stalled.signal });
    if (!response.ok || !response.body) throw new Error(`the answer was ${response.status}`);
    const total = Number(response.headers.get('content-length'));
    const hash = createHash('sha256');
    let received = 0;
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        received += chunk.length;
        clearTimeout(timer);
        timer = setTimeout(giveUp, stalledAfterMs);
        onShare(total > 0 ? Math.min(received / total, 1) : undefined);
        done(null, chunk);
      },
    });
    await pipeline(
      Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]),
      meter,
      createWriteStream(file),
    );
    return hash.digest('hex');
  } catch (cause) {
    throw new Error(`Downloading ${url} failed: ${reasonOf(cause)}.`, { cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

async function build(
  release: Release,
  target: string,
  options: BringOptions,
  signal: AbortSignal,
  report: Report,
): Promise<void> {
  const { goPackage } = release;
  if (!goPackage) throw new Error('No Go package is known for this release.');
  const go = await findInPath('go', options.environment);
  if (!go) throw new Error('Go, which could build it, is not in PATH.');
  const detail = `Building livekit-server ${release.version} with Go, which takes some minutes`;
  report({ detail });
  const reportPackages = seldom(report);
  await inScratchFolder(target, async (folder) => {
    let packages = 0;
    await runGo(go, goPackage, folder, options.environment, signal, () =>
      reportPackages({ detail, packages: ++packages }),
    );
    await putInPlace(join(folder, process.platform === 'win32' ? 'server.exe' : 'server'), target);
  });
}

function runGo(
  go: string,
  goPackage: string,
  folder: string,
  environment: Environment,
  signal: AbortSignal,
  onPackage: () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(go, ['install', '-v', '-trimpath', '-ldflags=-s -w', goPackage], {
      // Like LiveKit's own release, without C: no compiler is needed.
      env: { ...environment, GOBIN: folder, CGO_ENABLED: '0', GOOS: undefined, GOARCH: undefined },
      stdio: ['ignore', 'ignore', 'pipe'],
      // Its compilers are processes of their own: they are ended as one group.
      detached: process.platform !== 'win32',
    });
    const end = () => {
      if (child.pid === undefined) return;
      if (process.platform === 'win32') child.kill();
      else process.kill(-child.pid, 'SIGKILL');
    };
    signal.addEventListener('abort', end, { once: true });
    let tail = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      for (const line of text.split('\n')) if (/^[\w.~/-]+$/.test(line)) onPackage();
      tail = (tail + text).slice(-2_000);
    });
    const settle = (failure: Error | undefined) => {
      signal.removeEventListener('abort', end);
      if (failure) reject(failure);
      else resolve();
    };
    child.once('error', (cause) => settle(new Error(`Go could not be run: ${cause.message}.`)));
    child.once('close', (code) => {
      if (code === 0) return settle(undefined);
      settle(new Error(`go install ${goPackage} failed: ${tail.trim().split('\n').slice(-3).join(' ')}.`));
    });
  });
}

async function inScratchFolder(target: string, work: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(join(dirname(target), '.bringing-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function putInPlace(file: string, target: string): Promise<void> {
  await chmod(file, 0o755);
  await rename(file, target);
}

function advice(): string {
  const install = process.platform === 'darwin' ? 'run "brew install livekit"' : 'install livekit-server';
  return `Connect to the internet, ${install}, or set LIVEKIT_SERVER to its path.`;
}

function sentence(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** fetch says only "fetch failed"; what happened is in its cause. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? cause.cause.message : cause.message;
}
