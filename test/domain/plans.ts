// Plans in one line: items, and the plan at the end of the planning.
import {
  planFleet,
  type FleetPlan,
  type PlanItem,
  type PlanOptions,
} from '../../src/domain/fleet-plan.js';

export const NOW = Date.parse('2026-03-27T12:00Z');
export const HOUR = 3_600_000;
export const OPTIONS: PlanOptions = {
  nowMs: NOW,
  maxConcurrent: null,
  window: null,
  fitsWindow: false,
};

export const item = (source: string, target: string, fields: Partial<PlanItem> = {}): PlanItem => ({
  sourceInstanceId: source,
  targetInstanceId: target,
  ...{ priority: 0, notBefore: null, dependsOn: [], durationMs: null },
  ...fields,
});

export function plan(items: readonly PlanItem[], options: Partial<PlanOptions> = {}): FleetPlan {
  const planning = planFleet(items, { ...OPTIONS, ...options });
  for (;;) {
    const step = planning.next();
    if (step.done === true) return step.value;
  }
}
