// `npm run test:exhaustive`: the random suites, of which `npm test` runs a part, in full length.
import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './test/support/summary-reporter.js';

/** Each takes its length from test/support/sampling.ts. */
const LONG = [
  'test/exhaustive/**/*.spec.ts',
  'test/domain/{fleet-properties,json-hostile}.spec.ts',
  'test/use-cases/{at-most-once,frozen-worker,invariants,track-many}.spec.ts',
  'test/http/bad-input.spec.ts',
  'test/faults/{races,steering}.spec.ts',
];
/** The same for each run, unless another is asked for: what is new is found by `npm test`. */
const seed = (process.env['TEST_SEED'] ??= '20251124');
process.env['TEST_LENGTH'] = 'full';

const MINUTE_MS = 60_000;

export default defineConfig({
  test: {
    include: LONG,
    reporters: ['default', new SummaryReporter(seed)],
    testTimeout: 15 * MINUTE_MS,
    hookTimeout: 5 * MINUTE_MS,
  },
});
