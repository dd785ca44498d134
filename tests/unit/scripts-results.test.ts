/** The closing line of the test command loses nothing that went wrong. */
import { describe, expect, it } from 'vitest';
import { add, closingLine, countPlaywright, countVitest, exitCodeFor } from '../../scripts/parts/results.ts';

const vitest = (over: object = {}) => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  testResults: [{ status: 'passed', assertionResults: [{ status: 'passed' }] }],
  ...over,
});
const playwright = (over: object = {}, errors: unknown[] = []) => ({
  stats: { expected: 2, unexpected: 0, flaky: 0, skipped: 0, ...over },
  errors,
});

describe('countVitest', () => {
  it('counts what passed, failed and was skipped', () => {
    const report = vitest({ numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 });
    expect(countVitest(report, 1)).toEqual({ passed: 3, failed: 1, skipped: 3 });
  });

  it('counts a file that could not be loaded as a failure', () => {
    const report = vitest({ testResults: [{ status: 'failed', assertionResults: [] }] });
    expect(countVitest(report, 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
  });

  it('counts a run that ended with an error although every test passed', () => {
    expect(countVitest(vitest(), 1).failed).toBe(1);
    expect(countVitest(vitest(), 0).failed).toBe(0);
  });

  it('counts a run without a report as a failure', () => {
    expect(countVitest(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe('countPlaywright', () => {
  it('counts a test that needed a second try as a failure', () => {
    expect(countPlaywright(playwright({ flaky: 1 }), 0)).toEqual({ passed: 2, failed: 1, skipped: 0 });
  });

  it('counts errors outside tests, and runs without a report', () => {
    expect(countPlaywright(playwright({}, [{ message: 'setup' }]), 1).failed).toBe(1);
    expect(countPlaywright(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe('the closing line', () => {
  it('adds everything up', () => {
    const total = add([
      { passed: 3, failed: 1, skipped: 0 },
      { passed: 2, failed: 0, skipped: 4 },
    ]);
    expect(closingLine(total)).toBe('5 passed, 1 failed, 4 skipped');
    expect(exitCodeFor(total)).toBe(1);
  });

  it('is silent about skipped tests when there are none', () => {
    expect(closingLine({ passed: 5, failed: 0, skipped: 0 })).toBe('5 passed, 0 failed');
    expect(exitCodeFor({ passed: 5, failed: 0, skipped: 0 })).toBe(0);
  });

  it('is a failure when nothing ran', () => {
    expect(exitCodeFor({ passed: 0, failed: 0, skipped: 2 })).toBe(1);
  });
});
