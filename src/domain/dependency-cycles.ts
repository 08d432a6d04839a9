// Finds what waits for itself: one cycle of every tangle of dependencies, in linear time and without recursion.

type Graph = readonly (readonly number[])[];

/** Places looked at in one step. */
const STEP = 100;

/**
 * For each tangle (a largest set in which everything waits, over some way, for everything) a shortest
 * cycle through its first place, which it begins with. A place that waits for itself is a tangle, too.
 * `graph[place]` are the places that it waits for. Yields now and then.
 */
export function* cyclesOf(graph: Graph): Generator<void, readonly (readonly number[])[]> {
  const cycles: (readonly number[])[] = [];
  for (const tangle of yield* tanglesOf(graph)) {
    cycles.push(shortestFrom(Math.min(...tangle), new Set(tangle), graph));
    yield;
  }
  return cycles.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
}

interface Visit {
  readonly place: number;
  /** Which of its dependencies comes next. */
  next: number;
}

/** Tarjan's strongly connected components, with a stack of its own, without those that are no cycle. */
function* tanglesOf(graph: Graph): Generator<void, readonly (readonly number[])[]> {
  const tangles: number[][] = [];
  const order = new Map<number, number>();
  const lowest: number[] = [];
  const open: number[] = [];
  const isOpen = new Set<number>();
  const visits: Visit[] = [];

  const enter = (place: number): void => {
    lowest[place] = order.size;
    order.set(place, order.size);
    open.push(place);
    isOpen.add(place);
    visits.push({ place, next: 0 });
  };
  const reach = (from: number, low: number): void => {
    lowest[from] = Math.min(lowest[from] ?? low, low);
  };
  const leave = (place: number): void => {
    const outer = visits.at(-1);
    if (outer !== undefined) reach(outer.place, lowest[place] ?? 0);
    if (lowest[place] !== order.get(place)) return;
    const tangle = open.splice(open.lastIndexOf(place));
    for (const each of tangle) isOpen.delete(each);
    if (tangle.length > 1 || graph[place]?.includes(place) === true) tangles.push(tangle);
  };

  let steps = 0;
  for (const root of graph.keys()) {
    if (!order.has(root)) enter(root);
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const other = graph[visit.place]?.[visit.next];
      visit.next += 1;
      if (other === undefined) {
        visits.pop();
        leave(visit.place);
      } else if (!order.has(other)) {
        enter(other);
      } else if (isOpen.has(other)) {
        reach(visit.place, order.get(other) ?? 0);
      }
      steps += 1;
      if (steps % (STEP * STEP) === 0) yield;
    }
    if (root % STEP === 0) yield;
  }
  return tangles;
}

/** Breadth first, from `start` back to it. */
function shortestFrom(start: number, within: ReadonlySet<number>, graph: Graph): readonly number[] {
  const cameFrom = new Map<number, number>();
  const queue = [start];
  for (const place of queue) {
    for (const other of graph[place] ?? []) {
      if (other === start) return wayTo(place, start, cameFrom);
      if (!within.has(other) || cameFrom.has(other)) continue;
      cameFrom.set(other, place);
      queue.push(other);
    }
  }
  return [start];
}

function wayTo(end: number, start: number, cameFrom: ReadonlyMap<number, number>): number[] {
  const way = [end];
  for (let place = end; place !== start;) {
    place = cameFrom.get(place) ?? start;
    way.push(place);
  }
  return way.reverse();
}
