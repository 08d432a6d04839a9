// .oxlintrc.json holds the floors: each is shown a file that breaks it, and must say what to do instead.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Sample {
  readonly path: string;
  readonly text: string;
  /** The rule that must speak, and a word of what it must say; null for a file that is in order. */
  readonly finding: readonly [rule: string, word: string] | null;
}

const imports = (file: string, from: string, word: string): Sample => ({
  path: file,
  text: `import { x } from '${from}';\nexport const y = x;\n`,
  finding: ['no-restricted-imports', word],
});
const fine = (file: string, from: string): Sample => ({
  ...imports(file, from, ''),
  finding: null,
});
const rule = (name: string, file: string, text: string, word = ''): Sample => ({
  path: file,
  text,
  finding: [name, word],
});

const long = (lines: number): string => '// x\n'.repeat(lines - 1) + 'export {};\n';

const SAMPLES: readonly Sample[] = [
  imports('src/domain/a1.ts', 'node:crypto', 'port'),
  imports('src/domain/a2.ts', '../use-cases/ports.js', 'port'),
  imports('src/domain/a3.ts', '@nestjs/common', 'port'),
  fine('src/domain/a4.ts', './errors.js'),
  imports('src/use-cases/b1.ts', '../adapters/redis-keys.js', 'ports.ts'),
  imports('src/use-cases/b2.ts', 'bullmq', 'ports.ts'),
  imports('src/use-cases/b3.ts', '../config.js', 'ports.ts'),
  imports('src/use-cases/b4.ts', '@nestjs/common', 'Injectable'),
  fine('src/use-cases/b5.ts', '../domain/errors.js'),
  imports('src/adapters/rds-c1.ts', 'ioredis', 'redis-*.ts'),
  imports('src/adapters/rds-c2.ts', '../use-cases/submit-migration.js', 'ports'),
  imports('src/adapters/redis-c3.ts', 'bullmq', 'src/workers'),
  imports('src/adapters/redis-c4.ts', '../http/rules.js', 'ports'),
  fine('src/adapters/redis-c5.ts', 'ioredis'),
  fine('src/adapters/rds-c6.ts', 'node:timers/promises'),
  imports('src/workers/d1.ts', '../adapters/redis-keys.js', 'port'),
  imports('src/workers/d2.ts', '../http/rules.js', 'port'),
  fine('src/workers/d3.ts', 'bullmq'),
  imports('src/http/e1.ts', '../workers/queues.js', 'port'),
  imports('src/http/e2.ts', '../adapters/redis-keys.js', 'port'),
  imports('src/http/e3.ts', 'ioredis', 'port'),
  fine('src/http/e4.ts', '@nestjs/common/constants.js'),
  imports('src/simulator/f1.ts', '../domain/errors.js', 'shares nothing'),
  imports('src/simulator/f2.ts', '@nestjs/common', 'shares nothing'),
  imports('src/main.ts', './simulator/server.js', 'HTTP only'),
  imports('src/wiring.ts', 'bullmq', 'src/workers'),
  imports('src/config.ts', './adapters/redis-keys.js', 'ports'),
  imports('src/web/w1.ts', '../domain/errors.js', '/v1'),
  imports('src/web/w2.tsx', '@nestjs/common', '/v1'),
  imports('src/http/w3.ts', '../web/words.js', 'port'),
  fine('src/web/w4.tsx', 'preact/hooks'),
  imports('src/domain/x1.tsx', 'node:crypto', 'port'),
  imports('src/use-cases/x2.tsx', 'bullmq', 'ports.ts'),
  imports('src/adapters/rds-x3.tsx', 'ioredis', 'redis-*.ts'),
  imports('src/workers/x4.tsx', '../http/rules.js', 'port'),
  imports('src/http/x5.tsx', 'ioredis', 'port'),
  imports('src/simulator/x6.tsx', '../domain/errors.js', 'shares nothing'),
  imports('src/x7.tsx', 'bullmq', 'src/workers'),
  rule('no-console', 'src/web/x8.tsx', "console.log('x');\nexport {};"),
  rule('no-restricted-globals', 'src/domain/g1.ts', 'export const a = new Date(0);', 'Clock'),
  rule('no-restricted-globals', 'src/use-cases/g2.ts', 'export const a = setTimeout;', 'Wakes'),
  rule('no-restricted-properties', 'src/domain/g3.ts', 'export const a = Math.random();', 'Ids'),
  rule('no-restricted-properties', 'src/http/g4.ts', 'export const a = Date.now();', 'Clock'),
  rule(
    'no-restricted-properties',
    'src/workers/g5.ts',
    "export const a = process.env['A'];",
    'src/config.ts',
  ),
  rule(
    'import/no-cycle',
    'src/domain/h1.ts',
    "import type { H2 } from './h2.js';\nexport type H1 = H2 | 1;",
  ),
  rule(
    'import/no-cycle',
    'src/domain/h2.ts',
    "import type { H1 } from './h1.js';\nexport type H2 = H1 | 2;",
  ),
  rule('max-lines', 'src/domain/i1.ts', long(401)),
  { path: 'src/domain/i2.ts', text: long(400), finding: null },
  rule(
    'max-params',
    'src/domain/i3.ts',
    'export type F = 1;\nexport function f(a: 1, b: 1, c: 1, d: 1, e: 1): F { return a && b && c && d && e; }',
  ),
  rule(
    'max-depth',
    'src/domain/i4.ts',
    'export function f(a: 1): 1 { if (a) { if (a) { if (a) { if (a) return a; } } } return a; }',
  ),
  rule('import/no-default-export', 'src/domain/i5.ts', 'export default 1;'),
  rule(
    'typescript/no-explicit-any',
    'src/domain/i6.ts',
    'export const a = (b: any): unknown => b;',
  ),
  rule(
    'typescript/no-non-null-assertion',
    'src/domain/i7.ts',
    'export const a = (b: 1 | null): 1 => b!;',
  ),
  rule(
    'typescript/no-floating-promises',
    'src/http/j1.ts',
    'export function f(): void { Promise.resolve(1); }',
  ),
  rule(
    'typescript/switch-exhaustiveness-check',
    'src/domain/j2.ts',
    "export function f(a: 'x' | 'y'): 1 { switch (a) { case 'x': return 1; } return 1; }",
  ),
];

interface Report {
  readonly diagnostics: readonly {
    readonly code?: string;
    readonly message: string;
    readonly help?: string;
    readonly filename: string;
  }[];
}

let folder: string;
let found: ReadonlyMap<string, string>;

/** All samples in one run: the linter costs more to start than to run. */
function lint(): Promise<Report> {
  const oxlint = path.resolve('node_modules/oxlint/bin/oxlint');
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [oxlint, '--format=json', 'src'],
      { cwd: folder },
      (error, stdout, stderr) => {
        if (error?.code === 1 || error === null) resolve(JSON.parse(stdout) as Report);
        else reject(new Error(`oxlint failed: ${stderr}${stdout}`, { cause: error }));
      },
    );
  });
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lint-spec-'));
  for (const file of ['.oxlintrc.json', 'tsconfig.json']) await cp(file, path.join(folder, file));
  // The part that knows types is looked for beside the files.
  await symlink(path.resolve('node_modules'), path.join(folder, 'node_modules'), 'junction');
  for (const { path: file, text } of SAMPLES) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
  const lines = new Map<string, string>();
  for (const { filename, code = '', message, help = '' } of (await lint()).diagnostics) {
    lines.set(filename, `${lines.get(filename) ?? ''}${code}: ${message} ${help}\n`);
  }
  found = lines;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** `import/no-cycle` is reported as `import(no-cycle)`, a rule of the core as `eslint(max-lines)`. */
const reported = (name: string): string => {
  const [plugin, short] = name.includes('/') ? name.split('/') : ['eslint', name];
  return `${plugin}(${short}): `;
};

describe('the linter', () => {
  it.each(SAMPLES.filter(({ finding }) => finding !== null))(
    'refuses $path: $finding.0',
    ({ path: file, finding }) => {
      const [name, word] = finding ?? ['', ''];
      const line = found
        .get(file)
        ?.split('\n')
        .find((text) => text.startsWith(reported(name)));
      expect(line ?? `nothing of ${name} in: ${found.get(file)}`).toContain(reported(name));
      expect(line).toContain(word);
    },
  );

  it.each(SAMPLES.filter(({ finding }) => finding === null))('lets $path be', ({ path: file }) => {
    const lines = (found.get(file) ?? '').split('\n');
    expect(lines.filter((line) => /restricted|max-lines/.test(line))).toEqual([]);
  });
});
