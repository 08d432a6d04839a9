// Gives the instances of a migration back, before anything was submitted, when nothing may be: its cancel was
// asked for, its batch lets nothing start, or upstream has no such action any more or does not answer.
import { Injectable } from '@nestjs/common';
import { submitHold } from '../domain/batch-gate.js';
import type { Batch, BatchWindow } from '../domain/batch.js';
import { keptReason, type Cancel, type Migration } from '../domain/migration.js';
import { goneText, pauseText } from '../domain/wait-reasons.js';
import { BatchStore } from './ports-batches.js';
import { Breakers } from './ports-breakers.js';
import { UpstreamPauses } from './ports-pauses.js';
import { Clock } from './ports.js';
import { RecordOutcome } from './record-outcome.js';

@Injectable()
export class YieldInstances {
  constructor(
    private readonly batches: BatchStore,
    private readonly outcomes: RecordOutcome,
    private readonly clock: Clock,
    private readonly breakers: Breakers,
    private readonly pauses: UpstreamPauses,
  ) {}

  /** True when it had to: the migration waits or has ended. */
  async backWhenHeld(checking: Migration): Promise<boolean> {
    return (
      (await this.withdrawn(checking)) ||
      (await this.backWhenGone(checking)) ||
      (await this.backWhenPaused(checking)) ||
      this.backForBatch(checking)
    );
  }

  /** Hours in which its batch lets it be submitted; null for any. */
  async windowOf({ batchId }: Migration): Promise<BatchWindow | null> {
    const batch = batchId === null ? null : await this.batches.find(batchId);
    return batch?.window ?? null;
  }

  /** A cancel that was kept until it was certain that nothing runs upstream. */
  private async withdrawn(checking: Migration): Promise<boolean> {
    const { cancel } = checking;
    if (cancel === null) return false;
    const freed = { heldBack: null, quotaUntil: null };
    if (await this.isOutdated(cancel, checking)) await this.decideAnew(checking);
    else {
      const reason = keptReason(cancel, 'upstream runs nothing of it.');
      await this.outcomes.write(checking, 'withdrawn', { ...freed, reason });
    }
    return true;
  }

  /** What it was withdrawn for may hold no longer: the batch was opened again, a dependency is retried. */
  private async isOutdated({ reason }: Cancel, { batchId }: Migration): Promise<boolean> {
    if (reason?.code === 'dependency_failed') return true;
    if (reason?.code !== 'batch_halted' || batchId === null) return false;
    return (await this.batches.find(batchId))?.gate !== 'halted';
  }

  /** It waits as it did before, for its own time, too. */
  private async decideAnew(checking: Migration): Promise<void> {
    const { notBefore } = checking;
    const waiting = { cancel: null, heldBack: null, quotaUntil: null };
    if (notBefore === null || notBefore <= this.clock.now()) {
      await this.outcomes.write(checking, 'put_back', waiting);
    } else {
      await this.outcomes.write(checking, 'window_closed', { ...waiting, wakeAt: notBefore });
    }
  }

  private async backWhenGone(checking: Migration): Promise<boolean> {
    const breaker = (await this.breakers.anyOpen()) ? await this.breakers.openFor(checking) : null;
    if (breaker === null) return false;
    const changes = { heldBack: null, quotaUntil: null, message: goneText(breaker) };
    await this.outcomes.write(checking, 'put_back', changes);
    return true;
  }

  /** What it waited for until now counts towards nothing. */
  private async backWhenPaused(checking: Migration): Promise<boolean> {
    const pause = (await this.pauses.anyOpen()) ? await this.pauses.openFor(checking) : null;
    if (pause === null) return false;
    const changes = { heldBack: null, quotaUntil: null, message: pauseText(pause) };
    await this.outcomes.write(checking, 'put_back', changes);
    return true;
  }

  private async backForBatch(checking: Migration): Promise<boolean> {
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
