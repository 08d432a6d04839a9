/**
 * Those of a batch that have not ended, as the plan ahead sees them: who waits, in the scheduler's order, who
 * runs and for how long still, and what others run on the same instances.
 */
import type { RunTerms } from './fleet-run.js';
import { fleetOf, type Fleet, type Pace } from './fleet.js';
import { holdsInstances, isEnded, type Migration } from './migration.js';
import { AGING_PRIORITY } from './policy.js';
import { ageOf } from './scheduling.js';
import type { Window } from './window.js';

type Facts =
  | ('id' | 'status' | 'sourceInstanceId' | 'targetInstanceId' | 'dependsOn')
  | ('priority' | 'notBefore' | 'createdAt' | 'queuedAt')
  | ('submittedAt' | 'startedAt' | 'finishedAt');

export interface Member extends Pick<Migration, Facts> {
  /** From start to end; null where nothing is known. */
  readonly durationMs: number | null;
}

export interface TimelineTerms {
  readonly nowMs: number;
  readonly maxConcurrent: number | null;
  readonly window: Window | null;
  readonly fitsWindow: boolean;
  /** `paused`: nobody knows when it goes on. `over`: what waits will be withdrawn. */
  readonly outlook: 'open' | 'paused' | 'over';
}

/** All that have not ended: first those that wait, then those that run, the strangers among these last. */
export interface Row {
  readonly fleet: Fleet;
  readonly places: ReadonlyMap<string, number>;
  readonly waiting: number;
  /** What waits will be withdrawn: it is no work any more. */
  readonly isOver: boolean;
  readonly run: RunTerms;
}

export function* rowOf(
  members: readonly Member[],
  strangers: readonly Member[],
  terms: TimelineTerms,
  pace: Pace,
): Generator<void, Row> {
  const { nowMs } = terms;
  const waiting = members.filter((one) => isWaiting(one)).sort(byAge);
  yield;
  const own = [...waiting, ...members.filter(({ status }) => holdsInstances(status))];
  const all = [...own, ...strangers];
  const places = new Map(all.map(({ id }, index) => [id, index]));
  yield;
  const items = all.map(({ sourceInstanceId, targetInstanceId, dependsOn }) => ({
    ...{ sourceInstanceId, targetInstanceId },
    // Those that are not in the row have ended.
    dependsOn: dependsOn.flatMap((id) => places.get(id) ?? []),
  }));
  yield;
  const fleet = yield* fleetOf(items, pace);
  yield;
  const underWay = new Map<number, 'own' | 'stranger'>();
  for (let place = waiting.length; place < all.length; place += 1) {
    underWay.set(place, place < own.length ? 'own' : 'stranger');
  }
  const run: RunTerms = {
    ...terms,
    ...{ underWay, priorities: all.map((member) => rankOf(member, nowMs)) },
    durations: Float64Array.from(all, (member) => leftOf(member, nowMs)),
    readyAt: Float64Array.from(all, ({ notBefore }) => notBefore ?? nowMs),
  };
  return { fleet, places, waiting: waiting.length, isOver: terms.outlook === 'over', run };
}

const isWaiting = ({ status }: Member): boolean => !holdsInstances(status) && !isEnded(status);

/** The oldest first, as the scheduler has it among equals. */
const byAge = (a: Member, b: Member): number => queuedAt(a) - queuedAt(b) || (a.id < b.id ? -1 : 1);

const queuedAt = (member: Member): number =>
  member.queuedAt ?? member.notBefore ?? member.createdAt;

/** As the scheduler ranks it now; its further ageing is not foreseen. */
const rankOf = (member: Member, nowMs: number): number =>
  member.priority + AGING_PRIORITY * ageOf({ queuedAt: queuedAt(member) }, nowMs);

/** How long its instances are still taken by it; infinite where nobody knows. */
function leftOf({ status, durationMs, startedAt, submittedAt }: Member, nowMs: number): number {
  if (durationMs === null || status === 'outcome_unknown') return Infinity;
  const since = holdsInstances(status) ? (startedAt ?? submittedAt ?? nowMs) : nowMs;
  // One that has outlasted its estimate may end at any moment.
  return Math.max(0, since + Math.ceil(durationMs) - nowMs);
}
