/**
 * Counts what all processes have stored, in four rounds of pipelined reads, each bounded: by the number
 * of tenants and accounts, never by that of migrations. The records' own indexes are counted, beside
 * which a counter could drift.
 */
import { STATUSES, type MigrationStatus } from '../domain/migration.js';
import { URGENCIES, type Urgency } from '../use-cases/ports-upstream.js';
import {
  Tallies,
  type PaceTally,
  type QueueName,
  type QueueTally,
  type Tally,
} from '../use-cases/ports-stock.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import { quotaKeys, rateNow } from './redis-quota.js';

/** Read of each status: with 100 of 10,000, a share of a half is told to within a tenth. */
const SAMPLE = 100;
/** Only a few imports run for longer than a day; those that do are among the oldest. */
const OLDEST_IMPORTS = 200;
/** Accounts whose pace is shown: more would be thousands of reads for one figure. */
const MOST_SCOPES = 200;
const QUEUES = ['schedule', 'submit', 'track', 'deliver'] as const satisfies readonly QueueName[];

/** How many of a status each tenant has. */
type Places = readonly { readonly tenant: string; readonly count: number }[];

export class RedisTallies extends Tallies {
  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
  ) {
    super();
  }

  override async count(): Promise<Tally> {
    const startedAt = performance.now();
    const nowMs = await this.redisTime();
    const latencyMs = performance.now() - startedAt;
    const [placesOf, queues, paces, whole] = await Promise.all([
      this.places(),
      this.queues(nowMs),
      this.paces(nowMs),
      this.whole(nowMs),
    ]);
    const [scheduled, queued, checking, importing, canceling] = await Promise.all([
      ...(['scheduled', 'queued', 'checking'] as const).map((status) =>
        this.spread(status, placesOf(status)),
      ),
      ...(['importing', 'canceling'] as const).map((status) =>
        this.oldest(status, placesOf(status)),
      ),
    ]);
    const total = (status: MigrationStatus): number =>
      placesOf(status).reduce((sum, { count }) => sum + count, 0);
    const statuses = Object.fromEntries(STATUSES.map((status) => [status, total(status)]));
    return {
      ...{ latencyMs, queues, paces, ...whole },
      statuses: statuses as Record<MigrationStatus, number>,
      samples: { scheduled: scheduled ?? [], queued: queued ?? [], checking: checking ?? [] },
      oldestImports: [...(importing ?? []), ...(canceling ?? [])],
    };
  }

  /** Of Redis's own clock, as the pace is kept by it; our clocks may differ. */
  private async redisTime(): Promise<number> {
    const [seconds, micros] = await this.redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  }

  private async places(): Promise<(status: MigrationStatus) => Places> {
    const tenants = (await this.redis.smembers(this.keys.tenants())).sort();
    const rows = await Promise.all(
      STATUSES.map(async (status) => {
        const counts = await Promise.all(
          tenants.map((tenant) => this.redis.zcard(this.keys.idsByStatus(tenant, status))),
        );
        const places = tenants.map((tenant, index) => ({ tenant, count: counts[index] ?? 0 }));
        return [status, places.filter(({ count }) => count > 0)] as const;
      }),
    );
    const all: ReadonlyMap<MigrationStatus, Places> = new Map(rows);
    return (status) => all.get(status) ?? [];
  }

  private async whole(
    nowMs: number,
  ): Promise<
    Pick<
      Tally,
      | 'outbox'
      | 'oldestQueuedAt'
      | 'lateMs'
      | 'reservedInstances'
      | 'breakersOpen'
      | 'pausesOpen'
      | 'parked'
    >
  > {
    const { redis, keys } = this;
    const [outbox, queued, due, reservedInstances, breakersOpen, pausesOpen, parked] =
      await Promise.all([
        redis.zcard(keys.outbox()),
        redis.zrange(keys.queued(), 0, '0', 'WITHSCORES'),
        redis.zrange(keys.due(), 0, '0', 'WITHSCORES'),
        redis.hlen(keys.leases()),
        redis.hlen(keys.breakers()),
        redis.hlen(keys.pauses()),
        redis.zcard(keys.parked()),
      ]);
    const oldestQueuedAt = queued[1] === undefined ? null : Number(queued[1]);
    const lateMs = due[1] === undefined ? 0 : Math.max(0, nowMs - Number(due[1]));
    return { outbox, oldestQueuedAt, lateMs, reservedInstances, breakersOpen, pausesOpen, parked };
  }

  private async queues(nowMs: number): Promise<Readonly<Record<QueueName, QueueTally>>> {
    const rows = await Promise.all(
      QUEUES.map(async (name) => [name, await this.queue(name, nowMs)] as const),
    );
    return Object.fromEntries(rows) as Record<QueueName, QueueTally>;
  }

  /** BullMQ keeps who waits in a list, the oldest last, and who waits for a time in a sorted set. */
  private async queue(name: QueueName, nowMs: number): Promise<QueueTally> {
    const { redis, keys } = this;
    const [waiting, active, delayed, oldest] = await Promise.all([
      redis.llen(keys.jobs(name, 'wait')),
      redis.llen(keys.jobs(name, 'active')),
      redis.zcard(keys.jobs(name, 'delayed')),
      redis.lindex(keys.jobs(name, 'wait'), -1),
    ]);
    const oldestMs = oldest === null ? 0 : await this.waitOf(keys.jobs(name, oldest), nowMs);
    return { waiting, active, delayed, oldestMs };
  }

  /** Since it was made, or since its record fell due: before that it was to wait. */
  private async waitOf(job: string, nowMs: number): Promise<number> {
    const [madeAt, data] = await this.redis.hmget(job, 'timestamp', 'data');
    if (madeAt == null || data == null) return 0;
    const { id } = JSON.parse(data) as { readonly id?: string };
    const dueAt = id === undefined ? null : await this.redis.zscore(this.keys.due(), id);
    return Math.max(0, nowMs - Math.max(Number(madeAt), Number(dueAt ?? 0)));
  }

  private async paces(nowMs: number): Promise<readonly PaceTally[]> {
    const scopes = await this.redis.zrange(this.keys.quotaScopes(), -MOST_SCOPES, '-1');
    return Promise.all(
      scopes.map(async (scope) => {
        const [pace = '', ...lines] = quotaKeys(this.keys.prefix, scope);
        const [[next, rate, at], ...counts] = await Promise.all([
          this.redis.hmget(pace, 'next', 'rate', 'at'),
          ...URGENCIES.map((_, index) => this.redis.zcard(lines[index] ?? '')),
        ]);
        const waiting = Object.fromEntries(URGENCIES.map((u, index) => [u, counts[index] ?? 0]));
        return {
          rate: rateNow(rate ?? null, at ?? null, nowMs),
          aheadMs: Math.max(0, Number(next ?? 0) / 1_000 - nowMs),
          waiting: waiting as Record<Urgency, number>,
        };
      }),
    );
  }

  /** Evenly spread over the tenants' rows, one behind the other. */
  private async spread(status: MigrationStatus, places: Places): Promise<readonly string[]> {
    const total = places.reduce((sum, { count }) => sum + count, 0);
    const wanted = Math.min(total, SAMPLE);
    const found = await Promise.all(
      Array.from({ length: wanted }, async (_, index): Promise<readonly string[]> => {
        const place = placeAt(places, Math.floor((index * total) / wanted));
        if (place === null) return [];
        const { tenant, rank } = place;
        return this.redis.zrange(this.keys.idsByStatus(tenant, status), rank, String(rank));
      }),
    );
    return found.flat();
  }

  private async oldest(status: MigrationStatus, places: Places): Promise<readonly string[]> {
    const total = places.reduce((sum, { count }) => sum + count, 0);
    const found = await Promise.all(
      places.map(({ tenant, count }) => {
        const most = Math.ceil((OLDEST_IMPORTS * count) / Math.max(total, OLDEST_IMPORTS));
        return this.redis.zrange(this.keys.idsByStatus(tenant, status), 0, String(most - 1));
      }),
    );
    return found.flat();
  }
}

/** The row and the rank in it of the `index`th of all. */
function placeAt(
  places: Places,
  index: number,
): { readonly tenant: string; readonly rank: number } | null {
  let rank = index;
  for (const { tenant, count } of places) {
    if (rank < count) return { tenant, rank };
    rank -= count;
  }
  return null;
}
