// As a process it needs nothing but Node: one line when it listens, the default world, exit 0 when told to end.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callV3, failureOf, record } from './client.js';

const SOURCES = new URL('../../src/simulator/', import.meta.url);
const KEY = { id: 'LTAIsimulatorkey0001', secret: 'simulator-secret-0001' };
let folder = '';

/** The compiled simulator alone, where no package and nothing else of ours can be found. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  for (const name of await readdir(SOURCES)) {
    if (name.endsWith('.json')) await copyFile(new URL(name, SOURCES), join(folder, name));
    if (!name.endsWith('.ts')) continue;
    const { outputText } = ts.transpileModule(await readFile(new URL(name, SOURCES), 'utf8'), {
      compilerOptions,
    });
    await writeFile(join(folder, name.replace(/\.ts$/, '.js')), outputText);
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function run(...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(folder, 'main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the process has no stdout');
  for await (const line of createInterface(child.stdout)) return line;
  return '';
}

it.each(['SIGTERM', 'SIGINT'] as const)(
  'prints where it listens, serves the default world and ends with 0 on %s, whatever hangs',
  async (signal) => {
    const child = run('--port', '0', '--host', '127.0.0.1');
    const { listening } = record(JSON.parse(await firstLine(child)));
    const url = String(listening);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const { json } = await callV3(
      url,
      'DescribeDBInstances',
      { RegionId: 'cn-hangzhou', PageSize: '100' },
      { key: KEY },
    );
    expect(json['TotalRecordCount']).toBe(22);
    const body = JSON.stringify({ kind: 'hang' });
    await fetch(`${url}/control/faults`, { method: 'POST', body });
    const hanging = callV3(url, 'GetCallerIdentity', {}, { key: KEY, version: '2015-04-01' });
    const ended = once(child, 'exit');
    const broken = failureOf(hanging);
    child.kill(signal);
    expect(await broken).toContain('fetch failed');
    expect(await ended).toEqual([0, null]);
  },
);

it.each([
  [['--port', 'x'], '--port must be an integer from 0 to 65535'],
  [['--world', 'missing.json'], 'ENOENT'],
  [['--colour'], "Unknown option '--colour'"],
])('refuses to start with %j', async (args, message) => {
  const child = run(...args);
  let text = '';
  child.stderr?.on('data', (part: Buffer) => (text += part.toString()));
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(text).toContain(message);
});
