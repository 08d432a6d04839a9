// What a caller sees of the timeline of a batch: lanes of instances, and a bar for each migration.
import { ApiProperty } from '@nestjs/swagger';
import type { Bar, BatchTimeline } from '../domain/batch-timeline.js';
import { STATUSES, type MigrationStatus } from '../domain/migration.js';
import { MAX_BATCH_ITEMS } from '../domain/policy.js';
import { timestamp, timestampOrNull } from './timestamps.js';

export class TimelineInstanceView {
  /**
   * The instance
   * @example "rm-uf6wjk5xxxxxxx"
   */
  instanceId!: string;

  /** It is the one of `bound` */
  isCritical!: boolean;

  /** What is left to do on it: the rest of what runs, and all that waits; null where a duration is unknown */
  @ApiProperty({
    ...{ type: 'integer', nullable: true, example: 5_400_000 },
    ...{ format: 'int64', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  })
  remainingMs!: number | null;
}

export class TimelineBoundView {
  /**
   * The instance with the most work left
   * @example "rm-uf6wjk5xxxxxxx"
   */
  instanceId!: string;

  /** No order can have done its work before */
  finishAt!: string;

  static of(bound: BatchTimeline['bound']): TimelineBoundView | null {
    if (bound === null) return null;
    return { instanceId: bound.instanceId, finishAt: timestamp(bound.finishAt) };
  }
}

export class TimelineBarView {
  /**
   * Id of the migration
   * @example "mig_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  migrationId!: string;

  /** Its status */
  @ApiProperty({ enum: STATUSES, enumName: 'MigrationStatus' })
  status!: MigrationStatus;

  /** `ran`: it has ended. `runs`: it holds its instances. `planned`: it waits */
  @ApiProperty({ enum: ['ran', 'runs', 'planned'] })
  kind!: Bar['kind'];

  /** Place of its source in `instances`, from 0 */
  @ApiProperty({ type: 'integer' })
  source!: number;

  /** Place of its target in `instances`, from 0 */
  @ApiProperty({ type: 'integer' })
  target!: number;

  /**
   * When it started: seen, or for a planned one expected. Null where that is not known, and for one that
   * was never submitted
   */
  startAt!: string | null;

  /** When it ended or is expected to end; null where nothing is known */
  finishAt!: string | null;

  /**
   * Of a planned one its step in the plan, as if each took as long as the others: those of a step share no
   * instance, and those of step 0 can start now. Else null
   */
  @ApiProperty({ type: 'integer', nullable: true, example: 0 })
  step!: number | null;

  static of(bar: Bar): TimelineBarView {
    const { migrationId, status, kind, source, target, step } = bar;
    const [startAt, finishAt] = [timestampOrNull(bar.startAt), timestampOrNull(bar.finishAt)];
    return { migrationId, status, kind, source, target, startAt, finishAt, step };
  }
}

export class TimelineView {
  /**
   * Id of the batch
   * @example "bat_01jdemoq4y7z8b9c0d1e2f3g4h"
   */
  batchId!: string;

  /** When it was made: at most about a second ago, longer ago only while the next one is being made */
  at!: string;

  /** Those that take part, the busiest first */
  @ApiProperty({ type: [TimelineInstanceView], maxItems: 2 * MAX_BATCH_ITEMS })
  instances!: TimelineInstanceView[];

  /** What decides when all can have ended; null when nothing is left, or durations are unknown */
  bound!: TimelineBoundView | null;

  /** One for each migration, in the order in which they were accepted */
  bars!: TimelineBarView[];

  static of(batchId: string, { at, instances, bound, bars }: BatchTimeline): TimelineView {
    return {
      ...{ batchId, at: timestamp(at), bound: TimelineBoundView.of(bound) },
      instances: instances.map(({ instanceId, isCritical, remainingMs }) => ({
        ...{ instanceId, isCritical, remainingMs },
      })),
      bars: bars.map((bar) => TimelineBarView.of(bar)),
    };
  }
}
