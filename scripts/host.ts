/** `npm run host`: the host without the desktop, built when needed. */
import { buildWhenNeeded } from './parts/build.ts';
import { runHeadless } from './parts/headless.ts';
import { main } from './parts/terminal.ts';

await main(async () => {
  await buildWhenNeeded();
  await runHeadless(process.argv.slice(3));
  return undefined;
});
