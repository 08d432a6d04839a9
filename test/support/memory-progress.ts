// The in-memory twin of how batches are told of: one script a method, the clock of the test.
import { batchFacts } from '../../src/domain/event.js';
import { batchStatusOf } from '../../src/domain/batch.js';
import { PROGRESS_APART_MS } from '../../src/domain/policy.js';
import type { Clock } from '../../src/use-cases/ports.js';
import { BatchProgress } from '../../src/use-cases/ports-events.js';
import { batchOf } from './memory-batches.js';
import type { MemoryRedis } from './memory-redis.js';

export class MemoryBatchProgress extends BatchProgress {
  constructor(
    private readonly redis: MemoryRedis,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async changed(limit: number): Promise<readonly string[]> {
    return [...this.redis.changed].slice(0, limit);
  }

  override async tell(batchId: string): Promise<boolean> {
    const { redis } = this;
    const batch = batchOf(batchId, redis);
    if (!redis.changed.has(batchId) || batch === null) return false;
    const now = this.clock.now();
    const before = redis.toldAt.get(batchId) ?? Number.NEGATIVE_INFINITY;
    if (now - before < PROGRESS_APART_MS) return false;
    redis.toldAt.set(batchId, now);
    redis.changed.delete(batchId);
    const data = batchFacts(batch, batchStatusOf(batch));
    const { tenant } = batch;
    redis.told = [...redis.told, { type: 'batch.progress', at: now, tenant, data }];
    return true;
  }
}
