/** Whether a LiveKit server run by somebody else can be used: asked again and again, seldom while all is well. */
import { setTimeout as delay } from 'node:timers/promises';
import { ServerError } from 'livekit-server-sdk';
import type { LiveKitStatus } from '../../../shared/contract/contract.ts';
import { describe } from './room-service.ts';

const wellEveryMs = 15_000;
const firstRetryMs = 1_000;
const longestRetryMs = 30_000;

/** Runs until the signal ends it. */
export async function watchExternal(
  check: () => Promise<void>,
  onStatus: (status: LiveKitStatus) => void,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const status = await ask(check);
    if (signal.aborted) return;
    onStatus(status);
    failures = status.state === 'ready' ? 0 : failures + 1;
    const wait = failures === 0 ? wellEveryMs : Math.min(firstRetryMs * 2 ** (failures - 1), longestRetryMs);
    await delay(wait, undefined, { signal }).catch(() => {});
  }
}

async function ask(check: () => Promise<void>): Promise<LiveKitStatus> {
  try {
    await check();
    return { state: 'ready', kind: 'external' };
  } catch (cause) {
    const refused = cause instanceof ServerError && (cause.status === 401 || cause.status === 403);
    const detail = refused
      ? 'The LiveKit server refuses the key. Check LIVEKIT_API_KEY and LIVEKIT_API_SECRET.'
      : `The LiveKit server cannot be reached (${describe(cause)}). Check LIVEKIT_API_URL and that it runs.`;
    return { state: 'failed', kind: 'external', detail };
  }
}
