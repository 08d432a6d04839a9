// A member that depends on others is woken when the last of them has succeeded, or when one has not; never by each.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RedisBatchStore } from '../../src/adapters/redis-batch-store.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { RedisOutbox } from '../../src/adapters/redis-outbox.js';
import { RedisRetention } from '../../src/adapters/redis-retention.js';
import type { Migration } from '../../src/domain/migration.js';
import { retry } from '../../src/domain/migration-step.js';
import { MemoryBatchStore } from '../support/memory-batches.js';
import { MemoryOutbox } from '../support/memory-leases.js';
import { START_MS, TestIds } from '../support/memory-ports.js';
import { MemoryRedis } from '../support/memory-redis.js';
import { keysOf, testRedis, type TestRedis } from '../support/redis.js';
import { BatchScenes, type BatchStoreUnderTest } from './batch-store.contract.js';
import { memoryUnderTest, redisUnderTest } from './stores-under-test.js';

function overRedis(at: TestRedis): BatchStoreUnderTest {
  const ids = new TestIds();
  const keys = new RedisKeys(at.prefix);
  const batches = new RedisBatchStore(at.redis, keys, ids, new RedisOutbox(at.redis, keys));
  return { ...redisUnderTest(at, ids), batches, close: () => at.close() };
}

function inMemory(): BatchStoreUnderTest {
  const redis = new MemoryRedis();
  const batches = new MemoryBatchStore(redis, new MemoryOutbox(redis));
  return { ...memoryUnderTest(redis), batches, close: async () => {} };
}

const START = ['granted', 'intended', 'accepted'] as const;

async function found(at: BatchScenes, id: string): Promise<Migration> {
  const migration = await at.under.store.find(id);
  if (migration === null) throw new Error(`there is no ${id}`);
  return migration;
}

describe.each([
  ['in Redis', async () => overRedis(await testRedis())],
  ['in memory', async () => inMemory()],
])('a dependency %s', (_, open) => {
  let under: BatchStoreUnderTest;
  let at: BatchScenes;

  beforeAll(async () => {
    under = await open();
  });
  afterAll(() => under.close());
  beforeEach(async () => {
    at = new BatchScenes(under);
    await under.addCredential(at.credentialId, at.tenant);
  });

  test('wakes its dependent once, with the last success of all that it waits for', async () => {
    const { ids } = await at.acceptBatch([{}, {}, {}, { after: [0, 1, 2] }]);
    const [a = '', b = '', c = '', dependent = ''] = ids;
    await at.walk(a, ...START, 'succeeded');
    await at.walk(b, ...START, 'succeeded');
    expect(await at.wakesOf(dependent)).toEqual([]);
    await at.walk(c, ...START, 'succeeded');
    expect(await at.wakesOf(dependent)).toHaveLength(1);
  });

  test('wakes its dependent at once when it does not succeed', async () => {
    const { ids } = await at.acceptBatch([{}, {}, { after: [0, 1] }]);
    await at.walk(ids[0] ?? '', 'withdrawn');
    expect(await at.wakesOf(ids[2] ?? '')).toHaveLength(1);
  });

  test('that succeeded counts also for a later attempt of its dependent, and once', async () => {
    const { ids } = await at.acceptBatch([{}, {}, { after: [0, 1] }]);
    const [a = '', b = '', dependent = ''] = ids;
    await at.walk(a, ...START, 'succeeded');
    await at.walk(b, 'granted', 'check_failed');
    await at.walk(dependent, 'withdrawn');
    await under.store.apply(retry(await found(at, b), START_MS));
    await under.store.apply(retry(await found(at, dependent), START_MS));
    const before = (await at.wakesOf(dependent)).length;
    await at.walk(b, ...START, 'succeeded');
    expect(await at.wakesOf(dependent)).toHaveLength(before + 1);
  });

  test('tells its status alone, for many at once', async () => {
    const { ids } = await at.acceptBatch([{}, {}]);
    const [a = '', b = ''] = ids;
    await at.walk(a, 'withdrawn');
    expect(await under.store.statuses([a, 'mig_none', b])).toEqual(
      new Map([
        [a, 'canceled'],
        [b, 'queued'],
      ]),
    );
  });
});

describe('in Redis', () => {
  let place: TestRedis;
  let at: BatchScenes;

  beforeAll(async () => {
    place = await testRedis();
    at = new BatchScenes(overRedis(place));
    await at.under.addCredential(at.credentialId, at.tenant);
  });
  afterAll(() => place.close());

  test('a batch accepted before there were counters is woken by each end, as it was then', async () => {
    const { id, ids } = await at.acceptBatch([{}, {}, { after: [0, 1] }]);
    await place.redis.del(new RedisKeys(place.prefix).missing(id));
    await at.walk(ids[0] ?? '', ...START, 'succeeded');
    expect(await at.wakesOf(ids[2] ?? '')).toHaveLength(1);
    await at.walk(ids[1] ?? '', ...START, 'succeeded');
    expect(await at.wakesOf(ids[2] ?? '')).toHaveLength(2);
  });

  test('the counters are dropped with their batch', async () => {
    const pairs = { sourceInstanceId: at.instance('x'), targetInstanceId: at.instance('y') };
    const other = { sourceInstanceId: at.instance('v'), targetInstanceId: at.instance('w') };
    const { id, ids } = await at.acceptBatch([pairs, { ...other, after: [0] }]);
    for (const member of ids) await at.walk(member, 'withdrawn');
    await at.all.batches.finish(await at.batch(id), START_MS);
    const retention = new RedisRetention(place.redis, new RedisKeys(place.prefix));
    for (const member of ids) await retention.dropMigration(await found(at, member), START_MS);
    expect(await retention.dropBatch(await at.batch(id), START_MS)).toBe(true);
    const left = (await keysOf(place.redis, place.prefix)).filter((key) => key.includes(id));
    expect(left).toEqual([]);
  });
});
