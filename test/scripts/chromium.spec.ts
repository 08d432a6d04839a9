// What `--chromium` promises: a browser by name where one can be had, and never a failed run where none can.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Ended, Sandbox } from './bootstrap-run.js';

const SAY_ENV = [process.execPath, '-e', 'console.log(process.env.CHROMIUM_BIN)'];
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

let sandbox: Sandbox;
let programs: string;
beforeEach(async () => {
  sandbox = await Sandbox.open();
  programs = path.join(sandbox.folder, 'programs');
  await mkdir(programs);
});
afterEach(() => sandbox.close());

/** A shell script in the only folder of the PATH. */
async function program(name: string, script: string): Promise<string> {
  const file = path.join(programs, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

const run = (env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  sandbox.run(SAY_ENV, {
    flags: ['--chromium'],
    env: { PATH: programs, CHROMIUM_BIN: '', ...env },
  }).ended;

/** Notes what it is asked for and, when asked to install, does `then`. */
const aptGet = (then: string): Promise<string> =>
  program(
    'apt-get',
    `[ "$1" = --version ] && exit 0
echo "$@" >> '${programs}/asked'
case "$*" in *' install '*) ${then};; esac`,
  );
const asked = (): Promise<string> => readFile(path.join(programs, 'asked'), 'utf8');

describe('the browser of a run', () => {
  it('is the one on the PATH, and nothing is installed or said', async () => {
    await aptGet('exit 1');
    const browser = await program('chromium', 'exit 0');
    expect(await run()).toEqual({ code: 0, stdout: `${browser}\n`, stderr: '' });
    await expect(asked()).rejects.toThrow('ENOENT');
  });

  it('is the one of CHROMIUM_BIN before any other', async () => {
    await program('chromium', 'exit 0');
    const chosen = await program('my-own', 'exit 0');
    expect((await run({ CHROMIUM_BIN: chosen })).stdout).toBe(`${chosen}\n`);
  });

  it('is not one that only says what it would need', async () => {
    await program('apt-get', 'exit 1');
    await program('chromium-browser', 'echo "this wants a snap"; exit 1');
    expect((await run()).stdout).toBe('\n');
  });

  it.runIf(isRoot)('is installed with a font, by root, and then has its name', async () => {
    const made = path.join(programs, 'chromium');
    await aptGet(`echo '#!/bin/sh' > '${made}'; /bin/chmod 755 '${made}'`);
    const { code, stdout } = await run();
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${made}\n` });
    const [update, install, ...more] = (await asked()).trim().split('\n');
    expect(update).toMatch(/ update$/);
    expect(install).toMatch(/ install -y --no-install-recommends chromium fonts-\S+$/);
    expect(more).toEqual([]);
  });

  it.runIf(isRoot)(
    'may fail to install: the command runs, after one line that says so',
    async () => {
      await aptGet('exit 100');
      const { code, stdout, stderr } = await run();
      expect({ code, stdout }).toEqual({ code: 0, stdout: '\n' });
      expect(stderr.match(/no Chromium here: the tests of the pages are left out/g)).toHaveLength(
        1,
      );
    },
  );

  it('may be nowhere: the command runs with its own exit code', async () => {
    const { ended } = sandbox.run([process.execPath, '-e', 'process.exit(7)'], {
      flags: ['--chromium'],
      env: { PATH: programs, CHROMIUM_BIN: '' },
    });
    const { code, stderr } = await ended;
    expect(code).toBe(7);
    expect(stderr).toContain('no Chromium here');
  });
});
