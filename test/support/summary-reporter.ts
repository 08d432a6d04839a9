// Ends every run with its slowest tests, its seed, and one plain line, `N passed, N failed`, that any CI can read.
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

const SHOWN = 20;

/** The longest first, with where they are; none of a run that is over at once. */
export function slowestOf(modules: readonly TestModule[]): string[] {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  return tests
    .map((test) => ({ test, ms: test.diagnostic()?.duration ?? 0 }))
    .filter(({ ms }) => ms >= 100)
    .sort((a, b) => b.ms - a.ms)
    .slice(0, SHOWN)
    .map(({ test, ms }) => {
      const seconds = (ms / 1_000).toFixed(1).padStart(6);
      return `${seconds} s  ${test.module.relativeModuleId} > ${test.fullName}`;
    });
}

export class SummaryReporter implements Reporter {
  constructor(private readonly seed?: string) {}

  /** Listed after the default reporter, so this comes after its summary. */
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const slowest = slowestOf(modules);
    const lines = [
      ...(slowest.length > 0 ? ['', 'The slowest tests:', ...slowest] : []),
      ...(this.seed === undefined
        ? []
        : ['', `Random suites: TEST_SEED=${this.seed} repeats them.`]),
      summaryOf(count(modules, unhandledErrors)),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}
