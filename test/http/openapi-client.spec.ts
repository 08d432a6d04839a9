// A client that is generated from docs/openapi.json has types: right use compiles, and wrong use does not.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import openapiTypes, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** A compiler in a process of its own, beside other tests. */
const WITHIN_MS = 120_000;

/** A property with a default may be left out of a request. */
const OPTIONAL = { defaultNonNullable: false };

const SETTINGS = {
  compilerOptions: {
    ...{ module: 'nodenext', target: 'ES2023', strict: true, noEmit: true, types: ['node'] },
    ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: true },
  },
};

const HEAD = `
import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';
type Draft = components['schemas']['CreateMigrationDto'];
const client = createClient<paths>({ baseUrl: '' });
const body = { credentialId: '', sourceInstanceId: '', targetInstanceId: '', dbInfo: { DBNames: [''] } };
`;

const WRONG: readonly (readonly [what: string, use: string])[] = [
  ['a path that is not there', `await client.GET('/v1/migration', {});`],
  ['a method that the path does not have', `await client.DELETE('/v1/migrations', {});`],
  ['a path without its id', `await client.GET('/v1/migrations/{id}', {});`],
  [
    'a body without what it needs',
    `await client.POST('/v1/migrations', { body: { credentialId: '' } });`,
  ],
  [
    'a property that is not known',
    `const more: Draft = { ...body, databases: 1 };
export { more };`,
  ],
  [
    'an engine that is not there',
    `await client.POST('/v1/migrations', { body: { ...body, engine: 'Oracle' } });`,
  ],
  [
    'a status that is not there',
    `await client.GET('/v1/migrations', { params: { query: { status: ['done'] } } });`,
  ],
  [
    'an answer without a look at its error',
    `(await client.POST('/v1/migrations', { body })).data.id;`,
  ],
  ['a field that no answer has', `(await client.POST('/v1/migrations', { body })).data?.state;`],
  [
    'null where it may be null',
    `const { data } = await client.GET('/v1/batches/{id}', { params: { path: { id: '' } } });
data?.finishedAt.length;`,
  ],
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'openapi-client-'));
  const document = JSON.parse(await readFile('docs/openapi.json', 'utf8')) as OpenAPI3;
  await writeFile(path.join(folder, 'api.ts'), astToString(await openapiTypes(document, OPTIONAL)));
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(SETTINGS));
  await symlink(path.resolve('node_modules'), path.join(folder, 'node_modules'));
}, WITHIN_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The files with errors, and what the compiler says of each. */
async function compiled(): Promise<string> {
  const tsc = path.resolve('node_modules/typescript/bin/tsc');
  const run = promisify(execFile)(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], {
    cwd: folder,
  });
  return run.then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout ?? 'the compiler did not start',
  );
}

test(
  'the sample program compiles, and each wrong use is refused where it is wrong',
  async () => {
    await cp('docs/client/night.ts', path.join(folder, 'night.ts'));
    await writeFile(
      path.join(folder, 'right.ts'),
      `${HEAD}await client.POST('/v1/migrations', { body });\n`,
    );
    for (const [index, [, use]] of WRONG.entries()) {
      await writeFile(path.join(folder, `wrong-${index}.ts`), `${HEAD}${use}\n`);
    }
    const told = await compiled();
    const complained = new Set(
      told.split('\n').flatMap((line) => /^([\w-]+\.ts)\(/.exec(line)?.[1] ?? []),
    );
    const missed = WRONG.filter((_, index) => !complained.has(`wrong-${index}.ts`)).map(
      ([what]) => what,
    );
    expect(missed).toEqual([]);
    const others = told.split('\n').filter((line) => /^(night|right|api)\.ts/.test(line));
    expect(others).toEqual([]);
  },
  WITHIN_MS,
);
