/**
 * Submits a migration at most once, though upstream knows no idempotency token.
 *
 *   1 checks the live instances and notes which imports the target already lists;
 *   2 writes the intent with the attempt's derived nonce, and waits until it is durable;
 *   3 sends the request, signed once, unless the intent has grown old meanwhile;
 *   4 records the outcome. Whoever finds a record `submitting` never calls, it reconciles.
 *
 * A job that runs twice, late or never changes only timing: each write is a compare-and-set, and only
 * the process whose write of the intent was applied holds the signed request.
 */
import { Injectable } from '@nestjs/common';
import { hasWaitedTooLong } from '../domain/held-back.js';
import { isInDoubt, type Intent, type Migration } from '../domain/migration.js';
import { note, tooEarly, type Changes } from '../domain/migration-step.js';
import {
  LEAST_NOTED_WAIT_MS,
  MAX_FACTS_AGE_MS,
  MAX_INTENT_AGE_TO_SEND_MS,
  LISTING_CALLS,
  PREFLIGHT_CALLS,
} from '../domain/policy.js';
import { blockingText } from '../domain/preflight-report.js';
import type { PreflightReport } from '../domain/preflight.js';
import { CheckPreflight, type Checked } from './check-preflight.js';
import { isOpenAt, type Window } from '../domain/window.js';
import { mayBeStarted } from './may-be-started.js';
import {
  Clock,
  Durability,
  MigrationStore,
  Settings,
  Shutdown,
  type ApplyOutcome,
  type Rollback,
} from './ports.js';
import {
  Upstream,
  type SessionOutcome,
  type SubmissionCommand,
  type SubmissionOutcome,
  type UpstreamFault,
  type UpstreamSession,
} from './ports-upstream.js';
import { recheckInstance } from './recheck-instance.js';
import { ReconcileSubmission } from './reconcile-submission.js';
import { RecordOutcome } from './record-outcome.js';
import { YieldInstances } from './yield-instances.js';

/** What was read first may not hold any more; read again, and in the end given up as unreachable. */
const READ_TOO_SLOWLY: UpstreamFault = {
  class: 'unclear',
  code: 'facts_too_old',
  message: `reading both instances took longer than ${MAX_FACTS_AGE_MS} ms`,
  requestId: null,
  retryAfterMs: null,
};

@Injectable()
export class SubmitMigration {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly upstream: Upstream,
    private readonly durability: Durability,
    private readonly preflight: CheckPreflight,
    private readonly outcomes: RecordOutcome,
    private readonly reconciliation: ReconcileSubmission,
    private readonly yielding: YieldInstances,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly shutdown: Shutdown,
  ) {}

  /** Does what the record's state calls for. Answers when to look again (ms), or null. */
  async submit(id: string): Promise<number | null> {
    const migration = await this.migrations.find(id);
    if (migration === null || migration.parked !== null) return null;
    const early = tooEarly(migration, this.clock.now());
    if (early !== null) {
      // A job of its own waits for every time but that of an intent: this one, run again, takes its place.
      const isAnothers = early === 'stray' && migration.status !== 'submitting';
      return isAnothers ? null : migration.wakeAt;
    }
    switch (migration.status) {
      case 'checking':
        return this.check(migration);
      case 'submitting':
      case 'outcome_unknown':
        return this.reconciliation.reconcile(migration);
      default:
        return null;
    }
  }

  private async check(migration: Migration): Promise<number | null> {
    const rollback = await this.durability.rollback();
    if (rollback.quarantineUntil > this.clock.now()) return rollback.quarantineUntil;
    if (mayBeStarted(migration, rollback)) {
      return this.reconciliation.reconcileBefore(migration, rollback);
    }
    if (await this.yielding.backWhenHeld(migration)) return null;
    const early = await this.waitOn(migration);
    if (early !== 'ready') return early;
    const calls = migration.preflight === 'skip' ? LISTING_CALLS : PREFLIGHT_CALLS;
    const opened = await this.upstream.open(migration, calls + 1, 'submission');
    if (opened.kind === 'wait') return this.awaitQuota(migration, opened.untilMs);
    if (opened.kind === 'no_credential') return this.noCredential(migration, opened);
    const checked = await this.preflight.check(migration, opened.session);
    if (checked.fault !== null) return this.outcomes.fault(migration, checked.fault);
    if (checked.outcome !== null) {
      const { report, waitFor } = checked.outcome;
      const isBinding = migration.preflight === 'enforce';
      const wait = waitFor ?? ownNames(migration, report);
      if (isBinding && wait !== null) return this.waitFor(migration, checked, wait);
      if (isBinding && !report.ok) return this.checkFailed(migration, checked);
      const isOld = this.clock.now() - checked.readAt > MAX_FACTS_AGE_MS;
      if (isBinding && isOld) return this.outcomes.fault(migration, READ_TOO_SLOWLY);
    }
    return this.intend(migration, checked, opened.session, rollback);
  }

  /** One that was held back asks for all its calls only once what it waits for is ready. */
  private async waitOn(migration: Migration): Promise<'ready' | number | null> {
    const { heldBack } = migration;
    if (heldBack === null || hasWaitedTooLong(migration, this.clock.now())) return 'ready';
    const seen = await recheckInstance(this.upstream, migration);
    switch (seen.kind) {
      case 'ready':
        return 'ready';
      case 'busy':
        return this.outcomes.holdBack(migration, seen.detail, {});
      case 'fault':
        return this.outcomes.fault(migration, seen.fault);
      case 'wait':
        return this.awaitQuota(migration, seen.untilMs);
      case 'no_credential':
        return this.noCredential(migration, seen);
    }
  }

  /** A wait that a person would notice is on record; a shorter one is not worth the write. */
  private async awaitQuota(migration: Migration, untilMs: number): Promise<number | null> {
    if (untilMs - this.clock.now() < LEAST_NOTED_WAIT_MS) return untilMs;
    await this.migrations.apply(note(migration, { quotaUntil: untilMs, wakeAt: untilMs }));
    return null;
  }

  /** What an operator can mend is waited for, as long as for a busy instance. */
  private async noCredential(
    migration: Migration,
    { message, mayReturn }: Extract<SessionOutcome, { kind: 'no_credential' }>,
  ): Promise<null> {
    return mayReturn === true && !hasWaitedTooLong(migration, this.clock.now())
      ? this.outcomes.holdBack(migration, message, {})
      : this.outcomes.refuse(migration, { code: 'upstream_auth_failed', message });
  }

  private async waitFor(
    migration: Migration,
    checked: Checked,
    waitFor: string,
  ): Promise<number | null> {
    if (hasWaitedTooLong(migration, this.clock.now())) return this.checkFailed(migration, checked);
    return this.outcomes.holdBack(migration, waitFor, {
      preflightReport: checked.outcome?.report ?? null,
      dataBytes: checked.dataBytes,
    });
  }

  private async checkFailed(migration: Migration, checked: Checked): Promise<null> {
    const report = checked.outcome?.report ?? null;
    const message = report === null ? '' : blockingText(report);
    const reason = { code: 'preflight_failed', message } as const;
    await this.outcomes.write(migration, 'check_failed', {
      ...{ reason, preflightReport: report, dataBytes: checked.dataBytes },
    });
    return null;
  }

  private async intend(
    migration: Migration,
    checked: Checked,
    session: UpstreamSession,
    rollback: Rollback,
  ): Promise<number | null> {
    const window = await this.yielding.windowOf(migration);
    const now = this.clock.now();
    if (this.shutdown.isUnderWay) return now;
    if (isShut(window, now) && (await this.yielding.backWhenHeld(migration))) return null;
    const command: SubmissionCommand = {
      migrationId: migration.id,
      attempt: migration.attempt,
      sourceInstanceId: migration.sourceInstanceId,
      targetInstanceId: migration.targetInstanceId,
      engine: migration.engine,
      databases: migration.databases,
      atMs: now,
    };
    const signed = session.sign(command);
    const changes: Changes = {
      intent: {
        attempt: migration.attempt,
        at: now,
        nonce: signed.nonce,
        requestHash: signed.requestHash,
        ...importsBefore(migration, checked, rollback),
        rollbackEpoch: rollback.epoch,
      },
      search: null,
      preflightReport: checked.outcome?.report ?? null,
      dataBytes: checked.dataBytes ?? migration.dataBytes,
      quotaUntil: null,
      submittedAt: now,
      rollbackEpoch: rollback.epoch,
      wakeAt: now + MAX_INTENT_AGE_TO_SEND_MS + this.settings.upstreamTimeoutMs,
    };
    const written = await this.writeIntent(migration, changes);
    if (written.kind === 'quarantined') return written.until;
    if (written.kind === 'gated') {
      await this.yielding.backWhenHeld(migration);
      return null;
    }
    if (written.kind !== 'applied') return null;
    return this.send(written.migration, window, () => session.send(signed));
  }

  /** A write whose answer is lost may have happened: as long as nothing was sent, it can be taken back. */
  private async writeIntent(migration: Migration, changes: Changes): Promise<ApplyOutcome> {
    try {
      return await this.outcomes.write(migration, 'intended', changes);
    } catch (error) {
      const current = await this.outcomes.insist(migration, 'intent', () =>
        this.migrations.find(migration.id),
      );
      const isOurs = current?.intent?.nonce === changes.intent?.nonce;
      const isSame = isOurs && current?.intent?.at === changes.intent?.at;
      if (current?.status !== 'submitting' || !isSame) throw error;
      await this.takeBack(current, 'Redis did not answer when the intent was written.');
      return { kind: 'stale' };
    }
  }

  /** Nothing was sent, and nobody else can send it. */
  private async takeBack(submitting: Migration, why: string): Promise<null> {
    return this.outcomes.record(submitting, { kind: 'not_sent', message: why });
  }

  /** From here on the record says `submitting`: whatever happens, nobody else sends this attempt. */
  private async send(
    submitting: Migration,
    window: Window | null,
    post: () => Promise<SubmissionOutcome>,
  ): Promise<number | null> {
    const intendedAt = submitting.intent?.at ?? 0;
    if (!(await this.durability.confirm().catch(() => false))) {
      return this.takeBack(submitting, 'Redis did not confirm that the intent is durable.');
    }
    let outcome: SubmissionOutcome;
    if (this.shutdown.isUnderWay) {
      outcome = { kind: 'not_sent', message: 'This process is shutting down.' };
    } else if (this.clock.now() - intendedAt > MAX_INTENT_AGE_TO_SEND_MS) {
      outcome = {
        kind: 'not_sent',
        message: 'The intent was too old by the time it could be sent.',
      };
    } else if (isShut(window, this.clock.now())) {
      outcome = { kind: 'not_sent', message: 'The window of its batch closed before it was sent.' };
    } else {
      outcome = await post();
    }
    return this.outcomes.record(submitting, outcome);
  }
}

/**
 * An import that appeared after the intent of an attempt that may have started one is never counted as
 * another's: what was listed before the oldest such intent goes on counting.
 */
function importsBefore(
  { intent }: Migration,
  { listing }: Checked,
  { epoch }: Rollback,
): Pick<Intent, 'importsBefore' | 'listedAt'> {
  if (isInDoubt(intent) && intent.rollbackEpoch === epoch) {
    return { importsBefore: intent.importsBefore, listedAt: intent.listedAt ?? intent.at };
  }
  return { importsBefore: listing?.map((record) => record.importId) ?? null };
}

/** The databases on the target may be those of an import of its own that upstream lists late. */
function ownNames({ intent }: Migration, report: PreflightReport): string | null {
  const taken = report.checks.find(
    ({ id, status }) => id === 'target_names_free' && status === 'fail',
  );
  return isInDoubt(intent) ? (taken?.message ?? null) : null;
}

const isShut = (window: Window | null, nowMs: number): boolean =>
  window !== null && !isOpenAt(window, nowMs);
