// The parts of a migration's view, each written by a whitelist of its own.
import { ApiProperty } from '@nestjs/swagger';
import { REASONS, type ReasonCode } from '../domain/errors.js';
import {
  reasonView,
  STATUSES,
  type HistoryEntry,
  type MigrationStatus,
  type Reason,
  type UpstreamView,
} from '../domain/migration.js';
import { timestamp } from './timestamps.js';

export class ReasonView {
  @ApiProperty({ enum: Object.keys(REASONS), enumName: 'ReasonCode' })
  code!: ReasonCode;

  /** For a person to read; may change */
  message!: string;

  /**
   * Upstream's own code
   * @example "OperationDenied.DBInstanceStatus"
   */
  upstreamCode?: string;

  /** Upstream's id of the call, for its support */
  upstreamRequestId?: string;

  /** Can a new attempt succeed without another request? */
  retryable!: boolean;

  /** What a person can do about it */
  remedy!: string;

  static of(reason: Reason | null): ReasonView | null {
    if (reason === null) return null;
    const { code, message, upstreamCode, upstreamRequestId, retryable, remedy } =
      reasonView(reason);
    return {
      ...{ code, message, retryable, remedy },
      ...(upstreamCode !== undefined && { upstreamCode }),
      ...(upstreamRequestId !== undefined && { upstreamRequestId }),
    };
  }
}

export class DatabaseView {
  /** Name on the source instance */
  source!: string;

  /** Name on the target instance */
  target!: string;
}

export class UpstreamStateView {
  /**
   * Upstream's word for the state of the source instance
   * @example "TRANSING"
   */
  sourceStatus!: string | null;

  /**
   * Upstream's word for the state of the target instance
   * @example "Importing"
   */
  targetStatus!: string | null;

  /**
   * Upstream's word for the state of the import
   * @example "Importing"
   */
  importStatus!: string | null;

  checkedAt!: string;

  static of(seen: UpstreamView | null): UpstreamStateView | null {
    if (seen === null) return null;
    const { sourceStatus, targetStatus, importStatus, checkedAt } = seen;
    return { sourceStatus, targetStatus, importStatus, checkedAt: timestamp(checkedAt) };
  }
}

export class BlockerView {
  /** The instance that is not free */
  instanceId!: string;

  /** The migration that holds it */
  migrationId!: string;
}

export class EstimateView {
  startAt!: string;

  finishAt!: string;

  /** What it is learned from */
  basis!: string;
}

export class HistoryView {
  at!: string;

  /** Null for the first entry */
  @ApiProperty({ enum: STATUSES, nullable: true })
  from!: MigrationStatus | null;

  @ApiProperty({ enum: STATUSES })
  to!: MigrationStatus;

  /** The reason's code, where the change had a reason */
  code!: string | null;

  message!: string | null;

  static of({ at, from, to, code, message }: HistoryEntry): HistoryView {
    return { at: timestamp(at), from, to, code, message };
  }
}
