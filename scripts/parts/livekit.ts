/** The video server for the tests: the one named by `LIVEKIT_SERVER`, else the pinned release in the user's cache. */
import { bringLiveKitServer } from '../../src/main/host/livekit/bring-server.ts';
import { cacheFolder } from './cache.ts';
import { say } from './terminal.ts';

/** @returns the path of livekit-server. */
export async function bringLiveKitForTests(): Promise<string> {
  if (process.env.LIVEKIT_SERVER) return process.env.LIVEKIT_SERVER;
  let shown = '';
  return bringLiveKitServer({
    cacheDir: cacheFolder(),
    environment: process.env,
    onProgress: ({ detail, progress }) => {
      // One line a tenth, or a hundred packages: enough to see that it goes on.
      const packages = Number(/\((\d+) packages/.exec(detail)?.[1] ?? 0);
      const line =
        progress === undefined
          ? detail.replace(/\d+ packages/, `${packages - (packages % 100)} packages`)
          : `${detail}: ${Math.floor(progress * 10) * 10} %`;
      if (line !== shown) say(`  ${line}`);
      shown = line;
    },
  });
}
