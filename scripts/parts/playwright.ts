/** Runs the tests that need a browser or the desktop app, under a display of their own, and counts what came of them. */
import { join } from 'node:path';
import { buildWhenNeeded } from './build.ts';
import { bringOfficialRuntime, findRuntime } from './electron.ts';
import { bringLiveKitForTests } from './livekit.ts';
import { type Counts, countPlaywright, type PlaywrightReport } from './results.ts';
import { bringBrowser, bringSystemPackages, findProgram } from './system.ts';
import { phase, root, run, say } from './terminal.ts';
import { bringTestRuntime } from './test-runtime.ts';
import { readReport, reportFolder } from './vitest.ts';

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

/** Brings a video server, a browser and Electron, and builds the app. @returns the environment of the tests. */
export async function bringForBrowserTests(): Promise<NodeJS.ProcessEnv> {
  // The video server may have to be compiled; that goes on while the rest is brought.
  const liveKit = phase('LiveKit server', bringLiveKitForTests);
  liveKit.catch(() => undefined);
  await phase('System packages', bringSystemPackages);
  await phase('Browser', bringBrowser);
  await phase('Electron', bringElectron);
  await buildWhenNeeded();
  return {
    ...process.env,
    LIVEKIT_SERVER: await liveKit,
    // Dozens of programs are started from the same sources; each would compile them again.
    NODE_COMPILE_CACHE: join(root, '.cache/compiled'),
  };
}

/**
 * @param projects of playwright.config.ts. @param report name of a file in the folder of reports.
 * @param workers how many tests run at a time, of different projects.
 */
export async function runPlaywright(
  environment: NodeJS.ProcessEnv,
  {
    projects,
    report,
    workers = 1,
  }: { readonly projects: readonly string[]; readonly report: string; readonly workers?: number },
): Promise<Counts> {
  const file = join(reportFolder, report);
  const parameters = [
    'node_modules/@playwright/test/cli.js',
    'test',
    ...projects.map((project) => `--project=${project}`),
    `--workers=${workers}`,
    // Of each run its own: the next one would delete what is to be looked at.
    `--output=${join(reportFolder, report.replace(/\.json$/, ''))}`,
    '--reporter=list,json',
  ];
  const withDisplay = findProgram('xvfb-run');
  const result = await run(
    withDisplay ?? process.execPath,
    withDisplay ? ['-a', '-s', '-screen 0 1280x800x24', process.execPath, ...parameters] : parameters,
    {
      env: {
        ...environment,
        ...(process.stdout.isTTY ? {} : { FORCE_COLOR: '0' }),
        PLAYWRIGHT_JSON_OUTPUT_NAME: file,
      },
    },
  );
  return countPlaywright(await readReport<PlaywrightReport>(file), result.code);
}
