/**
 * Carries out that what failed of a batch is tried again. The decision is on record at the batch, and each
 * member says for which decision it was tried again: so a process may die anywhere, and several may carry
 * the same one out, and each member gets one new attempt all the same.
 */
import { Injectable } from '@nestjs/common';
import type { Batch } from '../domain/batch.js';
import {
  isRetried,
  retryMemberOf,
  retryPlan,
  type RetryMember,
  type RetryPlan,
} from '../domain/batch-retry.js';
import type { Migration } from '../domain/migration.js';
import { retry } from '../domain/migration-step.js';
import { Clock, Journal, MigrationStore, type ApplyOutcome } from './ports.js';
import { BatchStore } from './ports-batches.js';

const PAGE = 500;
/** Writes at once: each is a script of its own. */
const AT_ONCE = 20;

interface Round {
  readonly batch: Batch;
  readonly number: number;
  /** One for all: equals stay in the order of their submission. */
  readonly nowMs: number;
  /** Not tried again: the same is under way, or the credential is gone. */
  readonly refused: Set<string>;
  isClosed: boolean;
}

@Injectable()
export class RetryFailed {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly batches: BatchStore,
    private readonly clock: Clock,
    private readonly journal: Journal,
  ) {}

  async plan(batch: Batch): Promise<RetryPlan> {
    const members: RetryMember[] = [];
    let afterId: string | null = null;
    for (;;) {
      const ids: readonly string[] = await this.batches.members(batch, afterId, PAGE);
      members.push(...(await this.migrations.findAll(ids)).map(retryMemberOf));
      if (ids.length < PAGE) return retryPlan(members, batch.retryRound ?? null);
      afterId = ids.at(-1) ?? null;
    }
  }

  /** Ends early when the batch lets nothing be wanted again any more. */
  async carryOut(batch: Batch): Promise<void> {
    const { retryRound: number } = batch;
    if (number === undefined) return;
    const nowMs = this.clock.now();
    const round: Round = { batch, number, nowMs, refused: new Set(), isClosed: false };
    const { waves } = await this.plan(batch);
    for (const wave of waves) {
      for (let from = 0; from < wave.length && !round.isClosed; from += AT_ONCE) {
        await Promise.all(wave.slice(from, from + AT_ONCE).map((id) => this.retry(id, round)));
      }
    }
    await this.batches.retryDone(batch);
  }

  private async retry(id: string, round: Round): Promise<void> {
    for (;;) {
      const migration = await this.migrations.find(id);
      if (migration === null || !isRetried(retryMemberOf(migration), round.number)) return;
      const outcome = await this.attempt(migration, round);
      if (outcome === 'refused') round.refused.add(id);
      if (outcome === 'closed') round.isClosed = true;
      if (outcome !== 'stale') return;
    }
  }

  private async attempt(
    migration: Migration,
    { batch, number, nowMs, refused }: Round,
  ): Promise<'done' | 'refused' | 'closed' | 'stale'> {
    if (migration.dependsOn.some((other) => refused.has(other))) return 'refused';
    const step = retry(migration, nowMs, batch.window, number);
    const outcome: ApplyOutcome = await this.migrations.apply(step);
    switch (outcome.kind) {
      case 'applied':
        this.journal.transition({ ...step, after: outcome.migration });
        return 'done';
      case 'gated':
        return 'closed';
      case 'stale':
        return 'stale';
      default: {
        const facts = { migrationId: migration.id, batchId: batch.id, cause: outcome.kind };
        this.journal.warn('A failed member of a batch cannot be tried again', facts);
        return 'refused';
      }
    }
  }
}
