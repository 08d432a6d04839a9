// After Redis was away a process asks for the records of its own intents: the count may have gone on without them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RedisDurability } from '../../src/adapters/redis-durability.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
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
  const options = { fenceMs: FENCE_MS, isProduction: false };
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

test('the same record, or a newer one, means nothing', async () => {
  expect(await afterReconnect(7)).toBe(0);
  expect(await afterReconnect(9)).toBe(0);
});
