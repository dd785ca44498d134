/** Measures what the line to the host carries, both ways, with a few bounded messages over signaling. */
import { largestProbe, type RequestPayload } from '../../shared/signaling/messages.ts';
import type { NetworkMeasure } from './call.ts';
import type { Clock } from './clock.ts';

/** A direction is measured for so long, ms, or so many bytes, whichever comes first. */
const longest = 1_000;
const mostBytes = 1_250_000;
/** Messages on the way at once, so that a long line is kept full. */
const atOnce = 4;

type Ask = (payload: RequestPayload<'probe'>) => Promise<{ readonly padding?: Uint8Array | undefined }>;

/**
 * First towards us, then from us.
 * @param wanted asked before each message: when it says no, for example because the call begins, measuring ends.
 * @returns undefined when it could not be measured to the end.
 */
export async function measureNetwork(
  ask: Ask,
  clock: Clock,
  wanted: () => boolean,
): Promise<NetworkMeasure | undefined> {
  // Bytes that no compression on the way makes smaller.
  const padding = Uint8Array.from({ length: largestProbe }, () => Math.random() * 256);
  try {
    const downKbps = await measure(
      async () => (await ask({ answerBytes: largestProbe })).padding?.byteLength ?? 0,
      clock,
      wanted,
    );
    const upKbps = await measure(
      async () => {
        await ask({ padding });
        return largestProbe;
      },
      clock,
      wanted,
    );
    return downKbps === undefined || upKbps === undefined ? undefined : { downKbps, upKbps };
  } catch {
    // Refused, or the connection was lost: the round trip alone has to do.
    return undefined;
  }
}

async function measure(
  send: () => Promise<number>,
  clock: Clock,
  wanted: () => boolean,
): Promise<number | undefined> {
  const start = clock.now();
  let asked = 0;
  let bytes = 0;
  let stopped = false;
  const one = async () => {
    asked += largestProbe;
    const carried = await send();
    // Added after the wait: others have added theirs meanwhile.
    bytes += carried;
  };
  const follow = async () => {
    while (asked + largestProbe <= mostBytes && clock.now() - start < longest) {
      if (!wanted()) {
        stopped = true;
        return;
      }
      await one();
    }
  };
  // One alone first: on a slow line it says enough, and several would keep everything else waiting.
  await one();
  await Promise.all(Array.from({ length: atOnce }, follow));
  // A clock of whole milliseconds cannot tell a line of this computer's own any better.
  const took = Math.max(1, clock.now() - start);
  return stopped || bytes === 0 ? undefined : Math.round((bytes * 8) / took);
}
