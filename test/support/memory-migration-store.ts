// The in-memory twin of the Redis migration store: each method is one step without an await, as a script is.
import { overdueEvent, parkedEvent } from '../../src/domain/event.js';
import {
  holdsInstances,
  instancesOf,
  isEnded,
  isInRow,
  taskFor,
  type HistoryEntry,
  type Migration,
} from '../../src/domain/migration.js';
import { isResumed, type Step } from '../../src/domain/migration-step.js';
import {
  MigrationStore,
  type AcceptOutcome,
  type ApplyOutcome,
  type DueCursor,
  type DuePage,
  type DueRecord,
  type MigrationQuery,
  type NewMigration,
  type Page,
  type Wake,
  type Place,
  type ReplayedMigration,
  type UsedKey,
} from '../../src/use-cases/ports.js';
import { afterWake, gateOf, noteInBatch, retryRefusal, twinOf, wokenBy } from './memory-batches.js';
import type { MemoryDurability } from './memory-durability.js';
import type { MemoryOutbox } from './memory-leases.js';
import type { MemoryRedis } from './memory-redis.js';

export class MemoryMigrationStore extends MigrationStore {
  constructor(
    private readonly redis: MemoryRedis,
    private readonly wiring: {
      readonly outbox: MemoryOutbox;
      readonly durability: MemoryDurability;
    },
  ) {
    super();
  }

  override async accept({ migration, entry, idempotency }: NewMigration): Promise<AcceptOutcome> {
    const { redis } = this;
    const { id, tenant } = migration;
    const key = idempotency === null ? null : JSON.stringify([tenant, idempotency.key]);
    const first = key === null ? undefined : redis.firsts.get(key);
    if (first !== undefined && first.migration.id !== id) {
      if (first.hash !== idempotency?.hash) return { kind: 'key_reused' };
      return { kind: 'replayed', migration: first.migration, entry: first.entry };
    }
    if (redis.credentials.get(migration.credentialId) !== tenant)
      return { kind: 'credential_gone' };
    const twin = twinOf(migration, redis);
    if (twin !== null && !migration.allowDuplicate) {
      return { kind: 'duplicate', migrationId: twin.id };
    }
    redis.records.set(id, migration);
    this.append(migration, entry);
    if (key !== null && idempotency !== null) {
      redis.firsts.set(key, { hash: idempotency.hash, migration, entry });
    }
    this.wake([wakeFor(migration, migration.wakeAt)]);
    return { kind: 'accepted' };
  }

  override async acceptedAs(tenant: string, used: UsedKey): Promise<ReplayedMigration | null> {
    const first = this.redis.firsts.get(JSON.stringify([tenant, used.key]));
    if (first === undefined || first.hash !== used.hash) return null;
    return { kind: 'replayed', migration: first.migration, entry: first.entry };
  }

  override async apply(step: Step): Promise<ApplyOutcome> {
    const { redis } = this;
    const { before, after, entry } = step;
    const { id, targetInstanceId: target } = after;
    const { floor } = this.wiring.durability;
    const refusal = this.refusalOf(step);
    if (refusal !== null) return refusal;

    const held = holdsInstances(before.status);
    const holds = holdsInstances(after.status);
    if (!held && holds) {
      const fence = redis.counters.fence + 1;
      redis.counters = { ...redis.counters, fence };
      for (const one of instancesOf(after)) redis.leases.set(one, { migrationId: id, fence });
    }
    if (held && !holds) for (const one of instancesOf(after)) redis.leases.delete(one);
    const fence = holds ? (redis.leases.get(target)?.fence ?? null) : null;
    const written: Migration = { ...after, fence };
    redis.records.set(id, written);
    this.learn(step);
    if (entry !== null) this.append(written, entry);
    const { overdueAt, parkedAt } = step;
    if (parkedAt !== undefined) redis.told = [...redis.told, parkedEvent(written, parkedAt)];
    if (overdueAt !== undefined) redis.told = [...redis.told, overdueEvent(written, overdueAt)];
    if (after.importId !== null) redis.importOwners.set(`${target}/${after.importId}`, id);

    const isQueuedNow = after.status === 'queued' && before.status !== 'queued';
    const isIntent = step.name === 'intended';
    const isLookAskedFor = isInRow(after) && after.cancel !== null && before.cancel === null;
    const isWoken =
      (after.wakeAt !== null && !isIntent) || isQueuedNow || isLookAskedFor || isResumed(step);
    const own = isWoken ? [wakeFor(after, after.wakeAt)] : [];
    const freed = held && !holds && own[0]?.to !== 'schedule';
    const ended = isEnded(after.status) && !isEnded(before.status);
    const dependents = ended ? wokenBy(after, redis) : [];
    this.wake([
      ...own,
      ...(freed ? [scheduleWake(after)] : []),
      ...(held && !holds && own[0]?.to === 'schedule' && after.wakeAt !== null
        ? [{ ...scheduleWake(after), version: `freed-${after.version}` }]
        : []),
      ...dependents.map((one) => afterWake(one.id, after)),
      ...noteInBatch(step, redis),
    ]);
    if (step.name === 'intended') {
      const intents = redis.counters.intents + 1;
      redis.counters = { ...redis.counters, intents };
      this.wiring.durability.sawIntent(intents, floor);
    }
    return { kind: 'applied', migration: written };
  }

  override async find(id: string): Promise<Migration | null> {
    return this.redis.records.get(id) ?? null;
  }

  override async findAll(ids: readonly string[]): Promise<readonly Migration[]> {
    return ids.flatMap((id) => this.redis.records.get(id) ?? []);
  }

  override async statuses(
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Migration['status']>> {
    return new Map((await this.findAll(ids)).map(({ id, status }) => [id, status]));
  }

  override async history(id: string): Promise<readonly HistoryEntry[]> {
    return this.redis.histories.get(id) ?? [];
  }

  override async retryRefusals(ended: readonly Migration[]): Promise<ReadonlySet<string>> {
    const refused = ended.filter((one) => retryRefusal(one, this.redis) !== null);
    return new Set(refused.map(({ id }) => id));
  }

  override async idByImport(tenant: string, importId: string): Promise<string | null> {
    const found = [...this.redis.records.values()].find(
      (one) => one.tenant === tenant && one.importId === importId,
    );
    return found?.id ?? null;
  }

  override async owners(
    instanceId: string,
    importIds: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    const owners = importIds.map(
      (importId) => [importId, this.redis.importOwners.get(`${instanceId}/${importId}`)] as const,
    );
    return new Map(owners.flatMap(([importId, id]) => (id === undefined ? [] : [[importId, id]])));
  }

  override async list(query: MigrationQuery): Promise<Page<Migration>> {
    const all = [...this.redis.records.values()]
      .filter((one) => fits(one, query))
      .toSorted((a, b) => byId(b, a));
    const items = all.slice(0, query.limit);
    return { items, nextAfterId: all.length > items.length ? (items.at(-1)?.id ?? null) : null };
  }

  override async dueBefore(
    timeMs: number,
    limit: number,
    from: DueCursor | null = null,
  ): Promise<DuePage> {
    const { records, batches } = this.redis;
    const timed = [
      ...records.values(),
      ...[...batches].map(([id, { wakeAt }]) => ({ id, wakeAt })),
    ];
    const least = from?.atMs ?? -Infinity;
    const due = timed
      .flatMap(({ id, wakeAt }) => (wakeAt === null ? [] : [{ id, atMs: wakeAt }]))
      .filter(({ atMs }) => atMs >= least && atMs <= timeMs)
      .sort((a, b) => a.atMs - b.atMs || byId(a, b));
    const skipped = from?.read ?? 0;
    const items = due.slice(skipped, skipped + limit).map(({ id, atMs }): DueRecord => {
      const record = records.get(id);
      return { id, atMs, status: record?.status ?? null, version: String(record?.version ?? '') };
    });
    const last = items.at(-1)?.atMs;
    if (last === undefined || items.length < limit) return { items, next: null };
    const read = items.filter(({ atMs }) => atMs === last).length;
    return { items, next: { atMs: last, read: read + (last === from?.atMs ? skipped : 0) } };
  }

  override async queued(from: number, limit: number): Promise<readonly Place[]> {
    const queued = [...this.redis.records.values()].filter(({ status }) => status === 'queued');
    const row = queued.sort((a, b) => (a.queuedAt ?? 0) - (b.queuedAt ?? 0));
    return row.slice(from, from + limit);
  }

  /** In the order of apply-step.lua: everything is looked at before anything is written. */
  private refusalOf(step: Step): ApplyOutcome | null {
    const { name, before, after } = step;
    const { redis } = this;
    const { id, targetInstanceId: target } = after;
    const now = redis.records.get(id);
    const isSame = now?.status === before.status && now.version === before.version;
    if (!isSame || now.fence !== before.fence) return { kind: 'stale' };
    const gated = gateOf(step, redis);
    if (gated !== null) return { kind: 'gated', gate: gated };
    if (holdsInstances(before.status)) {
      const isMine = instancesOf(after).every((instance) => {
        const holder = redis.leases.get(instance);
        return holder?.migrationId === id && holder.fence === before.fence;
      });
      if (!isMine) return { kind: 'stale' };
    } else if (holdsInstances(after.status)) {
      for (const instanceId of instancesOf(after)) {
        const by = redis.leases.get(instanceId)?.migrationId;
        if (by !== undefined) return { kind: 'occupied', instanceId, by };
      }
    }
    const binds = after.importId !== null && after.importId !== before.importId;
    const owner = binds ? redis.importOwners.get(`${target}/${after.importId}`) : undefined;
    if (owner !== undefined && owner !== id) return { kind: 'import_bound', by: owner };
    if (name === 'retried' || name === 'retried_later') return retryRefusal(after, redis);
    if (name !== 'intended') return null;
    const { epoch, until } = redis.rollback;
    if (until > (after.intent?.at ?? 0)) return { kind: 'quarantined', until };
    return epoch === after.intent?.rollbackEpoch ? null : { kind: 'stale' };
  }

  private learn({ name, before, after }: Step): void {
    const { dataBytes, sourceInstanceId, engine, startedAt, finishedAt } = after;
    if (dataBytes !== null && dataBytes !== before.dataBytes) {
      this.redis.sizes.set(sourceInstanceId, dataBytes);
    }
    if (name !== 'succeeded' || startedAt === null || finishedAt === null) return;
    const sample = { engine, bytes: dataBytes, durationMs: finishedAt - startedAt };
    this.redis.samples = [...this.redis.samples, sample];
  }

  private append(migration: Migration, entry: HistoryEntry): void {
    const { id, version } = migration;
    this.redis.histories.set(id, [...(this.redis.histories.get(id) ?? []), entry]);
    this.redis.events = [...this.redis.events, { migrationId: id, version, to: entry.to }];
  }

  private wake(wakes: readonly (Wake | null)[]): void {
    const made = wakes.filter((wake) => wake !== null);
    this.redis.outbox = [...this.redis.outbox, ...made];
    this.wiring.outbox.appended();
  }
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : 1;

function wakeFor({ id, status, version }: Migration, wakeAt: number | null): Wake | null {
  const to = taskFor(status);
  return to === null ? null : { to, migrationId: id, version: String(version), atMs: wakeAt ?? 0 };
}

const scheduleWake = ({ id, version }: Migration): Wake => {
  return { to: 'schedule', migrationId: id, version: String(version), atMs: 0 };
};

function fits(one: Migration, query: MigrationQuery): boolean {
  const { statuses, instanceId, batchId, label, createdAfter, createdBefore, afterId } = query;
  return (
    one.tenant === query.tenant &&
    (statuses.length === 0 || statuses.includes(one.status)) &&
    (instanceId === null || instancesOf(one).includes(instanceId)) &&
    (batchId === null || one.batchId === batchId) &&
    (label === null || one.labels[label.key] === label.value) &&
    (createdAfter === null || one.createdAt > createdAfter) &&
    (createdBefore === null || one.createdAt < createdBefore) &&
    (afterId === null || one.id < afterId)
  );
}
