// However many processes call, upstream never sees more than the quota in any second.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pace } from '../../src/adapters/rds-pace.js';
import { RedisCallQuota, spacingMicrosFor } from '../../src/adapters/redis-quota.js';
import type { Clock } from '../../src/use-cases/ports.js';
import { testRedis, type TestRedis } from '../support/redis.js';

const QPS = 20;
const SCRIPT = new URL('../../src/adapters/take-calls.lua', import.meta.url);
const clock: Clock = { now: () => Date.now() };

let world: TestRedis;
let second: Redis;
let scopes = 0;

beforeAll(async () => {
  world = await testRedis();
  second = world.redis.duplicate();
});

afterAll(async () => {
  await second.quit();
  await world.close();
});

const freshScope = (): string => `cn-test:${(scopes += 1)}`;
const keyOf = (scope: string): string => `${world.prefix}:quota:${scope}`;
const quotaOn = (redis: Redis, callsPerSecond = QPS): RedisCallQuota =>
  new RedisCallQuota(redis, clock, { keyPrefix: world.prefix, callsPerSecond });

/** The most that any window of one second, open at its end, holds. */
function mostInASecond(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  const counts = sorted.map(
    (start) => sorted.filter((t) => t >= start && t < start + 1_000).length,
  );
  return Math.max(0, ...counts);
}

describe('slots', () => {
  it('lie a spacing apart over all takers, so that no sliding second holds more than the quota', async () => {
    const script = readFileSync(SCRIPT, 'utf8');
    const spacing = spacingMicrosFor(QPS);
    /** The slots granted to one taker, in milliseconds by Redis's own clock. */
    const take = async (redis: Redis, key: string, calls: number): Promise<number[]> => {
      const args = [calls, spacing, 3_000_000, '0', 60_000_000];
      const replies = await redis
        .multi()
        .time()
        .eval(script, 1, key, ...args)
        .exec();
      const [[, time] = [], [, reply] = []] = replies ?? [];
      const [seconds = 0, micros = 0] = (time as (string | number)[]).map(Number);
      const [granted = 0, wait = 0, pace = 0] = reply as number[];
      const start = seconds * 1_000 + (micros + wait) / 1_000;
      return Array.from({ length: granted * calls }, (_, i) => start + (i * pace) / 1_000);
    };
    const wishes = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(wishes, async (calls) => {
        const key = keyOf(freshScope());
        const takers = calls.map((n, i) => take(i % 2 === 0 ? world.redis : second, key, n));
        const slots = (await Promise.all(takers)).flat().toSorted((a, b) => a - b);
        expect(slots.length).toBeGreaterThan(0);
        // A millisecond for the time between the two commands of one transaction.
        const gaps = slots.slice(1).map((slot, i) => slot - (slots[i] ?? 0));
        expect(Math.min(Infinity, ...gaps)).toBeGreaterThan(spacing / 1_000 - 1);
        expect(mostInASecond(slots)).toBeLessThanOrEqual(QPS);
      }),
      { numRuns: 30 },
    );
  });

  it('begin at once for the first, and the next taker hears when to come again', async () => {
    const scope = freshScope();
    const quota = quotaOn(world.redis);
    const before = Date.now();
    const first = await quota.take(scope, 7);
    expect(first).toMatchObject({ granted: true, spacingMs: spacingMicrosFor(QPS) / 1_000 });
    expect(first.granted && first.startsAtMs).toBeGreaterThanOrEqual(before);
    const next = await quotaOn(second).take(scope, 1);
    const busyMs = (7 * spacingMicrosFor(QPS)) / 1_000;
    expect(next.granted).toBe(false);
    expect(!next.granted && next.retryAtMs).toBeGreaterThanOrEqual(before + busyMs - 1);
    expect(!next.granted && next.retryAtMs).toBeLessThanOrEqual(Date.now() + busyMs);
  });

  it('may be had ahead of time by who asks for it, behind those already granted', async () => {
    const scope = freshScope();
    const quota = quotaOn(world.redis);
    await quota.take(scope, 7);
    const ahead = await quota.take(scope, 1, 5_000);
    const further = await quota.take(scope, 1, 5_000);
    if (!ahead.granted || !further.granted) throw new Error('both lie within the time allowed');
    expect(ahead.startsAtMs).toBeGreaterThan(Date.now());
    expect(further.startsAtMs).toBeGreaterThan(ahead.startsAtMs);
  });

  it('of one scope cost another nothing', async () => {
    const quota = quotaOn(world.redis);
    await quota.take(freshScope(), 50);
    expect((await quota.take(freshScope(), 1)).granted).toBe(true);
  });

  it('that were refused cost nothing', async () => {
    const scope = freshScope();
    const quota = quotaOn(world.redis);
    await quota.take(scope, 7);
    const [one, two] = [await quota.take(scope, 50), await quota.take(scope, 50)];
    if (one.granted || two.granted) throw new Error('the scope is taken');
    expect(Math.abs(two.retryAtMs - one.retryAtMs)).toBeLessThan(spacingMicrosFor(QPS) / 1_000);
  });
});

describe('when upstream throttles all the same', () => {
  it('the rate halves each time, to a tenth at least', async () => {
    const scope = freshScope();
    const quota = quotaOn(world.redis, 1_000);
    const full = spacingMicrosFor(1_000) / 1_000;
    const factors: number[] = [];
    for (let times = 1; times <= 5; times += 1) {
      await quota.slowDown(scope);
      const grant = await quota.take(scope, 1, 5_000);
      factors.push(grant.granted ? full / grant.spacingMs : 0);
    }
    // It grows back a sixtieth a second, so what is seen is a little above.
    [0.5, 0.25, 0.125, 0.1, 0.1].forEach((expected, i) => {
      expect(factors[i]).toBeGreaterThan(expected * 0.99);
      expect(factors[i]).toBeLessThan(expected + 0.05);
    });
  });

  it('the rate grows back to the full rate and no further', async () => {
    const scope = freshScope();
    const quota = quotaOn(world.redis);
    await quota.slowDown(scope);
    await world.redis.hset(keyOf(scope), 'at', String((Date.now() - 31_000) * 1_000));
    const grant = await quota.take(scope, 1);
    expect(grant).toMatchObject({ granted: true, spacingMs: spacingMicrosFor(QPS) / 1_000 });
  });
});

it('leaves nothing behind: every key expires', async () => {
  const scope = freshScope();
  await quotaOn(world.redis).take(scope, 3);
  const ttl = await world.redis.pttl(keyOf(scope));
  expect(ttl).toBeGreaterThan(1_000);
  expect(ttl).toBeLessThan(120_000);
});

it('lets calls of many sessions leave at no more than the quota in any second', async () => {
  const scope = freshScope();
  const departures: number[] = [];
  const session = async (redis: Redis): Promise<void> => {
    const quota = quotaOn(redis);
    const grant = await quota.take(scope, 3);
    const reserved = grant.granted ? { grant, calls: 3 } : null;
    const pace = new Pace(quota, clock, scope, reserved);
    for (let calls = 0; calls < 4; calls += 1) {
      if ((await pace.turn()).ok) departures.push(performance.now());
    }
  };
  await Promise.all(
    Array.from({ length: 10 }, (_, i) => session(i % 2 === 0 ? world.redis : second)),
  );
  expect(departures).toHaveLength(40);
  expect(mostInASecond(departures)).toBeLessThanOrEqual(QPS);
});

it('says so, and lets no call leave, when Redis is away', async () => {
  const away = new Redis({
    host: '127.0.0.1',
    port: 1,
    lazyConnect: true,
    retryStrategy: () => null,
  });
  away.on('error', () => {});
  const pace = new Pace(quotaOn(away), clock, freshScope(), null);
  expect(await pace.turn()).toMatchObject({ ok: false, code: 'quota_unavailable' });
  away.disconnect();
});
