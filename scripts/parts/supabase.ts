/** A Supabase for the tests: PostgreSQL of this system, and a PostgREST-compatible server that Cargo compiles into the user's cache. */
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { bringPackages, findProgram } from './system.ts';
import { run, Stop, say } from './terminal.ts';

/** PostgREST itself is a Haskell program that no package registry has; this one answers supabase-js the same. */
const postrust = { name: 'postrust-server', version: '3.1.0', program: 'postrust' } as const;
const compileWithinMs = 20 * 60_000;

/** @returns the folder of PostgreSQL's programs: `POSTGRES_BIN`, else the newest of this system. */
export async function bringPostgres(): Promise<string> {
  if (process.env.POSTGRES_BIN) return process.env.POSTGRES_BIN;
  if ((await findPostgres()) === undefined) {
    await bringPackages(
      ['postgresql'],
      'Install PostgreSQL 15 or newer, and set POSTGRES_BIN to the folder that has initdb, postgres and psql.',
    );
  }
  const folder = await findPostgres();
  if (folder === undefined) {
    throw new Stop(
      'PostgreSQL was not found. Set POSTGRES_BIN to the folder that has initdb, postgres and psql.',
    );
  }
  return folder;
}

/** Debian keeps them out of the PATH, a folder for each version. */
async function findPostgres(): Promise<string | undefined> {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? await readdir(debian) : [];
  const folders = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(debian, version, 'bin'));
  const inPath = findProgram('initdb');
  if (inPath !== undefined) folders.push(dirname(inPath));
  return folders.find((folder) =>
    ['initdb', 'postgres', 'psql'].every((name) => existsSync(join(folder, name))),
  );
}

/** @returns the path of postrust: `POSTRUST_BIN`, else the pinned version in the user's cache. */
export async function bringPostrust(): Promise<string> {
  if (process.env.POSTRUST_BIN) return process.env.POSTRUST_BIN;
  const folder = join(cacheFolder(), 'postrust', postrust.version);
  const program = join(folder, 'bin', postrust.program);
  if (existsSync(program)) return program;
  if (findProgram('cargo') === undefined) {
    throw new Stop(
      `The tests of tracking need ${postrust.name} ${postrust.version}, which Cargo compiles. Install Rust (https://rustup.rs), or set POSTRUST_BIN to the program.`,
    );
  }
  say(`  compiling ${postrust.name} ${postrust.version}; this takes some minutes, once`);
  await mkdir(folder, { recursive: true });
  const result = await run(
    'cargo',
    // Unoptimised compiles in half the time and is fast enough. Its own lockfile does not build.
    ['install', postrust.name, '--version', postrust.version, '--debug', '--root', folder, '--quiet'],
    { quiet: true, timeoutMs: compileWithinMs },
  );
  if (result.code !== 0) {
    throw new Stop(`Cargo could not build ${postrust.name}:\n${result.output.trim().slice(-1_500)}`);
  }
  return program;
}
