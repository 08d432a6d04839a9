// Before when a random fleet cannot have ended, in whatever order: reckoned apart from what the product does.
import { closesAt, opensAt } from '../../src/domain/window.js';
import type { RandomFleet } from './fleets.js';

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

/** From durations as they turned out. */
export function floorOf(fleet: RandomFleet): number {
  const { moves, startMs, maxConcurrent } = fleet;
  const heads = headsOf(fleet);
  const tails = tailsOf(fleet);
  const first = Math.min(...heads);
  const lines = new Map<string, number[]>();
  for (const [index, { source, target }] of moves.entries()) {
    for (const end of [source, target]) lines.set(end, [...(lines.get(end) ?? []), index]);
  }
  const actual = moves.map(({ actualMs }) => actualMs);
  const dense = densest(fleet, [...lines.keys()]);
  const slots = Math.min(maxConcurrent ?? Infinity, Math.floor(lines.size / 2));
  const floors = [
    startMs,
    ...moves.map((move, index) => (heads[index] ?? 0) + move.actualMs + (tails[index] ?? 0)),
    inNights(fleet, first, actual, slots),
    inNights(fleet, first, dense.durations, dense.slots),
  ];
  for (const line of lines.values()) {
    const durations = line.map((index) => actual[index] ?? 0);
    const head = Math.min(...line.map((index) => heads[index] ?? 0));
    const tail = Math.min(...line.map((index) => tails[index] ?? 0));
    floors.push(inNights(fleet, head, durations, 1) + tail, oneByOne(line, heads, actual));
  }
  return Math.max(...floors);
}

/** When it can start at the soonest. Dependencies come before in the list. */
function headsOf({ moves, startMs, window }: RandomFleet): number[] {
  const heads: number[] = [];
  for (const { notBefore, dependsOn } of moves) {
    const ends = dependsOn.map((one) => (heads[one] ?? 0) + (moves[one]?.actualMs ?? 0));
    const at = Math.max(startMs, notBefore ?? startMs, ...ends);
    heads.push(window === null ? at : opensAt(window, at));
  }
  return heads;
}

/** What must follow after it has ended. */
function tailsOf({ moves }: RandomFleet): number[] {
  const tails = moves.map(() => 0);
  for (const [index, { dependsOn, actualMs }] of [...moves.entries()].reverse()) {
    for (const one of dependsOn) {
      tails[one] = Math.max(tails[one] ?? 0, actualMs + (tails[index] ?? 0));
    }
  }
  return tails;
}

function oneByOne(
  line: readonly number[],
  heads: readonly number[],
  actual: readonly number[],
): number {
  const order = [...line].sort((a, b) => (heads[a] ?? 0) - (heads[b] ?? 0));
  return order.reduce((end, one) => Math.max(end, heads[one] ?? 0) + (actual[one] ?? 0), 0);
}

/** Sets of an odd number of instances, in which one fewer than half of them work at a time. */
const MAX_SUBSETS_OF = 12;

const known = new Map<number, readonly (readonly number[])[]>();

function oddSets(count: number): readonly (readonly number[])[] {
  const sets = known.get(count) ?? (count > MAX_SUBSETS_OF ? triplesOf(count) : subsetsOf(count));
  known.set(count, sets);
  return sets;
}

const placesFrom = (first: number, count: number): number[] =>
  Array.from({ length: Math.max(0, count - first) }, (_, index) => first + index);

const triplesOf = (count: number): number[][] =>
  placesFrom(0, count).flatMap((a) =>
    placesFrom(a + 1, count).flatMap((b) => placesFrom(b + 1, count).map((c) => [a, b, c])),
  );

const subsetsOf = (count: number): number[][] =>
  placesFrom(0, 2 ** count)
    .map((mask) => placesFrom(0, count).filter((one) => (mask >> one) & 1))
    .filter((set) => set.length % 2 === 1 && set.length > 1);

/** The set with the most work for each that can run at once: its durations, and how many can. */
function densest({ moves }: RandomFleet, instances: readonly string[]): Dense {
  const place = new Map(instances.map((one, index) => [one, index]));
  const work = instances.map(() => instances.map(() => 0));
  for (const { source, target, actualMs } of moves) {
    const [a, b] = [place.get(source) ?? 0, place.get(target) ?? 0];
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const row = work[one] ?? [];
      row[other] = (row[other] ?? 0) + actualMs;
    }
  }
  let best: { readonly set: readonly number[]; readonly each: number } = { set: [], each: 0 };
  for (const set of oddSets(instances.length)) {
    let inside = 0;
    for (const a of set) for (const b of set) inside += a < b ? (work[a]?.[b] ?? 0) : 0;
    const each = inside / Math.floor(set.length / 2);
    if (each > best.each) best = { set, each };
  }
  const chosen = new Set(best.set.map((one) => instances[one]));
  const inside = moves.filter(({ source, target }) => chosen.has(source) && chosen.has(target));
  return {
    durations: inside.map(({ actualMs }) => actualMs),
    slots: Math.max(1, Math.floor(best.set.length / 2)),
  };
}

interface Dense {
  readonly durations: readonly number[];
  readonly slots: number;
}

/**
 * On so many slots: what a night does is its hours on each slot, and what the last ones, each a move of
 * its own, overrun: at most as much as the longest that there are.
 */
function inNights(
  fleet: RandomFleet,
  from: number,
  durations: readonly number[],
  slots: number,
): number {
  const { window, fitsWindow, moves } = fleet;
  let rest = sum(durations) / slots;
  if (window === null) return from + rest;
  const isSure = fitsWindow && moves.every((move) => move.expectedMs === move.actualMs);
  const longest = isSure ? [] : [...durations].sort((a, b) => b - a);
  for (let opens = opensAt(window, from); ;) {
    const closes = closesAt(window, opens);
    const next = opensAt(window, closes);
    const used = Math.min(closes - opens + sum(longest.splice(0, slots)) / slots, next - opens);
    if (rest <= used) return opens + rest;
    rest -= used;
    opens = next;
  }
}

/**
 * How much longer than the floor, 1 being not at all. Of a fleet with a window only the hours count in
 * which it was open, or in which the last one overran: else a moment after closing would be a day.
 */
export function ratioOf(fleet: RandomFleet, endAt: number): number {
  const floor = floorOf(fleet);
  const { window, startMs } = fleet;
  const opens = window === null ? floor : opensAt(window, floor);
  const lost = endAt < opens ? endAt - floor : hoursOf(fleet, opens, endAt);
  return 1 + lost / hoursOf(fleet, startMs, floor);
}

function hoursOf({ window }: RandomFleet, from: number, to: number): number {
  if (window === null) return to - from;
  let hours = 0;
  for (let opens = opensAt(window, from); opens < to;) {
    const closes = closesAt(window, opens);
    const next = opensAt(window, closes);
    hours += next < to ? closes - opens : to - opens;
    opens = next;
  }
  return hours;
}
