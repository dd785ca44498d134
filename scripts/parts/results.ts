/** Adds up what the test runners report, so that nothing that went wrong is lost in the sum. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The parts of Vitest's JSON report that are counted. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests?: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** The parts of Playwright's JSON report that are counted. */
export interface PlaywrightReport {
  readonly stats: {
    readonly expected: number;
    readonly unexpected: number;
    readonly flaky: number;
    readonly skipped: number;
  };
  readonly errors: readonly unknown[];
}

/** @param report undefined when the runner ended without writing one. */
export function countVitest(report: VitestReport | undefined, exitCode: number): Counts {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  // A file that cannot be loaded has no failed tests of its own.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  return {
    passed: report.numPassedTests,
    failed: atLeastOne(report.numFailedTests + brokenFiles, exitCode),
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  };
}

/** A test that passed only on a second try counts as failed. */
export function countPlaywright(report: PlaywrightReport | undefined, exitCode: number): Counts {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  return {
    passed: report.stats.expected,
    failed: atLeastOne(report.stats.unexpected + report.stats.flaky + report.errors.length, exitCode),
    skipped: report.stats.skipped,
  };
}

/** A runner that ended with an error has at least one failure, whatever it counted. */
function atLeastOne(failed: number, exitCode: number): number {
  return exitCode === 0 ? failed : Math.max(1, failed);
}

export function add(counts: readonly Counts[]): Counts {
  return counts.reduce(
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      skipped: sum.skipped + one.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/** The closing line of `npm test`. */
export function closingLine(counts: Counts): string {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  return `${counts.passed} passed, ${counts.failed} failed${skipped}`;
}

/** 1 when anything failed, and when nothing ran at all. */
export function exitCodeFor(counts: Counts): number {
  return counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}
