// The last line of a test run is one that any CI can read.
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sandbox } from './bootstrap-run.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await Sandbox.open();
  const file = (name: string): string => path.join(sandbox.folder, name);
  await mkdir(file('test/support'), { recursive: true });
  await writeFile(file('package.json'), '{"type":"module"}');
  await symlink(path.resolve('node_modules'), file('node_modules'), 'junction');
  const parts = ['summary-reporter.ts', 'browser.ts'].map((name) => `test/support/${name}`);
  for (const name of ['vitest.config.ts', ...parts]) await cp(name, file(name));
});
afterEach(() => sandbox.close());

async function linesOf(...lines: string[]): Promise<readonly string[]> {
  const text = ["import { describe, expect, it } from 'vitest';", ...lines].join('\n');
  await writeFile(path.join(sandbox.folder, 'test/sample.spec.ts'), text);
  const vitest = path.resolve('node_modules/vitest/vitest.mjs');
  const { ended } = sandbox.spawn(process.execPath, [vitest, 'run', '--root', sandbox.folder]);
  return (await ended).stdout.trimEnd().split('\n');
}

const lastLineOf = async (...lines: string[]): Promise<string | undefined> =>
  (await linesOf(...lines)).at(-1);

const PASSES = "it('passes', () => expect(1).toBe(1));";

describe('the last line', () => {
  it('counts what passed and what failed', async () => {
    const line = await lastLineOf(PASSES, "it('fails', () => expect(1).toBe(2));");
    expect(line).toBe('1 passed, 1 failed');
  });

  it('counts a file that cannot be read as a failure', async () => {
    expect(await lastLineOf(PASSES, "throw new Error('at once');")).toBe('0 passed, 1 failed');
  });

  it('counts an error outside of every test as a failure', async () => {
    const line = await lastLineOf(PASSES, "void Promise.reject(new Error('lost'));");
    expect(line).toBe('1 passed, 1 failed');
  });

  it('names what was skipped', async () => {
    expect(await lastLineOf(PASSES, "it.skip('later', () => {});")).toBe(
      '1 passed, 0 failed, 1 skipped',
    );
  });
});

describe('the end of a run', () => {
  const waits = (name: string, ms: number): string =>
    `it('${name}', () => new Promise((done) => setTimeout(done, ${ms})));`;

  it('names the slowest tests, the slowest first, twenty at most, and the seed', async () => {
    const fast = Array.from({ length: 30 }, (_, index) => waits(`fast ${index}`, 1));
    const lines = await linesOf(waits('slow', 200), waits('slower', 400), ...fast);
    const slowest = lines.slice(lines.indexOf('The slowest tests:') + 1);
    expect(slowest[0]).toMatch(/^ +0\.\d s {2}test\/sample\.spec\.ts > slower$/);
    expect(slowest[1]).toMatch(/test\/sample\.spec\.ts > slow$/);
    expect(slowest.filter((line) => line.includes('sample.spec.ts')).length).toBeLessThanOrEqual(
      20,
    );
    expect(lines.at(-2)).toMatch(/^Random suites: TEST_SEED=\d+ repeats them\.$/);
  });
});
