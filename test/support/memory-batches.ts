// The in-memory twin of what the scripts do about batches, and of the store of batches.
import {
  batchStatusOf,
  endedOf,
  NO_COUNTS,
  type Batch,
  type Counts,
  type Gate,
  type Running,
} from '../../src/domain/batch.js';
import { batchFacts } from '../../src/domain/event.js';
import { inFlightOf } from '../../src/domain/batch-gate.js';
import { holdsInstances, isEnded, sameness, type Migration } from '../../src/domain/migration.js';
import type { Step } from '../../src/domain/migration-step.js';
import type { ApplyOutcome, Page, UsedKey, Wake } from '../../src/use-cases/ports.js';
import {
  BatchStore,
  type AcceptBatchOutcome,
  type NewBatch,
} from '../../src/use-cases/ports-batches.js';
import type { MemoryOutbox } from './memory-leases.js';
import type { MemoryRedis } from './memory-redis.js';

export function twinOf(migration: Migration, redis: MemoryRedis): Migration | null {
  const same = redis.unended.filter(
    (one) => one.tenant === migration.tenant && sameness(one) === sameness(migration),
  );
  return same.toSorted((a, b) => (a.id < b.id ? -1 : 1))[0] ?? null;
}

export function retryRefusal(after: Migration, redis: MemoryRedis): ApplyOutcome | null {
  if (redis.credentials.get(after.credentialId) !== after.tenant)
    return { kind: 'credential_gone' };
  const twin = after.allowDuplicate ? null : twinOf(after, redis);
  return twin === null ? null : { kind: 'duplicate', migrationId: twin.id };
}

/** Those that depend on it and have nothing else to wait for; all of them when it did not succeed. */
export function wokenBy({ id, status }: Migration, redis: MemoryRedis): readonly Migration[] {
  const isMet = (other: string): boolean =>
    other === id || redis.records.get(other)?.status === 'succeeded';
  return [...redis.records.values()].filter(
    ({ dependsOn }) => dependsOn.includes(id) && (status !== 'succeeded' || dependsOn.every(isMet)),
  );
}

export const afterWake = (id: string, ended: Migration): Wake => ({
  ...{ to: 'schedule', migrationId: id, version: `after-${ended.id}-${ended.version}`, atMs: 0 },
});

function countsOf(id: string, redis: MemoryRedis): Counts {
  const counts = { ...NO_COUNTS } as Record<Migration['status'], number>;
  for (const { batchId, status } of redis.records.values()) if (batchId === id) counts[status] += 1;
  return counts;
}

export function batchOf(id: string, redis: MemoryRedis): Batch | null {
  const kept = redis.batches.get(id);
  if (kept === undefined) return null;
  const { doc, wakeAt: _, ...decided } = kept;
  return { ...doc, ...decided, counts: countsOf(id, redis) };
}

/** What forbids a grant or an intent; null: nothing. */
export function gateOf({ name, before, after }: Step, redis: MemoryRedis): Gate | 'full' | null {
  const isLook = after.cancel !== null;
  const takes = !isLook && !holdsInstances(before.status) && holdsInstances(after.status);
  if (after.batchId === null) return null;
  const batch = batchOf(after.batchId, redis);
  const isShut = batch?.gate === 'canceled' || batch?.gate === 'halted';
  if (isEnded(before.status) && isShut) return batch.gate;
  if (!takes && name !== 'intended') return null;
  if (batch === null) return 'canceled';
  if (batch.gate !== 'open') return batch.gate;
  const isFull = batch.maxConcurrent !== null && inFlightOf(batch) >= batch.maxConcurrent;
  return takes && isFull ? 'full' : null;
}

const WAITS: ReadonlySet<string> = new Set(['scheduled', 'queued', 'checking']);

/** After the record was written: the wake-ups of its batch. */
export function noteInBatch({ before, after, entry }: Step, redis: MemoryRedis): readonly Wake[] {
  const kept = after.batchId === null ? undefined : redis.batches.get(after.batchId);
  if (after.batchId === null || kept === undefined) return [];
  let next = kept;
  const goesOn = isEnded(before.status) && !isEnded(after.status) && kept.finishedAt !== null;
  if (goesOn) next = { ...next, finishedAt: null };
  const isWantedAgain = isEnded(before.status) && !isEnded(after.status);
  if (isWantedAgain) next = { ...next, version: next.version + 1 };
  const isFailure = after.status === 'failed' && kept.doc.onFailure === 'halt';
  if (isFailure && kept.gate === 'paused') {
    next = { ...next, haltsOnResume: true, version: next.version + 1 };
  }
  const halts = isFailure && kept.gate === 'open';
  if (halts) next = { ...next, gate: 'halted', version: next.version + 1 };
  redis.batches.set(after.batchId, next);
  if (goesOn || halts) tellStatus(after.batchId, entry?.at ?? 0, redis);
  else if (before.status !== after.status) redis.changed.add(after.batchId);
  const releases = holdsInstances(before.status) && !holdsInstances(after.status);
  const ended = endedOf(countsOf(after.batchId, redis));
  const isLast =
    isEnded(before.status) !== isEnded(after.status) &&
    ended === kept.doc.total - (isEnded(before.status) ? 1 : 0);
  const waits = WAITS.has(after.status) && after.status !== before.status && after.cancel === null;
  const isBack = waits && (next.gate === 'canceled' || next.gate === 'halted');
  const asks = isBack || halts || isLast || (releases && kept.doc.maxConcurrent !== null);
  return asks ? [afterWake(after.batchId, after)] : [];
}

/** With the counts of now: nothing is left to be told of its progress. */
function tellStatus(id: string, atMs: number, redis: MemoryRedis): void {
  const batch = batchOf(id, redis);
  if (batch === null) return;
  const status = batchStatusOf(batch);
  const { tenant } = batch;
  const data = batchFacts(batch, status);
  redis.told = [...redis.told, { type: `batch.${status}`, at: atMs, tenant, data }];
  redis.changed.delete(id);
}

export class MemoryBatchStore extends BatchStore {
  constructor(
    private readonly redis: MemoryRedis,
    private readonly outbox: MemoryOutbox,
  ) {
    super();
  }

  override async acceptedAs(tenant: string, used: UsedKey): Promise<Batch | null> {
    const first = this.redis.firstBatches.get(JSON.stringify([tenant, used.key]));
    return first?.hash === used.hash ? first.batch : null;
  }

  override async accept({ batch, members, idempotency }: NewBatch): Promise<AcceptBatchOutcome> {
    const { redis } = this;
    const key = idempotency === null ? null : JSON.stringify([batch.tenant, idempotency.key]);
    const first = key === null ? undefined : redis.firstBatches.get(key);
    if (first !== undefined) {
      return first.hash === idempotency?.hash
        ? { kind: 'replayed', batch: first.batch }
        : { kind: 'key_reused' };
    }
    const gone = members.find(
      ({ migration }) => redis.credentials.get(migration.credentialId) !== batch.tenant,
    );
    if (gone !== undefined) {
      return { kind: 'credential_gone', credentialId: gone.migration.credentialId };
    }
    for (const [index, { migration }] of members.entries()) {
      const twin = migration.allowDuplicate ? null : twinOf(migration, redis);
      if (twin !== null) return { kind: 'duplicate', index, migrationId: twin.id };
    }
    const wakes: Wake[] = [wakeOf(batch.id, '1')];
    for (const { migration, entry } of members) {
      const { id, version } = migration;
      redis.records.set(id, migration);
      redis.histories.set(id, [entry]);
      redis.events = [...redis.events, { migrationId: id, version, to: entry.to }];
      if (migration.wakeAt !== null) wakes.push({ ...wakeOf(id, '1'), atMs: migration.wakeAt });
    }
    const { gate, version, finishedAt } = batch;
    redis.batches.set(batch.id, { doc: batch, gate, version, finishedAt, wakeAt: null });
    tellStatus(batch.id, batch.createdAt, redis);
    if (key !== null && idempotency !== null) {
      redis.firstBatches.set(key, { hash: idempotency.hash, batch });
    }
    this.wake(wakes);
    return { kind: 'accepted' };
  }

  override async find(id: string): Promise<Batch | null> {
    return batchOf(id, this.redis);
  }

  override async findAll(ids: readonly string[]): Promise<ReadonlyMap<string, Batch>> {
    const found = ids.flatMap((id) => batchOf(id, this.redis) ?? []);
    return new Map(found.map((batch) => [batch.id, batch]));
  }

  override async list(query: {
    readonly tenant: string;
    readonly limit: number;
    readonly afterId: string | null;
  }): Promise<Page<Batch>> {
    const all = [...this.redis.batches.values()]
      .map(({ doc }) => doc)
      .filter(({ tenant, id }) => tenant === query.tenant && id < (query.afterId ?? '~'))
      .toSorted((a, b) => (a.id < b.id ? 1 : -1));
    const items = all.slice(0, query.limit).flatMap(({ id }) => batchOf(id, this.redis) ?? []);
    return { items, nextAfterId: all.length > items.length ? (items.at(-1)?.id ?? null) : null };
  }

  override async setGate(
    batch: Batch,
    gate: Gate,
    nowMs: number,
    running?: Running,
  ): Promise<Batch | null> {
    const { haltsOnResume: _, retryRound, ...others } = batch;
    const goesOn = gate !== 'canceled' && retryRound !== undefined;
    const rest = { ...others, ...(goesOn ? { retryRound } : {}) };
    const means = running === undefined ? {} : { running };
    return this.decide(batch, { ...rest, gate, finishedAt: null, ...means }, nowMs);
  }

  override async askRetry(batch: Batch, nowMs: number): Promise<Batch | null> {
    const kept = this.redis.batches.get(batch.id);
    if (kept === undefined || kept.version !== batch.version || kept.gate === 'canceled')
      return null;
    const gate = kept.gate === 'halted' ? 'open' : kept.gate;
    const version = kept.version + 1;
    const { haltsOnResume: _, ...rest } = kept;
    const next = { ...rest, gate, version, finishedAt: null, wakeAt: nowMs, retryRound: version };
    this.redis.batches.set(batch.id, next);
    if (gate !== kept.gate || kept.finishedAt !== null) tellStatus(batch.id, nowMs, this.redis);
    this.wake([wakeOf(batch.id, String(version))]);
    return batchOf(batch.id, this.redis);
  }

  override async retryDone({ id, retryRound }: Pick<Batch, 'id' | 'retryRound'>): Promise<void> {
    const kept = this.redis.batches.get(id);
    if (kept === undefined || kept.retryRound !== retryRound) return;
    const { retryRound: _, ...rest } = kept;
    this.redis.batches.set(id, rest);
  }

  override async finish(batch: Batch, nowMs: number): Promise<void> {
    await this.decide(batch, { ...batch, finishedAt: nowMs }, nowMs);
  }

  override async lookAgainAt(id: string, atMs: number | null): Promise<void> {
    const kept = this.redis.batches.get(id);
    if (kept !== undefined) this.redis.batches.set(id, { ...kept, wakeAt: atMs });
  }

  override async members(
    { id }: Pick<Batch, 'id'>,
    afterId: string | null,
    limit: number,
  ): Promise<readonly string[]> {
    const all = [...this.redis.records.values()].filter(({ batchId }) => batchId === id);
    return all
      .map((one) => one.id)
      .filter((one) => afterId === null || one > afterId)
      .toSorted()
      .slice(0, limit);
  }

  private async decide(before: Batch, wanted: Batch, nowMs: number): Promise<Batch | null> {
    const kept = this.redis.batches.get(wanted.id);
    if (kept === undefined || kept.version !== wanted.version) return null;
    const { gate, finishedAt, running, haltsOnResume, retryRound } = wanted;
    const hasEnded = endedOf(countsOf(wanted.id, this.redis)) === kept.doc.total;
    if (
      gate === 'canceled' &&
      kept.gate !== 'canceled' &&
      hasEnded &&
      kept.retryRound === undefined
    )
      return null;
    const version = kept.version + 1;
    this.redis.batches.set(wanted.id, {
      ...{ doc: kept.doc, wakeAt: kept.wakeAt, gate, finishedAt, version },
      ...(running === undefined ? {} : { running }),
      ...(haltsOnResume === undefined ? {} : { haltsOnResume }),
      ...(retryRound === undefined ? {} : { retryRound }),
    });
    const was = batchStatusOf({ ...before, total: Number.POSITIVE_INFINITY });
    if (before.finishedAt !== null || was !== batchStatusOf(wanted)) {
      tellStatus(wanted.id, nowMs, this.redis);
    }
    this.wake(finishedAt === null ? [wakeOf(wanted.id, String(version))] : []);
    return { ...wanted, version };
  }

  private wake(wakes: readonly Wake[]): void {
    this.redis.outbox = [...this.redis.outbox, ...wakes];
    this.outbox.appended();
  }
}

const wakeOf = (id: string, version: string): Wake => ({
  ...{ to: 'schedule', migrationId: id, version, atMs: 0 },
});
