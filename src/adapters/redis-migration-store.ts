// The migrations in Redis: each write is one script, each read is of one record or of an index by id.
import {
  holdsInstances,
  isEnded,
  taskFor,
  type HistoryEntry,
  type Migration,
} from '../domain/migration.js';
import type { Step } from '../domain/migration-step.js';
import {
  Ids,
  MigrationStore,
  type AcceptOutcome,
  type ApplyOutcome,
  type MigrationQuery,
  type NewMigration,
  type Page,
  type Place,
} from '../use-cases/ports.js';
import {
  leaseActionOf,
  readEntry,
  readRecord,
  samenessDigest,
  writeEvent,
  writeRecord,
  writeWaiter,
} from './migration-record.js';
import { acceptOutcome, refusal } from './migration-replies.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisDurability } from './redis-durability.js';
import type { RedisKeys } from './redis-keys.js';
import { listIds } from './redis-migration-list.js';
import type { RedisOutbox } from './redis-outbox.js';
import { RedisScript } from './redis-script.js';

const acceptScript = new RedisScript(new URL('./accept-migration.lua', import.meta.url));
const applyScript = new RedisScript(new URL('./apply-step.lua', import.meta.url));

/** An idempotency key is remembered for a day. */
const IDEMPOTENCY_LIFE_MS = 86_400_000;
const MOST_EVENTS_KEPT = 100_000;

export class RedisMigrationStore extends MigrationStore {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
    private readonly ids: Ids,
    private readonly wiring: { readonly outbox: RedisOutbox; readonly durability: RedisDurability },
  ) {
    super();
  }

  override async accept({ migration, entry, idempotency }: NewMigration): Promise<AcceptOutcome> {
    const { keys } = this;
    const { id, tenant, sourceInstanceId, targetInstanceId } = migration;
    const doc = writeRecord(migration);
    const waiter = migration.status === 'queued' ? writeWaiter(migration) : '';
    const same = keys.same(tenant, samenessDigest(migration));
    const reply = await acceptScript.run(
      this.redis,
      [
        keys.migration(id),
        keys.history(id),
        keys.idsOfTenant(tenant),
        keys.idsByStatus(tenant, migration.status),
        keys.idsByInstance(tenant, sourceInstanceId),
        keys.idsByInstance(tenant, targetInstanceId),
        keys.due(),
        keys.queued(),
        keys.waiting(sourceInstanceId),
        keys.waiting(targetInstanceId),
        keys.outbox(),
        keys.events(),
        keys.counters(),
        same,
        keys.credential(migration.credentialId),
        keys.credentialUsers(migration.credentialId),
        idempotency === null ? same : keys.idempotency(tenant, idempotency.key),
        ...Object.entries(migration.labels).map(([key, value]) =>
          keys.idsByLabel(tenant, key, value),
        ),
      ],
      [
        id,
        this.ids.token(),
        doc,
        migration.status,
        JSON.stringify(entry),
        writeEvent(this.ids.make('evt', entry.at), migration, entry),
        migration.wakeAt ?? '',
        waiter,
        migration.queuedAt ?? '',
        idempotency?.hash ?? '',
        IDEMPOTENCY_LIFE_MS,
        migration.allowDuplicate ? '1' : '',
        taskFor(migration.status) ?? '',
        tenant,
        MOST_EVENTS_KEPT,
        sourceInstanceId,
        targetInstanceId,
      ],
    );
    const outcome = acceptOutcome(reply as readonly string[]);
    if (outcome.kind === 'accepted') this.wiring.outbox.appended();
    return outcome;
  }

  override async apply(step: Step): Promise<ApplyOutcome> {
    const { keys } = this;
    const { before, after, entry } = step;
    const { id, tenant, sourceInstanceId, targetInstanceId } = after;
    const isIntent = step.name === 'intended';
    const binds = after.importId !== null && after.importId !== before.importId;
    const task = taskFor(after.status);
    const isNewlyQueued = after.status === 'queued' && before.status !== 'queued';
    // The job that wrote an intent is looking; should it die, BullMQ runs it again, or the sweep finds it due.
    const needsWake = (after.wakeAt !== null && !isIntent) || isNewlyQueued;
    const { floor } = this.wiring.durability;
    const reply = await applyScript.run(
      this.redis,
      [
        keys.migration(id),
        keys.history(id),
        keys.due(),
        keys.queued(),
        keys.waiting(sourceInstanceId),
        keys.waiting(targetInstanceId),
        keys.leases(),
        keys.outbox(),
        keys.events(),
        keys.counters(),
        keys.rollback(),
        keys.idsByStatus(tenant, before.status),
        keys.idsByStatus(tenant, after.status),
        keys.same(tenant, samenessDigest(after)),
        keys.credentialUsers(after.credentialId),
        keys.imports(tenant),
        keys.importOwners(),
      ],
      [
        id,
        before.version,
        before.status,
        this.ids.token(),
        writeRecord(after),
        after.status,
        leaseActionOf(step, holdsInstances),
        sourceInstanceId,
        targetInstanceId,
        before.fence ?? '',
        entry === null ? '' : JSON.stringify(entry),
        entry === null ? '' : writeEvent(this.ids.make('evt', entry.at), after, entry),
        after.wakeAt ?? '',
        after.status === 'queued' ? writeWaiter(after) : '',
        after.queuedAt ?? '',
        binds ? (after.importId ?? '') : '',
        isIntent ? (after.intent?.rollbackEpoch ?? 0) : '',
        after.intent?.at ?? 0,
        needsWake ? (task ?? '') : '',
        isEnded(after.status) ? '1' : '',
        MOST_EVENTS_KEPT,
      ],
    );
    const [kind, ...rest] = reply as readonly string[];
    if (kind !== 'applied') return refusal(kind, rest);
    this.wiring.outbox.appended();
    const [fence = '', intent = ''] = rest;
    if (isIntent) {
      this.wiring.durability.remember(id, after.version);
      await this.wiring.durability.sawIntent(Number(intent), floor);
    }
    return { kind: 'applied', migration: { ...after, fence: fence === '' ? null : Number(fence) } };
  }

  override async find(id: string): Promise<Migration | null> {
    const [doc, fence] = await this.redis.hmget(this.keys.migration(id), 'doc', 'fence');
    return doc == null ? null : readRecord(doc, fence ?? null);
  }

  override async history(id: string): Promise<readonly HistoryEntry[]> {
    return (await this.redis.lrange(this.keys.history(id), 0, -1)).map(readEntry);
  }

  override async idByImport(tenant: string, importId: string): Promise<string | null> {
    return this.redis.hget(this.keys.imports(tenant), importId);
  }

  override async owners(
    instanceId: string,
    importIds: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    if (importIds.length === 0) return new Map();
    const fields = importIds.map((importId) => `${instanceId}/${importId}`);
    const owners = await this.redis.hmget(this.keys.importOwners(), ...fields);
    const known = new Map<string, string>();
    importIds.forEach((importId, index) => {
      const owner = owners[index];
      if (owner != null) known.set(importId, owner);
    });
    return known;
  }

  override async list(query: MigrationQuery): Promise<Page<Migration>> {
    const { ids, nextAfterId } = await listIds(this.redis, this.keys, query);
    const found = await Promise.all(ids.map((id) => this.find(id)));
    return { items: found.filter((migration) => migration !== null), nextAfterId };
  }

  override async dueBefore(timeMs: number, limit: number): Promise<readonly string[]> {
    return this.redis.zrangebyscore(this.keys.due(), '-inf', timeMs, 'LIMIT', 0, limit);
  }

  override async queued(from: number, limit: number): Promise<readonly Place[]> {
    const ids = await this.redis.zrange(this.keys.queued(), from, String(from + limit - 1));
    return Promise.all(
      ids.map(async (id) => {
        const fields = await this.redis.hmget(this.keys.migration(id), 'source', 'target');
        return { id, sourceInstanceId: fields[0] ?? '', targetInstanceId: fields[1] ?? '' };
      }),
    );
  }
}
