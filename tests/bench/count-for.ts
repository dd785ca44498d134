/** Calls something as often as it answers, several at a time, for a while, and counts. */

export interface Counting {
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly concurrency: number;
}

export async function countFor(
  call: () => Promise<unknown>,
  { warmUpMs, measureMs, concurrency }: Counting,
): Promise<{ calls: number; seconds: number }> {
  let calls = 0;
  const callUntil = (end: number) =>
    Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (performance.now() < end) {
          await call();
          calls += 1;
        }
      }),
    );
  await callUntil(performance.now() + warmUpMs);
  calls = 0;
  const start = performance.now();
  await callUntil(start + measureMs);
  return { calls, seconds: (performance.now() - start) / 1_000 };
}
