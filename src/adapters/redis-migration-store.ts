// The migrations in Redis: each write is one script, each read is of one record or of an index by id.
import type { HistoryEntry, Migration, MigrationStatus } from '../domain/migration.js';
import type { Step } from '../domain/migration-step.js';
import {
  Ids,
  MigrationStore,
  type AcceptOutcome,
  type ApplyOutcome,
  type DueCursor,
  type DuePage,
  type DueRecord,
  type MigrationQuery,
  type NewMigration,
  type Page,
  type Place,
  type ReplayedMigration,
  type UsedKey,
} from '../use-cases/ports.js';
import { readEntry, readRecord, samenessDigest } from './migration-record.js';
import { acceptOutcome, refusal } from './migration-replies.js';
import { acceptCall, applyCall } from './migration-scripts.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisDurability } from './redis-durability.js';
import type { RedisKeys } from './redis-keys.js';
import { listIds } from './redis-migration-list.js';
import type { RedisOutbox } from './redis-outbox.js';
import { RedisScript } from './redis-script.js';

const acceptScript = new RedisScript(new URL('./accept-migration.lua', import.meta.url));
const applyScript = new RedisScript(new URL('./apply-step.lua', import.meta.url));

export class RedisMigrationStore extends MigrationStore {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
    private readonly ids: Ids,
    private readonly wiring: { readonly outbox: RedisOutbox; readonly durability: RedisDurability },
  ) {
    super();
  }

  override async accept(fresh: NewMigration): Promise<AcceptOutcome> {
    const { keys, args } = acceptCall(this.keys, this.ids, { ...fresh, batchToken: null });
    const reply = await acceptScript.run(this.redis, keys, args);
    const [, ...entries] = reply as readonly string[];
    const outcome = acceptOutcome(reply as readonly string[]);
    if (outcome.kind === 'accepted') this.wiring.outbox.appended(entries);
    return outcome;
  }

  override async acceptedAs(tenant: string, used: UsedKey): Promise<ReplayedMigration | null> {
    const first = this.keys.idempotency(tenant, used.key);
    const [hash, doc, entry] = await this.redis.hmget(first, 'hash', 'doc', 'entry');
    if (hash !== used.hash || doc == null || entry == null) return null;
    return { kind: 'replayed', migration: readRecord(doc, null), entry: readEntry(entry) };
  }

  override async apply(step: Step): Promise<ApplyOutcome> {
    const { after } = step;
    const { floor } = this.wiring.durability;
    const { keys, args } = applyCall(this.keys, this.ids, step);
    const reply = await applyScript.run(this.redis, keys, args);
    const [kind, ...rest] = reply as readonly string[];
    if (kind !== 'applied') return refusal(kind, rest);
    const [fence = '', intent = '', ...entries] = rest;
    this.wiring.outbox.appended(entries);
    if (step.name === 'intended') {
      this.wiring.durability.remember(after.id, after.version);
      await this.wiring.durability.sawIntent(Number(intent), floor);
    }
    return { kind: 'applied', migration: { ...after, fence: fence === '' ? null : Number(fence) } };
  }

  override async find(id: string): Promise<Migration | null> {
    const [doc, fence] = await this.redis.hmget(this.keys.migration(id), 'doc', 'fence');
    return doc == null ? null : readRecord(doc, fence ?? null);
  }

  override async findAll(ids: readonly string[]): Promise<readonly Migration[]> {
    const found = await Promise.all(ids.map((id) => this.find(id)));
    return found.filter((migration) => migration !== null);
  }

  override async statuses(ids: readonly string[]): Promise<ReadonlyMap<string, MigrationStatus>> {
    const found = await Promise.all(
      ids.map((id) => this.redis.hget(this.keys.migration(id), 'status')),
    );
    const statuses = new Map<string, MigrationStatus>();
    for (const [index, id] of ids.entries()) {
      const status = found[index];
      if (status != null) statuses.set(id, status as MigrationStatus);
    }
    return statuses;
  }

  override async history(id: string): Promise<readonly HistoryEntry[]> {
    return (await this.redis.lrange(this.keys.history(id), 0, -1)).map(readEntry);
  }

  /** All in one round trip, by the rules of apply-step.lua. */
  override async retryRefusals(ended: readonly Migration[]): Promise<ReadonlySet<string>> {
    const { redis, keys } = this;
    const refused = await Promise.all(
      ended.map(async (migration) => {
        const { tenant, credentialId, allowDuplicate } = migration;
        const [owner, same] = await Promise.all([
          redis.hget(keys.credential(credentialId), 'tenant'),
          allowDuplicate ? 0 : redis.scard(keys.same(tenant, samenessDigest(migration))),
        ]);
        return owner !== tenant || same > 0;
      }),
    );
    return new Set(ended.filter((_, index) => refused[index]).map(({ id }) => id));
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
    return { items: await this.findAll(ids), nextAfterId };
  }

  override async dueBefore(
    timeMs: number,
    limit: number,
    from: DueCursor | null = null,
  ): Promise<DuePage> {
    const { due, migration } = this.keys;
    const min = from?.atMs ?? '-inf';
    const range = [due(), min, timeMs, 'WITHSCORES', 'LIMIT', from?.read ?? 0, limit] as const;
    const row = await this.redis.zrangebyscore(...range);
    const places = row.flatMap((id, index) =>
      index % 2 === 0 ? [{ id, atMs: Number(row[index + 1]) }] : [],
    );
    const items = await Promise.all(
      places.map(async ({ id, atMs }): Promise<DueRecord> => {
        const [status, version] = await this.redis.hmget(migration(id), 'status', 'version');
        return {
          id,
          atMs,
          status: (status ?? null) as DueRecord['status'],
          version: version ?? '',
        };
      }),
    );
    const last = items.at(-1)?.atMs;
    if (last === undefined || items.length < limit) return { items, next: null };
    const read = items.filter(({ atMs }) => atMs === last).length;
    return { items, next: { atMs: last, read: read + (from?.atMs === last ? from.read : 0) } };
  }

  override async queued(from: number, limit: number): Promise<readonly Place[]> {
    const ids = await this.redis.zrange(this.keys.queued(), from, String(from + limit - 1));
    return Promise.all(
      ids.map(async (id) => {
        const key = this.keys.migration(id);
        const [source, target, ready] = await this.redis.hmget(key, 'source', 'target', 'ready');
        const isReady = ready === '1';
        return { id, sourceInstanceId: source ?? '', targetInstanceId: target ?? '', isReady };
      }),
    );
  }
}
