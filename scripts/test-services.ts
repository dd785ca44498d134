/** `npm run test:services`: the tests beside programs that have to be compiled or installed first. Ends with one line, as `npm test` does. */
import { mkdir } from 'node:fs/promises';
import { closingLine, exitCodeFor } from './parts/results.ts';
import { bringPostgres, bringPostrust } from './parts/supabase.ts';
import { duration, main, phase, say } from './parts/terminal.ts';
import { reportFolder, runVitest } from './parts/vitest.ts';

await main(async () => {
  const start = performance.now();
  await mkdir(reportFolder, { recursive: true });
  // What is compiled goes on while the rest is installed.
  const postrust = phase('PostgREST-compatible server', bringPostrust);
  postrust.catch(() => undefined);
  const postgres = await phase('PostgreSQL', bringPostgres);
  const environment = { ...process.env, POSTGRES_BIN: postgres, POSTRUST_BIN: await postrust };

  const counts = await phase('Tests beside real services', () =>
    runVitest(environment, { project: 'services', report: 'services.json' }),
  );
  say(`Everything took ${duration(performance.now() - start)}.`);
  say(closingLine(counts));
  return exitCodeFor(counts);
});
