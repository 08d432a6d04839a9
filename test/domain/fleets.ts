// Random fleets of four shapes, the same for the same seed, with what batches ask of them.
import type { Window } from '../../src/domain/window.js';

export const SHAPES = ['bipartite', 'general', 'hub', 'skewed'] as const;
export type Shape = (typeof SHAPES)[number];

export interface Move {
  readonly source: string;
  readonly target: string;
  readonly priority: number;
  readonly notBefore: number | null;
  readonly dependsOn: readonly number[];
  /** What the service expects, and what it takes in the end. */
  readonly expectedMs: number;
  readonly actualMs: number;
}

export interface RandomFleet {
  readonly shape: Shape;
  readonly startMs: number;
  readonly moves: readonly Move[];
  readonly maxConcurrent: number | null;
  readonly window: Window | null;
  /** None starts whose expected end lies outside of the window. */
  readonly fitsWindow: boolean;
}

const START = Date.parse('2026-03-27T12:00Z');
const MINUTE = 60_000;

/** Uniform in [0, 1). */
export type Random = () => number;

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const between = (random: Random, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1));

/** Two different ones of so many instances, as the shape wants it. */
function pairOf(shape: Shape, count: number, random: Random): readonly [number, number] {
  const half = Math.floor(count / 2);
  if (shape === 'bipartite')
    return [between(random, 0, half - 1), between(random, half, count - 1)];
  const other = (taken: number): number => (taken + between(random, 1, count - 1)) % count;
  if (shape === 'general') {
    const one = between(random, 0, count - 1);
    return [one, other(one)];
  }
  // Hub: half of all moves share one of two instances. Skewed: the first instances have far more than the last.
  const popular =
    shape === 'hub'
      ? between(random, 0, random() < 0.5 ? 1 : count - 1)
      : Math.floor(count * random() ** 2.5);
  return random() < 0.5 ? [popular, other(popular)] : [other(popular), popular];
}

/** `noise`: σ of the logarithm of how much longer or shorter an import takes than expected. */
export function randomFleet(shape: Shape, seed: number, noise: number): RandomFleet {
  const random = seeded(seed);
  const noises = seeded(seed + 1_000_003);
  const count = between(random, 8, 36);
  const total = count * between(random, 6, 18);
  const hasPriorities = random() < 0.3;
  const hasDependencies = random() < 0.3;
  const hasTimes = random() < 0.2;
  const hasWindow = random() < 0.25;
  const fitsWindow = hasWindow && random() < 0.75;
  const hasCap = random() < 0.3;
  const maxConcurrent = hasCap ? between(random, 1, Math.ceil(count / 2)) : null;
  const moves = Array.from({ length: total }, (_, index): Move => {
    const [source, target] = pairOf(shape, count, random);
    const expectedMs = Math.ceil(Math.exp(0.8 * normal(random)) * 6 * MINUTE);
    const dependsOn = hasDependencies && index > 0 && random() < 0.15;
    return {
      source: `rm-${source}`,
      target: `rm-${target}`,
      priority: hasPriorities ? between(random, -1, 1) * 10 : 0,
      notBefore: hasTimes && random() < 0.2 ? START + Math.floor(random() * 30 * MINUTE) : null,
      dependsOn: dependsOn ? [between(random, 0, index - 1)] : [],
      expectedMs,
      actualMs: Math.ceil(expectedMs * Math.exp(noise * normal(noises))),
    };
  });
  const window: Window | null = hasWindow
    ? { start: '22:00', end: '06:00', timeZone: 'Europe/Berlin', days: null }
    : null;
  return { shape, startMs: START, moves, maxConcurrent, window, fitsWindow };
}

export const percentile = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * part) - 1] ?? NaN;
