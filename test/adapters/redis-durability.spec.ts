// A loss of writes is noticed once, by whoever sees it first, and holds everybody back for the fence.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RedisDurability } from '../../src/adapters/redis-durability.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { START_MS, TestClock } from '../support/memory-ports.js';
import { testRedis, type TestRedis } from '../support/redis.js';

const FENCE_MS = 2_100_000;

let at: TestRedis;
let keys: RedisKeys;
let clock: TestClock;

beforeEach(async () => {
  at = await testRedis();
  keys = new RedisKeys(at.prefix);
  clock = new TestClock();
});
afterEach(() => at.close());

function durability(isProduction = false): RedisDurability {
  return new RedisDurability(at.redis, keys, clock, {
    fenceMs: FENCE_MS,
    isProduction,
    declared: 'always',
  });
}

const setIntents = (count: number): Promise<number> =>
  at.redis.hset(keys.counters(), 'intents', String(count));

describe('lost writes', () => {
  test('are noticed once, although several processes know the higher number', async () => {
    const [a, b] = [durability(), durability()];
    await setIntents(5);
    expect(await a.rollback()).toEqual({ epoch: 0, noticedAt: 0, quarantineUntil: 0 });
    await b.rollback();
    await setIntents(3);
    const noticed = {
      epoch: 1,
      noticedAt: START_MS,
      quarantineUntil: START_MS + FENCE_MS,
    };
    expect(await a.rollback()).toEqual(noticed);
    expect(await b.rollback()).toEqual(noticed);
    expect(await a.rollback()).toEqual(noticed);
    expect(await at.redis.hget(keys.counters(), 'intents')).toBe('5');
  });

  test('hold back a process that was started later, until the fence has passed', async () => {
    const a = durability();
    await setIntents(5);
    await a.watch();
    await setIntents(0);
    await a.watch();
    const late = durability();
    expect(await late.confirm()).toBe(false);
    clock.moveBy(FENCE_MS - 1);
    expect([await late.confirm(), await a.confirm()]).toEqual([false, false]);
    clock.moveBy(1);
    expect([await late.confirm(), await a.confirm()]).toEqual([true, true]);
  });

  test('are noticed when they took the note of an earlier loss with them', async () => {
    const a = durability();
    await setIntents(5);
    await a.watch();
    await setIntents(1);
    await a.watch();
    await at.redis.del(keys.rollback());
    clock.moveBy(1_000);
    expect(await a.rollback()).toMatchObject({ epoch: 2, noticedAt: START_MS + 1_000 });
  });

  test('are noticed by the number of an intent that is not higher than one known before', async () => {
    const a = durability();
    await a.sawIntent(4, a.floor);
    expect(await at.redis.exists(keys.rollback())).toBe(0);
    await a.sawIntent(4, a.floor);
    expect(await a.rollback()).toMatchObject({ epoch: 1 });
  });

  test('are not seen in answers that come in another order than they were given', async () => {
    const a = durability();
    const { floor } = a;
    await setIntents(2);
    await a.sawIntent(2, floor);
    await a.sawIntent(1, floor);
    expect(await a.rollback()).toMatchObject({ epoch: 0, quarantineUntil: 0 });
  });

  test('never shorten a quarantine that is under way', async () => {
    const a = durability();
    const far = START_MS + 2 * FENCE_MS;
    await at.redis.hset(keys.rollback(), 'epoch', '3', 'noticedAt', '1', 'until', String(far));
    await setIntents(5);
    await a.watch();
    await setIntents(4);
    expect(await a.rollback()).toMatchObject({ epoch: 4, quarantineUntil: far });
  });
});

test('this Redis is judged by what it says of itself', async () => {
  const { mode } = await durability().inspect();
  const [, fsync] = (await at.redis.config('GET', 'appendfsync')) as [string, string];
  const [, aof] = (await at.redis.config('GET', 'appendonly')) as [string, string];
  expect(mode === 'always').toBe(aof === 'yes' && fsync === 'always');
});

test('in production nothing is confirmed by a Redis that was not looked at', async () => {
  expect(await durability(true).confirm()).toBe(false);
  expect(await durability(false).confirm()).toBe(true);
});
