// The log of events keeps the contract, in Redis and in memory.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeEvent } from '../../src/adapters/event-record.js';
import { RedisEventLog } from '../../src/adapters/redis-event-log.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { MemoryEventLog } from '../support/memory-events.js';
import { START_MS } from '../support/memory-ports.js';
import { testRedis, type TestRedis } from '../support/redis.js';
import { anEvent, eventLogContract } from './event-log.contract.js';

eventLogContract('Redis', async () => {
  const { redis, prefix, close } = await testRedis();
  const keys = new RedisKeys(prefix);
  return {
    log: new RedisEventLog(redis, keys),
    add: async (event, ms) =>
      void (await redis.xadd(keys.events(), `${ms}-*`, 'event', writeEvent(event))),
    close,
  };
});

eventLogContract('memory', async () => {
  const log = new MemoryEventLog();
  return { log, add: async (event, ms) => void log.add(event, ms), close: async () => {} };
});

let place: TestRedis;
let keys: RedisKeys;
let log: RedisEventLog;
beforeAll(async () => {
  place = await testRedis();
  keys = new RedisKeys(place.prefix);
  log = new RedisEventLog(place.redis, keys);
});
afterAll(() => place.close());

test('an event of before ids were places has the id of its place', async () => {
  const old = JSON.stringify({ id: 'evt_made_by_chance', ...anEvent(1) });
  const entry = await place.redis.xadd(keys.events(), `${START_MS}-5`, 'event', old);
  expect(entry).toBe(`${START_MS}-5`);
  const [event] = (await log.after('evt_00000000000000000000000000', 1)) ?? [];
  expect(event).toMatchObject(anEvent(1));
  expect(event?.id).toMatch(/^evt_[0-9a-z]{10}0{15}5$/);
  expect(event?.id).toBe(await log.newestId());
});

test('what nobody can read is left out, and the log goes on behind it', async () => {
  const start = await log.newestId();
  await place.redis.xadd(keys.events(), '*', 'type', 'batch.running', 'at', 1, 'batch', '[]');
  await place.redis.xadd(keys.events(), '*', 'event', writeEvent(anEvent(2)));
  expect(await log.after(start, 10)).toMatchObject([anEvent(2)]);
});
