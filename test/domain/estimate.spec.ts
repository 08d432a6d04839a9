// Durations are learned from finished imports, stand up to odd ones, and are never invented.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  estimateMs,
  learnDurations,
  UNKNOWN_WORK_MS,
  workMs,
  type DurationModel,
  type DurationSample,
} from '../../src/domain/estimate.js';
import { MAX_DURATION_SAMPLES } from '../../src/domain/policy.js';

const GB = 1e9;
const sample = (bytes: number | null, durationMs: number): DurationSample => ({
  bytes,
  durationMs,
});

const learned = (samples: readonly DurationSample[]): DurationModel => {
  const model = learnDurations(samples);
  if (model === null) throw new Error('nothing was learned');
  return model;
};

describe('nothing is invented', () => {
  test('two finished imports are too few to learn from', () => {
    expect(learnDurations([])).toBeNull();
    expect(learnDurations([sample(1, 1), sample(2, 2)])).toBeNull();
  });

  test('without a model there is no estimate', () => {
    expect(estimateMs(null, 5)).toBeNull();
    expect(estimateMs(null, null)).toBeNull();
  });

  test('without a model each waiting migration weighs the same', () => {
    expect(workMs(null, { sized: 2, bytes: 9 * GB, unsized: 1 })).toBe(3 * UNKNOWN_WORK_MS);
    expect(workMs(null, { sized: 0, bytes: 0, unsized: 0 })).toBe(0);
  });
});

describe('what was learned', () => {
  test('is the median where the size is not known', () => {
    const model = learned([sample(null, 1_000), sample(GB, 5_000), sample(null, 3_000)]);
    expect(estimateMs(model, null)).toBe(3_000);
    expect(model.samples).toBe(3);
  });

  test('is the median for any size while the sizes seen do not differ enough', () => {
    const few = learned([sample(GB, 1_000), sample(2 * GB, 9_000), sample(null, 2_000)]);
    expect(estimateMs(few, 50 * GB)).toBe(2_000);
    const equal = learned([sample(GB, 1_000), sample(GB, 9_000), sample(GB, 2_000)]);
    expect(estimateMs(equal, 50 * GB)).toBe(2_000);
  });

  test('is the mean of the two in the middle when their number is even', () => {
    const model = learned([1, 2, 4, 9].map((ms) => sample(null, ms)));
    expect(model.medianMs).toBe(3);
  });

  test('never shrinks with the size, and never starts below zero', () => {
    const falling = learned([sample(1, 900), sample(2, 500), sample(3, 100)]);
    expect(falling.msPerByte).toBe(0);
    const steep = learned([sample(10, 0), sample(20, 100), sample(30, 200), sample(40, 300)]);
    expect(steep.baseMs).toBe(0);
    expect(estimateMs(steep, 0)).toBe(0);
    expect(steep.msPerByte).toBeGreaterThan(0);
  });

  test('leaves out samples that cannot be', () => {
    const broken = [sample(1, -5), sample(1, NaN), sample(1, Infinity)];
    expect(learnDurations([...broken, sample(1, 1), sample(2, 2)])).toBeNull();
    expect(learned([...broken, ...[1, 2, 3].map((n) => sample(n, n))]).samples).toBe(3);
  });

  test('makes the work of an instance the sum of its estimates', () => {
    const model = learned([1, 2, 3].map((n) => sample(n * GB, 60_000 + n * 1_000)));
    const sizes = [5 * GB, 7 * GB];
    const each = [...sizes, null].map((bytes) => estimateMs(model, bytes) ?? 0);
    expect(workMs(model, { sized: 2, bytes: 12 * GB, unsized: 1 })).toBeCloseTo(
      each.reduce((sum, ms) => sum + ms, 0),
      6,
    );
  });
});

const bytes = fc.integer({ min: 0, max: 2_000 }).map((n) => n * GB);
const noiseless = fc
  .record({
    baseMs: fc.integer({ min: 0, max: 3_600_000 }),
    msPerGb: fc.integer({ min: 0, max: 60_000 }),
    sizes: fc.uniqueArray(bytes, { minLength: 20, maxLength: 60 }),
  })
  .map(({ baseMs, msPerGb, sizes }) => ({
    durationOf: (size: number): number => baseMs + (msPerGb / GB) * size,
    sizes,
  }));

describe('for any samples', () => {
  test('durations that lie on a line are found exactly', () => {
    fc.assert(
      fc.property(noiseless, bytes, ({ durationOf, sizes }, size) => {
        const model = learned(sizes.map((one) => sample(one, durationOf(one))));
        const error = Math.abs((estimateMs(model, size) ?? NaN) - durationOf(size));
        expect(error).toBeLessThanOrEqual(1e-6 * (1 + durationOf(size)));
      }),
    );
  });

  test('one in ten that took any other time changes nothing', () => {
    const outliers = fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(noiseless, outliers, bytes, ({ durationOf, sizes }, odd, size) => {
        const wrong = Math.floor(sizes.length / 10);
        const samples = sizes.map((one, index) =>
          sample(one, index < wrong ? (odd[index] ?? 0) : durationOf(one)),
        );
        const error = Math.abs((estimateMs(learned(samples), size) ?? NaN) - durationOf(size));
        expect(error).toBeLessThanOrEqual(1e-6 * (1 + durationOf(size)));
      }),
    );
  });

  test('every figure is finite and not below zero', () => {
    const anyNumber = fc.oneof(fc.double(), fc.maxSafeNat(), fc.integer());
    const anySample = fc.record({
      bytes: fc.oneof(fc.constant(null), anyNumber),
      durationMs: anyNumber,
    });
    const isSound = (value: number): boolean => Number.isFinite(value) && value >= 0;
    fc.assert(
      fc.property(fc.array(anySample), fc.maxSafeNat(), fc.nat(20_000), (samples, size, count) => {
        const model = learnDurations(samples);
        const work = workMs(model, { sized: count, bytes: size, unsized: count });
        expect(isSound(work)).toBe(true);
        if (model === null) return;
        expect(Object.values(model).every(isSound)).toBe(true);
        expect(isSound(estimateMs(model, size) ?? NaN)).toBe(true);
        expect(isSound(estimateMs(model, null) ?? NaN)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('learning from the most samples that are kept takes well under a tenth of a second', () => {
    const samples = Array.from({ length: MAX_DURATION_SAMPLES }, (_, n) =>
      sample(n * GB, 60_000 + ((n * 7_919) % 101) * 1_000),
    );
    const began = performance.now();
    learned(samples);
    expect(performance.now() - began).toBeLessThan(100);
  });
});
