// What a caller sees of a migration: each field by name, so that what the record gains stays inside until it is named here.
import { ApiProperty } from '@nestjs/swagger';
import { ACTIONS, type Action } from '../domain/allowed-actions.js';
import { ENGINES, writeDbInfo, type Engine } from '../domain/db-info.js';
import {
  reasonOf,
  PREFLIGHT_MODES,
  STATUSES,
  type MigrationStatus,
  type PreflightMode,
} from '../domain/migration.js';
import type { MigrationDetail } from '../use-cases/read-migrations.js';
import { DB_INFO_SCHEMA } from './create-migration.dto.js';
import { RawJson } from './json-writer.js';
import {
  BlockerView,
  DatabaseView,
  EstimateView,
  HistoryView,
  ParkedView,
  ReasonView,
  UpstreamStateView,
  WaitView,
} from './migration-parts.dto.js';
import { PreflightReportView } from './preflight-view.dto.js';
import { timestamp, timestampOrNull } from './timestamps.js';

export class MigrationView {
  /**
   * Id of the migration
   * @example "mig_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  id!: string;

  /**
   * The batch it belongs to; null outside of one
   * @example "bat_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  batchId!: string | null;

  /**
   * Its place in the request that made its batch, from 0; null outside of one
   * @example 17
   */
  @ApiProperty({ type: 'integer', nullable: true })
  row!: number | null;

  /**
   * Its name within the batch; null without one
   * @example "orders"
   */
  key!: string | null;

  /**
   * Keys of those of its batch that must succeed before it starts
   * @example ["customers"]
   */
  dependsOn!: string[];

  /**
   * `scheduled` → `queued` (waits for its instances) → `checking` → `submitting` → `importing` →
   * `succeeded`, `failed` or `canceled`. `outcome_unknown`: it could not be established whether the
   * call took effect; waits for a person
   */
  @ApiProperty({ enum: STATUSES, enumName: 'MigrationStatus' })
  status!: MigrationStatus;

  /** Why it ended or stands still, and what can be done about it */
  reason!: ReasonView | null;

  /**
   * Credential that both instances are reached with
   * @example "cred_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  credentialId!: string;

  /**
   * Region of both instances
   * @example "cn-hangzhou"
   */
  regionId!: string;

  /**
   * Instance the data comes from, in lower case
   * @example "rm-g4a1jk8xxxxxxx"
   */
  sourceInstanceId!: string;

  /**
   * Instance the data goes to, in lower case
   * @example "rm-uf6wjk5xxxxxxx"
   */
  targetInstanceId!: string;

  /** Engine of both instances */
  @ApiProperty({ enum: ENGINES })
  engine!: Engine;

  /** In the upstream's own format, in the order it was written in */
  @ApiProperty({ oneOf: DB_INFO_SCHEMA.oneOf, example: { DBNames: ['mydb', 'mydb2'] } })
  dbInfo!: unknown;

  /** The same databases as a list */
  databases!: DatabaseView[];

  /**
   * Upstream's id of the import; null until it is known
   * @example "85265475235"
   */
  importId!: string | null;

  /**
   * Upstream's id of the call that started the import
   * @example "5A77D650-C80F-44E7-A7F2-1A6B22BA2D25"
   */
  upstreamRequestId!: string | null;

  /**
   * That nobody looks at it until an operator resumes it, because the looks at it failed inside of the
   * service; null unless it is so. Its status and its instances stay as they are
   */
  parked!: ParkedView | null;

  /** What was last seen upstream */
  upstream!: UpstreamStateView | null;

  /** While it is queued: which migrations hold its instances */
  blockedBy!: BlockerView[];

  /** What else it waits for; empty when there is nothing but its instances, and once it is submitted */
  waitingFor!: WaitView[];

  /** What a failed check means */
  @ApiProperty({ enum: PREFLIGHT_MODES })
  preflight!: PreflightMode;

  /** What the checks before the submission saw */
  preflightReport!: PreflightReportView | null;

  /** -100 to 100, higher first */
  @ApiProperty({ type: 'integer' })
  priority!: number;

  /** Not submitted before; null when it need not wait */
  notBefore!: string | null;

  /** As they were sent */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { team: 'payments' },
  })
  labels!: Readonly<Record<string, string>>;

  /** Number of the submission that is next or under way, from 1 */
  @ApiProperty({ type: 'integer', minimum: 1 })
  attempt!: number;

  /**
   * What can be asked of it now: `POST /v1/migrations/{id}/…`
   * @example ["cancel"]
   */
  @ApiProperty({ enum: ACTIONS, isArray: true })
  allowedActions!: Action[];

  /** When a cancel was asked for that is not done yet; null else */
  cancelAskedAt!: string | null;

  /** While it runs, learned from finished imports; null where nothing is known */
  estimate!: EstimateView | null;

  /** When it was accepted */
  createdAt!: string;

  /** When the call to upstream was put on record */
  submittedAt!: string | null;

  /** When the import was first known to run */
  startedAt!: string | null;

  /** When it ended; null until then */
  finishedAt!: string | null;

  /** Every change of status, oldest first */
  history!: HistoryView[];

  static of(detail: MigrationDetail): MigrationView {
    const { migration, history, blockedBy, waitingFor } = detail;
    const { id, batchId, status, credentialId, regionId, engine, databases } = migration;
    const { sourceInstanceId, targetInstanceId, importId, upstreamRequestId } = migration;
    const { preflight, priority, labels, attempt, row, key, dependsOnKeys } = migration;
    return {
      ...{ row, key, dependsOn: [...dependsOnKeys] },
      id,
      batchId,
      status,
      reason: ReasonView.of(reasonOf(migration)),
      credentialId,
      regionId,
      ...{ sourceInstanceId, targetInstanceId, engine },
      dbInfo: new RawJson(writeDbInfo(engine, databases)),
      databases: databases.map(({ source, target }) => ({ source, target })),
      parked: ParkedView.of(migration.parked),
      ...{ importId, upstreamRequestId, upstream: UpstreamStateView.of(migration.upstream) },
      blockedBy: blockedBy.map(({ instanceId, migrationId }) => ({ instanceId, migrationId })),
      waitingFor: waitingFor.map((reason) => WaitView.of(reason)),
      preflight,
      preflightReport: PreflightReportView.of(migration.preflightReport),
      ...{ priority, notBefore: timestampOrNull(migration.notBefore), labels, attempt },
      allowedActions: [...detail.allowedActions],
      cancelAskedAt: timestampOrNull(migration.cancel?.askedAt ?? null),
      estimate: EstimateView.of(detail.estimate),
      createdAt: timestamp(migration.createdAt),
      submittedAt: timestampOrNull(migration.submittedAt),
      startedAt: timestampOrNull(migration.startedAt),
      finishedAt: timestampOrNull(migration.finishedAt),
      history: history.map((entry) => HistoryView.of(entry)),
    };
  }
}
