// What is told of batches keeps its contract, in Redis and in memory.
import { describe } from 'vitest';
import { RedisBatchProgress } from '../../src/adapters/redis-batch-progress.js';
import { RedisBatchStore } from '../../src/adapters/redis-batch-store.js';
import { RedisEventLog } from '../../src/adapters/redis-event-log.js';
import { RedisKeys } from '../../src/adapters/redis-keys.js';
import { RedisOutbox } from '../../src/adapters/redis-outbox.js';
import { FIRST_PLACE } from '../../src/adapters/event-ids.js';
import type { UnplacedEvent } from '../../src/domain/event.js';
import { MemoryBatchStore } from '../support/memory-batches.js';
import { MemoryOutbox } from '../support/memory-leases.js';
import { TestClock, TestIds } from '../support/memory-ports.js';
import { MemoryBatchProgress } from '../support/memory-progress.js';
import { MemoryRedis } from '../support/memory-redis.js';
import { testRedis } from '../support/redis.js';
import { batchEventsContract } from './batch-events.contract.js';
import { memoryUnderTest, redisUnderTest } from './stores-under-test.js';

/** The others have tests of their own. */
const isOfBatches = ({ type }: UnplacedEvent): boolean =>
  type.startsWith('batch.') || type === 'migration.overdue';

describe('in Redis', () => {
  batchEventsContract(async () => {
    const at = await testRedis();
    const ids = new TestIds();
    const keys = new RedisKeys(at.prefix);
    const log = new RedisEventLog(at.redis, keys);
    return {
      ...redisUnderTest(at, ids),
      batches: new RedisBatchStore(at.redis, keys, ids, new RedisOutbox(at.redis, keys)),
      progress: new RedisBatchProgress(at.redis, keys),
      told: async (tenant) => {
        const events = (await log.after(FIRST_PLACE, 10_000)) ?? [];
        const own = events.filter((event) => event.tenant === tenant && isOfBatches(event));
        return own.map(({ type, at: time, tenant: whose, data }) => ({
          ...{ type, at: time, tenant: whose, data },
        }));
      },
      tick: () => {},
      close: () => at.close(),
    };
  });
});

describe('in memory', () => {
  batchEventsContract(async () => {
    const redis = new MemoryRedis();
    const clock = new TestClock();
    return {
      ...memoryUnderTest(redis),
      batches: new MemoryBatchStore(redis, new MemoryOutbox(redis)),
      progress: new MemoryBatchProgress(redis, clock),
      told: async (tenant) => redis.told.filter((event) => event.tenant === tenant),
      tick: () => clock.moveBy(100),
      close: async () => {},
    };
  });
});
