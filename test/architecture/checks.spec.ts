// The checks themselves: each is shown something bad and must say so, and something good and must not.
import { describe, expect, it } from 'vitest';
import { disagreements, documentedCodes, exampleVariables, readVariables } from './documents.js';
import { cycles } from './cycles.js';
import { type Lockfile, lockFindings } from './lockfile.js';
import { madeFor, unmatched } from './queues.js';
import { openRoutes, routesOf } from './routes.js';
import { sourceFile } from './source-files.js';
import { badNames, banned, MAX_LINES, tooLong, withoutPromise } from './style.js';
import { strayWords, VOCABULARIES } from './words.js';

const stray = (path: string, text: string): string[] =>
  VOCABULARIES.flatMap((vocabulary) => strayWords(sourceFile(path, text), vocabulary));

describe('stray words', () => {
  it.each([
    ['src/use-cases/a.ts', 'const q = { SourceDBInstanceId: 1 };', 'SourceDBInstanceId'],
    ['src/workers/a.ts', "call('DescibeImportsFromDatabase');", 'DescibeImportsFromDatabase'],
    ['src/adapters/redis-a.ts', 'const t = `x ${y} DBNames`;', 'DBNames'],
    ['src/domain/a.ts', "const n = 'DBNames';", 'DBNames'],
    ['src/use-cases/a.ts', 'fail(409);', '409'],
    ['src/use-cases/a.ts', 'throw new NotFoundException();', 'NotFoundException'],
  ])('in %s are found: %s', (path, text, word) => {
    const [finding, ...more] = stray(path, text);
    expect(finding).toContain(`${path}:1 says ${word},`);
    expect(more).toEqual([]);
  });

  it.each([
    ['src/adapters/rds-a.ts', "call('CancelImport', { DBInstanceId: 1 }, 404);"],
    ['src/domain/db-info.ts', "const n = 'DBNames';"],
    ['src/use-cases/a.ts', '// DBNames, CancelImport and 404 in a comment\nconst limit = 500;'],
  ])('are none in %s: %s', (path, text) => {
    expect(stray(path, text)).toEqual([]);
  });
});

describe('style', () => {
  it('allows the last line and no more', () => {
    expect(tooLong('a.ts', 'x\n'.repeat(MAX_LINES))).toEqual([]);
    expect(tooLong('a.ts', 'x\n'.repeat(MAX_LINES + 1))).toHaveLength(1);
  });

  it.each(['src/http/index.ts', 'src/http/FooBar.ts', 'src/utils/a.ts', 'src/http/a_b.ts'])(
    'refuses %s',
    (path) => {
      expect(badNames(path)).toHaveLength(1);
    },
  );

  it.each(['src/http/create-migration.dto.ts', 'test/a.spec.ts', 'scripts/bootstrap.mjs'])(
    'accepts %s',
    (path) => {
      expect(badNames(path)).toEqual([]);
    },
  );

  it('wants a comment first', () => {
    expect(withoutPromise(sourceFile('a.ts', 'const a = 1;'))).toHaveLength(1);
    expect(withoutPromise(sourceFile('a.ts', '\n// late'))).toHaveLength(1);
    for (const text of ['// says', '/**\n * says\n */', '#!/usr/bin/env node\n// says']) {
      expect(withoutPromise(sourceFile('a.ts', text))).toEqual([]);
    }
  });

  it.each(['enum A { b }', 'class MigrationService {}', 'class A { b!: string }'])(
    'bans %s',
    (text) => {
      expect(banned(sourceFile('src/a.ts', text))).toHaveLength(1);
    },
  );

  it('lets fields of a DTO be promised', () => {
    expect(banned(sourceFile('src/a.dto.ts', 'class A { b!: string }'))).toEqual([]);
  });
});

describe('documents', () => {
  const readme = [
    '## States\n| state |\n| --- |\n| `queued` | waits |',
    '## Errors\n| code | meaning |\n| --- | --- |\n| `not_found` | gone |',
    '```sh\n# Not a heading\n```',
    '### Of fields\n| `required` | missing |',
    '## Decisions\n| `ioredis` | why |',
  ].join('\n\n');

  it('are read where they speak of errors, and only there', () => {
    expect(documentedCodes(readme)).toEqual(['not_found', 'required']);
  });

  it('give their variables, with a default or without', () => {
    expect(exampleVariables('# A comment\nPORT=3000\n# MASTER_KEYS=\n#HOST=\nlower=1\n')).toEqual([
      'PORT',
      'MASTER_KEYS',
      'HOST',
    ]);
  });

  it('are held against what the configuration reads, files included', () => {
    const config = sourceFile(
      'src/config.ts',
      `const port = read.integer('PORT', 3000);
       const keys = read.keys('MASTER_KEYS');
       class Reader {
         integer(name: string) { return this.optional(name); }
         keys(name: string) { return this.secret(name); }
       }`,
    );
    expect(readVariables(config, config)).toEqual(['PORT', 'MASTER_KEYS', 'MASTER_KEYS_FILE']);
  });

  it('disagree in both directions, and with themselves', () => {
    expect(disagreements(['one', ['a', 'b', 'b']], ['other', ['b', 'c']])).toEqual([
      'c is in other, not in one',
      'a is in one, not in other',
      'b is in one more than once',
    ]);
  });
});

describe('routes', () => {
  const routes = routesOf(
    sourceFile(
      'src/http/a.controller.ts',
      `@Controller('v1/a') class A {
         @Get(':id') @NeedsScope('migrations:read') one() {}
         @Post() forgotten() {}
         @Get('all') @Public() opened() {}
         notARoute() {}
       }
       @Controller('health') class B { @Get('live') @Public() live() {} }
       class NotAController { @Get() nothing() {} }`,
    ),
  );

  it('are read with their paths and access', () => {
    expect(routes.map(({ name, access }) => `${name} ${access}`)).toEqual([
      'GET /v1/a/:id guarded',
      'POST /v1/a undeclared',
      'GET /v1/a/all public',
      'GET /health/live public',
    ]);
  });

  it('are refused when they declare nothing or open what is not on the list', () => {
    expect(openRoutes(routes)).toEqual([
      'src/http/a.controller.ts:3: POST /v1/a has neither @NeedsScope nor @Public',
      'src/http/a.controller.ts:4: GET /v1/a/all is open to everybody but not on the list of public routes',
    ]);
  });
});

describe('cycles of imports', () => {
  const found = (...files: readonly (readonly [string, string])[]): string[] =>
    cycles(files.map(([name, text]) => sourceFile(name, text)));

  it('are found through types, re-exports and .tsx files', () => {
    expect(
      found(
        ['src/web/page.tsx', "import { Part } from './part.js'; export interface Shown {}"],
        ['src/web/part.tsx', "import type { Shown } from './page.js'; export const Part = 1;"],
      ),
    ).toEqual(['a cycle of imports: src/web/page.tsx → src/web/part.tsx → src/web/page.tsx']);
    expect(
      found(
        ['src/a.ts', "export * from './b/c.js';"],
        ['src/b/c.ts', "export { x } from '../d.js';"],
        ['src/d.ts', "import type { y } from './a.js';"],
      ),
    ).toHaveLength(1);
  });

  it('are none where two ways lead to one file', () => {
    expect(
      found(
        ['src/a.ts', "import './b.js'; import './c.js'; import 'node:path';"],
        ['src/b.ts', "import './d.js';"],
        ['src/c.ts', "import './d.js'; import './absent.js';"],
        ['src/d.ts', 'export {};'],
      ),
    ).toEqual([]);
  });
});

describe('queues', () => {
  const names = (type: 'Queue' | 'Worker', text: string): string[] =>
    madeFor([sourceFile('src/workers/a.ts', text)], type);

  it('are known by text, by constant and by the table they are made from', () => {
    expect(names('Queue', "new Queue('a', o); new Queue(B); new Set('c');")).toEqual(["'a'", 'B']);
    expect(names('Worker', 'TASKS.map((task) => { return new Worker<Job>(task, go); });')).toEqual([
      'each of TASKS',
    ]);
  });

  it('need one worker each, neither none nor two, and a worker needs a queue', () => {
    expect(unmatched(['a', 'b'], ['a', 'b'])).toEqual([]);
    expect(unmatched(['a'], [])).toHaveLength(1);
    expect(unmatched(['a'], ['a', 'a'])).toHaveLength(1);
    expect(unmatched([], ['a'])).toHaveLength(1);
  });
});

describe('the lockfile', () => {
  const good = { version: '1.0.0', integrity: 'sha512-x' };
  const of = (packages: Lockfile['packages']): string[] =>
    lockFindings({ packages: { '': {}, ...packages } });

  it('may not lack a checksum or come from elsewhere than a registry', () => {
    expect(of({ 'node_modules/a': { version: '1.0.0' } })).toHaveLength(1);
    expect(
      of({ 'node_modules/a': { ...good, resolved: 'git+ssh://git@github.com/a/a.git#1' } }),
    ).toHaveLength(1);
    expect(
      of({ 'node_modules/a': { ...good, resolved: 'http://registry.example/a.tgz' } }),
    ).toHaveLength(1);
    expect(
      of({ 'node_modules/a': { ...good, resolved: 'https://registry.example/a/-/a.tgz' } }),
    ).toEqual([]);
    expect(of({ 'node_modules/a': good })).toEqual([]);
  });

  it('may not lack a platform, which may stand at any level', () => {
    const a = { ...good, optionalDependencies: { 'a-linux': '1', 'a-darwin': '1' } };
    const [finding, ...more] = of({
      'node_modules/b/node_modules/a': a,
      'node_modules/a-linux': good,
    });
    expect(finding).toContain('wants a-darwin');
    expect(more).toEqual([]);
    expect(
      of({
        'node_modules/b/node_modules/a': a,
        'node_modules/a-linux': good,
        'node_modules/b/node_modules/a-darwin': good,
      }),
    ).toEqual([]);
  });
});
