// Ids sort in the order of their making, also those that one millisecond has many of.
import { expect, test } from 'vitest';
import { RandomIds } from '../../src/adapters/random-ids.js';

const AT_MS = 1_790_000_000_000;

test('ids of one millisecond sort in the order of their making, and no two are the same', () => {
  const ids = new RandomIds();
  const made = Array.from({ length: 10_000 }, () => ids.make('mig', AT_MS));
  expect(made.toSorted()).toEqual(made);
  expect(new Set(made).size).toBe(made.length);
  for (const id of made) expect(id).toMatch(/^mig_[0-9a-hjkmnp-tv-z]{26}$/);
});

test('ids of a later millisecond sort after those before, whoever made them', () => {
  const [one, other] = [new RandomIds(), new RandomIds()];
  const made = Array.from({ length: 200 }, (_, at) =>
    (at % 2 ? one : other).make('bat', AT_MS + at),
  );
  expect(made.toSorted()).toEqual(made);
});

test('two processes make no id twice', () => {
  const made = [new RandomIds(), new RandomIds()].flatMap((ids) =>
    Array.from({ length: 1_000 }, () => ids.make('mig', AT_MS)),
  );
  expect(new Set(made).size).toBe(made.length);
});
