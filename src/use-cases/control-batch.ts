// Steers a batch: pause, resume, cancel, retry what failed. Each decision is one compare-and-set on the batch.
import { Injectable } from '@nestjs/common';
import { hasBatchEnded, type Batch, type Gate, type Running } from '../domain/batch.js';
import { Problem } from '../domain/errors.js';
import { isEnded, type Migration } from '../domain/migration.js';
import { retry } from '../domain/migration-step.js';
import { Clock, Journal, MigrationStore } from './ports.js';
import { BatchStore } from './ports-batches.js';
import { ReadBatches, type BatchDetail } from './read-batches.js';

const PAGE = 500;

@Injectable()
export class ControlBatch {
  constructor(
    private readonly batches: BatchStore,
    private readonly migrations: MigrationStore,
    private readonly reading: ReadBatches,
    private readonly clock: Clock,
    private readonly journal: Journal,
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
   * a halted batch. Throws Problem: not_found, nothing_to_retry.
   */
  async retryFailed(tenant: string, id: string): Promise<BatchDetail> {
    const { batch } = await this.reading.find(tenant, id);
    if (batch.gate === 'canceled') {
      throw new Problem('nothing_to_retry', 'The batch was canceled: it starts nothing any more.');
    }
    const failed = await this.retryable(batch);
    if (failed.length === 0) {
      throw new Problem('nothing_to_retry', 'No migration of the batch has failed.');
    }
    await this.openIfHalted(tenant, id);
    for (const migration of inOrder(failed)) {
      const step = retry(migration, this.clock.now(), batch.window);
      const outcome = await this.migrations.apply(step);
      if (outcome.kind === 'applied')
        this.journal.transition({ ...step, after: outcome.migration });
    }
    return this.reading.find(tenant, id);
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

  private async openIfHalted(tenant: string, id: string): Promise<void> {
    for (;;) {
      const { batch } = await this.reading.find(tenant, id);
      // In a paused one what failed is retried: no more reason to halt when it is resumed.
      const isShut = batch.gate === 'halted' || batch.haltsOnResume === true;
      const gate = batch.gate === 'halted' ? 'open' : batch.gate;
      if (!isShut || (await this.setGate(batch, gate)) !== null) return;
    }
  }

  private async setGate(batch: Batch, gate: Gate, running?: Running): Promise<Batch | null> {
    return this.batches.setGate(batch, gate, this.clock.now(), running);
  }

  private async retryable(batch: Batch): Promise<readonly Migration[]> {
    const found: Migration[] = [];
    let afterId: string | null = null;
    for (;;) {
      const ids: readonly string[] = await this.batches.members(batch, afterId, PAGE);
      for (const one of await this.migrations.findAll(ids)) if (mayRetry(one)) found.push(one);
      if (ids.length < PAGE) return found;
      afterId = ids.at(-1) ?? null;
    }
  }
}

/** What a person canceled stays canceled. */
function mayRetry({ status, reason }: Migration): boolean {
  if (!isEnded(status) || status === 'succeeded') return false;
  return (
    status === 'failed' ||
    reason?.code === 'batch_halted' ||
    reason?.code === 'dependency_failed' ||
    reason?.code === 'upstream_canceled'
  );
}

/** Those that others depend on first: a look at a dependent finds nothing failed any more. */
function inOrder(failed: readonly Migration[]): readonly Migration[] {
  const byId = new Map(failed.map((one) => [one.id, one]));
  const ordered = new Set<Migration>();
  const open = failed.toReversed();
  const entered = new Set<string>();
  for (let one = open.at(-1); one !== undefined; one = open.at(-1)) {
    const before = entered.has(one.id)
      ? []
      : one.dependsOn.flatMap((id) => byId.get(id) ?? []).filter((other) => !ordered.has(other));
    entered.add(one.id);
    if (before.length > 0) open.push(...before);
    else ordered.add(open.pop() ?? one);
  }
  return [...ordered];
}
