// A store of batches that is just enough for the HTTP floor: what is accepted can be found, listed and steered.
import type { Batch, Gate, Running } from '../../src/domain/batch.js';
import { DurationHistory, type Page, type UsedKey } from '../../src/use-cases/ports.js';
import {
  BatchStore,
  type AcceptBatchOutcome,
  type NewBatch,
} from '../../src/use-cases/ports-batches.js';

export class ListedBatches extends BatchStore {
  readonly accepted: NewBatch[] = [];
  /** What the next acceptance meets. */
  outcome: AcceptBatchOutcome = { kind: 'accepted' };
  private readonly records = new Map<string, Batch>();
  private readonly firsts = new Map<string, { hash: string; batch: Batch }>();

  override async accept(fresh: NewBatch): Promise<AcceptBatchOutcome> {
    const { batch, idempotency } = fresh;
    if (this.outcome.kind !== 'accepted') return this.outcome;
    const first = idempotency === null ? undefined : this.firsts.get(idempotency.key);
    if (first !== undefined) {
      const isSame = first.hash === idempotency?.hash;
      return isSame ? { kind: 'replayed', batch: first.batch } : { kind: 'key_reused' };
    }
    if (idempotency !== null) this.firsts.set(idempotency.key, { hash: idempotency.hash, batch });
    this.accepted.push(fresh);
    this.records.set(batch.id, batch);
    return { kind: 'accepted' };
  }

  override async acceptedAs(_tenant: string, used: UsedKey): Promise<Batch | null> {
    const first = this.firsts.get(used.key);
    return first?.hash === used.hash ? first.batch : null;
  }

  override async find(id: string): Promise<Batch | null> {
    return this.records.get(id) ?? null;
  }

  override async findAll(ids: readonly string[]): Promise<ReadonlyMap<string, Batch>> {
    return new Map([...this.records].filter(([id]) => ids.includes(id)));
  }

  override async list(query: {
    readonly tenant: string;
    readonly limit: number;
    readonly afterId: string | null;
  }): Promise<Page<Batch>> {
    const { tenant, limit, afterId } = query;
    const all = [...this.records.values()].toReversed().filter((each) => each.tenant === tenant);
    const older = all.filter(({ id }) => afterId === null || id < afterId);
    const items = older.slice(0, limit);
    return { items, nextAfterId: older.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  override async setGate(
    batch: Batch,
    gate: Gate,
    _nowMs: number,
    running?: Running,
  ): Promise<Batch | null> {
    const means = running === undefined ? {} : { running };
    const decided = { ...batch, gate, version: batch.version + 1, ...means };
    this.records.set(batch.id, decided);
    return decided;
  }

  override async askRetry(batch: Batch): Promise<Batch | null> {
    const version = batch.version + 1;
    const decided = { ...batch, gate: 'open', version, retryRound: version } as const;
    this.records.set(batch.id, decided);
    return decided;
  }

  override async retryDone(): Promise<void> {}

  override async finish(batch: Batch, nowMs: number): Promise<void> {
    this.records.set(batch.id, { ...batch, finishedAt: nowMs });
  }
  override async lookAgainAt(): Promise<void> {}
  override async members(
    { id }: Pick<Batch, 'id'>,
    afterId: string | null,
  ): Promise<readonly string[]> {
    const found = this.accepted.find(({ batch }) => batch.id === id)?.members ?? [];
    const ids = found.map(({ migration }) => migration.id);
    return ids.filter((each) => afterId === null || each > afterId);
  }
}

export class NothingLearned extends DurationHistory {
  override async samples(): Promise<readonly []> {
    return [];
  }
}
