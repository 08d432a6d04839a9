/**
 * The night of a batch on one page: what ran, what runs and, by the very rule that will start it, what is
 * planned; and the instance that decides when all can have ended.
 *
 * Times are told only where durations are known: what waits behind an import whose end nobody knows has
 * none. Not foreseen: what other batches have waiting on the same instances, the ageing of those that wait,
 * the quota of calls, checks that fail, and new attempts.
 */
import { rowOf, type Member, type Row, type TimelineTerms } from './batch-row.js';
import { UNKNOWN_WORK_MS } from './estimate.js';
import { earliestEndOfLine } from './fleet-bounds.js';
import { runFleet, type RunTerms } from './fleet-run.js';
import { Pace } from './fleet.js';
import type { Migration } from './migration.js';

export interface Bar {
  readonly migrationId: string;
  readonly status: Migration['status'];
  readonly kind: 'ran' | 'runs' | 'planned';
  /** Places in the list of instances. */
  readonly source: number;
  readonly target: number;
  readonly startAt: number | null;
  readonly finishAt: number | null;
  /** Of a planned one: its step, of those that share no instance; 0 can start now. */
  readonly step: number | null;
}

export interface Lane {
  readonly instanceId: string;
  readonly isCritical: boolean;
  readonly remainingMs: number | null;
}

export interface BatchTimeline {
  readonly at: number;
  /** The busiest first. */
  readonly instances: readonly Lane[];
  /** The busiest instance, and before when no order can have done its work. */
  readonly bound: { readonly instanceId: string; readonly finishAt: number } | null;
  /** One for each member, in their order. */
  readonly bars: readonly Bar[];
}

/** `strangers`: what others run on instances of the batch now. Yields now and then. */
export function* timelineOf(
  members: readonly Member[],
  strangers: readonly Member[],
  terms: TimelineTerms,
): Generator<void, BatchTimeline> {
  const pace = new Pace();
  const row = yield* rowOf(members, strangers, terms, pace);
  const steps = yield* runFleet(row.fleet, evenly(row.run), pace);
  const starts = terms.outlook === 'open' ? yield* runFleet(row.fleet, row.run, pace) : null;
  yield;
  const lanes = yield* lanesOf(members, row, pace);
  yield;
  const bound = yield* boundOf(lanes, row, pace);
  yield;
  const laneOf = new Map<string, number>();
  const instances: Lane[] = [];
  for (const [index, { instanceId, remainingMs }] of lanes.entries()) {
    laneOf.set(instanceId, index);
    instances.push({ instanceId, isCritical: instanceId === bound?.instanceId, remainingMs });
    if (pace.isDue(16)) yield;
  }
  const bars: Bar[] = [];
  for (const member of members) {
    const place = row.places.get(member.id);
    const span =
      place === undefined ? pastOf(member) : outlookOf(place, member, { row, steps, starts });
    const source = laneOf.get(member.sourceInstanceId) ?? 0;
    const target = laneOf.get(member.targetInstanceId) ?? 0;
    bars.push({ migrationId: member.id, status: member.status, source, target, ...span });
    if (pace.isDue(16)) yield;
  }
  return { at: terms.nowMs, instances, bound, bars };
}

/** As the steps of a plan are told: as if each took as long as the others, without hours. */
const evenly = (run: RunTerms): RunTerms => ({
  ...run,
  durations: run.durations.map(() => 1),
  readyAt: new Float64Array(run.readyAt.length),
  ...{ nowMs: 0, window: null, fitsWindow: false },
});

type Span = Pick<Bar, 'kind' | 'startAt' | 'finishAt' | 'step'>;

/** Without a start when it was never submitted. */
const pastOf = ({ startedAt, submittedAt, finishedAt }: Member): Span => ({
  ...{ kind: 'ran', startAt: startedAt ?? submittedAt, finishAt: finishedAt, step: null },
});

interface Foreseen {
  readonly row: Row;
  readonly steps: Float64Array;
  readonly starts: Float64Array | null;
}

function outlookOf(place: number, member: Member, { row, steps, starts }: Foreseen): Span {
  const { nowMs, durations } = row.run;
  const leftMs = durations[place] ?? Infinity;
  if (place >= row.waiting) {
    const startAt = member.startedAt ?? member.submittedAt;
    const finishAt = Number.isFinite(leftMs) ? nowMs + leftMs : null;
    return { kind: 'runs', startAt, finishAt, step: null };
  }
  const startAt = starts?.[place] ?? NaN;
  const step = steps[place] ?? 0;
  const finishAt = startAt + leftMs;
  return Number.isFinite(finishAt)
    ? { kind: 'planned', startAt, finishAt, step }
    : { kind: 'planned', startAt: null, finishAt: null, step };
}

type Work = Omit<Lane, 'isCritical'>;

/** By their remaining work, for which one of unknown length counts as any other; then by name. */
function* lanesOf(
  members: readonly Member[],
  { fleet, waiting, isOver, run }: Row,
  pace: Pace,
): Generator<void, Work[]> {
  const lanes = new Set<string>();
  for (const { sourceInstanceId, targetInstanceId } of members) {
    lanes.add(sourceInstanceId).add(targetInstanceId);
  }
  const weights = new Map<string, number>();
  const work: Work[] = [];
  for (const instanceId of lanes) {
    const line = fleet.lines[fleet.places.get(instanceId) ?? -1] ?? [];
    let [left, weight] = [0, 0];
    for (const place of line) {
      if (isOver && place < waiting) continue;
      const ms = run.durations[place] ?? 0;
      left += ms;
      weight += Number.isFinite(ms) ? ms : UNKNOWN_WORK_MS;
    }
    weights.set(instanceId, weight);
    work.push({ instanceId, remainingMs: Number.isFinite(left) ? left : null });
    if (pace.isDue(16 + 2 * line.length)) yield;
  }
  const weightOf = ({ instanceId }: Work): number => weights.get(instanceId) ?? 0;
  return work.sort((a, b) => weightOf(b) - weightOf(a) || (a.instanceId < b.instanceId ? -1 : 1));
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Null when nothing is left, and while the length of some that wait is unknown: then nobody knows the busiest. */
function* boundOf(
  lanes: readonly Work[],
  { fleet, waiting, isOver, run }: Row,
  pace: Pace,
): Generator<void, BatchTimeline['bound']> {
  const { nowMs, durations } = run;
  if (!isOver && !durations.subarray(0, waiting).every(Number.isFinite)) return null;
  let busiest: { readonly instanceId: string; readonly remainingMs: number } | null = null;
  for (const { instanceId, remainingMs } of lanes) {
    if (remainingMs !== null && remainingMs > (busiest?.remainingMs ?? 0)) {
      busiest = { instanceId, remainingMs };
    }
  }
  if (busiest === null) return null;
  const { instanceId } = busiest;
  const line = fleet.lines[fleet.places.get(instanceId) ?? -1] ?? [];
  const freeAt =
    nowMs + sumOf(line.map((place) => (place < waiting ? 0 : (durations[place] ?? 0))));
  const rest = line.filter((place) => place < waiting);
  if (isOver || rest.length === 0) return { instanceId, finishAt: freeAt };
  const terms = { ...run, readyAt: run.readyAt.map((at) => Math.max(at, freeAt)) };
  return { instanceId, finishAt: yield* earliestEndOfLine(rest, terms, pace) };
}
