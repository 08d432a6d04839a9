// Runs scripts/bootstrap.mjs as a user would, in a data folder of its own, and cleans up after itself.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export const BOOTSTRAP = path.resolve('scripts/bootstrap.mjs');

/** A command that says what it was given and then stays until it is told to end. */
export const STAYS = [
  process.execPath,
  '-e',
  'console.log(JSON.stringify({ pid: process.pid, url: process.env.REDIS_URL })); setInterval(() => {}, 1e6)',
];

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What `STAYS` said. */
  readonly started: Promise<{ readonly pid: number; readonly url: string }>;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly script?: string;
  readonly flags?: readonly string[];
}

/** Folders and processes of one test, all gone after `close`. */
export class Sandbox {
  readonly #runs: Run[] = [];
  private constructor(readonly folder: string) {}

  static async open(): Promise<Sandbox> {
    return new Sandbox(await mkdtemp(path.join(os.tmpdir(), 'bootstrap-spec-')));
  }

  arguments(command: readonly string[], options: RunOptions = {}): string[] {
    const { script = BOOTSTRAP, flags = ['--redis'] } = options;
    return [script, ...flags, '--data-dir', this.folder, '--', ...command];
  }

  run(command: readonly string[], options: RunOptions = {}): Run {
    return this.spawn(process.execPath, this.arguments(command, options), options.env);
  }

  spawn(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // The tests may themselves run under the bootstrap: its Redis is not ours.
      env: { ...process.env, REDIS_URL: '', ...env },
    });
    let stdout = '';
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const started = new Promise<{ pid: number; url: string }>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
        if (stdout.startsWith('{') && stdout.includes('\n')) {
          resolve(
            JSON.parse(stdout.slice(0, stdout.indexOf('\n'))) as { pid: number; url: string },
          );
        }
      });
      child.once('close', () => reject(new Error(`ended too early: ${stderr}`)));
    });
    started.catch(() => {}); // most commands do not speak
    const ended = new Promise<Ended>((resolve) => {
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
    const run: Run = { child, ended, started };
    this.#runs.push(run);
    return run;
  }

  async close(): Promise<void> {
    for (const { child } of this.#runs) child.kill('SIGTERM');
    await Promise.all(this.#runs.map(({ ended }) => ended));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

export function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = net.connect({ host: hostname, port: Number(port) });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`still not so after 10 s: ${what}`);
    await sleep(20);
  }
}

/** As the bootstrap itself would note the process. */
export async function identityOf(pid: number): Promise<unknown> {
  const code = `import('./scripts/bootstrap/identity.mjs').then((m) => console.log(JSON.stringify(m.identify(${pid}))))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', code]);
  return JSON.parse(stdout) as unknown;
}
