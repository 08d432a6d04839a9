/**
 * How long an import takes: learned from finished ones, against the size of the data; null where nothing is known.
 *
 * The line through the samples is Theil and Sen's: the slope is the median of the slopes of all pairs,
 * the base the median of what then remains. Imports that crawled or that moved a fraction of their
 * source are ordinary here, and a fit by least squares follows a single one of them; this one stands
 * up to a quarter of the samples being wrong. Neither part is ever below zero.
 */

/** One finished import. */
export interface DurationSample {
  /** Size of the source's data when it was checked; null when it was not seen. */
  readonly bytes: number | null;
  readonly durationMs: number;
}

/** duration = baseMs + msPerByte × bytes; medianMs where the size is not known. */
export interface DurationModel {
  readonly baseMs: number;
  readonly msPerByte: number;
  readonly medianMs: number;
  readonly samples: number;
}

/** Work that waits on an instance, in parts of which a model makes a duration. */
export interface WaitingWork {
  /** How many waiting migrations have a known size, and their sizes together. */
  readonly sized: number;
  readonly bytes: number;
  readonly unsized: number;
}

/** Fewer samples tell nothing; fewer different sizes tell nothing about size. */
const MIN_SAMPLES = 3;

/** What a migration weighs while nothing is known: any constant would do, a likely one mixes best with known ones. */
export const UNKNOWN_WORK_MS = 10 * 60_000;

/** Null below a handful of samples. Its time grows with the square of their number: give it a few hundred. */
export function learnDurations(samples: readonly DurationSample[]): DurationModel | null {
  const sound = samples.filter(({ durationMs }) => isAmount(durationMs));
  if (sound.length < MIN_SAMPLES) return null;
  const medianMs = medianOf(sound.map(({ durationMs }) => durationMs));
  return { ...lineThrough(sound, medianMs), medianMs, samples: sound.length };
}

export function estimateMs(model: DurationModel | null, bytes: number | null): number | null {
  if (model === null) return null;
  if (bytes === null || !isAmount(bytes)) return model.medianMs;
  return bounded(model.baseMs + model.msPerByte * bytes);
}

/** For comparing instances: milliseconds with a model, equal weights without. */
export function workMs(model: DurationModel | null, work: WaitingWork): number {
  const { sized, bytes, unsized } = work;
  if (model === null) return bounded((sized + unsized) * UNKNOWN_WORK_MS);
  return bounded(sized * model.baseMs + bytes * model.msPerByte + unsized * model.medianMs);
}

type Line = Pick<DurationModel, 'baseMs' | 'msPerByte'>;

interface Point {
  readonly bytes: number;
  readonly durationMs: number;
}

/** Flat, at the median, while sizes differ too little. */
function lineThrough(samples: readonly DurationSample[], medianMs: number): Line {
  const points = samples.flatMap(({ bytes, durationMs }): Point[] =>
    bytes !== null && isAmount(bytes) ? [{ bytes, durationMs }] : [],
  );
  const sizes = new Set(points.map(({ bytes }) => bytes));
  if (sizes.size < MIN_SAMPLES) return { baseMs: medianMs, msPerByte: 0 };
  const msPerByte = Math.max(0, medianOf(slopesOf(points)));
  const baseMs = medianOf(points.map((one) => one.durationMs - msPerByte * one.bytes));
  return baseMs >= 0 ? { baseMs, msPerByte } : throughOrigin(points);
}

function slopesOf(points: readonly Point[]): number[] {
  return points.flatMap((a, index) =>
    points
      .slice(index + 1)
      .filter((b) => a.bytes !== b.bytes)
      .map((b) => (b.durationMs - a.durationMs) / (b.bytes - a.bytes)),
  );
}

/** Where the best line would start below zero. */
function throughOrigin(points: readonly Point[]): Line {
  const sized = points.filter(({ bytes }) => bytes > 0);
  return { baseMs: 0, msPerByte: medianOf(sized.map((one) => one.durationMs / one.bytes)) };
}

/** Of at least one value. */
function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? 0, sorted[Math.floor(middle)] ?? 0];
  return low + (high - low) / 2;
}

const isAmount = (value: number): boolean => value >= 0 && value <= Number.MAX_SAFE_INTEGER;

const bounded = (value: number): number => Math.min(value, Number.MAX_SAFE_INTEGER);
