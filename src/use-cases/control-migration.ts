/**
 * Steers one migration: cancel, retry, resolve, resume.
 *
 * Each decision is one compare-and-set on the record, so of two that race one wins: a cancel and the
 * write of an intent, a cancel and an end, a person's answer and a late adoption, two retries. Who
 * loses reads again and decides anew. No call upstream is made here: workers carry out what is on record.
 */
import { Injectable } from '@nestjs/common';
import type { Reach } from '../domain/access.js';
import { canCancelImports, canStartIn } from '../domain/allowed-actions.js';
import { Problem } from '../domain/errors.js';
import {
  FIRST_SEARCH,
  isEnded,
  type Evidence,
  type Migration,
  type Reason,
} from '../domain/migration.js';
import {
  fenced,
  fenceOf,
  note,
  resume,
  retry,
  transition,
  type Step,
} from '../domain/migration-step.js';
import { mayFollow } from '../domain/transitions.js';
import {
  Clock,
  Durability,
  Journal,
  MigrationStore,
  Settings,
  type ApplyOutcome,
  type Rollback,
} from './ports.js';
import { refuseOutOfReach } from './refuse-out-of-reach.js';
import { ReadMigrations, type MigrationDetail } from './read-migrations.js';
import { withdraw } from './withdraw.js';

/** What a person found out about a call whose outcome is unknown. */
export type Resolution =
  { readonly outcome: 'started'; readonly importId: string } | { readonly outcome: 'not_started' };

/** The next step; null when there is nothing to write. */
type Decision = (detail: MigrationDetail) => Step | null;

@Injectable()
export class ControlMigration {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly reading: ReadMigrations,
    private readonly durability: Durability,
    private readonly clock: Clock,
    private readonly journal: Journal,
    private readonly settings: Settings,
  ) {}

  /**
   * Before the submission at once; while the call is under way it is kept; a running import is canceled
   * upstream. Doing it twice is doing it once. Throws Problem: not_found, forbidden, already_ended,
   * cancel_not_supported.
   */
  async cancel(caller: Reach, id: string): Promise<MigrationDetail> {
    const rollback = await this.durability.rollback();
    return this.decide(caller, id, ({ migration }) => this.cancelStep(migration, rollback));
  }

  /**
   * A new attempt of one that failed or was canceled. Throws Problem: not_found, forbidden,
   * not_retryable, batch_closed, duplicate_active, credential_gone.
   */
  async retry(caller: Reach, id: string): Promise<MigrationDetail> {
    return this.decide(caller, id, ({ migration, batch }) => {
      if (!mayFollow(migration.status, 'retried')) {
        throw new Problem('not_retryable', `${id} is ${migration.status}.`);
      }
      if (batch !== null && !canStartIn(batch.gate)) {
        throw new Problem('batch_closed', `${batch.id} was canceled or halted.`);
      }
      return retry(migration, this.clock.now(), batch?.window ?? null);
    });
  }

  /**
   * A person's answer for a call whose outcome is unknown: the import it started, or that it started
   * none, which queues it again, for when upstream cannot accept the old call any more. Throws Problem: not_found, forbidden, outcome_known,
   * import_bound.
   */
  async resolve(caller: Reach, id: string, found: Resolution): Promise<MigrationDetail> {
    return this.decide(caller, id, ({ migration }) => this.resolveStep(migration, found));
  }

  /** Lets one that is parked go on. Throws Problem: not_found, forbidden, not_parked. */
  async resume(caller: Reach, id: string): Promise<MigrationDetail> {
    return this.decide(caller, id, ({ migration }) => {
      if (migration.parked === null) {
        throw new Problem('not_parked', `${id} is ${migration.status}, and not parked.`);
      }
      return resume(migration, this.clock.now());
    });
  }

  private async decide(caller: Reach, id: string, decision: Decision): Promise<MigrationDetail> {
    for (;;) {
      const detail = await this.reading.find(caller.tenant, id);
      refuseOutOfReach(caller, [detail.migration]);
      const step = decision(detail);
      const outcome = step === null ? null : await this.migrations.apply(step);
      if (step !== null && outcome?.kind === 'applied' && step.name !== null) {
        this.journal.transition({ ...step, after: outcome.migration });
      }
      if (outcome === null || outcome.kind === 'applied')
        return this.reading.find(caller.tenant, id);
      refuse(id, outcome);
    }
  }

  private cancelStep(migration: Migration, rollback: Rollback): Step | null {
    const { id, status } = migration;
    const now = this.clock.now();
    const cancel = { askedAt: now, sentAt: null };
    const isKept = migration.cancel !== null && migration.cancel.ifRunning === undefined;
    const keep = (): Step | null => (isKept ? null : note(migration, { cancel }));
    switch (status) {
      case 'scheduled':
      case 'queued':
      case 'checking': {
        const message = 'It was canceled on request before anything was submitted.';
        const reason: Reason = { code: 'canceled_by_user', message };
        return withdraw(migration, rollback, { reason }, now);
      }
      case 'submitting':
      case 'outcome_unknown':
        return keep();
      case 'importing':
        if (!canCancelImports(migration)) {
          const message = `${id} is importing, and upstream has no cancel for ${migration.engine}.`;
          throw new Problem('cancel_not_supported', message);
        }
        // Upstream is told once somebody looks at it again.
        if (migration.parked !== null) return keep();
        return transition(migration, 'cancel_asked', now, { cancel, reason: null, wakeAt: now });
      case 'canceling':
        // Upstream is told once more: the first time may have been in vain.
        return note(migration, { cancel, wakeAt: now });
      case 'succeeded':
      case 'failed':
      case 'canceled':
        throw new Problem('already_ended', `${id} ended ${status}.`);
    }
  }

  private resolveStep(migration: Migration, found: Resolution): Step | null {
    const { id, status, pastImports } = migration;
    if (status !== 'outcome_unknown') {
      const isSaidAlready = found.outcome === 'started' && migration.importId === found.importId;
      if (isSaidAlready && !isEnded(status)) return null;
      throw new Problem('outcome_known', `${id} is ${status}.`);
    }
    const now = this.clock.now();
    if (found.outcome === 'started') {
      const { importId } = found;
      if (pastImports.includes(importId)) {
        throw new Problem('import_bound', `${importId} is of an earlier attempt of ${id}.`);
      }
      return transition(migration, 'accepted', now, {
        ...{ importId, reason: null, search: null, heldBack: null, wakeAt: now },
        evidence: evidenceOf(migration, `started as ${importId}`, now),
        startedAt: migration.startedAt ?? migration.intent?.at ?? now,
        message: `Resolved by a person: import ${importId} was started.`,
      });
    }
    const { intent, attempt } = migration;
    const fence = fenced(fenceOf(intent, this.settings.signatureLifetimeMs), now);
    const doubtful = {
      intent: intent === null ? null : { ...intent, doubt: 'unanswered' as const },
    };
    // The search stays: before the next attempt, or before a kept cancel ends it, it is looked once more
    // whether something was started.
    return transition(migration, 'not_started', now, {
      ...{ attempt: attempt + 1, reason: null, heldBack: null, ...doubtful, ...fence },
      search: migration.search ?? FIRST_SEARCH,
      evidence: evidenceOf(migration, 'not started', now),
      message: 'Resolved by a person: nothing was started.',
    });
  }
}

/** Returns when the record has to be read again. */
function refuse(id: string, outcome: Exclude<ApplyOutcome, { kind: 'applied' }>): void {
  switch (outcome.kind) {
    case 'stale':
      return;
    case 'import_bound':
      throw new Problem('import_bound', `The import belongs to another migration than ${id}.`);
    case 'duplicate': {
      const conflictsWith = `/v1/migrations/${outcome.migrationId}`;
      const message = `${outcome.migrationId} is the same migration and has not ended.`;
      throw new Problem('duplicate_active', message, { conflictsWith });
    }
    case 'credential_gone':
      throw new Problem('credential_gone', `The credential of ${id} was deleted.`);
    case 'gated':
      throw new Problem('batch_closed', `The batch of ${id} is ${outcome.gate}.`);
    case 'occupied':
    case 'quarantined':
      throw new Error(`${outcome.kind} is no answer to what is decided here (${id})`);
  }
}

function evidenceOf(migration: Migration, said: string, nowMs: number): readonly Evidence[] {
  const detail = `a person resolved it: ${said}`;
  return [...migration.evidence.slice(-9), { kind: 'operator', detail, at: nowMs }];
}
