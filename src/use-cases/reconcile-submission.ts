/**
 * Finds out what became of a call without an answer, by looking, never by sending it again.
 *
 * Any process may look; each write is a compare-and-set, so one of them decides. What upstream shows
 * is weighed by the pure rules of domain/evidence. Until OUTCOME_GRACE_MS after the intent nothing
 * that is only missing counts; after it the outcome is unknown and the instances stay held. With
 * UNKNOWN_POLICY=resubmit "not started" is believed when all of these hold: the submission fence has
 * passed, two complete listings 130 s apart were empty, both instances ran at both, and Redis lost
 * nothing since.
 */
import { Injectable } from '@nestjs/common';
import { bothRun, type Judgement } from '../domain/evidence.js';
import { hasWaitedTooLong } from '../domain/held-back.js';
import {
  FIRST_SEARCH,
  isInDoubt,
  type EvidenceSearch,
  type Migration,
} from '../domain/migration.js';
import { fenced, fenceOf, note } from '../domain/migration-step.js';
import {
  EMPTY_LISTINGS_APART_MS,
  EVIDENCE_DELAY_MAX_MS,
  EVIDENCE_DELAY_MIN_MS,
  MAX_BUSY_WAIT_MS,
  UNKNOWN_LOOK_MS,
} from '../domain/policy.js';
import { Clock, Durability, MigrationStore, Settings, type Rollback } from './ports.js';
import { UpstreamPauses } from './ports-pauses.js';
import { Tracing } from './ports-tracing.js';
import { Upstream } from './ports-upstream.js';
import { LOOK_CALLS, LookForImport, type Look } from './look-for-import.js';
import { RecordOutcome } from './record-outcome.js';

@Injectable()
export class ReconcileSubmission {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly upstream: Upstream,
    private readonly durability: Durability,
    private readonly looks: LookForImport,
    private readonly outcomes: RecordOutcome,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly tracing: Tracing,
    private readonly pauses: UpstreamPauses,
  ) {}

  /** For a record `submitting` or `outcome_unknown`. Answers when to look again (ms), or null. */
  async reconcile(migration: Migration): Promise<number | null> {
    return this.tracing.span('reconcile', {}, async () => {
      const look = await this.look(migration);
      return typeof look === 'number' ? look : this.settle(migration, look);
    });
  }

  /**
   * Before another attempt is sent, when an earlier one may have started an import after all: one that
   * Redis lost, or one that was declared not started. Until that is settled it may not fail: the
   * instances would be given back while its import runs. Answers when to look again, or null.
   */
  async reconcileBefore(checking: Migration, rollback: Rollback): Promise<number | null> {
    const before = (): Promise<number | null> => this.settleBefore(checking, rollback);
    return this.tracing.span('reconcile', {}, before);
  }

  private async settleBefore(checking: Migration, rollback: Rollback): Promise<number | null> {
    const look = await this.look(checking);
    if (typeof look === 'number') return look;
    const { judgement } = look;
    switch (judgement.kind) {
      case 'adopt':
        return this.adopt(checking, judgement);
      case 'ambiguous':
      case 'seen_running':
        return this.loseSight(checking, judgement, FIRST_SEARCH);
      case 'unsettled':
        // What was started in doubt was looked for in its time: what keeps the instances now is another's.
        if (judgement.isOthers && isInDoubt(checking.intent)) {
          return this.nothingRuns(checking, rollback);
        }
        return this.lookAgain(checking, judgement);
      case 'nothing':
        return this.nothingRuns(checking, rollback);
    }
  }

  /** While upstream answers nobody, nothing can be read: that is not waited for in vain. */
  private async lookAgain(checking: Migration, judgement: Judgement): Promise<null> {
    const detail = `An earlier attempt: ${judgement.detail}`;
    if (await this.isPaused(checking)) {
      return this.outcomes.holdBack(checking, detail, {}, 'upstream');
    }
    return hasWaitedTooLong(checking, this.clock.now())
      ? this.loseSight(checking, judgement, FIRST_SEARCH)
      : this.outcomes.holdBack(checking, detail, {});
  }

  private async isPaused(migration: Migration): Promise<boolean> {
    return (await this.pauses.anyOpen()) && (await this.pauses.openFor(migration)) !== null;
  }

  private async nothingRuns(checking: Migration, rollback: Rollback): Promise<null> {
    // How long it waits for a busy instance goes on counting.
    const heldBack = isInDoubt(checking.intent) ? checking.heldBack : null;
    const changes = { search: null, heldBack, rollbackEpoch: rollback.epoch };
    await this.migrations.apply(note(checking, { ...changes, wakeAt: this.clock.now() }));
    return null;
  }

  /** A time (ms) when there is no room for a look yet. */
  private async look(migration: Migration): Promise<Look | number> {
    // What is unknown for good is polled: it holds up no submission.
    const urgency = migration.status === 'outcome_unknown' ? 'tracking' : 'submission';
    const opened = await this.upstream.open(migration, LOOK_CALLS, urgency);
    switch (opened.kind) {
      case 'wait':
        return opened.untilMs;
      case 'open':
        return this.looks.look(migration, opened.session);
      case 'no_credential':
        return unread(`the credential cannot be used: ${opened.message}`);
    }
  }

  private async settle(migration: Migration, look: Look): Promise<number | null> {
    const { judgement } = look;
    const search = this.continued(migration, look);
    switch (judgement.kind) {
      case 'adopt':
        return this.adopt(migration, judgement);
      case 'seen_running':
        return this.seenRunning(migration, look);
      case 'ambiguous':
      case 'nothing':
      case 'unsettled':
        break;
    }
    if (migration.status === 'outcome_unknown') return this.stillUnknown(migration, search);
    const ageMs = this.clock.now() - (migration.intent?.at ?? 0);
    const isSeveral = judgement.kind === 'ambiguous' && judgement.isSeveral;
    const isOver = isSeveral || ageMs >= this.patienceMs(migration, judgement);
    const mayWait = judgement.kind === 'unsettled' && !judgement.isOthers;
    if (isOver && !(mayWait && (await this.isPaused(migration)))) {
      const isRefusal = search.busy !== undefined && isNothing(judgement);
      return isRefusal
        ? this.outcomes.refusedAsBusy(migration, search.busy)
        : this.loseSight(migration, judgement, search);
    }
    const delay = EVIDENCE_DELAY_MIN_MS * 2 ** Math.min(search.looks, 10);
    const wakeAt = this.clock.now() + Math.min(EVIDENCE_DELAY_MAX_MS, delay);
    await this.migrations.apply(note(migration, { search, wakeAt }));
    return null;
  }

  /** An answer is there: where only the reading fails, the look is worth more than a person's time. */
  private patienceMs({ search }: Migration, judgement: Judgement): number {
    const isUnread = judgement.kind === 'unsettled' && !judgement.isOthers;
    const { outcomeGraceMs } = this.settings;
    return search?.busy !== undefined && isUnread
      ? Math.max(outcomeGraceMs, MAX_BUSY_WAIT_MS)
      : outcomeGraceMs;
  }

  private async adopt(
    migration: Migration,
    judgement: Extract<Judgement, { kind: 'adopt' }>,
  ): Promise<null> {
    const outcome = await this.outcomes.write(migration, 'adopted', {
      importId: judgement.importId,
      evidence: this.outcomes.evidence(migration, 'adopted', judgement.detail),
      reason: null,
      search: null,
      heldBack: null,
      startedAt: migration.startedAt ?? migration.intent?.at ?? this.clock.now(),
      wakeAt: this.outcomes.firstLookAt(migration),
      message: `Adopted ${judgement.importId}: ${judgement.detail}.`,
    });
    if (outcome.kind !== 'import_bound') return null;
    const detail = `import ${judgement.importId} was bound to another migration meanwhile`;
    return this.loseSight(migration, { kind: 'ambiguous', isSeveral: false, detail }, FIRST_SEARCH);
  }

  private async seenRunning(migration: Migration, look: Look): Promise<null> {
    const { detail } = look.judgement;
    await this.outcomes.write(migration, 'seen_running', {
      evidence: this.outcomes.evidence(migration, 'instance_states', detail),
      reason: null,
      search: null,
      heldBack: null,
      startedAt: migration.intent?.at ?? this.clock.now(),
      upstream: {
        sourceStatus: look.sourceStatus,
        targetStatus: look.targetStatus,
        importStatus: null,
        checkedAt: this.clock.now(),
      },
      wakeAt: Math.min(
        this.outcomes.firstLookAt(migration),
        this.clock.now() + EVIDENCE_DELAY_MAX_MS,
      ),
      message: `Seen running: ${detail}.`,
    });
    return null;
  }

  private async loseSight(
    migration: Migration,
    judgement: Judgement,
    search: EvidenceSearch,
  ): Promise<null> {
    if (migration.status === 'outcome_unknown') return null;
    const message = `It could not be established whether the import was started: ${judgement.detail}.`;
    await this.outcomes.write(migration, 'lost_sight', {
      reason: { code: 'outcome_unknown', message },
      evidence: this.outcomes.evidence(migration, 'adopted', judgement.detail),
      search,
      wakeAt: this.clock.now() + UNKNOWN_LOOK_MS,
    });
    return null;
  }

  private async stillUnknown(migration: Migration, search: EvidenceSearch): Promise<null> {
    if (
      this.settings.unknownPolicy === 'resubmit' &&
      (await this.isNotStarted(migration, search))
    ) {
      const why = 'the fence has passed and upstream shows no trace of an import.';
      if (migration.cancel !== null) {
        await this.outcomes.stop(migration, why);
        return null;
      }
      await this.outcomes.write(migration, 'not_started', {
        attempt: migration.attempt + 1,
        reason: null,
        ...{ search, heldBack: null },
        ...fenced(fenceOf(migration.intent, this.settings.signatureLifetimeMs), this.clock.now()),
        message: `Not started: ${why}`,
      });
      return null;
    }
    const wakeAt = this.clock.now() + UNKNOWN_LOOK_MS;
    await this.migrations.apply(note(migration, { search, wakeAt }));
    return null;
  }

  private async isNotStarted(migration: Migration, search: EvidenceSearch): Promise<boolean> {
    const { intent } = migration;
    if (intent === null || search.emptySince === null || search.emptyAt === null) return false;
    const rollback = await this.durability.rollback();
    return (
      rollback.epoch === intent.rollbackEpoch &&
      this.clock.now() >= intent.at + this.settings.submissionFenceMs &&
      search.emptyAt - search.emptySince >= EMPTY_LISTINGS_APART_MS
    );
  }

  /** One look more: an empty one lengthens the row of empty ones, any other breaks it. */
  private continued(migration: Migration, look: Look): EvidenceSearch {
    const { looks, emptySince, busy } = migration.search ?? FIRST_SEARCH;
    const now = this.clock.now();
    const isEmpty =
      look.judgement.kind === 'nothing' && bothRun(look.sourceStatus, look.targetStatus);
    return {
      looks: looks + 1,
      emptySince: isEmpty ? (emptySince ?? now) : null,
      emptyAt: isEmpty ? now : null,
      ...(busy === undefined ? {} : { busy }),
    };
  }
}

/** A complete listing without an import that can be ours, on instances that show none, either. */
const isNothing = (judgement: Judgement): boolean =>
  judgement.kind === 'nothing' || (judgement.kind === 'unsettled' && judgement.isOthers);

const unread = (detail: string): Look => ({
  judgement: { kind: 'unsettled', isOthers: false, detail },
  sourceStatus: null,
  targetStatus: null,
  missed: null,
});
