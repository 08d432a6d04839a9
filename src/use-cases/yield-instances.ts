// Gives the instances of a migration back, before anything was submitted, when its batch lets nothing be submitted.
import { Injectable } from '@nestjs/common';
import { submitHold } from '../domain/batch-gate.js';
import type { Batch } from '../domain/batch.js';
import type { Migration } from '../domain/migration.js';
import { BatchStore } from './ports-batches.js';
import { Clock } from './ports.js';
import { RecordOutcome } from './record-outcome.js';

@Injectable()
export class YieldInstances {
  constructor(
    private readonly batches: BatchStore,
    private readonly outcomes: RecordOutcome,
    private readonly clock: Clock,
  ) {}

  /** True when it had to: the migration waits or has ended. */
  async backWhenHeld(checking: Migration): Promise<boolean> {
    if (checking.batchId === null) return false;
    const batch = await this.batches.find(checking.batchId);
    const hold = batch === null ? null : submitHold(batch, this.clock.now());
    if (batch === null || hold === null) return false;
    if (hold.kind === 'window') {
      const changes = { wakeAt: hold.until, heldBack: null, quotaUntil: null };
      await this.outcomes.write(checking, 'window_closed', changes);
    } else if (batch.gate === 'paused') {
      await this.outcomes.write(checking, 'put_back', { heldBack: null, quotaUntil: null });
    } else {
      await this.outcomes.write(checking, 'withdrawn', { reason: reasonOf(batch) });
    }
    return true;
  }
}

/** Why members that were not submitted end with their batch. */
export const reasonOf = ({
  id,
  gate,
}: Pick<Batch, 'id' | 'gate'>): NonNullable<Migration['reason']> =>
  gate === 'canceled'
    ? { code: 'canceled_by_user', message: `The batch ${id} was canceled.` }
    : { code: 'batch_halted', message: `The batch ${id} halted on a failure.` };
