// Drops what ended long ago from Redis: each migration, and each batch, by one script that takes all of it or nothing.
import type { Batch } from '../domain/batch.js';
import type { Migration } from '../domain/migration.js';
import { Retention } from '../use-cases/ports-retention.js';
import { samenessDigest } from './migration-record.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const DROP_MIGRATION = new RedisScript(new URL('./migration-drop.lua', import.meta.url));
const DROP_BATCH = new RedisScript(new URL('./batch-drop.lua', import.meta.url));

export class RedisRetention extends Retention {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
  ) {
    super();
  }

  override async endedBy(timeMs: number, from: number, limit: number): Promise<readonly string[]> {
    return this.redis.zrangebyscore(this.keys.ended(), '-inf', timeMs, 'LIMIT', from, limit);
  }

  override async dropMigration(ended: Migration, byMs: number): Promise<boolean> {
    const { keys } = this;
    const { id, tenant, status, version, batchId, importId, pastImports } = ended;
    const { sourceInstanceId, targetInstanceId, credentialId, dependsOn } = ended;
    const self = keys.migration(id);
    const labels = Object.entries(ended.labels);
    const reply = await DROP_MIGRATION.run(
      this.redis,
      [
        self,
        keys.history(id),
        keys.idsOfTenant(tenant),
        keys.idsByStatus(tenant, status),
        keys.idsByInstance(tenant, sourceInstanceId),
        keys.idsByInstance(tenant, targetInstanceId),
        keys.due(),
        keys.queued(),
        keys.dependents(id),
        keys.imports(tenant),
        keys.ended(),
        keys.same(tenant, samenessDigest(ended)),
        keys.credentialUsers(credentialId),
        batchId === null ? self : keys.batch(batchId),
        batchId === null ? self : keys.idsByBatch(tenant, batchId),
        ...labels.map(([key, value]) => keys.idsByLabel(tenant, key, value)),
        ...dependsOn.map((other) => keys.dependents(other)),
      ],
      [
        id,
        version,
        status,
        batchId ?? '',
        byMs,
        labels.length,
        ...pastImports,
        ...(importId === null ? [] : [importId]),
      ],
    );
    return reply !== 'kept';
  }

  override async dropBatch(
    { id, tenant }: Pick<Batch, 'id' | 'tenant'>,
    byMs: number,
  ): Promise<boolean> {
    const { keys } = this;
    const reply = await DROP_BATCH.run(
      this.redis,
      [
        keys.batch(id),
        keys.idsByBatch(tenant, id),
        keys.batches(tenant),
        keys.waitingOfBatch(id),
        keys.due(),
        keys.ended(),
        keys.changedBatches(),
        keys.missing(id),
      ],
      [id, byMs],
    );
    return reply !== 'kept';
  }
}
