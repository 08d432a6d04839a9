// A Redis for one test file: a fresh prefix, and nothing of it left behind.
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';

export interface TestRedis {
  readonly redis: Redis;
  /** One hash tag, as in production. */
  readonly prefix: string;
  /** Removes every key with the prefix and disconnects. */
  close(): Promise<void>;
}

/** Rejects when REDIS_URL is missing or does not answer; never falls back to another Redis. */
export async function testRedis(): Promise<TestRedis> {
  const url = process.env['REDIS_URL'];
  if (url === undefined || url === '') {
    throw new Error(
      'REDIS_URL is not set: run `npm test`, or name a Redis that tests may write to',
    );
  }
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    retryStrategy: () => null,
    enableAutoPipelining: true,
  });
  let last: unknown;
  redis.on('error', (error: unknown) => {
    last = error;
  });
  await redis.connect().catch((error: unknown) => {
    throw new Error('The Redis of REDIS_URL does not answer', { cause: last ?? error });
  });
  const prefix = `{test-${randomBytes(8).toString('hex')}}`;
  return {
    redis,
    prefix,
    close: async () => {
      const keys = await keysOf(redis, prefix);
      // Ten thousand at once would be more arguments than a call can have.
      for (let from = 0; from < keys.length; from += 1_000) {
        await redis.unlink(...keys.slice(from, from + 1_000));
      }
      await redis.quit();
    },
  };
}

export async function keysOf(redis: Redis, prefix: string): Promise<readonly string[]> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1_000);
    keys.forEach((key) => found.add(key));
    cursor = next;
  } while (cursor !== '0');
  return [...found];
}
