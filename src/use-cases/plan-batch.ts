// Plans a batch without queueing it: the rule that will run it, run ahead.
import { Injectable } from '@nestjs/common';
import { estimateMs } from '../domain/estimate.js';
import { planFleet, type FleetPlan, type PlanItem } from '../domain/fleet-plan.js';
import type { MigrationRequest } from '../domain/migration.js';
import type { AcceptBatchRequest } from './batch-request.js';
import { CompleteItems } from './complete-items.js';
import { LearnedDurations } from './learned-durations.js';
import { Clock, InstanceLeases, Pause } from './ports.js';
import { PreflightPlan, type PlanPreflight } from './preflight-plan.js';

export interface Plan {
  readonly fleet: FleetPlan;
  /** Null when it was not asked for. */
  readonly preflight: PlanPreflight | null;
}

@Injectable()
export class PlanBatch {
  constructor(
    private readonly completing: CompleteItems,
    private readonly leases: InstanceLeases,
    private readonly durations: LearnedDurations,
    private readonly clock: Clock,
    private readonly pause: Pause,
    private readonly preflight: PreflightPlan,
  ) {}

  /** Throws Problem: validation_failed, forbidden. */
  async plan(
    request: Omit<AcceptBatchRequest, 'idempotency'>,
    withPreflight: boolean,
  ): Promise<Plan> {
    const complete = await this.completing.complete(request);
    const [fleet, preflight] = await Promise.all([
      this.fleet(request, complete),
      withPreflight ? this.preflight.check(request.tenant, complete) : null,
    ]);
    return { fleet, preflight };
  }

  private async fleet(
    request: Omit<AcceptBatchRequest, 'idempotency'>,
    complete: readonly MigrationRequest[],
  ): Promise<FleetPlan> {
    const models = await this.durations.models();
    const sizes = await this.leases.dataSizes([
      ...new Set(complete.map(({ sourceInstanceId }) => sourceInstanceId)),
    ]);
    const items = complete.map((item, index): PlanItem => {
      const bytes = sizes.get(item.sourceInstanceId) ?? null;
      const { sourceInstanceId, targetInstanceId, priority, notBefore } = item;
      return {
        ...{ sourceInstanceId, targetInstanceId, priority, notBefore },
        dependsOn: request.items[index]?.dependsOn ?? [],
        durationMs: estimateMs(models[item.engine], bytes),
      };
    });
    const { maxConcurrent, window } = request.batch;
    const planning = planFleet(items, {
      ...{ nowMs: this.clock.now(), maxConcurrent, window, fitsWindow: window?.fit ?? false },
    });
    for (;;) {
      const step = planning.next();
      if (step.done === true) return step.value;
      await this.pause.wait(0);
    }
  }
}
