/** `npm run host`: the host without the desktop, built when needed. */
import { join } from 'node:path';
import { buildWhenNeeded } from './parts/build.ts';
import { main, root } from './parts/terminal.ts';

await main(async () => {
  await buildWhenNeeded();
  // The program reads its own parameters: without the name of this script.
  process.argv.splice(2, 1);
  await import(join(root, 'out/main/headless.cjs'));
  return undefined;
});
