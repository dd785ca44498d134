/** An S3 server for the tests: Versity's gateway over a folder, which Go compiles into the user's cache, and tools that are not ours to look at what lies there. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { bringPackages, findProgram } from './system.ts';
import { run, Stop, say } from './terminal.ts';

const gateway = {
  package: 'github.com/versity/versitygw/cmd/versitygw',
  version: 'v1.8.0',
  program: 'versitygw',
} as const;
const compileWithinMs = 20 * 60_000;

/** curl signs requests as Amazon does; age is what the recordings are for. */
const tools = ['curl', 'age'] as const;

/** @throws Stop with what to install. */
export async function bringS3Tools(): Promise<void> {
  const missing = tools.filter((name) => findProgram(name) === undefined);
  if (missing.length === 0) return;
  await bringPackages(
    missing,
    `Install these programs, so that they are in the PATH: ${missing.join(', ')}.`,
  );
}

/** @returns the path of versitygw: `VERSITYGW`, else the pinned version in the user's cache. */
export async function bringVersitygw(): Promise<string> {
  if (process.env.VERSITYGW) return process.env.VERSITYGW;
  const folder = join(cacheFolder(), gateway.program, gateway.version);
  const program = join(folder, gateway.program);
  if (existsSync(program)) return program;
  if (findProgram('go') === undefined) {
    throw new Stop(
      `The tests of S3 need ${gateway.program} ${gateway.version}, which Go compiles. Install Go (https://go.dev/dl), or set VERSITYGW to the program.`,
    );
  }
  say(`  compiling ${gateway.program} ${gateway.version}; this takes some minutes, once`);
  const building = `${folder}.${process.pid}`;
  await mkdir(building, { recursive: true });
  const result = await run('go', ['install', `${gateway.package}@${gateway.version}`], {
    env: { ...process.env, GOBIN: building, CGO_ENABLED: '0', GOOS: undefined, GOARCH: undefined },
    quiet: true,
    timeoutMs: compileWithinMs,
  });
  if (result.code !== 0) {
    throw new Stop(`Go could not build ${gateway.program}:\n${result.output.trim().slice(-1_500)}`);
  }
  await mkdir(folder, { recursive: true });
  await rename(join(building, gateway.program), program);
  await rm(building, { recursive: true });
  return program;
}
