/**
 * Looks after a batch as such: withdraws what shall not run any more, follows its window, starts what
 * its cap or its gate has let go, and writes that it has ended. A look that runs twice changes nothing:
 * every write is a compare-and-set.
 */
import { Injectable } from '@nestjs/common';
import { canCancelImports } from '../domain/allowed-actions.js';
import { hasBatchEnded, type Batch } from '../domain/batch.js';
import type { Migration, MigrationStatus, Reason } from '../domain/migration.js';
import { note, transition, type Step } from '../domain/migration-step.js';
import { closesAt, isOpenAt, opensAt } from '../domain/window.js';
import { Clock, Durability, Journal, MigrationStore } from './ports.js';
import { BatchStore } from './ports-batches.js';
import { RetryFailed } from './retry-failed.js';
import { StartMigrations } from './start-migrations.js';
import { withdraw, type Withdrawal } from './withdraw.js';
import { reasonOf } from './yield-instances.js';

const PAGE = 200;
/** Writes at once: each is a script of its own. */
const AT_ONCE = 20;

/** Ten thousand new attempts are written in less. */
const CARRY_OUT_MS = 60_000;

/** Members that moved while they were to be withdrawn are looked at again this soon. */
const AGAIN_MS = 1_000;

const UNSUBMITTED: readonly MigrationStatus[] = ['scheduled', 'queued', 'checking'];
const UNENDED: readonly MigrationStatus[] = [
  ...UNSUBMITTED,
  ...(['submitting', 'outcome_unknown', 'importing'] as const),
];

const finishing = (reason: Reason): Withdrawal => ({ reason, ifRunning: 'finish' });

/** Where upstream has no cancel for it, its import goes on to the end when it turns out to run. */
const cancelOf = (migration: Migration, reason: Reason): Withdrawal =>
  canCancelImports(migration) ? { reason } : finishing(reason);

/** The step for one that was submitted, when what runs is canceled, too. Null: nothing is to be done, or it is done. */
function cancelSubmitted(migration: Migration, reason: Reason, nowMs: number): Step | null {
  const { status, cancel: kept } = migration;
  const { ifRunning } = cancelOf(migration, reason);
  if (kept !== null && (kept.ifRunning === undefined || ifRunning !== undefined)) return null;
  const cancel = { askedAt: nowMs, sentAt: null };
  if (status !== 'importing') {
    return note(migration, {
      cancel: ifRunning === undefined ? cancel : { ...cancel, reason, ifRunning },
    });
  }
  // What upstream has refused once is left to a person.
  if (ifRunning !== undefined || migration.reason?.code === 'cancel_refused') return null;
  return transition(migration, 'cancel_asked', nowMs, { cancel, reason: null, wakeAt: nowMs });
}

@Injectable()
export class LookAfterBatch {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly batches: BatchStore,
    private readonly starting: StartMigrations,
    private readonly durability: Durability,
    private readonly retrying: RetryFailed,
    private readonly clock: Clock,
    private readonly journal: Journal,
  ) {}

  /** Answers when to look again (ms), or null. */
  async look(id: string): Promise<number | null> {
    const found = await this.batches.find(id);
    const batch = found?.retryRound === undefined ? found : await this.tryAgain(found);
    if (batch === null) return null;
    if (hasBatchEnded(batch)) {
      if (batch.finishedAt === null) await this.batches.finish(batch, this.clock.now());
      await this.batches.lookAgainAt(id, null);
      return null;
    }
    if (batch.gate === 'halted' || batch.gate === 'canceled') {
      const again = (await this.withdrawAll(batch)) ? null : this.clock.now() + AGAIN_MS;
      await this.batches.lookAgainAt(id, again);
      return again;
    }
    const again = await this.followWindow(batch);
    await this.batches.lookAgainAt(id, again);
    if (batch.gate === 'open') await this.starting.startBatch(batch);
    return again;
  }

  /** As it is after that. */
  private async tryAgain(batch: Batch): Promise<Batch | null> {
    // The sweep comes back to it when this process dies on the way.
    await this.batches.lookAgainAt(batch.id, this.clock.now() + CARRY_OUT_MS);
    await this.retrying.carryOut(batch);
    return this.batches.find(batch.id);
  }

  /**
   * False when some moved meanwhile. Those that are looked at first end by that look, and what comes back
   * from a submission wakes the batch: neither has to be waited for here.
   */
  private async withdrawAll(batch: Batch): Promise<boolean> {
    const rollback = await this.durability.rollback();
    const reason = reasonOf(batch);
    let isDone = true;
    const isAll = batch.gate === 'canceled' && batch.running === 'cancel';
    await this.each(batch, isAll ? UNENDED : UNSUBMITTED, async (one) => {
      const now = this.clock.now();
      const step = UNSUBMITTED.includes(one.status)
        ? withdraw(one, rollback, isAll ? cancelOf(one, reason) : finishing(reason), now)
        : cancelSubmitted(one, reason, now);
      if (step !== null && !(await this.apply(step))) isDone = false;
    });
    return isDone;
  }

  /** What is queued when the window closes waits for the next one. Answers when that changes. */
  private async followWindow(batch: Batch): Promise<number | null> {
    const { window } = batch;
    if (window === null) return null;
    const now = this.clock.now();
    if (isOpenAt(window, now)) return closesAt(window, now);
    const wakeAt = opensAt(window, now);
    await this.each(batch, ['queued'], async (one) => {
      if (one.cancel === null) await this.apply(transition(one, 'window_closed', now, { wakeAt }));
    });
    return wakeAt;
  }

  private async each(
    batch: Batch,
    statuses: readonly MigrationStatus[],
    work: (one: Migration) => Promise<void>,
  ): Promise<void> {
    let afterId: string | null = null;
    for (;;) {
      const ids: readonly string[] = await this.batches.members(batch, afterId, PAGE);
      const members = await this.migrations.findAll(ids);
      const concerned = members.filter(({ status }) => statuses.includes(status));
      for (let from = 0; from < concerned.length; from += AT_ONCE) {
        await Promise.all(concerned.slice(from, from + AT_ONCE).map(work));
      }
      if (ids.length < PAGE) return;
      afterId = ids.at(-1) ?? null;
    }
  }

  /** False: it has moved on meanwhile, and what moved it looked at the gate itself. */
  private async apply(step: Step): Promise<boolean> {
    const { kind } = await this.migrations.apply(step);
    if (kind === 'applied' && step.name !== null) this.journal.transition(step);
    return kind === 'applied';
  }
}
