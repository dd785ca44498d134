/** `npm run bench`: every measurement of tests/bench, one after the other; `npm run bench -- signaling` runs those so named. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildWhenNeeded } from './parts/build.ts';
import { bringLiveKitForTests } from './parts/livekit.ts';
import { bringBrowser, bringSystemPackages } from './parts/system.ts';
import { main, phase, root, run, Stop } from './parts/terminal.ts';

const wanted = process.argv.slice(3);

await main(async () => {
  const files = (await readdir(join(root, 'tests/bench')))
    .filter((name) => name.endsWith('.bench.ts'))
    .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
    .sort();
  if (files.length === 0)
    throw new Stop(`There is no measurement named ${wanted.join(' or ')} in tests/bench.`);

  await phase('System packages', bringSystemPackages);
  await phase('Browser', bringBrowser);
  const server = await phase('LiveKit server', bringLiveKitForTests);
  await buildWhenNeeded();
  let failed = false;
  for (const file of files) {
    const result = await phase(file.replace(/\.bench\.ts$/, ''), () =>
      run(process.execPath, [join('tests/bench', file)], { env: { ...process.env, LIVEKIT_SERVER: server } }),
    );
    failed ||= result.code !== 0;
  }
  return failed ? 1 : 0;
});
