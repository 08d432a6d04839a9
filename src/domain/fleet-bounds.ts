/**
 * What no plan of a fleet can do better, whatever its order: an instance does its work one by one, the cap
 * and every set of instances let only so many run at once, and dependencies wait for each other.
 */
import { densestWork } from './fleet-density.js';
import type { RunTerms } from './fleet-run.js';
import type { Fleet, Pace } from './fleet.js';
import { closesAt, fittingStartAt, opensAt, type Window } from './window.js';

/** With `terms` in which every import takes 1, from 0 on. */
export function* leastSteps(fleet: Fleet, terms: RunTerms, pace: Pace): Generator<void, number> {
  const density = yield* densestWork(fleet, terms.durations, pace);
  const degree = fleet.lines.reduce((most, line) => Math.max(most, line.length), 0);
  const chain = yield* longestChain(fleet, terms, pace);
  return Math.max(
    degree,
    chain,
    Math.ceil(density),
    Math.ceil(fleet.total / slotsOf(fleet, terms)),
  );
}

/** Before when, in milliseconds since the epoch, no plan has ended. */
export function* earliestEnd(fleet: Fleet, terms: RunTerms, pace: Pace): Generator<void, number> {
  const { durations, nowMs } = terms;
  const nights = new Nights(terms.window, pace);
  const longest = longestOf(fleet.sources.keys(), durations);
  const density = yield* densestWork(fleet, durations, pace);
  const total = durations.reduce((sum, duration) => sum + duration, 0);
  let end = yield* longestChain(fleet, terms, pace);
  for (const work of [density, total / slotsOf(fleet, terms)]) {
    end = Math.max(end, yield* nights.endOf(work, nowMs, longest));
  }
  for (const line of fleet.lines) {
    end = Math.max(end, yield* endOfLine(line, terms, nights));
    if (pace.isDue(32 + 16 * line.length)) yield;
  }
  return end;
}

/** The same of the work of one instance alone, which no order can shorten. */
export function* earliestEndOfLine(
  line: readonly number[],
  terms: RunTerms,
  pace: Pace,
): Generator<void, number> {
  return yield* endOfLine(line, terms, new Nights(terms.window, pace));
}

/** When the last has ended if every one started as soon as its time has come and its dependencies ended. */
function* longestChain(fleet: Fleet, terms: RunTerms, pace: Pace): Generator<void, number> {
  const { durations, window, fitsWindow, nowMs } = terms;
  const earliest = Float64Array.from(terms.readyAt, (at) => Math.max(at, nowMs));
  const unmet = Int32Array.from(fleet.dependencies, (others) => others.length);
  const free = [...unmet.keys()].filter((item) => unmet[item] === 0);
  let last = nowMs;
  for (const item of free) {
    const duration = durations[item] ?? 0;
    const at = earliest[item] ?? nowMs;
    const end = duration + (window === null ? at : startIn(window, at, fitsWindow ? duration : 0));
    last = Math.max(last, end);
    for (const dependent of fleet.dependents[item] ?? []) {
      earliest[dependent] = Math.max(earliest[dependent] ?? 0, end);
      unmet[dependent] = (unmet[dependent] ?? 0) - 1;
      if (unmet[dependent] === 0) free.push(dependent);
    }
    if (pace.isDue(window === null ? 4 : 350)) yield;
  }
  return last;
}

const startIn = (window: Window, at: number, duration: number): number =>
  fittingStartAt(window, duration, at);

/** How many can run at once. */
const slotsOf = (fleet: Fleet, { maxConcurrent }: RunTerms): number =>
  Math.max(1, Math.min(maxConcurrent ?? Infinity, Math.floor(fleet.instanceIds.length / 2)));

function longestOf(items: Iterable<number>, durations: Float64Array): number {
  let longest = 0;
  for (const item of items) longest = Math.max(longest, durations[item] ?? 0);
  return longest;
}

/** One by one as their time comes: no other order ends before. */
function* endOfLine(
  line: readonly number[],
  terms: RunTerms,
  nights: Nights,
): Generator<void, number> {
  const { durations, readyAt, nowMs } = terms;
  const byTime = [...line].sort((a, b) => (readyAt[a] ?? 0) - (readyAt[b] ?? 0));
  const first = Math.max(nowMs, readyAt[byTime[0] ?? 0] ?? 0);
  let [end, work] = [first, 0];
  for (const item of byTime) {
    const duration = durations[item] ?? 0;
    end = Math.max(end, readyAt[item] ?? 0) + duration;
    work += duration;
  }
  return Math.max(end, yield* nights.endOf(work, first, longestOf(line, durations)));
}

/** Openings and closings, looked up once for all that ask. */
class Nights {
  private readonly known: { readonly opens: number; readonly closes: number }[] = [];

  constructor(
    private readonly window: Window | null,
    private readonly pace: Pace,
  ) {}

  /**
   * One after the other, from `fromMs`: each starts while it is open, so of each night no more is used
   * than its hours and what the last one overruns, `longestMs` at most.
   */
  *endOf(work: number, fromMs: number, longestMs: number): Generator<void, number> {
    if (this.window === null || work === 0) return fromMs + work;
    let at = opensAt(this.window, fromMs);
    let rest = work;
    for (let index = 0; ; index += 1) {
      if (this.pace.isDue(this.known[index + 1] === undefined ? 500 : 2)) yield;
      const night = this.night(index, fromMs);
      if (night.closes <= at) continue;
      const next = this.night(index + 1, fromMs).opens;
      const used = Math.min(night.closes - at + longestMs, next - at);
      if (rest <= used) return at + rest;
      rest -= used;
      at = next;
    }
  }

  private night(
    index: number,
    fromMs: number,
  ): { readonly opens: number; readonly closes: number } {
    const night = this.known[index];
    if (night !== undefined) return night;
    const { window } = this;
    const opens = window === null ? fromMs : opensAt(window, this.known.at(-1)?.closes ?? fromMs);
    const made = { opens, closes: window === null ? Infinity : closesAt(window, opens) };
    this.known.push(made);
    return made;
  }
}
