// What a caller sees of the plan of a batch.
import { ApiProperty } from '@nestjs/swagger';
import type { Plan } from '../use-cases/plan-batch.js';
import { PlanPreflightView } from './plan-preflight-view.dto.js';
import { timestamp, timestampOrNull } from './timestamps.js';

export class BusyInstanceView {
  /**
   * The instance
   * @example "rm-uf6wjk5xxxxxxx"
   */
  instanceId!: string;

  /** How many migrations it takes part in */
  @ApiProperty({ type: 'integer' })
  migrations!: number;
}

export class PlannedTimeView {
  /** Place in the list of migrations, from 0 */
  @ApiProperty({ type: 'integer' })
  index!: number;

  /** When it would be submitted */
  startAt!: string;

  /** When it would end */
  finishAt!: string;
}

export class PlanView {
  /** How many migrations there are */
  @ApiProperty({ type: 'integer' })
  total!: number;

  /** How many instances take part */
  @ApiProperty({ type: 'integer' })
  instances!: number;

  /** No plan has fewer steps: the migrations of the busiest instance go one after the other */
  @ApiProperty({ type: 'integer' })
  lowerBoundSteps!: number;

  /** How many steps this plan has */
  @ApiProperty({ type: 'integer' })
  plannedSteps!: number;

  /** The ten instances with the most migrations, the busiest first */
  busiestInstances!: BusyInstanceView[];

  /** Each step: places (from 0) of migrations that share no instance and can run side by side */
  @ApiProperty({
    type: 'array',
    items: { type: 'array', items: { type: 'integer' } },
    example: [[0, 2], [1]],
  })
  steps!: readonly (readonly number[])[];

  /** When each would start and end, in the order of the list; null unless every duration is known */
  times!: PlannedTimeView[] | null;

  /** When the last one would end; null without `times` */
  finishAt!: string | null;

  /** No plan ends earlier; null without `times` */
  earliestFinishAt!: string | null;

  /** What the live checks found; null without `?preflight=true` */
  preflight!: PlanPreflightView | null;

  static of({ fleet: plan, preflight }: Plan): PlanView {
    const { total, instances, lowerBoundSteps, plannedSteps, busiestInstances, steps } = plan;
    return {
      ...{ total, instances, lowerBoundSteps, plannedSteps, steps },
      busiestInstances: busiestInstances.map(({ instanceId, migrations }) => ({
        ...{ instanceId, migrations },
      })),
      times:
        plan.times?.map(({ startAt, finishAt }, index) => ({
          ...{ index, startAt: timestamp(startAt), finishAt: timestamp(finishAt) },
        })) ?? null,
      finishAt: timestampOrNull(plan.finishAt),
      earliestFinishAt: timestampOrNull(plan.earliestFinishAt),
      preflight: PlanPreflightView.of(preflight),
    };
  }
}
