// A Redis of one test's own, which may be killed and started again on the same data.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from '../support/eventually.js';

export interface PrivateRedis {
  readonly url: string;
  readonly port: number;
  readonly prefix: string;
  readonly redis: Redis;
  /** Where it keeps its files. */
  readonly folder: string;
  /** As a crash would. */
  kill(): Promise<void>;
  /** Resolves when it answers again. */
  start(): Promise<void>;
  /** How long its log is now, in bytes. */
  logSize(): Promise<number>;
  /** Drops all that it logged after that; only while it is killed. */
  cutLog(size: number): Promise<void>;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** The bootstrap names the binary it uses; else the one on the PATH. */
function serve(port: number, folder: string, more: readonly string[]): ChildProcess {
  const binary = process.env['REDIS_SERVER_BIN'] ?? 'redis-server';
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const where = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder];
  const child = spawn(binary, [...where, ...durable, ...more], { stdio: 'ignore' });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** The log that grows; a private Redis never rewrites it. */
async function logOf(folder: string): Promise<string> {
  const logs = join(folder, 'appendonlydir');
  const [name] = (await readdir(logs)).filter((one) => one.endsWith('.incr.aof'));
  if (name === undefined) throw new Error(`no log in ${logs}`);
  return join(logs, name);
}

/** `more`: settings of its own, as arguments of redis-server; later ones win. */
export async function startPrivateRedis(more: readonly string[] = []): Promise<PrivateRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'private-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child = serve(port, folder, more);
  const redis = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => 50 });
  redis.on('error', () => {});
  const kill = async (): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  const isUp = (): Promise<void> => eventually(async () => void (await redis.ping()));
  await Promise.race([
    isUp(),
    once(child, 'error').then(([error]) => {
      throw new Error('no redis-server: name one in REDIS_SERVER_BIN', { cause: error });
    }),
  ]);
  return {
    ...{ url, port, redis, folder, kill },
    prefix: `{test-${randomBytes(8).toString('hex')}}`,
    start: () => {
      child = serve(port, folder, more);
      return isUp();
    },
    logSize: async () => (await stat(await logOf(folder))).size,
    cutLog: async (size) => truncate(await logOf(folder), size),
    close: async () => {
      redis.disconnect();
      if (child.exitCode === null && child.signalCode === null) await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
