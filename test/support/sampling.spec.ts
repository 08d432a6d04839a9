// A sample has the size it was asked for, keeps the order, and is the same for the same seed and name.
import { expect, test } from 'vitest';
import { randomOf, sampleOf, SEED } from './sampling.js';

const ALL = Array.from({ length: 100 }, (_, index) => index);

test('a sample has as many as were asked for, each once and in their order', () => {
  for (let count = 0; count <= 100; count += 7) {
    const sample = sampleOf(`sample of ${count}`, ALL, count);
    expect([count, 100]).toContain(sample.length);
    expect([...new Set(sample)].toSorted((a, b) => a - b)).toEqual(sample);
  }
});

test('the seed and the name alone decide', () => {
  expect(Number.isSafeInteger(SEED)).toBe(true);
  expect(sampleOf('a', ALL, 10)).toEqual(sampleOf('a', ALL, 10));
  expect(randomOf('a')()).toBe(randomOf('a')());
  expect(randomOf('a')()).not.toBe(randomOf('b')());
});
