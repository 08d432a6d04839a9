// Times, lengths and rows of a long list, as a reader is shown them.
import { describe, expect, it } from 'vitest';
import {
  clockWords,
  durationWords,
  expectedWords,
  stepOf,
  utcWords,
} from '../../src/web/time-words.js';
import { rowAfterKey, scrollTo, sliceOf } from '../../src/web/virtual-window.js';
import { T0 } from './samples.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('times', () => {
  it('are a clock on this day, and have the day on another, in the zone of the reader', () => {
    expect(clockWords(T0, T0, 'UTC')).toBe('20:00');
    expect(clockWords(T0, T0, 'Asia/Shanghai')).toBe('04:00');
    expect(clockWords(T0 + 5 * HOUR, T0, 'UTC')).toBe('25 Nov, 01:00');
    expect(utcWords(T0)).toBe('24 Nov 2026, 20:00:00 UTC');
  });

  it.each([
    [400, '1 s'],
    [59_000, '59 s'],
    [72 * MINUTE, '1 h 12 min'],
    [2 * HOUR, '2 h'],
    [2 * HOUR - 1_000, '2 h'],
    [27 * HOUR, '1 d 3 h'],
  ])('%i ms are %s', (ms, words) => {
    expect(durationWords(ms)).toBe(words);
  });

  it('that are expected are about, and what is overdue says so', () => {
    expect(expectedWords(T0 + 72 * MINUTE, T0, 'UTC')).toBe('about 21:12, in 1 h 12 min');
    expect(expectedWords(T0 + 1, T0, 'UTC')).toBe('about 20:00, in less than a minute');
    expect(expectedWords(T0, T0 + 5 * MINUTE, 'UTC')).toBe(
      'about 20:00, 5 min later than expected',
    );
  });

  it('stand on an axis in steps that a person counts in', () => {
    expect([900, 3 * MINUTE, 4 * HOUR].map(stepOf)).toEqual([1_000, 5 * MINUTE, 6 * HOUR]);
    expect(stepOf(1e12)).toBeGreaterThanOrEqual(1e12);
  });
});

describe('a list of ten thousand', () => {
  const sight = { scrollTop: 200_000, height: 480 };

  it('has only the rows in sight and a few around them in the document', () => {
    const { start, end } = sliceOf(sight, 40, 10_000);
    expect([start, end]).toEqual([4_992, 5_020]);
    expect(sliceOf({ scrollTop: -50, height: 480 }, 40, 3)).toEqual({ start: 0, end: 3 });
    expect(sliceOf(sight, 40, 10)).toMatchObject({ end: 10 });
  });

  it('scrolls no further than it takes', () => {
    expect(scrollTo(5_005, sight, 40)).toBe(200_000);
    expect(scrollTo(10, sight, 40)).toBe(400);
    expect(scrollTo(5_012, sight, 40)).toBe(200_040);
  });

  it('is walked by keys, and has two ends', () => {
    const to = (key: string, row: number) => rowAfterKey(key, row, { total: 100, pageRows: 11 });
    expect(to('ArrowUp', 0)).toBe(0);
    expect(to('PageDown', 95)).toBe(99);
    expect([to('Home', 50), to('End', 50), to('PageUp', 50)]).toEqual([0, 99, 39]);
    expect([to('x', 5), rowAfterKey('End', 0, { total: 0, pageRows: 1 })]).toEqual([null, null]);
  });
});
