/** `npm run build`: builds the app, also when nothing changed. */
import { build } from './parts/build.ts';
import { main } from './parts/terminal.ts';

await main(async () => {
  await build();
  return 0;
});
