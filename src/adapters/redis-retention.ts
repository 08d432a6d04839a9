// Drops what ended long ago from Redis: each migration, and each batch, by one script that takes all of it or nothing.
import type { Batch } from '../domain/batch.js';
import { CLOCK_SKEW_MS, LISTING_MARGIN_MS } from '../domain/policy.js';
import type { Migration } from '../domain/migration.js';
import { Retention } from '../use-cases/ports-retention.js';
import { timeOf } from './id-time.js';
import { samenessDigest } from './migration-record.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { RedisScript } from './redis-script.js';

const DROP_MIGRATION = new RedisScript(new URL('./migration-drop.lua', import.meta.url));
const DROP_TENANT = new RedisScript(new URL('./tenant-drop.lua', import.meta.url));
const DROP_BATCH = new RedisScript(new URL('./batch-drop.lua', import.meta.url));

/** Looked at with one round, of each kind; the next one goes on behind them. */
const PAGE = 500;
/** Lists that are looked at with one round: one of each tenant, for each instance. */
const MOST_LISTS = 50_000;

/** How far back a listing may reach before the creation of the migration that asks for it. */
const REACHES_BACK_MS = LISTING_MARGIN_MS + CLOCK_SKEW_MS;

export class RedisRetention extends Retention {
  private readonly places = { owners: '0', past: '0', sizes: '0', tenants: '0' };

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
        keys.pastImportOwners(),
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
        ended.finishedAt ?? byMs,
        `${targetInstanceId}/`,
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
  override async dropUnused(nowMs: number): Promise<void> {
    const tenants = await this.redis.smembers(this.keys.tenants());
    const page = Math.ceil(Math.min(PAGE, MOST_LISTS / Math.max(1, tenants.length)));
    await this.noteLeftOwners(nowMs);
    await this.dropOwners(tenants, page);
    await this.dropSizes(tenants, page);
    await this.dropTenants();
  }

  /** Those whose migrations were dropped before it was noted when these ended: not later than now. */
  private async noteLeftOwners(nowMs: number): Promise<void> {
    const { keys, redis, places } = this;
    const owners = keys.importOwners();
    const [next, flat] = await redis.hscan(owners, places.owners, 'COUNT', PAGE);
    await Promise.all(
      flat.map(async (field, index) => {
        const id = flat[index + 1];
        if (index % 2 === 1 || id === undefined) return;
        if ((await redis.exists(keys.migration(id))) === 1) return;
        await redis.zadd(keys.pastImportOwners(), 'NX', nowMs, field);
      }),
    );
    places.owners = next;
  }

  /**
   * Imports that ended before any migration to their target was made that is still on record: no look for
   * the import of one of these reaches back to them.
   */
  private async dropOwners(tenants: readonly string[], page: number): Promise<void> {
    const { keys, redis, places } = this;
    const [next, flat] = await redis.zscan(keys.pastImportOwners(), places.past, 'COUNT', page);
    await Promise.all(
      flat.map(async (field, index) => {
        if (index % 2 === 1) return;
        const target = field.slice(0, field.lastIndexOf('/'));
        const oldest = await this.oldestOf(tenants, target);
        if (oldest !== null && oldest - REACHES_BACK_MS <= Number(flat[index + 1])) return;
        await redis.hdel(keys.importOwners(), field);
        await redis.zrem(keys.pastImportOwners(), field);
      }),
    );
    places.past = next;
  }

  /** Of sources that no migration on record names. One that is wanted again is measured again. */
  private async dropSizes(tenants: readonly string[], page: number): Promise<void> {
    const { keys, redis, places } = this;
    const [next, flat] = await redis.hscan(keys.sizes(), places.sizes, 'COUNT', page);
    await Promise.all(
      flat.map(async (source, index) => {
        if (index % 2 === 1 || (await this.oldestOf(tenants, source)) !== null) return;
        await redis.hdel(keys.sizes(), source);
      }),
    );
    places.sizes = next;
  }

  private async dropTenants(): Promise<void> {
    const { keys, redis, places } = this;
    const [next, tenants] = await redis.sscan(keys.tenants(), places.tenants, 'COUNT', PAGE);
    for (const tenant of tenants) {
      const lists = [keys.idsOfTenant(tenant), keys.batches(tenant), keys.eventsOfTenant(tenant)];
      const names = [keys.tenants(), ...lists, keys.eventFiling()];
      await DROP_TENANT.run(redis, names, [tenant]);
    }
    places.tenants = next;
  }

  /** When the first migration on record with this instance was made (ms); null when there is none. */
  private async oldestOf(tenants: readonly string[], instanceId: string): Promise<number | null> {
    const firsts = await Promise.all(
      tenants.map((tenant) =>
        this.redis.zrange(this.keys.idsByInstance(tenant, instanceId), 0, '0'),
      ),
    );
    const times = firsts.flat().map(timeOf);
    return times.length === 0 ? null : Math.min(...times);
  }
}
