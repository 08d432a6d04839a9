// Upstream's words mean what they mean in any case, unknown ones are kept moving, and looks grow apart within bounds.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  foldVerdicts,
  isTerminal,
  firstLookDelayMs,
  nextLookDelayMs,
  showImport,
  verdictOfWord,
  type ImportVerdict,
} from '../../src/domain/import-status.js';

const WORDS: readonly (readonly [string, ImportVerdict])[] = [
  ['Pending', 'waiting'],
  ['NotStart', 'waiting'],
  ['Importing', 'running'],
  ['FullExporting', 'running'],
  ['FullImporting', 'running'],
  ['IncrementalWaiting', 'running'],
  ['IncrementalImporting', 'running'],
  ['Cancelling', 'canceling'],
  ['Canceling', 'canceling'],
  ['Success', 'succeeded'],
  ['Failed', 'failed'],
  ['Cancelled', 'canceled'],
  ['Canceled', 'canceled'],
  ['StopSyncing', 'needs_person'],
];

test.each(WORDS)('%s means %s, in any case', (word, verdict) => {
  expect(verdictOfWord(word)).toBe(verdict);
  expect(verdictOfWord(word.toUpperCase())).toBe(verdict);
  expect(verdictOfWord(word.toLowerCase())).toBe(verdict);
});

test('any other word, names of object members included, is unknown and never an end', () => {
  const known = new Set(WORDS.map(([word]) => word.toLowerCase()));
  const others = fc.oneof(fc.string(), fc.constantFrom('constructor', '__proto__', 'toString', ''));
  fc.assert(
    fc.property(others, (word) => {
      fc.pre(!known.has(word.toLowerCase()));
      expect(verdictOfWord(word)).toBe('unknown');
    }),
  );
  expect(isTerminal('unknown')).toBe(false);
  expect(isTerminal('needs_person')).toBe(false);
});

const FOLDS: readonly (readonly [readonly string[], ImportVerdict | null])[] = [
  [[], null],
  [['Success', 'Success'], 'succeeded'],
  [['Success', 'Failed'], 'failed'],
  [['Success', 'Canceled'], 'canceled'],
  [['Canceled', 'Failed'], 'failed'],
  [['Failed', 'Importing'], 'running'],
  [['Success', 'Pending'], 'waiting'],
  [['Importing', 'Canceling'], 'canceling'],
  [['Success', 'Weird'], 'unknown'],
  [['Failed', 'StopSyncing'], 'needs_person'],
];

test.each(FOLDS)('rows %j fold to %s', (words, verdict) => {
  expect(foldVerdicts(words)).toBe(verdict);
});

test('a fold is an end only when every row is, a success only when every row is one', () => {
  const rows = fc.array(fc.constantFrom(...WORDS.map(([word]) => word), 'Weird'), { minLength: 1 });
  fc.assert(
    fc.property(rows, (words) => {
      const verdict = foldVerdicts(words) ?? 'unknown';
      expect(isTerminal(verdict)).toBe(words.every((word) => isTerminal(verdictOfWord(word))));
      expect(verdict === 'succeeded').toBe(words.every((word) => word === 'Success'));
      expect(foldVerdicts([...words].reverse())).toBe(verdict);
    }),
  );
});

test.each([
  ['TRANSING', 'Importing', true],
  ['TransingToOthers', 'ImportingFromOthers', true],
  ['transing', 'IMPORTING', true],
  ['Running', 'Importing', false],
  ['TRANSING', 'Running', false],
  ['Importing', 'TRANSING', false],
])('source %s and target %s show an import: %s', (source, target, isShown) => {
  expect(showImport(source, target)).toBe(isShown);
});

test('the next look comes after an interval at least, eight at most, and a tenth of the age between', () => {
  fc.assert(
    fc.property(fc.nat(86_400_000), fc.integer({ min: 100, max: 60_000 }), (ageMs, intervalMs) => {
      const delay = nextLookDelayMs(ageMs, intervalMs);
      expect(delay).toBeGreaterThanOrEqual(intervalMs);
      expect(delay).toBeLessThanOrEqual(8 * intervalMs);
      expect(delay).toBeLessThanOrEqual(nextLookDelayMs(ageMs + 1_000, intervalMs));
      const isBetween = delay > intervalMs && delay < 8 * intervalMs;
      expect(!isBetween || Math.abs(delay - ageMs / 10) < 0.001).toBe(true);
    }),
  );
});

test('where a part of the wait is enough, it is that part, and never less than the interval', () => {
  fc.assert(
    fc.property(fc.nat(86_400_000), fc.integer({ min: 100, max: 60_000 }), (ageMs, intervalMs) => {
      const half = nextLookDelayMs(ageMs, intervalMs, 0.5);
      expect(half).toBe(Math.max(intervalMs, nextLookDelayMs(ageMs, intervalMs) / 2));
    }),
  );
});

test('imports that start together have their first looks spread over half of the interval', () => {
  const ids = Array.from({ length: 1_000 }, (_, index) => `mig_01H${(index * 7_919).toString(32)}`);
  const delays = ids.map((id) => firstLookDelayMs(id, 15_000));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(7_500);
  expect(Math.max(...delays)).toBeLessThanOrEqual(15_000);
  for (let from = 7_500; from < 15_000; from += 750) {
    const part = delays.filter((delay) => delay >= from && delay < from + 750);
    expect(part.length).toBeGreaterThan(60);
    expect(part.length).toBeLessThan(150);
  }
  expect(ids.map((id) => firstLookDelayMs(id, 15_000))).toEqual(delays);
});
