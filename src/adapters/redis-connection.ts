// Connections to Redis: single, sentinel or cluster; with rediss:// never to a server whose certificate does not
// prove who it is. What an HTTP caller waits on fails fast, it never hangs.
import { once } from 'node:events';
import { connect as connectTls, type ConnectionOptions as TlsOptions } from 'node:tls';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Config } from '../config.js';

export type RedisClient = Redis | Cluster;

/** Without the reply mapping, which stays ioredis's own. */
export type ConnectionOptions = Omit<RedisOptions, 'replyMapping'>;

export type Where = Pick<Config, 'redisUrl' | 'redisMode' | 'redisSentinelName' | 'redisCa'>;

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

/** How the first node of a connection with TLS is reached. */
const doors = new WeakMap<RedisClient, TlsOptions>();

export function connect(where: Where, options: ConnectionOptions): RedisClient {
  const nodes = where.redisUrl
    .open()
    .split(',')
    .map((node) => new URL(node.trim()));
  const access = accessOf(nodes[0], where.redisCa);
  const redis = open(where, nodes, options, access);
  if (nodes[0] !== undefined && access.tls)
    doors.set(redis, { ...address(nodes[0]), ...access.tls });
  return redis;
}

function open(
  where: Where,
  nodes: readonly URL[],
  options: ConnectionOptions,
  access: Access,
): RedisClient {
  if (where.redisMode === 'cluster') {
    const { retryStrategy: _, enableOfflineQueue, ...redisOptions } = options;
    return new Cluster(nodes.map(address), {
      redisOptions: { ...redisOptions, ...access },
      enableOfflineQueue: enableOfflineQueue ?? true,
      enableAutoPipelining: options.enableAutoPipelining ?? false,
    });
  }
  if (where.redisMode === 'sentinel') {
    return new Redis({
      ...options,
      ...access,
      // Without these two the sentinels, and the master they name, would be spoken to in clear text.
      ...(access.tls && { sentinelTLS: access.tls, enableTLSForSentinelMode: true }),
      sentinels: nodes.map(address),
      name: where.redisSentinelName ?? '',
    });
  }
  return new Redis(nodes[0]?.href ?? '', { ...options, ...access });
}

const address = (url: URL): { host: string; port: number } => ({
  host: url.hostname,
  port: Number(url.port === '' ? '6379' : url.port),
});

type Access = Pick<ConnectionOptions, 'username' | 'password'> & { readonly tls?: TlsOptions };

function accessOf(url: URL | undefined, ca: string | null): Access {
  if (url === undefined) return {};
  return {
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    // Said aloud, as NODE_TLS_REJECT_UNAUTHORIZED=0 changes only the default.
    ...(url.protocol === 'rediss:' && { tls: { rejectUnauthorized: true, ...(ca && { ca }) } }),
  };
}

/** The server that holds the key; of a cluster the master of its slot. Throws when none is known. */
export function serverOf(redis: RedisClient, key: string): Redis {
  if (!(redis instanceof Cluster)) return redis;
  const [holder] = redis.slots[slotOf(key)] ?? [];
  const masters = redis.nodes('master');
  const server = masters.find(({ options: { host, port } }) => `${host}:${port}` === holder);
  if (server === undefined) throw new Error('No node of the cluster holds our keys');
  return server;
}

const SLOTS = 16_384;

/** CRC16 (XMODEM) of the hash tag, as Redis Cluster has it. */
export function slotOf(key: string): number {
  const [, tag = key] = /\{([^}]+)\}/.exec(key) ?? [];
  let sum = 0;
  for (const byte of Buffer.from(tag)) {
    sum ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      sum = (sum & 0x8000) === 0 ? (sum << 1) & 0xffff : ((sum << 1) ^ 0x1021) & 0xffff;
    }
  }
  return sum % SLOTS;
}

/** Resolves once the connection can be used; rejects, with the reason, when it could not be made in time or never will be. */
export async function untilReady(redis: RedisClient, timeoutMs: number): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    let last: unknown;
    // Once it was ready, whatever happens to the connection passes.
    let isOver = false;
    const fail = (what: string): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      redis.disconnect();
      const reason = reasonOf(last);
      const message = reason === '' ? what : `${what}: ${reason}`;
      reject(new Error(message, { cause: last }));
    };
    const timer = setTimeout(() => fail(`Redis did not answer within ${timeoutMs} ms`), timeoutMs);
    const judge = async (error: unknown): Promise<void> => {
      if (isOver) return;
      last = error;
      const hopeless = await hopelessOf(redis, error);
      if (hopeless === null) return;
      last = hopeless;
      fail('Redis cannot be used');
    };
    redis.on('error', (error: unknown) => void judge(error));
    redis.once('ready', () => {
      isOver = true;
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Refused accounts and certificates that prove nothing: waiting does not help. */
const HOPELESS = /^(?:WRONGPASS|NOPERM|NOAUTH)\b|certificate|altnames/i;

/** The error for which waiting is in vain; null when there is hope. */
async function hopelessOf(redis: RedisClient, error: unknown): Promise<unknown> {
  if (HOPELESS.test(reasonOf(error))) return error;
  const door = doors.get(redis);
  if (door === undefined || redis.status === 'ready') return null;
  // Of sentinels and clusters ioredis says only that they closed the connection: one look without it.
  const socket = connectTls({ ...door, timeout: 2_000 }).on('timeout', () => {
    socket.destroy(new Error('no answer'));
  });
  try {
    await once(socket, 'secureConnect');
    return null;
  } catch (refusal) {
    return HOPELESS.test(reasonOf(refusal)) ? refusal : null;
  } finally {
    socket.destroy();
  }
}

/** A cluster hides the reason behind "all nodes failed", several addresses behind an empty text. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('lastNodeError' in error && error.lastNodeError instanceof Error) {
    return reasonOf(error.lastNodeError);
  }
  return error.message || ('code' in error ? String(error.code) : '');
}
