// Steers a batch: pause, resume, cancel, retry what failed. Each decision is one compare-and-set on the batch.
import { Injectable } from '@nestjs/common';
import { hasBatchEnded, type Batch, type Gate, type Running } from '../domain/batch.js';
import { Problem } from '../domain/errors.js';
import type { RetryPlan } from '../domain/batch-retry.js';
import { Clock } from './ports.js';
import { BatchStore } from './ports-batches.js';
import { ReadBatches, type BatchDetail } from './read-batches.js';
import { RetryFailed } from './retry-failed.js';

@Injectable()
export class ControlBatch {
  constructor(
    private readonly batches: BatchStore,
    private readonly retrying: RetryFailed,
    private readonly reading: ReadBatches,
    private readonly clock: Clock,
  ) {}

  /** Throws Problem: not_found, already_ended. Doing it twice is doing it once. */
  async pause(tenant: string, id: string): Promise<BatchDetail> {
    return this.decide(tenant, id, { from: ['open'], to: () => 'paused' });
  }

  /** Halts it instead when it failed meanwhile and shall then halt. Throws Problem: not_found, already_ended. */
  async resume(tenant: string, id: string): Promise<BatchDetail> {
    const to = ({ haltsOnResume, counts }: Batch): Gate =>
      haltsOnResume === true && counts.failed > 0 ? 'halted' : 'open';
    return this.decide(tenant, id, { from: ['paused'], to });
  }

  /**
   * Withdraws all that was not submitted; imports under way go on, or are canceled where upstream can.
   * One that lets them go on may be followed by one that does not. Throws Problem: not_found, already_ended.
   */
  async cancel(tenant: string, id: string, running: Running = 'finish'): Promise<BatchDetail> {
    const from: readonly Gate[] = ['open', 'paused', 'halted', 'canceled'];
    return this.decide(tenant, id, { from, to: () => 'canceled', running });
  }

  /**
   * New attempts of all that failed, and of what was never submitted because of that; opens the gate of
   * a halted batch. Only decided here: workers carry it out. Doing it twice is doing it once. Throws
   * Problem: not_found, nothing_to_retry.
   */
  async retryFailed(tenant: string, id: string): Promise<BatchDetail> {
    for (;;) {
      const { batch } = await this.reading.find(tenant, id);
      if (batch.gate === 'canceled') {
        throw new Problem(
          'nothing_to_retry',
          'The batch was canceled: it starts nothing any more.',
        );
      }
      if (batch.retryRound !== undefined) return this.reading.detail(batch);
      await this.refuseInVain(batch);
      const decided = await this.batches.askRetry(batch, this.clock.now());
      if (decided !== null) return this.reading.detail(decided);
    }
  }

  /** What failed had all that it depends on, so it can be tried again; of what was canceled each may stand in the way of others. */
  private async refuseInVain(batch: Batch): Promise<void> {
    const { failed, canceled } = batch.counts;
    if (failed > 0) return;
    const { waves, barred } = canceled === 0 ? NOTHING : await this.retrying.plan(batch);
    if (waves.length > 0) return;
    const message =
      barred.length === 0
        ? 'No migration of the batch has failed.'
        : `${barred.length} of its migrations (${barred[0] ?? ''}, …) wait for others that were canceled on request: retry those first.`;
    throw new Problem('nothing_to_retry', message);
  }

  private async decide(
    tenant: string,
    id: string,
    decision: {
      readonly from: readonly Gate[];
      readonly to: (batch: Batch) => Gate;
      readonly running?: Running;
    },
  ): Promise<BatchDetail> {
    const { from, running } = decision;
    for (;;) {
      const { batch } = await this.reading.find(tenant, id);
      const to = decision.to(batch);
      const isMore = running === 'cancel' && batch.running !== 'cancel';
      if (batch.gate === to && !isMore && !hasBatchEnded(batch)) return this.reading.detail(batch);
      if (hasBatchEnded(batch) || !from.includes(batch.gate)) {
        const state = hasBatchEnded(batch) ? 'has ended' : `is ${batch.gate}`;
        throw new Problem('already_ended', `${id} ${state}.`);
      }
      const decided = await this.setGate(batch, to, isMore ? 'cancel' : undefined);
      if (decided !== null) return this.reading.detail(decided);
    }
  }

  private async setGate(batch: Batch, gate: Gate, running?: Running): Promise<Batch | null> {
    return this.batches.setGate(batch, gate, this.clock.now(), running);
  }
}

const NOTHING: RetryPlan = { waves: [], barred: [] };
