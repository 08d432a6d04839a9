import { spawnSync } from 'node:child_process';
import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './test/support/summary-reporter.js';

/** Hold a time bound each: beside others they would measure the others. */
const ALONE = [
  'test/domain/json-hostile.spec.ts',
  'test/domain/fleet-plan-size.spec.ts',
  'test/http/hostile-bodies.spec.ts',
  'test/http/bad-input.spec.ts',
  'test/http/limits.spec.ts',
  'test/http/batches-size.spec.ts',
  'test/service/fleet.spec.ts',
  'test/service/start.spec.ts',
  'test/service/large-batch.spec.ts',
];

/** Make certificates, which Node alone cannot. */
const WITH_OPENSSL = ['test/adapters/redis-tls.spec.ts', 'test/service/redis-account.spec.ts'];
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) console.warn(`no openssl here, so these are left out: ${WITH_OPENSSL.join(', ')}`);

const shared = { testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    reporters: ['default', new SummaryReporter()],
    projects: [
      {
        test: {
          ...shared,
          name: 'alone',
          include: ALONE,
          maxWorkers: 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'together',
          include: ['test/**/*.spec.ts'],
          exclude: hasOpenssl ? ALONE : [...ALONE, ...WITH_OPENSSL],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
