/**
 * Follows a running import to its end.
 *
 * The verdict comes from the import's own record. Where that is not to be had, both instances back at
 * Running after the import was seen mean "ended", and the databases on the target decide. The record
 * says which evidence was used. A word upstream has not told us about is kept and looked at again.
 *
 * In the middle of its life a survey of the account, which serves every import in flight there, may show
 * that it still runs: such a look costs no call of its own. All else costs one call while it runs.
 */
import { Injectable } from '@nestjs/common';
import { estimateMs, type DurationModel } from '../domain/estimate.js';
import { bothRun } from '../domain/evidence.js';
import { endByDatabases, endOf, reasonOf, wasSeen, type EndName } from '../domain/import-end.js';
import { isRunning, nextLookDelayMs, showImport } from '../domain/import-status.js';
import type { Evidence, Migration, UpstreamView } from '../domain/migration.js';
import { note, overdue, tooEarly, type Changes } from '../domain/migration-step.js';
import { EMPTY_LISTINGS_APART_MS, SURVEYED_PART } from '../domain/policy.js';
import {
  isTurnOfItsOwn,
  lookAtImport,
  NOTHING_SEEN,
  viewBySurvey,
  wordAtWork,
  type Seen as SeenOfImport,
} from './look-at-import.js';
import { CarryOutCancel } from './carry-out-cancel.js';
import { LearnedDurations } from './learned-durations.js';
import { LOOK_CALLS, LookForImport } from './look-for-import.js';
import { Clock, Journal, MigrationStore, Settings } from './ports.js';
import { Figures } from './ports-figures.js';
import { Upstream, type Survey, type UpstreamSession } from './ports-upstream.js';
import { RecordOutcome } from './record-outcome.js';

interface Seen extends SeenOfImport {
  readonly waitPart: number;
}

@Injectable()
export class TrackImports {
  constructor(
    private readonly migrations: MigrationStore,
    private readonly upstream: Upstream,
    private readonly looks: LookForImport,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly outcomes: RecordOutcome,
    private readonly journal: Journal,
    private readonly canceling: CarryOutCancel,
    private readonly durations: LearnedDurations,
    private readonly figures: Figures,
  ) {}

  /** Answers when to look again (ms), or null when the record says it. */
  async look(id: string): Promise<number | null> {
    const migration = await this.migrations.find(id);
    if (migration?.status !== 'importing' && migration?.status !== 'canceling') return null;
    if (migration.parked !== null) return null;
    const early = tooEarly(migration, this.clock.now());
    if (early !== null) return early === 'stray' ? null : early;
    if (migration.status === 'importing' && (await this.canceling.begin(migration))) return null;
    const isOwnTurn = isTurnOfItsOwn(migration);
    const survey = isOwnTurn ? null : await this.survey(migration);
    const upstream = survey === null ? null : viewBySurvey(migration, survey);
    if (upstream !== null) return this.lookLater(migration, { upstream }, SURVEYED_PART);
    const cancels = this.canceling.isWaiting(migration);
    const calls = (migration.importId === null ? LOOK_CALLS : 1) + (cancels ? 1 : 0);
    const opened = await this.upstream.open(migration, calls, 'tracking');
    if (opened.kind === 'wait') return opened.untilMs;
    if (opened.kind === 'no_credential') {
      this.journal.warn('an import cannot be looked at', { migrationId: id, why: opened.message });
      return this.lookLater(migration, {});
    }
    if (cancels && (await this.canceling.send(migration, opened.session))) return null;
    const waitPart = survey === null && !isOwnTurn ? 1 : SURVEYED_PART;
    const seen = { ...(await this.see(migration, opened.session)), waitPart };
    const name = seen.record === null ? null : endOf(seen.record, migration);
    if (name !== null) {
      const detail = `the import's record says ${seen.record?.words.join(', ')}`;
      return this.end(migration, name, { kind: 'import_record', detail }, seen);
    }
    if (this.seemsEnded(migration, seen))
      return this.judgeByDatabases(migration, opened.session, seen);
    return this.goOn(migration, seen);
  }

  /** Null when it must be looked at by itself. One that is older than the last look tells nothing new. */
  private async survey(migration: Migration): Promise<Survey | null> {
    const word = wordAtWork(migration);
    if (word === null) return null;
    const survey = await this.upstream.survey(migration, word, this.settings.trackIntervalMs);
    return survey !== null && survey.atMs >= (migration.upstream?.checkedAt ?? 0) ? survey : null;
  }

  private async see(migration: Migration, session: UpstreamSession): Promise<SeenOfImport> {
    const { importId } = migration;
    if (importId !== null) {
      return lookAtImport({ ...migration, importId }, session, this.clock.now());
    }
    const { judgement, ...rest } = await this.looks.look(migration, session);
    const foundId = judgement.kind === 'adopt' ? judgement.importId : null;
    return { ...NOTHING_SEEN, ...rest, foundId };
  }

  /** Both instances are back at Running although no record tells the whole end. */
  private seemsEnded(migration: Migration, seen: Seen): boolean {
    if (seen.foundId !== null || !bothRun(seen.sourceStatus, seen.targetStatus)) return false;
    if (seen.record !== null) return seen.verdict === 'succeeded';
    // The record tells more than the databases: it is waited for while it can still be had.
    if (seen.missed !== null && !migration.isOverdue) return false;
    const unseenMs = Math.max(this.settings.outcomeGraceMs, EMPTY_LISTINGS_APART_MS);
    return wasSeen(migration) || this.clock.now() - startOf(migration) > unseenMs;
  }

  private async judgeByDatabases(
    migration: Migration,
    session: UpstreamSession,
    seen: Seen,
  ): Promise<number | null> {
    const listed = await session.databases(migration.targetInstanceId);
    if (!listed.ok) return this.goOn(migration, seen);
    const running = listed.value.filter((db) => isRunning(db.status)).map((db) => db.name);
    const { name, detail } = endByDatabases(migration, running);
    return this.end(migration, name, { kind: 'target_databases', detail }, seen);
  }

  private async end(
    migration: Migration,
    name: EndName,
    evidence: Pick<Evidence, 'kind' | 'detail'>,
    seen: Seen,
  ): Promise<null> {
    // Before the write, which teaches what this very import took.
    const model = name === 'succeeded' ? await this.durations.model(migration.engine) : null;
    const outcome = await this.outcomes.write(migration, name, {
      evidence: this.outcomes.evidence(migration, evidence.kind, evidence.detail),
      upstream: {
        ...this.view(migration, seen),
        sourceStatus: seen.sourceStatus,
        targetStatus: seen.targetStatus,
      },
      reason: reasonOf(name, evidence, migration),
    });
    const error = outcome.kind === 'applied' ? estimateError(model, outcome.migration) : null;
    if (error !== null) this.figures.estimated(error);
    return null;
  }

  private async goOn(migration: Migration, seen: Seen): Promise<null> {
    const isStrange = seen.verdict === 'unknown' || seen.verdict === 'needs_person';
    if (isStrange) {
      const words = seen.record?.words.join(', ');
      this.journal.warn('upstream uses a word that needs a look', {
        migrationId: migration.id,
        words,
      });
    }
    const changes = this.findings(migration, seen);
    if (seen.verdict === 'canceling' && migration.status === 'importing') {
      const wakeAt = this.clock.now() + this.settings.trackIntervalMs;
      await this.outcomes.write(migration, 'cancel_seen', { ...changes, wakeAt });
      return null;
    }
    return this.lookLater(migration, changes, seen.waitPart);
  }

  private findings(migration: Migration, seen: Seen): Changes {
    const upstream = this.view(migration, seen);
    const { sourceStatus, targetStatus, importStatus } = upstream;
    if (seen.foundId !== null) {
      const detail = `import ${seen.foundId} is the only one that can be ours`;
      const evidence = this.outcomes.evidence(migration, 'adopted', detail);
      return { upstream, importId: seen.foundId, evidence };
    }
    // Kept apart from the view, which changes: without a record it decides how the end is read.
    const isShown = sourceStatus !== null && targetStatus !== null && importStatus === null;
    const isNews = !migration.evidence.some(({ kind }) => kind === 'instance_states');
    if (!isShown || !isNews || !showImport(sourceStatus, targetStatus)) return { upstream };
    const detail = `no record to be had; source ${sourceStatus}, target ${targetStatus}`;
    return { upstream, evidence: this.outcomes.evidence(migration, 'instance_states', detail) };
  }

  private async lookLater(migration: Migration, changes: Changes, waitPart = 1): Promise<null> {
    const now = this.clock.now();
    const ageMs = now - (migration.startedAt ?? migration.createdAt);
    const wakeAt = now + nextLookDelayMs(ageMs, this.settings.trackIntervalMs, waitPart);
    const isLate = ageMs > this.settings.maxImportHours * 3_600_000;
    if (migration.isOverdue || !isLate) {
      await this.migrations.apply(note(migration, { ...changes, wakeAt }));
      return null;
    }
    const outcome = await this.migrations.apply(overdue(migration, now, { ...changes, wakeAt }));
    if (outcome.kind === 'applied') {
      const facts = { migrationId: migration.id };
      this.journal.warn('an import runs longer than MAX_IMPORT_HOURS', facts);
    }
    return null;
  }

  private view(migration: Migration, seen: Seen): UpstreamView {
    return {
      sourceStatus: seen.sourceStatus ?? migration.upstream?.sourceStatus ?? null,
      targetStatus: seen.targetStatus ?? migration.upstream?.targetStatus ?? null,
      importStatus: seen.record?.words.join(', ') ?? migration.upstream?.importStatus ?? null,
      checkedAt: this.clock.now(),
    };
  }
}

const startOf = (migration: Migration): number =>
  migration.intent?.at ?? migration.submittedAt ?? migration.createdAt;

/** As a part of what it took; null where there was no estimate or its start was not seen. */
function estimateError(
  model: DurationModel | null,
  { startedAt, finishedAt, dataBytes }: Migration,
): number | null {
  const estimate = estimateMs(model, dataBytes);
  if (estimate === null || startedAt === null || finishedAt === null) return null;
  const actual = finishedAt - startedAt;
  return actual > 0 ? Math.abs(actual - estimate) / actual : null;
}
