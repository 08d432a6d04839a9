// After Redis was away a process asks for the records of its own intents: the count may have gone on without them.
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RedisDurability } from '../../src/adapters/redis-durability.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { ROLLBACK_WINDOW_MS } from '../../src/domain/policy.js';
import { TestClock } from '../support/memory-ports.js';
import { testRedis, type TestRedis } from '../support/redis.js';

const FENCE_MS = 1_000;
let at: TestRedis;
beforeAll(async () => {
  at = await testRedis();
});
afterAll(() => at.close());

async function afterReconnect(version: number | null): Promise<number> {
  const keys = new RedisKeys(`${at.prefix}:${version ?? 'none'}`);
  const options = { fenceMs: FENCE_MS, isProduction: false, declared: 'always' as const };
  const durability = new RedisDurability(at.redis, keys, new TestClock(), options);
  durability.start();
  durability.remember('mig_one', 7);
  if (version !== null) await at.redis.hset(keys.migration('mig_one'), 'version', version);
  at.redis.emit('ready');
  const { epoch } = await durability.rollback();
  durability.stop();
  return epoch;
}

test('an older record, or none, means that writes were lost', async () => {
  expect(await afterReconnect(6)).toBe(1);
  expect(await afterReconnect(null)).toBe(1);
});

test('a look that Redis did not answer is made again, and nothing is confirmed before', async () => {
  const keys = new RedisKeys(`${at.prefix}:unanswered`);
  const options = { fenceMs: FENCE_MS, isProduction: false, declared: 'always' as const };
  let answers = false;
  const redis: Redis = Object.create(at.redis, {
    hget: {
      value: async (key: string, field: string): Promise<string | null> => {
        if (!answers && field === 'version') throw new Error('Command timed out');
        return at.redis.hget(key, field);
      },
    },
  }) as Redis;
  const durability = new RedisDurability(redis, keys, new TestClock(), options);
  durability.start();
  durability.remember('mig_one', 7);
  at.redis.emit('ready');
  await expect(durability.confirm()).rejects.toThrow('Command timed out');
  answers = true;
  expect((await durability.rollback()).epoch).toBe(1);
  durability.stop();
});

test('the same record, or a newer one, means nothing', async () => {
  expect(await afterReconnect(7)).toBe(0);
  expect(await afterReconnect(9)).toBe(0);
});

test('an intent is forgotten long before retention may drop its record, and after a loss could show', async () => {
  const keys = new RedisKeys(`${at.prefix}:dropped`);
  const clock = new TestClock();
  const options = { fenceMs: FENCE_MS, isProduction: false, declared: 'always' as const };
  const durability = new RedisDurability(at.redis, keys, clock, options);
  durability.start();
  durability.remember('mig_one', 7);
  await at.redis.hset(keys.migration('mig_one'), 'version', 7);
  expect((await durability.rollback()).epoch).toBe(0);
  // The shortest RETENTION_DAYS.
  clock.moveBy(86_400_000);
  await at.redis.del(keys.migration('mig_one'));
  at.redis.emit('ready');
  expect((await durability.rollback()).epoch).toBe(0);

  durability.remember('mig_two', 7);
  clock.moveBy(ROLLBACK_WINDOW_MS);
  expect((await durability.rollback()).epoch).toBe(1);
  durability.stop();
});
