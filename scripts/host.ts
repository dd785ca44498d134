/** `npm run host`: the host without the desktop, built when needed. */
import { join } from 'node:path';
import { buildWhenNeeded } from './parts/build.ts';
import { main, root } from './parts/terminal.ts';

await main(async () => {
  await buildWhenNeeded();
  await import(join(root, 'out/main/headless.cjs'));
  return undefined;
});
