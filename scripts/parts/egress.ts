/** What the tests of recording by LiveKit Egress need: Redis and tools of this system, and a worker of our own that Go builds into the user's cache. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { bringPackages, findProgram } from './system.ts';
import { root, run, Stop, say } from './terminal.ts';

const programs = { 'redis-server': 'redis-server', ffmpeg: 'ffmpeg', ffprobe: 'ffmpeg', age: 'age' } as const;
const sources = join(root, 'tests/services/egress-worker');
const buildWithinMs = 15 * 60_000;

/** @throws Stop with what to install. */
export async function bringEgressTools(): Promise<void> {
  const missing = Object.entries(programs).flatMap(([name, owner]) =>
    findProgram(name) === undefined ? [owner] : [],
  );
  if (missing.length === 0) return;
  const wanted = [...new Set(missing)];
  await bringPackages(wanted, `Install these programs, so that they are in the PATH: ${wanted.join(', ')}.`);
}

/** @returns the path of the worker: `EGRESS_WORKER`, else what these sources make, in the user's cache. */
export async function bringEgressWorker(): Promise<string> {
  if (process.env.EGRESS_WORKER) return process.env.EGRESS_WORKER;
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum', 'main.go']) hash.update(await readFile(join(sources, name)));
  const program = join(cacheFolder(), 'egress-worker', hash.digest('hex').slice(0, 16), 'egress-worker');
  if (existsSync(program)) return program;
  if (findProgram('go') === undefined) {
    throw new Stop(
      'The tests of LiveKit Egress build a worker with Go. Install Go (https://go.dev/dl), or set EGRESS_WORKER to the program.',
    );
  }
  say('  building the egress worker; this takes some minutes, once');
  await mkdir(dirname(program), { recursive: true });
  const built = `${program}.${process.pid}`;
  const result = await run('go', ['build', '-mod=readonly', '-trimpath', '-o', built, '.'], {
    cwd: sources,
    env: { ...process.env, CGO_ENABLED: '0' },
    quiet: true,
    timeoutMs: buildWithinMs,
  });
  if (result.code !== 0)
    throw new Stop(`Go could not build the egress worker:\n${result.output.trim().slice(-1_500)}`);
  await rename(built, program);
  return program;
}
