/** Runs Vitest and counts what came of it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Counts, countVitest, type VitestReport } from './results.ts';
import { root, run } from './terminal.ts';

export const reportFolder = join(root, 'test-results');

export async function readReport<T>(path: string): Promise<T | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

/**
 * @param project of vitest.config.ts; `!name` is all others.
 * @param report name of a file in the folder of reports.
 * @param files only these. @param named only tests whose name holds this.
 */
export async function runVitest(
  environment: NodeJS.ProcessEnv,
  {
    project,
    report,
    files = [],
    named,
  }: {
    readonly project: string;
    readonly report: string;
    readonly files?: readonly string[];
    readonly named?: string;
  },
): Promise<Counts> {
  const file = join(reportFolder, report);
  const result = await run(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      `--project=${project}`,
      ...(named === undefined ? [] : [`--testNamePattern=${named}`]),
      ...files,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ],
    // A log kept in a file is read without colours.
    { env: { ...environment, ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }) } },
  );
  return countVitest(await readReport<VitestReport>(file), result.code);
}
