// Writes what became of a submission; a late answer still counts, whatever has been written meanwhile.
import { Injectable } from '@nestjs/common';
import {
  hasTriedTooOften,
  hasWaitedTooLong,
  heldBackOnceMore,
  retryDelayMs,
} from '../domain/held-back.js';
import { firstLookDelayMs } from '../domain/import-status.js';
import {
  FIRST_SEARCH,
  holdsInstances,
  isInDoubt,
  keptReason,
  NO_EPOCH,
  type EvidenceSearch,
  type Intent,
  type Migration,
  type Reason,
} from '../domain/migration.js';
import { note, type Changes } from '../domain/migration-step.js';
import { EVIDENCE_DELAY_MIN_MS, UNKNOWN_LOOK_MS } from '../domain/policy.js';
import { mayFollow } from '../domain/transitions.js';
import { Clock, Journal, MigrationStore, Pause, Settings, type ApplyOutcome } from './ports.js';
import { Breakers } from './ports-breakers.js';
import type { SubmissionOutcome, UpstreamFault } from './ports-upstream.js';
import { WriteSteps } from './write-steps.js';

/**
 * The nonce belongs to this attempt alone, so an earlier request of it reached upstream and Redis
 * forgot that: what this intent says of the time before it is not to be relied on.
 */
const NONCE_WAS_USED = /^SignatureNonceUsed(\.|$)/;

interface Delay {
  readonly cause: 'busy' | 'upstream';
  /** As upstream asked for. */
  readonly leastDelayMs?: number | null;
}

@Injectable()
export class RecordOutcome extends WriteSteps {
  constructor(
    migrations: MigrationStore,
    clock: Clock,
    private readonly settings: Settings,
    journal: Journal,
    pause: Pause,
    private readonly breakers: Breakers,
  ) {
    super(migrations, clock, journal, pause);
  }

  /** The outcome of the attempt that `submitting` stands for. The record says when to look again. */
  async record(submitting: Migration, outcome: SubmissionOutcome): Promise<null> {
    return this.insist(submitting, outcome.kind, async () => {
      // A cancel that was asked for meanwhile is a newer version of the same attempt.
      let current: Migration | null = submitting;
      while (current !== null && (await this.settle(current, outcome)) === 'stale') {
        const now: Migration | null = await this.migrations.find(submitting.id);
        current = now !== null && isSameAttempt(now, submitting) ? now : null;
      }
      return null;
    });
  }

  private async settle(
    submitting: Migration,
    outcome: SubmissionOutcome,
  ): Promise<ApplyOutcome['kind']> {
    switch (outcome.kind) {
      case 'accepted':
        return this.accepted(submitting, outcome.importId, outcome.requestId);
      case 'not_sent':
        return hasTriedTooOften(submitting)
          ? this.end(submitting, { code: 'retries_exhausted', message: outcome.message })
          : this.defer(submitting, outcome.message, 'upstream');
      case 'refused':
        return this.settleFault(submitting, outcome.fault);
      case 'unknown':
        return this.unanswered(submitting, outcome);
    }
  }

  /** A definite fault before the submission: another look later, or the end. */
  async fault(checking: Migration, fault: UpstreamFault): Promise<null> {
    await this.settleFault(checking, fault);
    return null;
  }

  private async settleFault(
    migration: Migration,
    fault: UpstreamFault,
  ): Promise<ApplyOutcome['kind']> {
    const message = `Upstream answered ${fault.code}: ${fault.message}`;
    const upstream = {
      upstreamCode: fault.code,
      ...(fault.requestId === null ? {} : { upstreamRequestId: fault.requestId }),
    };
    if (fault.class === 'busy' && migration.status === 'submitting') {
      return this.answeredAsBusy(migration, message, fault.requestId);
    }
    switch (fault.class) {
      case 'throttled':
      case 'busy':
      case 'unclear':
        if (this.isTooLong(migration, fault)) {
          return this.end(migration, { code: 'retries_exhausted', message, ...upstream });
        }
        return this.later(migration, message, {
          ...{ cause: fault.class === 'busy' ? 'busy' : 'upstream' },
          leastDelayMs: fault.retryAfterMs,
        });
      case 'auth':
        return this.end(migration, { code: 'upstream_auth_failed', message, ...upstream });
      case 'gone':
        return this.gone(
          migration,
          { code: 'upstream_operation_gone', message, ...upstream },
          fault,
        );
      case 'not_found':
      case 'rejected':
        return this.end(migration, { code: 'upstream_rejected', message, ...upstream });
    }
  }

  /** A busy instance has a bound in time; an upstream that throttles has none, as its pauses have none. */
  private isTooLong(migration: Migration, { class: kind }: UpstreamFault): boolean {
    switch (kind) {
      case 'busy':
        return hasWaitedTooLong(migration, this.clock.now());
      case 'unclear':
        return hasTriedTooOften(migration);
      default:
        return false;
    }
  }

  private later(
    migration: Migration,
    message: string,
    delay: Delay,
  ): Promise<ApplyOutcome['kind']> {
    return migration.status === 'submitting'
      ? this.defer(migration, message, delay.cause, delay.leastDelayMs)
      : this.wait(migration, message, {}, delay);
  }

  async refuse(migration: Migration, reason: Reason): Promise<null> {
    await this.end(migration, reason);
    return null;
  }

  private async end(migration: Migration, reason: Reason): Promise<ApplyOutcome['kind']> {
    const upstreamRequestId = reason.upstreamRequestId ?? migration.upstreamRequestId;
    return (await this.write(migration, 'refused', { reason, upstreamRequestId })).kind;
  }

  /** The first that is told so ends with it; what is sent beside it waits with all others. */
  private async gone(
    migration: Migration,
    reason: Reason,
    fault: UpstreamFault,
  ): Promise<ApplyOutcome['kind']> {
    if (await this.breakers.trip(migration, fault)) return this.end(migration, reason);
    return this.later(migration, reason.message, { cause: 'upstream' });
  }

  /** It keeps its instances and its turn, and is looked at again after a growing delay. */
  async holdBack(
    migration: Migration,
    detail: string,
    changes: Changes,
    cause: Delay['cause'] = 'busy',
  ): Promise<null> {
    await this.wait(migration, detail, changes, { cause });
    return null;
  }

  private async wait(
    migration: Migration,
    detail: string,
    changes: Changes,
    { cause, leastDelayMs = null }: Delay,
  ): Promise<ApplyOutcome['kind']> {
    const heldBack = heldBackOnceMore(migration, detail, this.clock.now(), cause);
    const wakeAt = this.clock.now() + retryDelayMs(heldBack.times, leastDelayMs);
    const search = searchBefore(migration);
    const step = note(migration, { search, ...changes, heldBack, wakeAt });
    return (await this.migrations.apply(step)).kind;
  }

  /** Binds the import to the migration. Retries until it is bound or cannot be ours any more. */
  private async accepted(
    submitting: Migration,
    importId: string,
    requestId: string | null,
  ): Promise<'applied'> {
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
        wakeAt: this.firstLookAt(current),
      };
      const outcome: ApplyOutcome =
        name === null
          ? await this.migrations.apply(note(current, changes))
          : await this.write(current, name, changes);
      if (outcome.kind === 'applied') return 'applied';
      if (outcome.kind === 'import_bound') {
        await this.conflict(current, importId, outcome.by);
        return 'applied';
      }
      current = await this.migrations.find(submitting.id);
    }
    if (current?.importId !== importId) {
      const facts = { migrationId: submitting.id, importId };
      this.journal.warn('an accepted import found its migration settled otherwise', facts);
    }
    return 'applied';
  }

  /** A cancel that is still wanted is carried out by the look. */
  firstLookAt(migration: Migration): number {
    const now = this.clock.now();
    if (migration.cancel !== null) return now;
    return now + firstLookDelayMs(migration.id, this.settings.trackIntervalMs);
  }

  private async conflict(migration: Migration, importId: string, by: string): Promise<void> {
    const message = `Upstream answered with ImportId ${importId}, which already belongs to another migration.`;
    if (mayFollow(migration.status, 'lost_sight')) {
      await this.write(migration, 'lost_sight', {
        reason: { code: 'outcome_unknown', message },
        wakeAt: this.clock.now() + UNKNOWN_LOOK_MS,
      });
    }
    this.journal.warn(message, { migrationId: migration.id, belongsTo: by });
  }

  /** The attempt did not happen; the next one has a new nonce. Same instances, later. */
  private async defer(
    submitting: Migration,
    message: string,
    cause: Delay['cause'],
    leastDelayMs: number | null = null,
  ): Promise<ApplyOutcome['kind']> {
    if (submitting.cancel !== null) return this.stop(submitting, message);
    const heldBack = heldBackOnceMore(submitting, message, this.clock.now(), cause);
    const wakeAt = this.clock.now() + retryDelayMs(heldBack.times, leastDelayMs);
    const attempt = submitting.attempt + 1;
    const search = isInDoubt(submitting.intent) ? FIRST_SEARCH : null;
    const changes = { attempt, heldBack, wakeAt, message, search };
    return (await this.write(submitting, 'deferred', changes)).kind;
  }

  /**
   * It may be our own import that makes the instance busy, accepted by a call that a gateway repeated: so
   * it is looked for before anything else is decided, the end of a waiting too long and a kept cancel included.
   */
  private async answeredAsBusy(
    submitting: Migration,
    message: string,
    requestId: string | null,
  ): Promise<ApplyOutcome['kind']> {
    const search = { ...FIRST_SEARCH, busy: message };
    return this.lookFor(submitting, search, { detail: message, requestId });
  }

  /** The look found nothing that this submission started: the instances are another's, or were busy for a while. */
  async refusedAsBusy(submitting: Migration, message: string): Promise<null> {
    if (submitting.cancel !== null) await this.stop(submitting, message);
    else if (hasWaitedTooLong(submitting, this.clock.now())) {
      await this.end(submitting, { code: 'retries_exhausted', message });
    } else await this.defer(submitting, message, 'busy');
    return null;
  }

  /** A cancel was asked for, and nothing was started. */
  async stop(migration: Migration, detail: string): Promise<ApplyOutcome['kind']> {
    const said = `nothing was started: ${detail}`;
    const reason = migration.cancel === null ? null : keptReason(migration.cancel, said);
    return (await this.write(migration, 'stopped', { reason })).kind;
  }

  private async unanswered(
    submitting: Migration,
    outcome: Extract<SubmissionOutcome, { kind: 'unknown' }>,
  ): Promise<ApplyOutcome['kind']> {
    const { code, requestId } = outcome;
    const detail = `the answer was lost (${code}): ${outcome.message}`;
    const isOfNoUse = NONCE_WAS_USED.test(code);
    return this.lookFor(submitting, FIRST_SEARCH, { detail, requestId, isOfNoUse });
  }

  /** From here on the looks decide what became of it. */
  private async lookFor(
    submitting: Migration,
    search: EvidenceSearch,
    answer: {
      readonly detail: string;
      readonly requestId: string | null;
      /** What the intent says of the time before it. */
      readonly isOfNoUse?: boolean;
    },
  ): Promise<ApplyOutcome['kind']> {
    const { intent } = submitting;
    const doubt = search.busy === undefined ? 'unanswered' : 'busy';
    const doubtful = (known: Intent): Intent => ({
      ...{ ...known, doubt },
      rollbackEpoch: answer.isOfNoUse === true ? NO_EPOCH : known.rollbackEpoch,
    });
    const step = note(submitting, {
      intent: intent === null ? null : doubtful(intent),
      evidence: this.evidence(submitting, 'answer', answer.detail),
      upstreamRequestId: answer.requestId,
      search,
      wakeAt: this.clock.now() + EVIDENCE_DELAY_MIN_MS,
    });
    return (await this.migrations.apply(step)).kind;
  }
}

/** What is to be looked for before the next try: late sights of an earlier attempt included. */
const searchBefore = ({ intent, search }: Migration): EvidenceSearch | null =>
  isInDoubt(intent) ? (search ?? FIRST_SEARCH) : search;

/** The transition by which an answer binds an import; null when it is seen importing already. */
function bindingOf(migration: Migration): 'accepted' | 'adopted' | null {
  if (mayFollow(migration.status, 'accepted')) return 'accepted';
  return mayFollow(migration.status, 'adopted') ? 'adopted' : null;
}

const isSameAttempt = (now: Migration, submitting: Migration): boolean =>
  now.status === 'submitting' &&
  now.attempt === submitting.attempt &&
  now.intent?.nonce === submitting.intent?.nonce;
