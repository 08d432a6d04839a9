// What `--deps` and `--build` promise: done when needed, and only then.
import { cp, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Ended, Sandbox } from './bootstrap-run.js';

let sandbox: Sandbox;
let project: string;

const write = async (name: string, content: string): Promise<void> => {
  const file = path.join(project, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
};

const manifest = (version: string): string => JSON.stringify({ name: 'sample', version });
const lock = (version: string): string =>
  JSON.stringify({
    ...sample(version),
    lockfileVersion: 3,
    requires: true,
    packages: { '': sample(version) },
  });
const sample = (version: string): object => ({ name: 'sample', version });

/** Stands in for the compiler: says that it ran and writes what it was given. */
const COMPILER = `
  const fs = require('node:fs');
  if (fs.readFileSync('src/main.ts', 'utf8').includes('broken')) process.exit(1);
  fs.mkdirSync('dist', { recursive: true });
  fs.appendFileSync('runs', 'x');
`;

/** Stands in for the builder of the page: it writes beside what the compiler has left. */
const BUNDLER = `
  const fs = require('node:fs');
  fs.mkdirSync('dist/web');
  fs.appendFileSync('pages', 'x');
`;

const start = (...flags: string[]): Promise<Ended> => {
  const script = path.join(project, 'scripts', 'bootstrap.mjs');
  return sandbox.run([process.execPath, '-e', 'console.log("ran")'], { script, flags }).ended;
};

beforeEach(async () => {
  sandbox = await Sandbox.open();
  project = path.join(sandbox.folder, 'project');
  await cp('scripts', path.join(project, 'scripts'), { recursive: true });
  await write('package.json', manifest('1.0.0'));
  await write('package-lock.json', lock('1.0.0'));
  await write('src/main.ts', 'export {};');
  await write('node_modules/@nestjs/cli/package.json', '{"type":"commonjs"}');
  await write('node_modules/@nestjs/cli/bin/nest.js', COMPILER);
  await write('node_modules/vite/package.json', '{"type":"commonjs"}');
  await write('node_modules/vite/bin/vite.js', BUNDLER);
});
afterEach(() => sandbox.close());

describe('--deps', () => {
  beforeEach(() => rm(path.join(project, 'node_modules'), { recursive: true }));

  it('installs the locked packages when they are missing, and then not again', async () => {
    expect((await start('--deps')).stderr).toContain('the packages are missing');
    const second = await start('--deps');
    expect(second).toEqual({ code: 0, stdout: 'ran\n', stderr: '' });
  });

  it('installs again when the lockfile has changed', async () => {
    await start('--deps');
    await write('package.json', manifest('1.0.1'));
    await write('package-lock.json', lock('1.0.1'));
    expect((await start('--deps')).stderr).toContain('not those of package-lock.json');
  });

  it('takes what npm itself has installed for what it is', async () => {
    await write('node_modules/.package-lock.json', '{"packages":{}}');
    expect((await start('--deps')).stderr).toBe('');
  });

  it('stops with one clear line when the lockfile does not fit, and never runs the command', async () => {
    await write('package.json', JSON.stringify({ name: 'sample', dependencies: { missing: '1' } }));
    const { code, stdout, stderr } = await start('--deps');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('[bootstrap] npm ci failed: see its lines above\n');
  });
});

describe('--build', () => {
  const runs = (): Promise<string> => readFile(path.join(project, 'runs'), 'utf8');

  it('compiles once, and again only when the content of a source has changed', async () => {
    await start('--build');
    await utimes(path.join(project, 'src/main.ts'), new Date(), new Date());
    await start('--build');
    expect(await runs()).toBe('x');
    await write('src/new.ts', 'export {};');
    await start('--build');
    expect(await runs()).toBe('xx');
  });

  it('compiles again when dist was removed', async () => {
    await start('--build');
    await rm(path.join(project, 'dist'), { recursive: true });
    await start('--build');
    expect(await runs()).toBe('xx');
  });

  it('stops when the sources do not compile, and never runs the command', async () => {
    await write('src/main.ts', 'broken');
    const { code, stdout, stderr } = await start('--build');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('the sources do not compile');
  });

  it('compiles once when two starts come at the same moment', async () => {
    await Promise.all([start('--build'), start('--build'), start('--build')]);
    expect(await runs()).toBe('x');
  });
});

it('refuses an option it does not know, and a start without a command', async () => {
  expect(await start('--nonsense')).toMatchObject({
    code: 2,
    stderr: '[bootstrap] unknown option --nonsense\n',
  });
  const { code } = await sandbox.spawn(process.execPath, ['scripts/bootstrap.mjs', '--redis'])
    .ended;
  expect(code).toBe(2);
});
