// Batches in Redis: accepted in one MULTI, decided about by compare-and-set, counted by the scripts of their members.
import { batchStatusOf, type Batch, type Gate, type Running } from '../domain/batch.js';
import { Ids, type Page, type UsedKey } from '../use-cases/ports.js';
import { BatchStore, type AcceptBatchOutcome, type NewBatch } from '../use-cases/ports-batches.js';
import { BATCH_FIELDS, batchEventOf, readBatch, readStored } from './batch-record.js';
import { RedisBatchAcceptance } from './redis-batch-acceptance.js';
import type { RedisClient } from './redis-connection.js';
import type { RedisKeys } from './redis-keys.js';
import type { RedisOutbox } from './redis-outbox.js';
import { RedisScript } from './redis-script.js';

const retryScript = new RedisScript(new URL('./batch-retry.lua', import.meta.url));
const retriedScript = new RedisScript(new URL('./batch-retried.lua', import.meta.url));
const decideScript = new RedisScript(new URL('./batch-decide.lua', import.meta.url));

export class RedisBatchStore extends BatchStore {
  private readonly acceptance: RedisBatchAcceptance;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: RedisKeys,
    private readonly ids: Ids,
    private readonly outbox: RedisOutbox,
  ) {
    super();
    this.acceptance = new RedisBatchAcceptance(redis, keys, ids);
  }

  override async accept(fresh: NewBatch): Promise<AcceptBatchOutcome> {
    const outcome = await this.acceptance.accept(fresh);
    if (outcome.kind === 'accepted') this.outbox.appended(null);
    return outcome;
  }

  override async acceptedAs(tenant: string, used: UsedKey): Promise<Batch | null> {
    const first = this.keys.idempotency(tenant, used.key);
    const [hash, doc] = await this.redis.hmget(first, 'hash', 'doc');
    return hash === used.hash && doc != null ? readStored(doc) : null;
  }

  override async find(id: string): Promise<Batch | null> {
    return readBatch(await this.redis.hmget(this.keys.batch(id), ...BATCH_FIELDS));
  }

  override async findAll(ids: readonly string[]): Promise<ReadonlyMap<string, Batch>> {
    const found = await Promise.all([...new Set(ids)].map((id) => this.find(id)));
    return new Map(found.filter((batch) => batch !== null).map((batch) => [batch.id, batch]));
  }

  override async list(query: {
    readonly tenant: string;
    readonly limit: number;
    readonly afterId: string | null;
  }): Promise<Page<Batch>> {
    const { tenant, limit, afterId } = query;
    const ceiling = afterId === null ? '+' : `(${afterId}`;
    const key = this.keys.batches(tenant);
    const ids = await this.redis.zrevrangebylex(key, ceiling, '-', 'LIMIT', 0, limit + 1);
    const shown = ids.slice(0, limit);
    const items = [...(await this.findAll(shown)).values()];
    return { items, nextAfterId: ids.length > limit ? (shown.at(-1) ?? null) : null };
  }

  override async setGate(
    batch: Batch,
    gate: Gate,
    nowMs: number,
    running?: Running,
  ): Promise<Batch | null> {
    const { haltsOnResume: _, retryRound, ...rest } = batch;
    const goesOn = gate !== 'canceled' && retryRound !== undefined;
    const after = {
      ...{ ...rest, gate, finishedAt: null, version: batch.version + 1 },
      ...(running === undefined ? {} : { running }),
      ...(goesOn ? { retryRound } : {}),
    };
    return this.decide(batch, after, { atMs: nowMs, wakes: true });
  }

  override async askRetry(batch: Batch, nowMs: number): Promise<Batch | null> {
    const { keys } = this;
    const reply = await retryScript.run(
      this.redis,
      [
        ...[keys.batch(batch.id), keys.outbox(), keys.counters(), keys.events()],
        ...[keys.changedBatches(), keys.ended(), keys.due()],
      ],
      [batch.id, batch.version, this.ids.token(), nowMs],
    );
    const [kind, gate] = reply as readonly string[];
    if (kind !== 'decided') return null;
    this.outbox.appended(null);
    const version = batch.version + 1;
    const { haltsOnResume: _, ...rest } = batch;
    return { ...rest, gate: gate as Gate, finishedAt: null, version, retryRound: version };
  }

  override async retryDone({ id, retryRound }: Pick<Batch, 'id' | 'retryRound'>): Promise<void> {
    await retriedScript.run(this.redis, [this.keys.batch(id)], [retryRound ?? '']);
  }

  override async finish(batch: Batch, nowMs: number): Promise<void> {
    const after = { ...batch, finishedAt: nowMs, version: batch.version + 1 };
    await this.decide(batch, after, { atMs: nowMs, wakes: false });
  }

  override async lookAgainAt(id: string, atMs: number | null): Promise<void> {
    if (atMs === null) await this.redis.zrem(this.keys.due(), id);
    else await this.redis.zadd(this.keys.due(), atMs, id);
  }

  override async members(
    batch: Pick<Batch, 'id' | 'tenant'>,
    afterId: string | null,
    limit: number,
  ): Promise<readonly string[]> {
    const key = this.keys.idsByBatch(batch.tenant, batch.id);
    const floor = afterId === null ? '-' : `(${afterId}`;
    return this.redis.zrangebylex(key, floor, '+', 'LIMIT', 0, limit);
  }

  private async decide(
    before: Batch,
    after: Batch,
    how: { readonly atMs: number; readonly wakes: boolean },
  ): Promise<Batch | null> {
    const { keys } = this;
    // Before it is finished its status was the running one, whatever its members have come to.
    const was = batchStatusOf({ ...before, total: Number.POSITIVE_INFINITY });
    const told = before.finishedAt === null ? was : null;
    const reply = await decideScript.run(
      this.redis,
      [
        keys.batch(before.id),
        keys.outbox(),
        keys.counters(),
        keys.events(),
        keys.changedBatches(),
        keys.ended(),
      ],
      [
        before.id,
        before.version,
        this.ids.token(),
        after.gate,
        after.finishedAt ?? '',
        how.wakes ? '1' : '',
        batchEventOf(told, after),
        how.atMs,
        after.running ?? '',
        after.haltsOnResume === true ? '1' : '',
      ],
    );
    if ((reply as readonly string[])[0] !== 'decided') return null;
    this.outbox.appended(null);
    return after;
  }
}
