import { spawnSync } from 'node:child_process';
import { defineConfig } from 'vitest/config';
import { findChromium } from './test/support/browser.js';
import { SummaryReporter } from './test/support/summary-reporter.js';

/** Hold a time bound each: beside others they would measure the others. */
const ALONE = [
  'test/domain/json-hostile.spec.ts',
  'test/domain/fleet-plan-size.spec.ts',
  'test/domain/batch-timeline-size.spec.ts',
  'test/adapters/timeline-size.spec.ts',
  'test/http/hostile-bodies.spec.ts',
  'test/http/bad-input.spec.ts',
  'test/http/limits.spec.ts',
  'test/http/batches-size.spec.ts',
  'test/service/fleet.spec.ts',
  'test/service/start.spec.ts',
  'test/service/large-batch.spec.ts',
];

/** Make certificates, which Node alone cannot. */
const WITH_OPENSSL = [
  'test/adapters/redis-tls.spec.ts',
  'test/adapters/webhook-tls.spec.ts',
  'test/service/redis-account.spec.ts',
];
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) console.warn(`no openssl here, so these are left out: ${WITH_OPENSSL.join(', ')}`);

/** Drive a real Chromium; it takes a core of its own, so one after the other. */
const WITH_CHROMIUM = ['test/page/**/*.spec.ts'];
const hasChromium = findChromium() !== null;
if (!hasChromium)
  console.warn(`no Chromium here, so these are left out: ${WITH_CHROMIUM.join(', ')}`);

const shared = { testTimeout: 30_000, hookTimeout: 60_000 };

const page = {
  test: {
    // A browser beside a service on two cores; what waits in vain says so after 30 s (browser.ts).
    ...{ testTimeout: 120_000, hookTimeout: 120_000 },
    name: 'page',
    include: WITH_CHROMIUM,
    maxWorkers: 1,
    sequence: { groupOrder: 2 },
  },
};

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
          exclude: [...ALONE, ...WITH_CHROMIUM, ...(hasOpenssl ? [] : WITH_OPENSSL)],
          sequence: { groupOrder: 1 },
        },
      },
      ...(hasChromium ? [page] : []),
    ],
  },
});
