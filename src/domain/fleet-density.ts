/**
 * How much work a set of instances must do by itself, against how many imports can run inside it at once:
 * of n instances, n / 2. Three that all exchange data run one import at a time, though no two have so
 * much to do. Any set gives a true bound; looked at are all instances that hang together, and what is
 * left of them while the ones with the least work are taken away.
 */
import { Heap } from './fleet-heap.js';
import { otherEnd, type Fleet, type Pace } from './fleet.js';

/** The most work for each import that can run at once, of all sets looked at. */
export function* densestWork(
  fleet: Fleet,
  weights: Float64Array,
  pace: Pace,
): Generator<void, number> {
  const isSeen = new Uint8Array(fleet.instanceIds.length);
  let most = 0;
  for (const first of fleet.instanceIds.keys()) {
    if (isSeen[first] === 1) continue;
    const together: number[] = [first];
    isSeen[first] = 1;
    for (const instance of together) {
      const items = fleet.lines[instance] ?? [];
      for (const item of items) reach(otherEnd(fleet, item, instance), isSeen, together);
      if (pace.isDue(32 + 4 * items.length)) yield;
    }
    most = Math.max(most, yield* densestOf(fleet, together, weights, pace));
  }
  return most;
}

function reach(instance: number, isSeen: Uint8Array, together: number[]): void {
  if (isSeen[instance] === 1) return;
  isSeen[instance] = 1;
  together.push(instance);
}

/** In parts, too, so that no part takes long. */
function* densestOf(
  fleet: Fleet,
  members: readonly number[],
  weights: Float64Array,
  pace: Pace,
): Generator<void, number> {
  const load = new Map<number, number>();
  let inside = 0;
  for (const instance of members) {
    const line = fleet.lines[instance] ?? [];
    const work = line.reduce((sum, item) => sum + (weights[item] ?? 0), 0);
    load.set(instance, work);
    inside += work / 2;
    if (pace.isDue(16 + line.length)) yield;
  }
  const lightest = new Heap<readonly [number, number]>((a, b) => a[1] < b[1]);
  for (const entry of load) lightest.push(entry);
  let most = inside / Math.floor(members.length / 2);
  while (load.size > 2) {
    const [instance, work] = lightest.pop() ?? [0, 0];
    if (load.get(instance) !== work) continue;
    load.delete(instance);
    inside -= work;
    for (const item of fleet.lines[instance] ?? []) {
      const other = otherEnd(fleet, item, instance);
      const rest = load.get(other);
      if (rest === undefined) continue;
      load.set(other, rest - (weights[item] ?? 0));
      lightest.push([other, rest - (weights[item] ?? 0)]);
    }
    most = Math.max(most, inside / Math.floor(load.size / 2));
    if (pace.isDue(32 + 8 * (fleet.lines[instance]?.length ?? 0))) yield;
  }
  return most;
}
