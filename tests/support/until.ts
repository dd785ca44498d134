/** Waits for what should happen, looking again and again, for as long as it may take and no longer. */

/** @param usual how long a wait may take unless it says otherwise, ms. */
export function untilWithin(usual: number) {
  return async function until<T>(
    what: string,
    look: () => Promise<T | undefined | false>,
    within = usual,
  ): Promise<T> {
    const deadline = Date.now() + within;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`not so within ${within} ms: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  };
}
