// What `npm test` runs, and `npm run test:exhaustive` in full length (vitest.exhaustive.config.ts).
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { findChromium } from './test/support/browser.js';
import { SummaryReporter } from './test/support/summary-reporter.js';

/** A spec belongs to the project that its folder or its name (`<behaviour>.<level>.spec.ts`) says; else it is a unit. */
const PAGE = ['test/page/**/*.spec.ts', 'test/**/*.page.spec.ts'];
const SERVICE = ['test/{service,faults,scripts}/**/*.spec.ts', 'test/**/*.service.spec.ts'];
const REDIS = ['test/adapters/**/*.spec.ts', 'test/**/*.redis.spec.ts'];

/** Make certificates, which Node alone cannot. */
const WITH_OPENSSL = [
  'test/adapters/redis-tls.spec.ts',
  'test/adapters/webhook-tls.spec.ts',
  'test/service/redis-account.spec.ts',
];
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) console.warn(`no openssl here, so these are left out: ${WITH_OPENSSL.join(', ')}`);

const hasChromium = findChromium() !== null;
if (!hasChromium) console.warn(`no Chromium here, so these are left out: ${PAGE.join(', ')}`);

/** Of the random suites (test/support/sampling.ts): another for each run, and for all processes of one the same. */
const seed = (process.env['TEST_SEED'] ??= String(randomInt(2 ** 31)));

interface Part {
  readonly name: string;
  readonly include: string[];
  readonly exclude?: string[];
}

/**
 * Services and browsers mostly wait, so more files run at once than there are cores. What files share of
 * modules is loaded once for all that one process runs; a spec that leaves something behind in it is wrong.
 */
const project = ({ name, include, exclude = [] }: Part) => ({
  test: {
    name,
    include,
    exclude: [...exclude, ...(hasOpenssl ? [] : WITH_OPENSSL)],
    isolate: false,
    maxWorkers: Math.min(2 * availableParallelism(), 8),
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

/** A browser beside a service; what waits in vain says so after 30 s (browser.ts). */
const page = {
  test: {
    ...{ name: 'page', include: PAGE, testTimeout: 120_000, hookTimeout: 120_000 },
    ...{ maxWorkers: Math.max(1, Math.floor(availableParallelism() / 2)) },
    sequence: { groupOrder: 1 },
  },
};

export default defineConfig({
  test: {
    reporters: ['default', new SummaryReporter(seed)],
    projects: [
      project({ name: 'service', include: SERVICE }),
      project({ name: 'redis', include: REDIS, exclude: SERVICE }),
      project({
        name: 'unit',
        include: ['test/**/*.spec.ts'],
        exclude: [...PAGE, ...SERVICE, ...REDIS],
      }),
      ...(hasChromium ? [page] : []),
    ],
  },
});
