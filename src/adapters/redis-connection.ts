// Connections to Redis: single, sentinel or cluster; what an HTTP caller waits on fails fast, it never hangs.
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Config } from '../config.js';

export type RedisClient = Redis | Cluster;

/** Without the reply mapping, which stays ioredis's own. */
export type ConnectionOptions = Omit<RedisOptions, 'replyMapping'>;

type Where = Pick<Config, 'redisUrl' | 'redisMode' | 'redisSentinelName'>;

/** The state connection: a command fails within two seconds rather than queue up while Redis is away. */
const STATE: ConnectionOptions = {
  maxRetriesPerRequest: 1,
  enableOfflineQueue: false,
  commandTimeout: 2_000,
  connectTimeout: 2_000,
  enableAutoPipelining: true,
  retryStrategy: (times) => Math.min(50 * times, 1_000),
};

export function connectState(where: Where): RedisClient {
  return connect(where, STATE);
}

export function connect(where: Where, options: ConnectionOptions): RedisClient {
  const nodes = where.redisUrl
    .open()
    .split(',')
    .map((node) => node.trim());
  if (where.redisMode === 'cluster') {
    const urls = nodes.map((node) => new URL(node));
    const { retryStrategy: _, enableOfflineQueue, ...redisOptions } = options;
    return new Cluster(urls.map(address), {
      redisOptions: { ...redisOptions, ...access(urls[0]) },
      enableOfflineQueue: enableOfflineQueue ?? true,
      enableAutoPipelining: options.enableAutoPipelining ?? false,
    });
  }
  if (where.redisMode === 'sentinel') {
    const urls = nodes.map((node) => new URL(node));
    const sentinels = urls.map(address);
    return new Redis({
      ...options,
      ...access(urls[0]),
      sentinels,
      name: where.redisSentinelName ?? '',
    });
  }
  return new Redis(nodes[0] ?? '', options);
}

const address = (url: URL): { host: string; port: number } => ({
  host: url.hostname,
  port: Number(url.port === '' ? '6379' : url.port),
});

function access(url: URL | undefined): ConnectionOptions {
  if (url === undefined) return {};
  return {
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

/** Resolves once the connection can be used; rejects when it could not be made in time. */
export async function untilReady(redis: RedisClient, timeoutMs: number): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    let last: unknown;
    const timer = setTimeout(() => {
      reject(new Error(`Redis did not answer within ${timeoutMs} ms`, { cause: last }));
    }, timeoutMs);
    redis.on('error', (error: unknown) => {
      last = error;
    });
    redis.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
