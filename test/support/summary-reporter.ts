// Ends every run with one plain line, `N passed, N failed`, that any CI can read.
import type { Reporter, TestModule } from 'vitest/node';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A module or suite that failed outside of its tests counts as one failure: its tests never ran. */
export function count(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): Counts {
  const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      counts[state === 'pending' ? 'skipped' : state] += 1;
    }
    const suites = [...module.children.allSuites()];
    counts.failed += [module, ...suites].filter((part) => part.errors().length > 0).length;
  }
  return counts;
}

export function summaryOf({ passed, failed, skipped }: Counts): string {
  const line = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? line : `${line}, ${skipped} skipped`;
}

export class SummaryReporter implements Reporter {
  /** Listed after the default reporter, so this comes after its summary. */
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    process.stdout.write(`${summaryOf(count(modules, unhandledErrors))}\n`);
  }
}
