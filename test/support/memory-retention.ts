// The in-memory twin of the scripts that drop what ended long ago.
import type { Batch } from '../../src/domain/batch.js';
import { instancesOf, isEnded, type Migration } from '../../src/domain/migration.js';
import { CLOCK_SKEW_MS, LISTING_MARGIN_MS } from '../../src/domain/policy.js';
import { Retention } from '../../src/use-cases/ports-retention.js';
import type { MemoryRedis } from './memory-redis.js';

export class MemoryRetention extends Retention {
  /** Field of the import owners → when its migration ended. */
  private readonly past = new Map<string, number>();

  constructor(private readonly redis: MemoryRedis) {
    super();
  }

  override async endedBy(timeMs: number, from: number, limit: number): Promise<readonly string[]> {
    const alone = [...this.redis.records.values()].filter(
      ({ status, batchId }) => isEnded(status) && batchId === null,
    );
    const batches = [...this.redis.batches].map(([id, { finishedAt }]) => ({ id, finishedAt }));
    return [...alone, ...batches]
      .filter(({ finishedAt }) => finishedAt !== null && finishedAt <= timeMs)
      .toSorted((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || (a.id < b.id ? -1 : 1))
      .slice(from, from + limit)
      .map(({ id }) => id);
  }

  override async dropMigration(ended: Migration, byMs: number): Promise<boolean> {
    const { redis } = this;
    const now = redis.records.get(ended.id);
    if (now === undefined) return true;
    if (now.status !== ended.status || now.version !== ended.version) return false;
    if (ended.batchId !== null && !this.hasEndedBy(ended.batchId, byMs)) return false;
    const { targetInstanceId, importId, pastImports, finishedAt } = ended;
    for (const one of [...pastImports, ...(importId === null ? [] : [importId])]) {
      this.past.set(`${targetInstanceId}/${one}`, finishedAt ?? byMs);
    }
    redis.records.delete(ended.id);
    redis.histories.delete(ended.id);
    return true;
  }

  override async dropBatch({ id }: Pick<Batch, 'id' | 'tenant'>, byMs: number): Promise<boolean> {
    const { redis } = this;
    if (!redis.batches.has(id)) return true;
    const hasMembers = [...redis.records.values()].some(({ batchId }) => batchId === id);
    if (hasMembers || !this.hasEndedBy(id, byMs)) return false;
    redis.batches.delete(id);
    return true;
  }

  override async dropUnused(): Promise<void> {
    const { redis } = this;
    const records = [...redis.records.values()];
    for (const [field, endedAt] of this.past) {
      const target = field.slice(0, field.lastIndexOf('/'));
      const reaches = ({ createdAt }: Migration) =>
        createdAt - LISTING_MARGIN_MS - CLOCK_SKEW_MS <= endedAt;
      if (records.some((one) => instancesOf(one).includes(target) && reaches(one))) continue;
      this.past.delete(field);
      redis.importOwners.delete(field);
    }
    for (const source of redis.sizes.keys()) {
      if (!records.some((one) => instancesOf(one).includes(source))) redis.sizes.delete(source);
    }
  }

  private hasEndedBy(batchId: string, byMs: number): boolean {
    const finishedAt = this.redis.batches.get(batchId)?.finishedAt ?? null;
    return finishedAt !== null && finishedAt <= byMs;
  }
}
