// The plan of a batch: which migrations run side by side, in how many steps, and how far from the best possible.
import { earliestEnd, leastSteps } from './fleet-bounds.js';
import { runFleet, type RunTerms } from './fleet-run.js';
import { fleetOf, Pace, type Fleet } from './fleet.js';
import type { Window } from './window.js';

export interface PlanItem {
  readonly sourceInstanceId: string;
  readonly targetInstanceId: string;
  readonly priority: number;
  /** Milliseconds since the epoch; null: at once. */
  readonly notBefore: number | null;
  /** Places, in the list of items, of those that must succeed before. */
  readonly dependsOn: readonly number[];
  /** Null where nothing is known. */
  readonly durationMs: number | null;
}

export interface PlanOptions {
  readonly nowMs: number;
  readonly maxConcurrent: number | null;
  readonly window: Window | null;
  /** A submission waits for the next window when its estimated end lies outside of this one. */
  readonly fitsWindow: boolean;
}

export interface FleetPlan {
  readonly total: number;
  /** How many instances take part. */
  readonly instances: number;
  /** No plan has fewer steps. */
  readonly lowerBoundSteps: number;
  readonly plannedSteps: number;
  /** The ten with the most migrations, the busiest first. */
  readonly busiestInstances: readonly {
    readonly instanceId: string;
    readonly migrations: number;
  }[];
  /** Each step: places, in the list of items, of migrations that share no instance. */
  readonly steps: readonly (readonly number[])[];
  /** In the order of the items; null unless every duration is known. Milliseconds since the epoch. */
  readonly times: readonly { readonly startAt: number; readonly finishAt: number }[] | null;
  /** With `times`: when all have ended, and before when no plan can end. */
  readonly finishAt: number | null;
  readonly earliestFinishAt: number | null;
}

const BUSIEST = 10;

/** Yields now and then, so that a caller can let others have their turn. */
export function* planFleet(
  items: readonly PlanItem[],
  options: PlanOptions,
): Generator<void, FleetPlan> {
  const pace = new Pace();
  const fleet = yield* fleetOf(items, pace);
  const steps = yield* planSteps(fleet, items, options, pace);
  const times = yield* planTimes(fleet, items, options, pace);
  const busiestInstances = fleet.lines
    .map((line, place) => ({
      instanceId: fleet.instanceIds[place] ?? '',
      migrations: line.length,
    }))
    .sort((a, b) => b.migrations - a.migrations)
    .slice(0, BUSIEST);
  const instances = fleet.instanceIds.length;
  return { total: items.length, instances, busiestInstances, ...steps, ...times };
}

/** As if each took as long as the others, without hours: what is left is who can run beside whom. */
function* planSteps(
  fleet: Fleet,
  items: readonly PlanItem[],
  { maxConcurrent }: PlanOptions,
  pace: Pace,
): Generator<void, Pick<FleetPlan, 'steps' | 'plannedSteps' | 'lowerBoundSteps'>> {
  const terms: RunTerms = {
    priorities: items.map(({ priority }) => priority),
    durations: new Float64Array(items.length).fill(1),
    readyAt: new Float64Array(items.length),
    underWay: new Map(),
    ...{ nowMs: 0, maxConcurrent, window: null, fitsWindow: false },
  };
  const lowerBoundSteps = yield* leastSteps(fleet, terms, pace);
  const startedAt = yield* runFleet(fleet, terms, pace);
  const steps: number[][] = [];
  for (const [item, step] of startedAt.entries()) (steps[step] ??= []).push(item);
  return { steps, plannedSteps: steps.length, lowerBoundSteps };
}

function* planTimes(
  fleet: Fleet,
  items: readonly PlanItem[],
  options: PlanOptions,
  pace: Pace,
): Generator<void, Pick<FleetPlan, 'times' | 'finishAt' | 'earliestFinishAt'>> {
  const { nowMs } = options;
  const durations = Float64Array.from(items, ({ durationMs }) => Math.ceil(durationMs ?? NaN));
  if (durations.some(Number.isNaN)) return { times: null, finishAt: null, earliestFinishAt: null };
  const terms: RunTerms = {
    ...options,
    priorities: items.map(({ priority }) => priority),
    durations,
    underWay: new Map(),
    readyAt: Float64Array.from(items, ({ notBefore }) => notBefore ?? nowMs),
  };
  const earliestFinishAt = yield* earliestEnd(fleet, terms, pace);
  const startedAt = yield* runFleet(fleet, terms, pace);
  const times = Array.from(startedAt, (startAt, item) => ({
    startAt,
    finishAt: startAt + (durations[item] ?? 0),
  }));
  const finishAt = times.reduce((last, one) => Math.max(last, one.finishAt), nowMs);
  return { times, finishAt, earliestFinishAt };
}
