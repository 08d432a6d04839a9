// A reader that resumes misses nothing without being told so: neither for another tenant's events, nor when Redis lost writes.
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventIdOf } from '../../src/adapters/event-ids.js';
import { writeEvent } from '../../src/adapters/event-record.js';
import { FEED_CONNECTION, RedisEventFeed } from '../../src/adapters/redis-event-feed.js';
import { RedisEventLog } from '../../src/adapters/redis-event-log.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import type { ServiceEvent } from '../../src/domain/event.js';
import { EventHub } from '../../src/use-cases/event-hub.js';
import { FollowEvents } from '../../src/use-cases/follow-events.js';
import type { Reader } from '../../src/use-cases/following.js';
import { MemoryBatchStore } from '../support/memory-batches.js';
import { MemoryOutbox } from '../support/memory-leases.js';
import { MemoryRedis } from '../support/memory-redis.js';
import { eventually } from '../support/eventually.js';
import { testRedis } from '../support/redis.js';
import { anEvent } from './event-log.contract.js';
import { memoryUnderTest } from './stores-under-test.js';

/** Of a tenant's events. */
const BOUND = 1_000;

class TestReader implements Reader {
  readonly told: ServiceEvent[] = [];
  isGone = false;
  readonly isFull = false;
  private leave = (): void => {};
  readonly gone = new Promise<void>((resolve) => (this.leave = resolve));
  tell(events: readonly ServiceEvent[]): void {
    this.told.push(...events);
  }
  async room(): Promise<void> {}
  go(): void {
    this.isGone = true;
    this.leave();
  }
}

async function place() {
  const at = await testRedis();
  onTestFinished(() => at.close());
  const keys = new RedisKeys(at.prefix);
  const write = async (n: number, tenant = 'acme', id = '*'): Promise<void> =>
    void (await at.redis.xadd(keys.events(), id, 'event', writeEvent(anEvent(n, { tenant }))));

  /** A process of its own. */
  const boot = () => {
    const log = new RedisEventLog(at.redis, keys, BOUND);
    const url = process.env['REDIS_URL'] ?? '';
    const feed = new RedisEventFeed(log, keys, () => new Redis(url, FEED_CONNECTION));
    onTestFinished(() => feed.onModuleDestroy());
    const memory = new MemoryRedis();
    const batches = new MemoryBatchStore(memory, new MemoryOutbox(memory));
    const following = new FollowEvents(
      ...([log, new EventHub(feed), memoryUnderTest(memory).store, batches] as const),
    );
    const follow = async (afterId: string | null, tenant = 'acme') => {
      const caller = { ...{ keyId: 'key_1', tenant }, scopes: ['admin'], instancePatterns: null };
      const subject = { kind: 'tenant' } as const;
      const way = await following.open({ caller, subject, types: null } as never, afterId);
      const reader = new TestReader();
      onTestFinished(() => reader.go());
      const end = way.lead(reader);
      return { reader, end, told: () => reader.told.map(({ at: n }) => n - anEvent(0).at) };
    };
    return { log, follow };
  };
  return { ...at, keys, write, boot };
}

test('however many events another tenant makes, a reader goes on from its place', async () => {
  const { redis, keys, write, boot } = await place();
  const { log, follow } = boot();
  await write(1);
  await write(1, 'noisy');
  const first = await log.newestId();
  await write(2);
  for (let page = 0; page < 5; page += 1) {
    const row = redis.pipeline();
    const noise = (n: number) => writeEvent(anEvent(n, { tenant: 'noisy' }));
    for (let n = 0; n < 1_000; n += 1) row.xadd(keys.events(), '*', 'event', noise(n));
    await row.exec();
    await log.file();
  }
  const { told } = await follow(first);
  await eventually(() => expect(told()).toEqual([2]));
  await write(3);
  await eventually(() => expect(told()).toEqual([2, 3]));
  // Its own oldest are dropped, and it is told so.
  await expect(follow(first, 'noisy')).rejects.toMatchObject({ code: 'events_dropped' });
  expect(await redis.xlen(keys.eventsOfTenant('noisy'))).toBeLessThan(BOUND + 100);
});

test('what is filed leaves the log of all after a minute, unless webhooks still wait for it', async () => {
  const { redis, keys, write, boot } = await place();
  const { log, follow } = boot();
  const start = Date.now() - 600_000;
  const placeOf = (n: number): string => `${start + n * 1_000}-0`;
  // Redis drops whole nodes of less than a hundred entries.
  for (let n = 0; n < 500; n += 1) await write(n, 'acme', placeOf(n));
  await redis.set(keys.webhookCursor(), eventIdOf(placeOf(250)));
  await log.file();
  const [oldest] = await redis.xrange(keys.events(), '-', '+', 'COUNT', 1);
  const isOldest = (n: number): boolean => (oldest?.[0] ?? '') > placeOf(n);
  expect([isOldest(150), isOldest(250)]).toEqual([true, false]);
  await redis.set(keys.webhookCursor(), eventIdOf(placeOf(499)));
  await write(500, 'acme', placeOf(500));
  await log.file();
  expect(await redis.xlen(keys.events())).toBeLessThanOrEqual(161);
  expect(await redis.xlen(keys.events())).toBeGreaterThan(60);
  // One that stalled meanwhile reads the log of its tenant.
  const { told } = await follow(eventIdOf(placeOf(3)));
  await eventually(() => expect(told()).toEqual(Array.from({ length: 497 }, (_, n) => n + 4)));
});

test('of a log of the version before readers are told all that is there, and no more than that is promised', async () => {
  const { redis, keys, write, boot } = await place();
  const start = Date.now() - 1_000;
  for (let n = 0; n < 300; n += 1) await write(n, 'acme', `${start + n}-0`);
  await redis.xtrim(keys.events(), 'MINID', '=', start + 100);
  const { follow } = boot();
  const { told } = await follow(eventIdOf(`${start + 150}-0`));
  await eventually(() => expect(told()).toEqual(Array.from({ length: 149 }, (_, n) => n + 151)));
  await expect(follow(eventIdOf(`${start + 50}-0`))).rejects.toMatchObject({
    code: 'events_dropped',
  });
});

describe('after Redis lost events and its clock is behind', () => {
  const future = Date.now() + 3_600_000;

  /** Two events are written, the second of them lost; the first is told to a process that stays. */
  async function lost(between: readonly string[], after: readonly string[]) {
    const at = await place();
    const { redis, keys, write, boot } = at;
    const stays = boot();
    const connected = await stays.follow(null);
    await write(0, 'acme', `${future}-0`);
    const replica = await redis.dumpBuffer(keys.events());
    const filing = await redis.hgetall(keys.eventFiling());
    for (const [n, id] of between.entries()) await write(n + 1, 'acme', id);
    await eventually(() => expect(connected.told()).toHaveLength(between.length + 1));
    const last = connected.reader.told.at(-1)?.id ?? '';
    await redis.restore(keys.events(), 0, replica, 'REPLACE');
    await redis.del(keys.eventsOfTenant('acme'), keys.eventFiling());
    if (filing['filed'] !== undefined) await redis.hset(keys.eventFiling(), filing);
    for (const [n, id] of after.entries()) await write(n + 10, 'acme', id);
    return { ...at, stays, connected, last };
  }

  test.each([
    ['with ids of before that were not given', [`${future}-1`, `${future + 9}-0`], ['*', '*']],
    ['with an id that was given to another', [`${future}-1`], ['*']],
    ['beyond those that were given', [`${future}-1`], [`${future + 5}-0`]],
    ['none', [`${future}-1`], []],
  ])(
    'and has written new ones, %s: a reader from before is told that it missed some, and nobody misses what comes',
    async (_, between, after) => {
      const { connected, last, stays, write } = await lost(between, after);
      await connected.end;
      await expect(stays.follow(last)).rejects.toMatchObject({ code: 'events_dropped' });
      const fresh = await stays.follow(null);
      for (const n of [20, 21]) await write(n);
      await eventually(() => expect(fresh.told()).toEqual([20, 21]), 10_000);
      // No id is given twice.
      expect(fresh.reader.told.every(({ id }) => id > last)).toBe(true);
      const resumed = await stays.follow(fresh.reader.told[0]?.id ?? null);
      await eventually(() => expect(resumed.told()).toEqual([21]));
    },
    30_000,
  );

  test('a process that knows nothing of it refuses an id that is ahead of all', async () => {
    const { boot, last } = await lost([`${future}-1`, `${future + 9}-0`], ['*']);
    await expect(boot().follow(last)).rejects.toMatchObject({ code: 'events_dropped' });
  });
});
