// What is counted in Redis is what the records say: over tenants, without one missed, at a cost that does not grow with them.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { RedisCallQuota } from '../../src/adapters/redis-quota.js';
import { RedisTallies } from '../../src/adapters/redis-tallies.js';
import { SystemClock } from '../../src/adapters/system-clock.js';
import { testRedis, type TestRedis } from '../support/redis.js';

let at: TestRedis;
let keys: RedisKeys;
let tallies: RedisTallies;
beforeAll(async () => {
  at = await testRedis();
  keys = new RedisKeys(at.prefix);
  tallies = new RedisTallies(at.redis, keys);
});
afterAll(() => at?.close());

const nameOf = (tenant: string, index: number): string =>
  `mig_${tenant}${String(index).padStart(6, '0')}`;

async function fill(tenant: string, status: 'queued' | 'importing', count: number): Promise<void> {
  await at.redis.sadd(keys.tenants(), tenant);
  const members = Array.from({ length: count }, (_, index) => [0, nameOf(tenant, index)]);
  await at.redis.zadd(keys.idsByStatus(tenant, status), ...members.flat());
}

it('of nothing it counts nothing', async () => {
  const tally = await tallies.count();
  expect(Object.values(tally.statuses).every((count) => count === 0)).toBe(true);
  expect(tally).toMatchObject({ outbox: 0, oldestQueuedAt: null, lateMs: 0, breakersOpen: 0 });
  expect(tally.samples).toEqual({ scheduled: [], queued: [], checking: [] });
  expect(tally.latencyMs).toBeGreaterThan(0);
});

it('counts all tenants, and of ten thousand that wait reads a hundred, spread evenly over all of them', async () => {
  await fill('a', 'queued', 7_500);
  await fill('b', 'queued', 2_500);
  await fill('b', 'importing', 300);
  const { statuses, samples, oldestImports } = await tallies.count();
  expect(statuses).toMatchObject({ queued: 10_000, importing: 300, failed: 0 });
  expect(new Set(samples.queued).size).toBe(100);
  const ofA = samples.queued.filter((id) => id.startsWith('mig_a'));
  expect(ofA).toHaveLength(75);
  expect(ofA.map((id) => Number(id.slice(5)))).toEqual(
    Array.from({ length: 75 }, (_, i) => i * 100),
  );
  expect(oldestImports).toEqual(Array.from({ length: 200 }, (_, index) => nameOf('b', index)));
});

it('tells jobs by queue and state, and since when the oldest could have run', async () => {
  const now = Date.now();
  await at.redis.rpush(keys.jobs('track', 'wait'), 'newer', 'older');
  await at.redis.hset(
    keys.jobs('track', 'older'),
    'timestamp',
    now - 60_000,
    'data',
    '{"id":"mig_x"}',
  );
  await at.redis.zadd(keys.jobs('submit', 'delayed'), now * 4_096, 'later');
  const before = await tallies.count();
  expect(before.queues.track).toMatchObject({ waiting: 2, active: 0, delayed: 0 });
  expect(before.queues.submit).toMatchObject({ waiting: 0, delayed: 1, oldestMs: 0 });
  expect(before.queues.track.oldestMs).toBeGreaterThanOrEqual(60_000);
  expect(before.queues.track.oldestMs).toBeLessThan(90_000);
  // It was made a minute ago for a time that came just now.
  await at.redis.zadd(keys.due(), now - 5_000, 'mig_x');
  const { queues, lateMs } = await tallies.count();
  expect(queues.track.oldestMs).toBeLessThan(45_000);
  expect(lateMs).toBeGreaterThanOrEqual(5_000);
});

it('tells the pace of each account that was called, slowed while upstream throttles', async () => {
  const quota = new RedisCallQuota(at.redis, new SystemClock(), {
    ...{ keyPrefix: at.prefix, callsPerSecond: 1 },
  });
  const ask = (scope: string, id: string) => quota.take({ scope, urgency: 'tracking', id }, 1);
  await ask('cn-hangzhou:one', 'first');
  await ask('cn-hangzhou:one', 'second');
  await ask('cn-hangzhou:two', 'first');
  await quota.slowDown('cn-hangzhou:two');
  const { paces } = await tallies.count();
  expect(paces).toHaveLength(2);
  const [one, two] = paces;
  expect(one).toMatchObject({ rate: 1, waiting: { submission: 0, tracking: 1, background: 0 } });
  expect(one?.aheadMs).toBeGreaterThan(0);
  expect(two?.rate).toBeGreaterThanOrEqual(0.5);
  expect(two?.rate).toBeLessThan(0.95);
});
