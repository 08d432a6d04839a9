// The parts of a migration's view, each written by a whitelist of its own.
import { ApiProperty } from '@nestjs/swagger';
import { REASONS, type ReasonCode } from '../domain/errors.js';
import {
  reasonView,
  STATUSES,
  type HistoryEntry,
  type MigrationStatus,
  type Parked,
  type Reason,
  type UpstreamView,
} from '../domain/migration.js';
import { WAIT_KINDS, type WaitKind, type WaitReason } from '../domain/waiting.js';
import type { RunEstimate } from '../use-cases/read-migrations.js';
import { timestamp, timestampOrNull } from './timestamps.js';

export class ReasonView {
  /** Stable name of the reason */
  @ApiProperty({ enum: Object.keys(REASONS), enumName: 'ReasonCode' })
  code!: ReasonCode;

  /** For a person to read; may change */
  message!: string;

  /**
   * Upstream's own code
   * @example "OperationDenied.DBInstanceStatus"
   */
  upstreamCode?: string;

  /**
   * Upstream's id of the call, for its support
   * @example "5A77D650-C80F-44E7-A7F2-1A6B22BA2D25"
   */
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
  /**
   * Name on the source instance
   * @example "mydb"
   */
  source!: string;

  /**
   * Name on the target instance
   * @example "mydb"
   */
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

  /** When upstream was last asked */
  checkedAt!: string;

  static of(seen: UpstreamView | null): UpstreamStateView | null {
    if (seen === null) return null;
    const { sourceStatus, targetStatus, importStatus, checkedAt } = seen;
    return { sourceStatus, targetStatus, importStatus, checkedAt: timestamp(checkedAt) };
  }
}

export class ParkedView {
  /** Since when */
  at!: string;

  /**
   * Looks in a row that did not come to an end
   * @example 3
   */
  @ApiProperty({ type: 'integer', minimum: 1 })
  tries!: number;

  /**
   * For a person to read; may change
   * @example "3 looks at it in a row crashed their worker or failed inside of the service."
   */
  message!: string;

  static of(parked: Parked | null): ParkedView | null {
    if (parked === null) return null;
    return { at: timestamp(parked.at), tries: parked.tries, message: parked.message };
  }
}

export class BlockerView {
  /**
   * The instance that is not free
   * @example "rm-uf6wjk5xxxxxxx"
   */
  instanceId!: string;

  /**
   * The migration that holds it; null for one of another tenant
   * @example "mig_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  migrationId!: string | null;
}

export class WaitView {
  /**
   * `not_before`: for its time. `window`: for the hours of its batch. `dependency`: for others of its
   * batch. `batch_limit`: the batch has as many in flight as it may. `batch_paused`: for somebody to
   * resume the batch. `quota`: for calls upstream. `upstream_busy`: upstream takes it later.
   * `upstream_unavailable`: upstream does not answer; it is asked again then, and what waits goes on by itself.
   * `operation_gone`: upstream no longer offers the action. `fence`: until upstream can no longer accept the
   * call of an attempt that was resolved as not started
   */
  @ApiProperty({ enum: WAIT_KINDS, enumName: 'WaitKind' })
  kind!: WaitKind;

  /** Until when; null where that is not known */
  @ApiProperty({ format: 'date-time', nullable: true, example: '2026-12-01T14:00:00.000Z' })
  until!: string | null;

  /**
   * For a person to read; may change
   * @example "It was asked for later"
   */
  detail!: string;

  static of({ kind, until, detail }: WaitReason): WaitView {
    return { kind, until: timestampOrNull(until), detail };
  }
}

export class EstimateView {
  /** When it began to run */
  startAt!: string;

  /** When it is expected to end */
  finishAt!: string;

  /**
   * What it is learned from
   * @example "history"
   */
  basis!: string;

  static of(estimate: RunEstimate | null): EstimateView | null {
    if (estimate === null) return null;
    const { startAt, finishAt, basis } = estimate;
    return { startAt: timestamp(startAt), finishAt: timestamp(finishAt), basis };
  }
}

export class HistoryView {
  /** When the status changed */
  at!: string;

  /** The status before; null for the first entry */
  @ApiProperty({ enum: STATUSES, nullable: true })
  from!: MigrationStatus | null;

  /** The status it changed to */
  @ApiProperty({ enum: STATUSES })
  to!: MigrationStatus;

  /** The reason's code, where the change had a reason */
  code!: string | null;

  /** For a person to read; null where the change had no reason */
  message!: string | null;

  static of({ at, from, to, code, message }: HistoryEntry): HistoryView {
    return { at: timestamp(at), from, to, code, message };
  }
}
