// The service as its users run it: a process of its own, ready when this resolves, gone when the test process is.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type supertest from 'supertest';
import { callerOf } from './documented.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** Many files share the cores, and others may use the machine: this only ends what never starts. */
const START_TIMEOUT_MS = 60_000;

export type Environment = Readonly<Record<string, string>>;

export interface ServiceProcess {
  /** Empty for a worker, which does not listen. */
  readonly url: string;
  readonly pid: number;
  /** As the bootstrap admin, unless a request says otherwise. */
  readonly request: ReturnType<typeof supertest.agent>;
  /** All it has written so far. */
  logs(): string;
  /** Asks it to end; its exit code, null when a signal ended it. */
  stop(): Promise<number | null>;
  /** As a crash would. */
  kill(): Promise<void>;
}

const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Fresh keys and small intervals; nothing of the environment of the tests. */
export function serviceEnvironment(where: {
  readonly redisUrl: string;
  readonly prefix: string;
  readonly upstreamUrl: string;
}): Environment {
  return {
    PORT: '0',
    REDIS_URL: where.redisUrl,
    REDIS_KEY_PREFIX: where.prefix,
    RDS_ENDPOINT: where.upstreamUrl,
    MASTER_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    BOOTSTRAP_ADMIN_KEY: randomBytes(24).toString('hex'),
    TRACK_INTERVAL_MS: '200',
    OUTCOME_GRACE_MS: '10000',
    SIGNATURE_LIFETIME_MS: '1000',
    UPSTREAM_QPS: '200',
    UPSTREAM_TIMEOUT_MS: '3000',
    RATE_LIMIT_PER_MINUTE: '1000000',
    LOG_LEVEL: 'info',
  };
}

function spawnService(env: Environment): { child: ChildProcess; logs: () => string } {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      output += part;
    });
  }
  return { child, logs: () => output };
}

/** Runs it to its end: for settings with which it must not start. */
export async function runToEnd(
  env: Environment,
): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  const { child, logs } = spawnService(env);
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, output: logs() };
}

/** Rejects with all the process has written when it ends, or stays silent, instead of getting ready. */
export async function startService(options: {
  readonly role?: 'all' | 'api' | 'worker';
  readonly env: Environment;
}): Promise<ServiceProcess> {
  const { role = 'all', env } = options;
  const { child, logs } = spawnService({ ...env, ROLE: role });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  let url: string;
  try {
    url = await readyUrl(child, role === 'worker' ? 'working' : 'listening');
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`The service (ROLE=${role}) did not start:\n${logs()}`, { cause: error });
  }
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return exited;
  };
  return {
    url,
    pid: child.pid ?? 0,
    request: callerOf(url).set('authorization', `Bearer ${env['BOOTSTRAP_ADMIN_KEY'] ?? ''}`),
    logs,
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL');
    },
  };
}

interface LogLine {
  readonly msg?: unknown;
  readonly url?: unknown;
}

/** Resolves with the url of the log line that says it is ready. */
function readyUrl(child: ChildProcess, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it stays silent')), START_TIMEOUT_MS);
    child.once('close', () => {
      clearTimeout(timer);
      reject(new Error('it ended'));
    });
    if (child.stdout === null) return;
    createInterface(child.stdout).on('line', (line) => {
      const { msg, url } = parsed(line);
      if (msg !== word) return;
      clearTimeout(timer);
      resolve(typeof url === 'string' ? url : '');
    });
  });
}

function parsed(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return {};
  }
}
