// The Redis batch store and its in-memory twin keep one contract; ten thousand members are all there or none.
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RedisBatchStore } from '../../src/adapters/redis-batch-store.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { RedisOutbox } from '../../src/adapters/redis-outbox.js';
import { MemoryBatchStore } from '../support/memory-batches.js';
import { MemoryOutbox } from '../support/memory-leases.js';
import { TestIds } from '../support/memory-ports.js';
import { MemoryRedis } from '../support/memory-redis.js';
import { keysOf, testRedis, type TestRedis } from '../support/redis.js';
import {
  BatchScenes,
  batchStoreContract,
  type BatchStoreUnderTest,
} from './batch-store.contract.js';
import { memoryUnderTest, redisUnderTest } from './stores-under-test.js';

function overRedis(at: TestRedis): BatchStoreUnderTest {
  const ids = new TestIds();
  const keys = new RedisKeys(at.prefix);
  const batches = new RedisBatchStore(at.redis, keys, ids, new RedisOutbox(at.redis, keys));
  return { ...redisUnderTest(at, ids), batches, close: () => at.close() };
}

describe('in Redis', () => {
  batchStoreContract(async () => overRedis(await testRedis()));
});

test('a batch whose last answer is lost is known by its token: accepted, or an error and nothing', async () => {
  const place = await testRedis();
  const duplicate = place.redis.duplicate.bind(place.redis);
  place.redis.duplicate = (options) => {
    const own = duplicate(options);
    const exec = own.exec.bind(own);
    own.exec = async () => {
      await exec();
      throw new Error('Connection is closed.');
    };
    return own;
  };
  const at = new BatchScenes(overRedis(place));
  await at.under.addCredential(at.credentialId, at.tenant);
  const { id, ids } = await at.acceptBatch([{}, {}]);
  expect(new Set(await at.listed(id))).toEqual(new Set(ids));
  const refused = at.freshBatch([{ credentialId: 'cred-none' }]);
  await expect(at.all.batches.accept(refused)).rejects.toThrow('Connection is closed.');
  expect(await at.all.batches.find(refused.batch.id)).toBeNull();
  await place.close();
});

describe('in memory', () => {
  batchStoreContract(async () => {
    const redis = new MemoryRedis();
    const batches = new MemoryBatchStore(redis, new MemoryOutbox(redis));
    return { ...memoryUnderTest(redis), batches, close: async () => {} };
  });
});

describe('ten thousand members', () => {
  let place: TestRedis;
  let at: BatchScenes;
  const items = Array.from({ length: 10_000 }, (_, index) => ({
    labels: { n: String(index % 7) },
  }));

  beforeAll(async () => {
    place = await testRedis();
    at = new BatchScenes(overRedis(place));
    await at.under.addCredential(at.credentialId, at.tenant);
  });
  afterAll(() => place.close());

  test('are none when the connection is lost before the last word', async () => {
    const before = await keysOf(place.redis, place.prefix);
    const other = new Redis(process.env['REDIS_URL'] ?? '');
    const accepting = at.all.batches.accept(at.freshBatch(items)).then(
      () => 'accepted',
      () => 'failed',
    );
    for (;;) {
      const clients = String(await other.client('LIST'));
      const busy = clients.split('\n').find((line) => /multi=[1-9]\d{3}/.test(line));
      const id = /^id=(\d+)/.exec(busy ?? '')?.[1];
      if (id === undefined) continue;
      await other.client('KILL', 'ID', id);
      break;
    }
    expect(await accepting).toBe('failed');
    expect(await keysOf(place.redis, place.prefix)).toEqual(before);
    await other.quit();
  });

  test('are all there at once, and the event loop gets its turns meanwhile', async () => {
    const fresh = at.freshBatch(items);
    const probe = new LoopProbe();
    const startedAt = performance.now();
    expect(await at.all.batches.accept(fresh)).toEqual({ kind: 'accepted' });
    const tookMs = Math.round(performance.now() - startedAt);
    const { turns, longestMs } = probe.stop();
    console.log(`10,000 members: ${tookMs} ms, ${turns} turns, longest ${longestMs} ms`);
    expect(turns).toBeGreaterThan(50);
    expect(await at.batch(fresh.batch.id)).toMatchObject({
      total: 10_000,
      counts: { queued: 10_000 },
    });
    const waiting = await at.under.leases.waitersOfBatch(fresh.batch.id);
    expect(waiting).toHaveLength(10_000);
  });
});

/** How often, and with what longest pause, timers got their turn. */
class LoopProbe {
  private turns = 0;
  private longest = 0;
  private last = performance.now();
  private readonly timer = setInterval(() => {
    const now = performance.now();
    this.longest = Math.max(this.longest, now - this.last);
    this.last = now;
    this.turns += 1;
  }, 1);

  stop(): { readonly turns: number; readonly longestMs: number } {
    clearInterval(this.timer);
    return { turns: this.turns, longestMs: Math.round(this.longest) };
  }
}
