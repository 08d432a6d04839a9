// Retention in Redis and in memory keep one contract; of what was dropped Redis holds no key.
import { describe, expect, test } from 'vitest';
import { RedisBatchStore } from '../../src/adapters/redis-batch-store.js';
import { eventIdOf } from '../../src/adapters/event-ids.js';
import { RedisEventLog } from '../../src/adapters/redis-event-log.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { RedisOutbox } from '../../src/adapters/redis-outbox.js';
import { RedisRetention } from '../../src/adapters/redis-retention.js';
import { DropEnded } from '../../src/use-cases/drop-ended.js';
import { MemoryBatchStore } from '../support/memory-batches.js';
import { MemoryOutbox } from '../support/memory-leases.js';
import {
  START_MS,
  TestClock,
  TestIds,
  TestSettings,
  TestShutdown,
} from '../support/memory-ports.js';
import { MemoryRedis } from '../support/memory-redis.js';
import { MemoryRetention } from '../support/memory-retention.js';
import { keysOf, testRedis, type TestRedis } from '../support/redis.js';
import { BatchScenes } from './batch-store.contract.js';
import { retentionContract, type RetentionUnderTest } from './retention.contract.js';
import { memoryUnderTest, redisUnderTest } from './stores-under-test.js';

function overRedis(at: TestRedis): RetentionUnderTest {
  const ids = new TestIds();
  const keys = new RedisKeys(at.prefix);
  const batches = new RedisBatchStore(at.redis, keys, ids, new RedisOutbox(at.redis, keys));
  const retention = new RedisRetention(at.redis, keys);
  return { ...redisUnderTest(at, ids), batches, retention, close: () => at.close() };
}

describe('in Redis', () => {
  retentionContract(async () => overRedis(await testRedis()));
});

describe('in memory', () => {
  retentionContract(async () => {
    const redis = new MemoryRedis();
    const batches = new MemoryBatchStore(redis, new MemoryOutbox(redis));
    const retention = new MemoryRetention(redis);
    return { ...memoryUnderTest(redis), batches, retention, close: async () => {} };
  });
});

/** What is no migration's: counters, and the newest durations. */
const MAY_STAY = ['counters', 'samples:SQLServer', 'event-filing'];

test('once everything has ended and its time has passed, Redis holds no key of any migration or batch', async () => {
  const place = await testRedis();
  const under = overRedis(place);
  const at = new BatchScenes(under);
  const keys = new RedisKeys(place.prefix);
  await under.addCredential(at.credentialId, at.tenant);
  const before = new Set(await keysOf(place.redis, place.prefix));
  const labels = { team: 'a', wave: '1' };
  const { id: alone } = await at.accept({ labels }, { key: 'k', hash: 'h' });
  const { id, ids } = await at.acceptBatch(
    [
      { labels },
      { after: [0], sourceInstanceId: at.instance('s0') },
      { notBefore: START_MS + 1_000 },
    ],
    { maxConcurrent: 1 },
  );
  const [first = '', second = '', third = ''] = ids;
  for (const one of [alone, first]) {
    await at.walk(one, 'granted', 'intended');
    await at.step(one, 'accepted', { importId: `i-${one}`, dataBytes: 7, startedAt: START_MS });
    await at.walk(one, 'succeeded');
  }
  await at.note(second, { isReady: true });
  await at.walk(second, 'granted', 'check_failed');
  await at.walk(third, 'withdrawn');
  await under.batches.finish(await at.batch(id), START_MS);
  await under.outbox.passedOn(await under.outbox.pending(1_000));
  await under.batches.lookAgainAt(id, null);

  const clock = new TestClock();
  const dropping = new DropEnded(
    under.retention,
    under.store,
    under.batches,
    new RedisEventLog(place.redis, keys),
    new TestSettings(),
    clock,
    new TestShutdown(),
  );
  await dropping.drop();
  expect(await under.store.find(alone)).not.toBeNull();
  expect(await under.store.find(first)).not.toBeNull();
  // The stream's own clock is Redis's: its entries are of today.
  clock.moveTo(Date.now() + 91 * 86_400_000);
  await dropping.drop();

  const stays = new Set([...MAY_STAY, 'idem'].map((name) => `${place.prefix}:${name}`));
  const left = (await keysOf(place.redis, place.prefix)).filter((key) => !before.has(key));
  const of = (name: string): boolean =>
    [...stays].some((one) => name === one || name.startsWith(`${one}:`));
  const others = left.filter((key) => !of(key));
  // An emptied stream stays as a key: it remembers its last place.
  expect(others.filter((key) => key !== keys.events())).toEqual([]);
  expect(await place.redis.xlen(keys.events())).toBe(0);
  // It lives for a day, far below the shortest retention.
  const idempotent = left.filter((key) => key.startsWith(`${place.prefix}:idem`));
  expect(idempotent).toHaveLength(1);
  expect(await place.redis.pttl(idempotent[0] ?? '')).toBeGreaterThan(0);
  await under.close();
});

test('owners of imports that were dropped by versions before go as well, and a quiet tenant stays while it has events', async () => {
  const { redis, prefix, close } = await testRedis();
  const keys = new RedisKeys(prefix);
  const retention = new RedisRetention(redis, keys);
  await redis.hset(keys.importOwners(), 'rm-t/1', 'mig_gone', 'rm-t/2', 'mig_here');
  await redis.hset(keys.migration('mig_here'), 'doc', '{}');
  await redis.sadd(keys.tenants(), 'quiet', 'left');
  const event = JSON.stringify({ type: 'webhook.disabled', at: 1, tenant: 'quiet', data: {} });
  const id = await redis.xadd(keys.events(), '*', 'event', event);
  const log = new RedisEventLog(redis, keys);
  await log.file();
  await retention.dropUnused(START_MS);
  expect(await redis.hkeys(keys.importOwners())).toEqual(['rm-t/2']);
  expect(await redis.smembers(keys.tenants())).toEqual(['quiet']);
  await log.dropBefore(Date.now() + 1_000);
  await retention.dropUnused(START_MS);
  expect(await redis.smembers(keys.tenants())).toEqual([]);
  // Places from before its log was dropped are told so.
  const before = eventIdOf(`${Number(id?.split('-')[0]) - 1}-0`);
  expect(await log.ofTenant('quiet', before, 1)).toBeNull();
  await close();
});
