/** Runs the built host in this process. */
import { join } from 'node:path';
import { root } from './terminal.ts';

/** @param parameters the program's own, without the name and options of the script that starts it. */
export async function runHeadless(parameters: readonly string[]): Promise<void> {
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...parameters);
  await import(join(root, 'out/main/headless.cjs'));
}
