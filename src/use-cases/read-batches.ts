// Reads batches of one tenant; another tenant's is as a missing one.
import { Injectable } from '@nestjs/common';
import { hasBatchEnded, type Batch, type Estimate } from '../domain/batch.js';
import type { Engine } from '../domain/db-info.js';
import { estimateMs, type DurationModel } from '../domain/estimate.js';
import { Problem } from '../domain/errors.js';
import type { Waiter } from '../domain/scheduling.js';
import { LearnedDurations } from './learned-durations.js';
import { Clock, InstanceLeases } from './ports.js';
import { BatchStore } from './ports-batches.js';

export interface BatchDetail {
  readonly batch: Batch;
  /** Null where nothing is known, and when it has ended. */
  readonly estimate: Estimate | null;
}

@Injectable()
export class ReadBatches {
  constructor(
    private readonly batches: BatchStore,
    private readonly leases: InstanceLeases,
    private readonly durations: LearnedDurations,
    private readonly clock: Clock,
  ) {}

  /** Throws Problem not_found. */
  async find(tenant: string, id: string): Promise<BatchDetail> {
    const batch = await this.batches.find(id);
    if (batch === null || batch.tenant !== tenant) {
      throw new Problem('not_found', 'There is no such batch.');
    }
    return this.detail(batch);
  }

  async list(query: {
    readonly tenant: string;
    readonly limit: number;
    readonly afterId: string | null;
  }): Promise<{ readonly items: readonly BatchDetail[]; readonly nextAfterId: string | null }> {
    const page = await this.batches.list(query);
    const items = await Promise.all(page.items.map((batch) => this.detail(batch)));
    return { items, nextAfterId: page.nextAfterId };
  }

  async detail(batch: Batch): Promise<BatchDetail> {
    // Nobody knows when a person lets it go on.
    if (hasBatchEnded(batch) || batch.gate !== 'open') return { batch, estimate: null };
    const models = await this.durations.models();
    if (models.MySQL === null && models.SQLServer === null) return { batch, estimate: null };
    const waiting = await this.leases.waitersOfBatch(batch.id);
    const restMs = restOf(batch, waiting, models);
    if (restMs === null) return { batch, estimate: null };
    return { batch, estimate: { finishAt: this.clock.now() + restMs, basis: 'history' } };
  }
}

/**
 * The busiest instance's waiting work, or all of it spread over the cap, whichever is more; null as soon
 * as one duration is not known. What is in flight or not due yet is not in it.
 */
function restOf(
  { maxConcurrent }: Batch,
  waiting: readonly Waiter[],
  models: Readonly<Record<Engine, DurationModel | null>>,
): number | null {
  const byInstance = new Map<string, number>();
  let total = 0;
  for (const waiter of waiting) {
    const durationMs = estimateMs(models[waiter.engine], waiter.bytes);
    if (durationMs === null) return null;
    total += durationMs;
    for (const instanceId of [waiter.sourceInstanceId, waiter.targetInstanceId]) {
      byInstance.set(instanceId, (byInstance.get(instanceId) ?? 0) + durationMs);
    }
  }
  let busiest = 0;
  for (const work of byInstance.values()) busiest = Math.max(busiest, work);
  return Math.max(busiest, maxConcurrent === null ? 0 : total / maxConcurrent);
}
