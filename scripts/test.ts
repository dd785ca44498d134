/** `npm test`: brings what the tests need, builds, runs everything and ends with one line that says how it went. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildWhenNeeded } from './parts/build.ts';
import { bringOfficialRuntime, findRuntime } from './parts/electron.ts';
import { bringLiveKitForTests } from './parts/livekit.ts';
import {
  add,
  type Counts,
  closingLine,
  countPlaywright,
  exitCodeFor,
  type PlaywrightReport,
} from './parts/results.ts';
import { bringBrowser, bringSystemPackages, findProgram } from './parts/system.ts';
import { duration, main, phase, run, say } from './parts/terminal.ts';
import { bringTestRuntime } from './parts/test-runtime.ts';
import { readReport, reportFolder, runVitest } from './parts/vitest.ts';

/** The official Electron is preferred, but tests do not wait long for it. */
const officialRuntimeLimitMs = 90_000;

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

async function runPlaywright(environment: NodeJS.ProcessEnv): Promise<Counts> {
  const report = join(reportFolder, 'playwright.json');
  const parameters = ['node_modules/@playwright/test/cli.js', 'test', '--reporter=list,json'];
  const withDisplay = findProgram('xvfb-run');
  const result = await run(
    withDisplay ?? process.execPath,
    withDisplay ? ['-a', '-s', '-screen 0 1280x800x24', process.execPath, ...parameters] : parameters,
    {
      env: {
        ...environment,
        ...(process.stdout.isTTY ? {} : { FORCE_COLOR: '0' }),
        PLAYWRIGHT_JSON_OUTPUT_NAME: report,
      },
    },
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
  await phase('Tests in Node', async () =>
    counts.push(await runVitest(environment, { project: '!services', report: 'vitest.json' })),
  );
  await phase('Tests in the browser and the desktop app', async () =>
    counts.push(await runPlaywright(environment)),
  );

  const total = add(counts);
  say(`Everything took ${duration(performance.now() - start)}.`);
  say(closingLine(total));
  return exitCodeFor(total);
});
