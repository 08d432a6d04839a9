// What a caller sees of a batch: each field by name.
import { ApiProperty } from '@nestjs/swagger';
import {
  BATCH_STATUSES,
  batchStatusOf,
  ON_FAILURE,
  progressOf,
  type Batch,
  type BatchStatus,
  type Estimate,
  type OnFailure,
} from '../domain/batch.js';
import type { BatchDetail } from '../use-cases/read-batches.js';
import { WindowView } from './batch-window.dto.js';
import { timestamp, timestampOrNull } from './timestamps.js';

export class BatchCountsView {
  /** All of its migrations */
  @ApiProperty({ type: 'integer' })
  total!: number;

  /** Wait for their time or for the window */
  @ApiProperty({ type: 'integer' })
  scheduled!: number;

  /** Wait for their instances, for others that they depend on, or for their turn */
  @ApiProperty({ type: 'integer' })
  queued!: number;

  /** Hold their instances and are being checked */
  @ApiProperty({ type: 'integer' })
  checking!: number;

  /** Are on record as submitted; the call may be under way */
  @ApiProperty({ type: 'integer' })
  submitting!: number;

  /** Run upstream */
  @ApiProperty({ type: 'integer' })
  importing!: number;

  /** Are being canceled upstream */
  @ApiProperty({ type: 'integer' })
  canceling!: number;

  /** Ended well */
  @ApiProperty({ type: 'integer' })
  succeeded!: number;

  /** Ended badly, or were not begun because another one did */
  @ApiProperty({ type: 'integer' })
  failed!: number;

  /** Were canceled or withdrawn */
  @ApiProperty({ type: 'integer' })
  canceled!: number;

  /** Wait for a person: it could not be established whether the call took effect */
  @ApiProperty({ type: 'integer' })
  outcomeUnknown!: number;

  static of({ total, counts }: Batch): BatchCountsView {
    const { scheduled, queued, checking, submitting, importing } = counts;
    const { canceling, succeeded, failed, canceled, outcome_unknown: outcomeUnknown } = counts;
    return {
      ...{ total, scheduled, queued, checking, submitting, importing },
      ...{ canceling, succeeded, failed, canceled, outcomeUnknown },
    };
  }
}

export class BatchEstimateView {
  /** When the last of its migrations is expected to end */
  finishAt!: string;

  /**
   * What it is learned from
   * @example "history"
   */
  basis!: string;

  static of(estimate: Estimate | null): BatchEstimateView | null {
    if (estimate === null) return null;
    return { finishAt: timestamp(estimate.finishAt), basis: estimate.basis };
  }
}

export class BatchView {
  /**
   * Id of the batch
   * @example "bat_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  id!: string;

  /**
   * As it was sent; null without one
   * @example "Move the shops"
   */
  name!: string | null;

  /**
   * `running` until all of its migrations have ended, then `succeeded`, `partially_failed` or `failed`.
   * `paused`: nothing is submitted until it is resumed. `halted`: a failure stopped it; what was submitted
   * still goes on to its end. `canceling`: it was canceled on request, and something of it still runs;
   * `canceled` once all of its migrations have ended, also when each
   * of them was canceled by itself
   */
  @ApiProperty({ enum: BATCH_STATUSES, enumName: 'BatchStatus' })
  status!: BatchStatus;

  /** How many of its migrations are in each status */
  counts!: BatchCountsView;

  /**
   * The part of its migrations that has ended, from 0 to 1
   * @example 0.25
   */
  progress!: number;

  /** Learned from finished imports; null where nothing is known, and while nothing may be submitted */
  estimate!: BatchEstimateView | null;

  /** Most of its migrations that hold their instances at the same time; null without a limit */
  @ApiProperty({ type: 'integer', nullable: true, example: 20 })
  maxConcurrent!: number | null;

  /** What a failure of one means for the others */
  @ApiProperty({ enum: ON_FAILURE })
  onFailure!: OnFailure;

  /** Hours in which submissions may start; null for any */
  window!: WindowView | null;

  /** When it was accepted */
  createdAt!: string;

  /** When the last of its migrations ended; null until then */
  finishedAt!: string | null;

  static of({ batch, estimate }: BatchDetail): BatchView {
    const { id, name, maxConcurrent, onFailure } = batch;
    return {
      ...{ id, name, status: batchStatusOf(batch), counts: BatchCountsView.of(batch) },
      ...{ progress: progressOf(batch), estimate: BatchEstimateView.of(estimate) },
      ...{ maxConcurrent, onFailure, window: WindowView.of(batch.window) },
      createdAt: timestamp(batch.createdAt),
      finishedAt: timestampOrNull(batch.finishedAt),
    };
  }
}
