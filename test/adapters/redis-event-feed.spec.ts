// New events reach every reader of a process over one connection, also when Redis went away and came back.
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FIRST_PLACE } from '../../src/adapters/event-ids.js';
import { writeEvent } from '../../src/adapters/event-record.js';
import { FEED_CONNECTION, RedisEventFeed } from '../../src/adapters/redis-event-feed.js';
import { RedisEventLog } from '../../src/adapters/redis-event-log.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import type { ServiceEvent } from '../../src/domain/event.js';
import { EventHub } from '../../src/use-cases/event-hub.js';
import { startPrivateRedis, type PrivateRedis } from '../faults/private-redis.js';
import { eventually } from '../support/eventually.js';
import { anEvent } from './event-log.contract.js';

let place: PrivateRedis;
let keys: RedisKeys;
let log: RedisEventLog;
beforeAll(async () => {
  place = await startPrivateRedis();
  keys = new RedisKeys(place.prefix);
  log = new RedisEventLog(place.redis, keys);
});
afterAll(() => place?.close());

const feeds: RedisEventFeed[] = [];
afterAll(() => feeds.forEach((feed) => feed.onModuleDestroy()));

function aFeed(): RedisEventFeed {
  const feed = new RedisEventFeed(log, keys, () => new Redis(place.url, FEED_CONNECTION));
  feeds.push(feed);
  return feed;
}

const write = async (n: number): Promise<void> =>
  void (await place.redis.xadd(keys.events(), '*', 'event', writeEvent(anEvent(n))));

const connections = async (): Promise<number> => {
  const list = String(await place.redis.client('LIST'));
  return list.split('\n').filter((line) => line.includes('name=events ')).length;
};

test('five hundred readers share one connection, and each is told what concerns it, once', async () => {
  const hub = new EventHub(aFeed());
  await Promise.all(Array.from({ length: 20 }, () => hub.start()));
  const told = Array.from({ length: 500 }, (_, n) => {
    const events: ServiceEvent[] = [];
    const id = `mig_${n}`;
    hub.join('acme', { kind: 'migration', id }, (some) => void events.push(...(some ?? [])));
    return { id, events };
  });
  const all: ServiceEvent[] = [];
  hub.join('acme', { kind: 'tenant' }, (some) => void all.push(...(some ?? [])));
  const rivals: unknown[] = [];
  hub.join('rival', { kind: 'tenant' }, (some) => void rivals.push(some));
  for (let n = 0; n < 500; n += 1) await write(n);
  await eventually(() => expect(all).toHaveLength(500));
  expect(await connections()).toBe(1);
  expect(all).toEqual(await log.after(FIRST_PLACE, 1_000));
  for (const { id, events } of told) {
    expect(events.map(({ data }) => data.migrationId)).toEqual([id]);
  }
  expect(rivals).toEqual([]);
  expect(hub.position()).toBe(all.at(-1)?.id);
});

test('Redis dies and is back: it goes on from its place, with none lost and none repeated', async () => {
  const feed = aFeed();
  const told: ServiceEvent[] = [];
  await feed.listen((events) => void told.push(...(events ?? [])));
  const start = feed.position();
  for (let n = 0; n < 50; n += 1) await write(n);
  for (const n of [50, 51]) {
    await place.kill();
    await place.start();
    await write(n);
  }
  await eventually(() => expect(told.length).toBeGreaterThanOrEqual(52), 20_000);
  await write(52);
  await eventually(() => expect(told.length).toBeGreaterThanOrEqual(53), 20_000);
  expect(told).toEqual(await log.after(start, 1_000));
}, 60_000);

test('when events were dropped before they were read it says so, and goes on behind them', async () => {
  const feed = aFeed();
  const told: (readonly ServiceEvent[] | null)[] = [];
  await feed.listen((events) => told.push(events));
  await place.redis
    .multi()
    .xadd(keys.events(), '*', 'event', writeEvent(anEvent(1)))
    .exec();
  await eventually(() => expect(told).toHaveLength(1));
  // In one go: the first of them is gone before anybody could read it.
  const row = place.redis.multi();
  for (const n of [2, 3, 4]) row.xadd(keys.events(), '*', 'event', writeEvent(anEvent(n)));
  await row.xtrim(keys.events(), 'MAXLEN', '=', 2).exec();
  await eventually(() => expect(told[1]).toBeNull());
  await write(5);
  await eventually(() => expect(told.at(-1)?.at(-1)).toMatchObject(anEvent(5)));
});

test('what cannot be reached at the first call is an error, and can be tried again', async () => {
  await place.kill();
  const feed = new RedisEventFeed(
    new RedisEventLog(place.redis, keys),
    keys,
    () => new Redis(place.url, FEED_CONNECTION),
  );
  feeds.push(feed);
  await expect(feed.listen(() => {})).rejects.toThrow();
  await place.start();
  await eventually(() => feed.listen(() => {}));
});
