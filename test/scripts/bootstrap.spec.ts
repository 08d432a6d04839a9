// What `node scripts/bootstrap.mjs --redis` promises: a Redis that lives exactly as long as the command.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identityOf, isAlive, isListening, Sandbox, STAYS, until } from './bootstrap-run.js';

const node = (code: string): string[] => [process.execPath, '-e', code];
const SAY_ENV = node('console.log(process.env.REDIS_URL, process.env.REDIS_SERVER_BIN)');

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await Sandbox.open();
});
afterEach(() => sandbox.close());

const folders = (): Promise<string[]> => readdir(path.join(sandbox.folder, 'redis'));

describe('a command under the bootstrap', () => {
  it('gets a durable Redis of its own and the name of the server', async () => {
    const run = sandbox.run(STAYS);
    const { url } = await run.started;
    const redis = new Redis(url);
    const setting = async (name: string): Promise<unknown> =>
      Object.values(await redis.config('GET', name)).at(-1);
    expect(await setting('appendonly')).toBe('yes');
    expect(await setting('appendfsync')).toBe('always');
    expect(await setting('maxmemory-policy')).toBe('noeviction');
    expect(await setting('bind')).toBe('127.0.0.1');
    await redis.quit();

    const { stdout } = await sandbox.run(SAY_ENV).ended;
    expect(stdout).toMatch(/^redis:\/\/127\.0\.0\.1:\d+ \S*(redis|valkey)-server\n$/);
  });

  it.each([
    ['its own code', node('process.exit(7)'), 7],
    ['0', node(''), 0],
    ['128+n for signal n', node('process.kill(process.pid, "SIGTERM")'), 143],
    ['127 for a command that does not exist', ['no-such-command'], 127],
  ])('ends with %s', async (_, command, code) => {
    expect((await sandbox.run(command).ended).code).toBe(code);
  });

  it('leaves no Redis and no data behind', async () => {
    const { stdout } = await sandbox.run(SAY_ENV).ended;
    expect(await isListening(stdout.split(' ')[0] ?? '')).toBe(false);
    expect(await folders()).toEqual([]);
  });

  it('never shares its Redis with a run beside it', async () => {
    const [one, other] = [sandbox.run(STAYS), sandbox.run(STAYS)];
    expect((await one.started).url).not.toBe((await other.started).url);
    expect(await folders()).toHaveLength(2);
  });
});

describe('the Redis of a run', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'outlives neither the command nor %s',
    async (signal) => {
      const run = sandbox.run(STAYS);
      const { pid, url } = await run.started;
      run.child.kill(signal);
      const { code } = await run.ended;
      expect(code).toBe({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }[signal]);
      expect(isAlive(pid)).toBe(false);
      expect(await isListening(url)).toBe(false);
      expect(await folders()).toEqual([]);
    },
  );

  it('ends when npm was killed, though the shell between still waits', async () => {
    // npm → sh → bootstrap: the shell has more to do, so it cannot become the bootstrap.
    const inner = JSON.stringify([
      '-c',
      '"$@"; exit',
      'sh',
      process.execPath,
      ...sandbox.arguments(STAYS),
    ]);
    const npm = `require('child_process').spawn('sh', ${inner}, { stdio: 'inherit' })`;
    const run = sandbox.spawn(process.execPath, ['-e', npm], { npm_lifecycle_event: 'test' });
    const { pid, url } = await run.started;
    run.child.kill('SIGKILL');
    await until(() => !isAlive(pid), 'the command has ended');
    await until(async () => !(await isListening(url)), 'Redis has ended');
    await until(async () => (await folders()).length === 0, 'the data is gone');
  });

  it('ends with a bootstrap that is killed outright, and the next start removes its data', async () => {
    const run = sandbox.run(STAYS);
    const { pid, url } = await run.started;
    run.child.kill('SIGKILL');
    await until(async () => !(await isListening(url)), 'Redis has ended');
    expect(await folders()).toHaveLength(1);
    await sandbox.run(node('')).ended;
    expect(await folders()).toEqual([]);
    process.kill(pid);
  });

  it('is stopped by the next start when nothing else has stopped it', async () => {
    const { stdout } = await sandbox.run(SAY_ENV).ended;
    const binary = stdout.trim().split(' ')[1] ?? '';
    const folder = path.join(sandbox.folder, 'redis', 'run-left');
    await mkdir(folder);
    const env = { ...process.env, LD_LIBRARY_PATH: path.resolve('.data/vendor/lib') };
    const left = spawn(binary, ['--port', '0', '--dir', folder, '--save', ''], {
      env,
      stdio: 'ignore',
    });
    const ended = once(left, 'exit');
    const dead = { pid: process.pid, birth: 'another process with our pid' };
    const note = { owner: dead, server: await identityOf(left.pid ?? 0) };
    await writeFile(path.join(folder, 'owner.json'), JSON.stringify(note));

    const { stderr } = await sandbox.run(node('')).ended;
    await ended;
    expect(stderr).toContain('clearing away the Redis of a run that was killed');
    expect(await folders()).toEqual([]);
  });
});

describe('REDIS_URL', () => {
  it('is used when it answers, and is left running', async () => {
    const { url } = await sandbox.run(STAYS).started;
    const { stdout } = await sandbox.run(SAY_ENV, { env: { REDIS_URL: url } }).ended;
    expect(stdout).toContain(`${url} `);
    expect(await isListening(url)).toBe(true);
  });

  it.each([
    ['nobody listens', 'redis://user:hush-hush@127.0.0.1:1/0'],
    ['it is not an address', 'nonsense'],
    ['it is of another kind', 'http://127.0.0.1:1'],
  ])('gives way to a private Redis with one clear line when %s', async (_, url) => {
    const { code, stdout, stderr } = await sandbox.run(SAY_ENV, { env: { REDIS_URL: url } }).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^redis:\/\/127\.0\.0\.1:\d+ /);
    expect(stderr.match(/REDIS_URL is set but not usable/g)).toHaveLength(1);
    expect(stderr).not.toContain('hush-hush');
  });

  it('gives way when its password is wrong', async () => {
    const { url } = await sandbox.run(STAYS).started;
    const redis = new Redis(url);
    await redis.config('SET', 'requirepass', 'right');
    const withPassword = (word: string): string => url.replace('//', `//:${word}@`);
    const use = async (word: string): Promise<string> => {
      const env = { REDIS_URL: withPassword(word) };
      return (await sandbox.run(SAY_ENV, { env }).ended).stdout;
    };
    expect(await use('right')).toContain(withPassword('right'));
    expect(await use('wrong')).not.toContain(url.slice('redis://'.length));
    redis.disconnect();
  });
});
