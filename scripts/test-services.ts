/** `npm run test:services`: the tests beside programs that have to be compiled or installed first, between computers, and what takes long. Ends with one line, as `npm test` does. */
import { mkdir } from 'node:fs/promises';
import { bringEgressTools, bringEgressWorker } from './parts/egress.ts';
import { bringForBrowserTests, runPlaywright } from './parts/playwright.ts';
import { add, type Counts, closingLine, exitCodeFor } from './parts/results.ts';
import { bringS3Tools, bringVersitygw } from './parts/s3.ts';
import { bringPostgres, bringPostrust } from './parts/supabase.ts';
import { duration, main, phase, say } from './parts/terminal.ts';
import { reportFolder, runVitest } from './parts/vitest.ts';

await main(async () => {
  const start = performance.now();
  await mkdir(reportFolder, { recursive: true });
  // What is compiled goes on while the rest is installed.
  const postrust = phase('PostgREST-compatible server', bringPostrust);
  postrust.catch(() => undefined);
  const versitygw = phase('S3 server', bringVersitygw);
  versitygw.catch(() => undefined);
  const postgres = await phase('PostgreSQL', bringPostgres);
  await phase('Redis, and what reads recordings', bringEgressTools);
  await phase('Tools of recordings', bringS3Tools);
  const environment = {
    ...(await bringForBrowserTests()),
    POSTGRES_BIN: postgres,
    POSTRUST_BIN: await postrust,
    EGRESS_WORKER: await phase('Egress worker', bringEgressWorker),
    VERSITYGW: await versitygw,
  };

  const counts: Counts[] = [];
  await phase('Tests beside real services', async () =>
    counts.push(await runVitest(environment, { project: 'services', report: 'services.json' })),
  );
  await phase('Hosts and video servers that are killed', async () =>
    counts.push(
      await runVitest(
        { ...environment, KILLS: '20' },
        {
          project: '!services',
          report: 'killed.json',
          files: [
            'host/recording-window-killed',
            'host/recording-killed',
            'host/storage',
            'host/audit',
            'host/chat-killed',
            'call/real-call',
          ].map((name) => `tests/${name}.test.ts`),
          named: 'killed|acknowledged|a call that moves',
        },
      ),
    ),
  );
  await phase('Tests between computers, and those that take long', async () =>
    counts.push(await runPlaywright(environment, { projects: ['network', 'long'], report: 'network.json' })),
  );
  const total = add(counts);
  say(`Everything took ${duration(performance.now() - start)}.`);
  say(closingLine(total));
  return exitCodeFor(total);
});
