/** `npm test`: brings what the tests need, builds, runs everything and ends with one line that says how it went. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildWhenNeeded } from './parts/build.ts';
import { bringOfficialRuntime, findRuntime } from './parts/electron.ts';
import { bringLiveKitForTests } from './parts/livekit.ts';
import {
  add,
  type Counts,
  closingLine,
  countPlaywright,
  countVitest,
  exitCodeFor,
  type PlaywrightReport,
  type VitestReport,
} from './parts/results.ts';
import { bringBrowser, bringSystemPackages, findProgram } from './parts/system.ts';
import { duration, main, phase, root, run, say } from './parts/terminal.ts';
import { bringTestRuntime } from './parts/test-runtime.ts';

/** The official Electron is preferred, but tests do not wait long for it. */
const officialRuntimeLimitMs = 90_000;
const reportFolder = join(root, 'test-results');

/** A log kept in a file is read without colours; each runner has its own way to be told. */
const plain = process.stdout.isTTY ? {} : { vitest: { NO_COLOR: '1' }, playwright: { FORCE_COLOR: '0' } };

async function bringElectron(): Promise<void> {
  const present = await findRuntime();
  if (!present) {
    const failure = await bringOfficialRuntime(officialRuntimeLimitMs);
    if (failure) {
      say(`  ${failure}; using the test runtime`);
      await bringTestRuntime();
    }
  }
  const runtime = await findRuntime();
  say(`  Electron ${runtime?.version ?? 'missing'}${runtime?.official ? '' : ' (test runtime)'}`);
}

async function readReport<T>(path: string): Promise<T | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

async function runVitest(environment: NodeJS.ProcessEnv): Promise<Counts> {
  const report = join(reportFolder, 'vitest.json');
  const result = await run(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    { env: { ...environment, ...plain.vitest } },
  );
  return countVitest(await readReport<VitestReport>(report), result.code);
}

async function runPlaywright(environment: NodeJS.ProcessEnv): Promise<Counts> {
  const report = join(reportFolder, 'playwright.json');
  const parameters = ['node_modules/@playwright/test/cli.js', 'test', '--reporter=list,json'];
  const withDisplay = findProgram('xvfb-run');
  const result = await run(
    withDisplay ?? process.execPath,
    withDisplay ? ['-a', '-s', '-screen 0 1280x800x24', process.execPath, ...parameters] : parameters,
    { env: { ...environment, ...plain.playwright, PLAYWRIGHT_JSON_OUTPUT_NAME: report } },
  );
  return countPlaywright(await readReport<PlaywrightReport>(report), result.code);
}

await main(async () => {
  const start = performance.now();
  await rm(reportFolder, { recursive: true, force: true });
  await mkdir(reportFolder, { recursive: true });

  // The video server may have to be compiled; that goes on while the rest is brought.
  const liveKit = phase('LiveKit server', bringLiveKitForTests);
  liveKit.catch(() => undefined);
  await phase('System packages', bringSystemPackages);
  await phase('Browser', bringBrowser);
  await phase('Electron', bringElectron);
  await buildWhenNeeded();
  const environment = { ...process.env, LIVEKIT_SERVER: await liveKit };

  const counts: Counts[] = [];
  await phase('Tests in Node', async () => counts.push(await runVitest(environment)));
  await phase('Tests in the browser and the desktop app', async () =>
    counts.push(await runPlaywright(environment)),
  );

  const total = add(counts);
  say(`Everything took ${duration(performance.now() - start)}.`);
  say(closingLine(total));
  return exitCodeFor(total);
});
