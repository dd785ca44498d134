/** `npm test`: brings what the tests need, builds, runs everything and ends with one line that says how it went. */
import { mkdir, rm } from 'node:fs/promises';
import { bringForBrowserTests, runPlaywright } from './parts/playwright.ts';
import { add, type Counts, closingLine, exitCodeFor } from './parts/results.ts';
import { duration, main, phase, say } from './parts/terminal.ts';
import { reportFolder, runVitest } from './parts/vitest.ts';

await main(async () => {
  const start = performance.now();
  await rm(reportFolder, { recursive: true, force: true });
  await mkdir(reportFolder, { recursive: true });
  const environment = await bringForBrowserTests();

  const counts: Counts[] = [];
  await phase('Tests in Node', async () =>
    counts.push(await runVitest(environment, { project: '!services', report: 'vitest.json' })),
  );
  await phase('Calls in the browser', async () =>
    counts.push(await runPlaywright(environment, { projects: ['web'], report: 'calls.json' })),
  );
  await phase('The desktop app, and pages without a call', async () =>
    counts.push(
      await runPlaywright(environment, { projects: ['desktop', 'pages'], report: 'pages.json', workers: 2 }),
    ),
  );

  const total = add(counts);
  say(`Everything took ${duration(performance.now() - start)}.`);
  say(closingLine(total));
  return exitCodeFor(total);
});
