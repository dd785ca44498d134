/**
 * One bringer at a time per cache folder, across processes. The holder touches its lock file; a lock nobody touches
 * was left by a program that died. In the worst race two programs work at once, which costs time only: what they make is
 * put in place by a rename.
 */
import { mkdir, open, rm, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const touchEveryMs = 2_000;
const staleAfterMs = 15_000;
const retryMs = 500;

/**
 * Runs `work` while holding the lock.
 * @param onWait called once when somebody else holds it.
 */
export async function withLock<Result>(
  file: string,
  signal: AbortSignal,
  onWait: () => void,
  work: () => Promise<Result>,
): Promise<Result> {
  await mkdir(dirname(file), { recursive: true });
  let waited = false;
  while (!(await take(file))) {
    if (!waited) onWait();
    waited = true;
    await delay(retryMs, undefined, { signal });
  }
  const touching = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), touchEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(touching);
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<boolean> {
  try {
    await (await open(file, 'wx', 0o600)).close();
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
  const touched = await stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
  if (touched !== undefined && Date.now() - touched > staleAfterMs) await rm(file, { force: true });
  return false;
}
