// The house rules that the linter cannot hold. Floors, sizes and cycles are in .oxlintrc.json.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROBLEMS, REASONS, VIOLATIONS } from '../src/domain/errors.js';
import { cycles } from './architecture/cycles.js';
import {
  disagreements,
  documentedCodes,
  exampleVariables,
  readVariables,
} from './architecture/documents.js';
import { type Lockfile, lockFindings } from './architecture/lockfile.js';
import { madeFor, unmatched } from './architecture/queues.js';
import { openRoutes, routesOf } from './architecture/routes.js';
import { pathsUnder, readTree, sourceFile } from './architecture/source-files.js';
import { badNames, banned, tooLong, withoutPromise } from './architecture/style.js';
import { strayWords, VOCABULARIES } from './architecture/words.js';

const read = (file: string): string => readFileSync(file, 'utf8');
const parsed = (file: string): ReturnType<typeof sourceFile> => sourceFile(file, read(file));
const src = readTree('src');
const test = readTree('test');
const paths = ['src', 'test', 'scripts'].flatMap((folder) =>
  pathsUnder(folder, ['.ts', '.tsx', '.mjs', '.lua', '.css']),
);

describe('words stay where they belong:', () => {
  it.each(VOCABULARIES)('$what', (vocabulary) => {
    expect(src.flatMap((file) => strayWords(file, vocabulary))).toEqual([]);
  });
});

describe('every file', () => {
  it('is short enough to be read at once', () => {
    expect(paths.flatMap((file) => tooLong(file, read(file)))).toEqual([]);
  });

  it('has a name that says its subject', () => {
    expect(paths.flatMap(badNames)).toEqual([]);
  });

  it('is reached by imports that never lead back to it', () => {
    expect(cycles([...src, ...test])).toEqual([]);
  });

  it('begins with what it guarantees', () => {
    const scripts = pathsUnder('scripts', ['.mjs']).map((file) => sourceFile(file, read(file)));
    expect([...src, ...test, ...scripts].flatMap(withoutPromise)).toEqual([]);
  });

  it('does without enums, hollow class names and fields that are only promised', () => {
    expect([...src, ...test].flatMap(banned)).toEqual([]);
  });
});

describe('documents and code agree:', () => {
  it('every error code is in the tables of README.md, and the reverse', () => {
    const codes = [PROBLEMS, VIOLATIONS, REASONS].flatMap((table) => Object.keys(table));
    // A code of two tables, such as a reason that is also a problem, has a row in each.
    const once = [...new Set(codes)];
    const documented = [...new Set(documentedCodes(read('README.md')))];
    expect(disagreements(['src/domain/errors.ts', once], ['README.md', documented])).toEqual([]);
  });

  it('every variable of .env.example is read by config.ts, and the reverse', () => {
    const documented = exampleVariables(read('.env.example'));
    const [asked, reader] = [parsed('src/config.ts'), parsed('src/config-reader.ts')];
    const config = [...new Set(readVariables(asked, reader))];
    expect(disagreements(['.env.example', documented], ['src/config.ts', config])).toEqual([]);
  });
});

describe('the edges are closed:', () => {
  it('every route asks for a scope or is on the short list of public ones', () => {
    const routes = src.flatMap(routesOf);
    expect(routes.map(({ name }) => name)).toContain('POST /v1/migrations');
    expect(openRoutes(routes)).toEqual([]);
  });

  it('every queue has exactly one worker', () => {
    const queues = madeFor(src, 'Queue');
    expect(queues).not.toEqual([]);
    expect(unmatched(queues, madeFor(src, 'Worker'))).toEqual([]);
  });
});

describe('package-lock.json', () => {
  it('names a source and a checksum for every package, and every platform of those that have several', () => {
    expect(lockFindings(JSON.parse(read('package-lock.json')) as Lockfile)).toEqual([]);
  });
});
