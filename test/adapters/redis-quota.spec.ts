// However many processes call, upstream never sees more than the quota in any second.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pace } from '../../src/adapters/rds-pace.js';
import {
  quotaKeys,
  RedisCallQuota,
  spacingMicrosFor,
  type Taker,
} from '../../src/adapters/redis-quota.js';
import type { Clock } from '../../src/use-cases/ports.js';
import { testRedis, type TestRedis } from '../support/redis.js';

const QPS = 20;
const SCRIPT = new URL('../../src/adapters/take-calls.lua', import.meta.url);
const clock: Clock = { now: () => Date.now() };

let world: TestRedis;
let second: Redis;
let takers = 0;

beforeAll(async () => {
  world = await testRedis();
  second = world.redis.duplicate();
});

afterAll(async () => {
  await second.quit();
  await world.close();
});

/** Somebody new, in a scope of its own unless told. */
const someone = (scope = `cn-test:of-${takers + 1}`): Taker => {
  takers += 1;
  return { scope, urgency: 'submission', id: `taker-${takers}` };
};
const quotaOn = (redis: Redis, callsPerSecond = QPS, by = clock): RedisCallQuota =>
  new RedisCallQuota(redis, by, { keyPrefix: world.prefix, callsPerSecond });

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
    const take = async (redis: Redis, scope: string, calls: number): Promise<number[]> => {
      const who = someone(scope);
      const args = [calls, spacing, 3_000_000, '0', 60_000_000, 1, who.id, 50_000];
      const keys = quotaKeys(world.prefix, scope);
      const replies = await redis
        .multi()
        .time()
        .eval(script, keys.length, ...keys, ...args)
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
        const { scope } = someone();
        const taken = calls.map((n, i) => take(i % 2 === 0 ? world.redis : second, scope, n));
        const slots = (await Promise.all(taken)).flat().toSorted((a, b) => a - b);
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
    const one = someone();
    const before = Date.now();
    const first = await quotaOn(world.redis).take(one, 7);
    expect(first).toMatchObject({ granted: true, spacingMs: spacingMicrosFor(QPS) / 1_000 });
    expect(first.granted && first.startsAtMs).toBeGreaterThanOrEqual(before);
    const next = await quotaOn(second).take(someone(one.scope), 1);
    const busyMs = (7 * spacingMicrosFor(QPS)) / 1_000;
    expect(next.granted).toBe(false);
    // It is to be there a little before its slot.
    expect(!next.granted && next.retryAtMs).toBeGreaterThanOrEqual(before + busyMs - 51);
    expect(!next.granted && next.retryAtMs).toBeLessThanOrEqual(Date.now() + busyMs);
  });

  it('may be had ahead of time by who asks for it, behind those already granted', async () => {
    const one = someone();
    const quota = quotaOn(world.redis);
    await quota.take(one, 7);
    const ahead = await quota.take(one, 1, 5_000);
    const further = await quota.take(someone(one.scope), 1, 5_000);
    if (!ahead.granted || !further.granted) throw new Error('both lie within the time allowed');
    expect(ahead.startsAtMs).toBeGreaterThan(Date.now());
    expect(further.startsAtMs).toBeGreaterThan(ahead.startsAtMs);
  });

  it('of one scope cost another nothing', async () => {
    const quota = quotaOn(world.redis);
    await quota.take(someone(), 50);
    expect((await quota.take(someone(), 1)).granted).toBe(true);
  });

  it('that were refused cost nothing, however often the question is sent', async () => {
    const one = someone();
    const refused = someone(one.scope);
    const quota = quotaOn(world.redis);
    await quota.take(one, 7);
    const [once, twice] = [await quota.take(refused, 50), await quota.take(refused, 50)];
    if (once.granted || twice.granted) throw new Error('the scope is taken');
    expect(Math.abs(twice.retryAtMs - once.retryAtMs)).toBeLessThan(20);
  });
});

describe('when upstream throttles all the same', () => {
  it('the rate halves each time, to a tenth at least', async () => {
    const one = someone();
    const quota = quotaOn(world.redis, 1_000);
    const full = spacingMicrosFor(1_000) / 1_000;
    const factors: number[] = [];
    for (let times = 1; times <= 5; times += 1) {
      await quota.slowDown(one.scope);
      const grant = await quota.take(one, 1, 5_000);
      factors.push(grant.granted ? full / grant.spacingMs : 0);
    }
    // It grows back a sixtieth a second, so what is seen is a little above.
    [0.5, 0.25, 0.125, 0.1, 0.1].forEach((expected, i) => {
      expect(factors[i]).toBeGreaterThan(expected * 0.99);
      expect(factors[i]).toBeLessThan(expected + 0.05);
    });
  });

  it('the rate grows back to the full rate and no further', async () => {
    const one = someone();
    const quota = quotaOn(world.redis);
    await quota.slowDown(one.scope);
    const [key = ''] = quotaKeys(world.prefix, one.scope);
    await world.redis.hset(key, 'at', String((Date.now() - 31_000) * 1_000));
    const grant = await quota.take(one, 1);
    expect(grant).toMatchObject({ granted: true, spacingMs: spacingMicrosFor(QPS) / 1_000 });
  });
});

it('leaves nothing behind: every key expires', async () => {
  const one = someone();
  await quotaOn(world.redis).take(one, 7);
  await quotaOn(world.redis).take(someone(one.scope), 3);
  const keys = quotaKeys(world.prefix, one.scope);
  const lives = await Promise.all(keys.map((key) => world.redis.pttl(key)));
  const present = lives.filter((life) => life !== -2);
  expect(present).toHaveLength(3);
  for (const life of present) {
    expect(life).toBeGreaterThan(1_000);
    expect(life).toBeLessThan(120_000);
  }
});

it('lets calls of many sessions leave at no more than the quota in any second, whatever their clocks say', async () => {
  const { scope } = someone();
  const departures: number[] = [];
  const session = async (redis: Redis, skewMs: number): Promise<void> => {
    const skewed: Clock = { now: () => Date.now() + skewMs };
    const quota = quotaOn(redis, QPS, skewed);
    const one = someone(scope);
    const grant = await quota.take(one, 3);
    const reserved = grant.granted ? { grant, calls: 3 } : null;
    const pace = new Pace(quota, skewed, one, reserved);
    for (let calls = 0; calls < 4; calls += 1) {
      if ((await pace.turn()).ok) departures.push(performance.now());
    }
  };
  await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      session(i % 2 === 0 ? world.redis : second, (i - 5) * 3_600_000),
    ),
  );
  expect(departures).toHaveLength(40);
  expect(mostInASecond(departures)).toBeLessThanOrEqual(QPS);
});

it('serves a herd over two processes without idling between its takers', async () => {
  const [takersEach, calls, qps] = [20, 8, 100];
  const { scope } = someone();
  const departures: number[] = [];
  let asks = 0;
  const work = async (quota: RedisCallQuota): Promise<void> => {
    const one = someone(scope);
    for (;;) {
      asks += 1;
      const grant = await quota.take(one, calls);
      if (!grant.granted) {
        await sleep(grant.retryAtMs - Date.now());
        continue;
      }
      const pace = new Pace(quota, clock, one, { grant, calls });
      for (let call = 0; call < calls; call += 1) {
        if ((await pace.turn()).ok) departures.push(performance.now());
      }
      return;
    }
  };
  const quotas = [quotaOn(world.redis, qps), quotaOn(second, qps)];
  await Promise.all(
    quotas.flatMap((quota) => Array.from({ length: takersEach }, () => work(quota))),
  );
  const total = quotas.length * takersEach * calls;
  const atBestMs = (total * spacingMicrosFor(qps)) / 1_000;
  const ratio = (Math.max(...departures) - Math.min(...departures)) / atBestMs;
  const perTaker = asks / (quotas.length * takersEach);
  console.info(`herd: ${ratio.toFixed(3)} of the best time, ${perTaker.toFixed(1)} questions each`);
  expect(departures).toHaveLength(total);
  expect(mostInASecond(departures)).toBeLessThanOrEqual(qps);
  expect(ratio).toBeLessThan(1.15);
});

it('says so, and lets no call leave, when Redis is away', async () => {
  const away = new Redis({
    host: '127.0.0.1',
    port: 1,
    lazyConnect: true,
    retryStrategy: () => null,
  });
  away.on('error', () => {});
  const pace = new Pace(quotaOn(away), clock, someone(), null);
  expect(await pace.turn()).toMatchObject({ ok: false, code: 'quota_unavailable' });
  away.disconnect();
});
