// Writes what became of a submission; a late answer still counts, whatever has been written meanwhile.
import { Injectable } from '@nestjs/common';
import {
  holdsInstances,
  NO_EPOCH,
  type Evidence,
  type Migration,
  type Reason,
} from '../domain/migration.js';
import { firstLookDelayMs } from '../domain/import-status.js';
import { mayFollow, type TransitionName } from '../domain/transitions.js';
import { note, transition, type Changes } from '../domain/migration-step.js';
import {
  EVIDENCE_DELAY_MIN_MS,
  INSIST_DELAY_MAX_MS,
  INSIST_DELAY_MIN_MS,
  INSIST_MS,
  MAX_BUSY_WAIT_MS,
  RETRY_DELAY_MAX_MS,
  RETRY_DELAY_MIN_MS,
  UNKNOWN_LOOK_MS,
} from '../domain/policy.js';
import { Clock, Journal, MigrationStore, Pause, Settings, type ApplyOutcome } from './ports.js';
import type { SubmissionOutcome, UpstreamFault } from './ports-upstream.js';

/**
 * The nonce belongs to this attempt alone, so an earlier request of it reached upstream and Redis
 * forgot that: what this intent says of the time before it is not to be relied on.
 */
const NONCE_WAS_USED = /^SignatureNonceUsed(\.|$)/;

@Injectable()
export class RecordOutcome {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly journal: Journal,
    private readonly pause: Pause,
  ) {}

  /** The outcome of the attempt that `submitting` stands for. The record says when to look again. */
  async record(submitting: Migration, outcome: SubmissionOutcome): Promise<null> {
    return this.insist(submitting, outcome.kind, () => this.settle(submitting, outcome));
  }

  /**
   * What is known of a submission must not be lost with a Redis that is away for a moment: the write is
   * tried again until others may have looked for themselves. Compare-and-set keeps that safe.
   */
  async insist<T>(submitting: Migration, what: string, work: () => Promise<T>): Promise<T> {
    const deadline = this.clock.now() + INSIST_MS;
    for (let delay = INSIST_DELAY_MIN_MS; ; delay = Math.min(delay * 2, INSIST_DELAY_MAX_MS)) {
      try {
        return await work();
      } catch (error) {
        if (this.clock.now() > deadline) throw error;
        const why = error instanceof Error ? error.message : String(error);
        this.journal.warn('not written yet', { migrationId: submitting.id, what, why });
        await this.pause.wait(delay);
      }
    }
  }

  private async settle(submitting: Migration, outcome: SubmissionOutcome): Promise<null> {
    switch (outcome.kind) {
      case 'accepted':
        return this.accepted(submitting, outcome.importId, outcome.requestId);
      case 'not_sent':
        return this.hasWaitedTooLong(submitting)
          ? this.refuse(submitting, { code: 'retries_exhausted', message: outcome.message })
          : this.defer(submitting, outcome.message);
      case 'refused':
        return this.fault(submitting, outcome.fault);
      case 'unknown':
        return this.unanswered(submitting, outcome);
    }
  }

  /** A definite fault before or at the submission: another attempt later, or the end. */
  async fault(migration: Migration, fault: UpstreamFault): Promise<null> {
    const message = `Upstream answered ${fault.code}: ${fault.message}`;
    const upstream = {
      upstreamCode: fault.code,
      ...(fault.requestId === null ? {} : { upstreamRequestId: fault.requestId }),
    };
    switch (fault.class) {
      case 'throttled':
      case 'busy':
      case 'unclear':
        if (this.hasWaitedTooLong(migration)) {
          return this.refuse(migration, { code: 'retries_exhausted', message, ...upstream });
        }
        return migration.status === 'submitting'
          ? this.defer(migration, message, fault.retryAfterMs)
          : this.holdBack(migration, message, {}, fault.retryAfterMs);
      case 'auth':
        return this.refuse(migration, { code: 'upstream_auth_failed', message, ...upstream });
      case 'gone':
        return this.refuse(migration, { code: 'upstream_operation_gone', message, ...upstream });
      case 'not_found':
      case 'rejected':
        return this.refuse(migration, { code: 'upstream_rejected', message, ...upstream });
    }
  }

  async refuse(migration: Migration, reason: Reason): Promise<null> {
    const requestId = reason.upstreamRequestId ?? migration.upstreamRequestId;
    await this.write(migration, 'refused', { reason, upstreamRequestId: requestId });
    return null;
  }

  /** It keeps its instances and its turn, and is looked at again after a growing delay. */
  async holdBack(
    migration: Migration,
    detail: string,
    changes: Changes,
    leastDelayMs: number | null = null,
  ): Promise<null> {
    const heldBack = this.heldBackOnceMore(migration, detail);
    const wakeAt = this.clock.now() + delayMs(heldBack.times, leastDelayMs);
    await this.migrations.apply(note(migration, { ...changes, heldBack, wakeAt }));
    return null;
  }

  /** A transition of this very version; anybody's newer write makes it stale. */
  async write(
    migration: Migration,
    name: TransitionName,
    changes: Changes & { readonly message?: string },
  ): Promise<ApplyOutcome> {
    const step = transition(migration, name, this.clock.now(), changes);
    const outcome = await this.migrations.apply(step);
    if (outcome.kind === 'applied') {
      this.journal.transition({ ...step, after: outcome.migration });
    }
    return outcome;
  }

  /** Binds the import to the migration. Retries until it is bound or cannot be ours any more. */
  private async accepted(
    submitting: Migration,
    importId: string,
    requestId: string | null,
  ): Promise<null> {
    let current: Migration | null = submitting;
    while (current !== null && current.importId === null && holdsInstances(current.status)) {
      const name = bindingOf(current);
      const changes: Changes = {
        importId,
        upstreamRequestId: requestId,
        evidence: this.evidence(current, 'answer', `upstream answered with ${importId}`),
        startedAt: current.startedAt ?? this.clock.now(),
        reason: null,
        search: null,
        heldBack: null,
        wakeAt: this.clock.now() + firstLookDelayMs(current.id, this.settings.trackIntervalMs),
      };
      const outcome: ApplyOutcome =
        name === null
          ? await this.migrations.apply(note(current, changes))
          : await this.write(current, name, changes);
      if (outcome.kind === 'applied') return null;
      if (outcome.kind === 'import_bound') return this.conflict(current, importId, outcome.by);
      current = await this.migrations.find(submitting.id);
    }
    if (current?.importId !== importId) {
      const facts = { migrationId: submitting.id, importId };
      this.journal.warn('an accepted import found its migration settled otherwise', facts);
    }
    return null;
  }

  private async conflict(migration: Migration, importId: string, by: string): Promise<null> {
    const message = `Upstream answered with ImportId ${importId}, which already belongs to ${by}.`;
    if (mayFollow(migration.status, 'lost_sight')) {
      await this.write(migration, 'lost_sight', {
        reason: { code: 'outcome_unknown', message },
        wakeAt: this.clock.now() + UNKNOWN_LOOK_MS,
      });
    }
    this.journal.warn(message, { migrationId: migration.id });
    return null;
  }

  /** The attempt did not happen; the next one has a new nonce. Same instances, later. */
  async defer(
    submitting: Migration,
    message: string,
    leastDelayMs: number | null = null,
  ): Promise<null> {
    const heldBack = this.heldBackOnceMore(submitting, message);
    const wakeAt = this.clock.now() + delayMs(heldBack.times, leastDelayMs);
    const attempt = submitting.attempt + 1;
    await this.write(submitting, 'deferred', { attempt, heldBack, wakeAt, message });
    return null;
  }

  private async unanswered(
    submitting: Migration,
    outcome: Extract<SubmissionOutcome, { kind: 'unknown' }>,
  ): Promise<null> {
    const detail = `the answer was lost (${outcome.code}): ${outcome.message}`;
    const { intent } = submitting;
    const isDoubtful = NONCE_WAS_USED.test(outcome.code) && intent !== null;
    const step = note(submitting, {
      intent: isDoubtful ? { ...intent, rollbackEpoch: NO_EPOCH } : intent,
      evidence: this.evidence(submitting, 'answer', detail),
      upstreamRequestId: outcome.requestId,
      search: { looks: 0, emptySince: null, emptyAt: null },
      wakeAt: this.clock.now() + EVIDENCE_DELAY_MIN_MS,
    });
    await this.migrations.apply(step);
    return null;
  }

  evidence(migration: Migration, kind: Evidence['kind'], detail: string): readonly Evidence[] {
    return [...migration.evidence.slice(-9), { kind, detail, at: this.clock.now() }];
  }

  private heldBackOnceMore(
    migration: Migration,
    detail: string,
  ): NonNullable<Migration['heldBack']> {
    const { since, times } = migration.heldBack ?? { since: this.clock.now(), times: 0 };
    return { since, times: times + 1, detail };
  }

  hasWaitedTooLong(migration: Migration): boolean {
    const since = migration.heldBack?.since;
    return since !== undefined && this.clock.now() - since > MAX_BUSY_WAIT_MS;
  }
}

/** The transition by which an answer binds an import; null when it is seen importing already. */
function bindingOf(migration: Migration): 'accepted' | 'adopted' | null {
  if (mayFollow(migration.status, 'accepted')) return 'accepted';
  return mayFollow(migration.status, 'adopted') ? 'adopted' : null;
}

/** Doubles with each time; never earlier than upstream asked for. */
function delayMs(times: number, leastDelayMs: number | null): number {
  const grown = Math.min(RETRY_DELAY_MAX_MS, RETRY_DELAY_MIN_MS * 2 ** Math.min(times - 1, 10));
  return Math.max(grown, leastDelayMs ?? 0);
}
