// For any window, zone and time: what a clock on the wall shows, minute by minute, is what is answered.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  closesAt,
  DAYS,
  fitsIn,
  fittingStartAt,
  isOpenAt,
  isTimeZone,
  opensAt,
  parseClock,
  roomAt,
  type Window,
} from '../../src/domain/window.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clock = fc
  .tuple(fc.nat(23), fc.constantFrom(0, 5, 15, 30, 45, 59))
  .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`);

const windows: fc.Arbitrary<Window> = fc.record({
  start: clock,
  end: clock,
  timeZone: fc.constantFrom(
    'Asia/Shanghai',
    'Europe/Berlin',
    'America/New_York',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Africa/Casablanca',
    'Antarctica/Troll',
    'UTC',
  ),
  days: fc.oneof(fc.constant(null), fc.subarray([...DAYS], { minLength: 1 })),
});

/** Some of them close to a change of clocks in one of those zones. */
const instants = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(
        '2026-03-29T01:00Z',
        '2026-10-25T01:00Z',
        '2026-03-08T07:00Z',
        '2026-11-01T06:00Z',
        '2026-10-03T15:30Z',
        '2026-04-04T15:00Z',
        '2011-12-30T10:00Z',
      ),
      fc.integer({ min: 0, max: 20_000 }).map((hours) => `+${hours}`),
    ),
    fc.integer({ min: -1_500, max: 1_500 }),
  )
  .map(([base, minutes]) => {
    const from = base.startsWith('+')
      ? Date.parse('2025-01-01T00:00Z') + Number(base) * HOUR
      : Date.parse(base);
    return from + minutes * MINUTE;
  });

const readers = new Map<string, Intl.DateTimeFormat>();

/** Reads the wall clock in words, by way of nothing that the code under test uses. */
function naivelyOpen(window: Window, ms: number): boolean {
  const reader =
    readers.get(window.timeZone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: window.timeZone,
      hourCycle: 'h23',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
    });
  readers.set(window.timeZone, reader);
  const parts = new Map(reader.formatToParts(ms).map(({ type, value }) => [type, value]));
  const time = `${parts.get('hour')}:${parts.get('minute')}`;
  const today = DAYS.findIndex((day) => day === parts.get('weekday')?.toLowerCase());
  const opensOn = (index: number): boolean => {
    const day = DAYS[(index + 7) % 7];
    return window.days === null || (day !== undefined && window.days.includes(day));
  };
  const { start, end } = window;
  if (start < end) return opensOn(today) && start <= time && time < end;
  return (opensOn(today) && start <= time) || (opensOn(today - 1) && time < end);
}

const lengthOf = ({ start, end }: Window): number => {
  const minutes = (parseClock(end) ?? 0) - (parseClock(start) ?? 0);
  return (minutes > 0 ? minutes : minutes + 24 * 60) * MINUTE;
};

/** Long enough that no change of clocks can skip it as a whole. */
const unskippable = windows.filter((window) => lengthOf(window) > 2 * HOUR);

describe('for any window and time', () => {
  test('it is open when a clock read minute by minute says so', () => {
    fc.assert(
      fc.property(unskippable, instants, (window, from) => {
        for (let ms = from; ms < from + 30 * HOUR; ms += 7 * MINUTE) {
          expect([ms, isOpenAt(window, ms)]).toEqual([ms, naivelyOpen(window, ms)]);
        }
      }),
    );
  });

  test('it opens and closes at the first minute at which that clock says so', () => {
    fc.assert(
      fc.property(unskippable, instants, (window, from) => {
        // Of whole days one may go over into the next.
        fc.pre(window.start !== window.end);
        let ms = from;
        const end = from + 8 * DAY;
        while (!naivelyOpen(window, ms) && ms < end) ms += MINUTE;
        expect(opensAt(window, from)).toBe(ms);
        while (naivelyOpen(window, ms) && ms < end) ms += MINUTE;
        const closing = closesAt(window, opensAt(window, from));
        // It may be open for longer than was looked.
        const seen = ms < end ? closing : Math.min(closing, ms);
        expect(seen).toBe(ms);
      }),
      { numRuns: 40 },
    );
  });

  test('it is closed just before it opens, open just before it closes, and closed then', () => {
    fc.assert(
      fc.property(windows, instants, (window, from) => {
        const opening = opensAt(window, from);
        expect(opening).toBeGreaterThanOrEqual(from);
        expect(opening - from).toBeLessThanOrEqual(15 * DAY);
        expect(isOpenAt(window, opening)).toBe(true);
        expect(opening > from && isOpenAt(window, opening - 1)).toBe(false);
        const closing = closesAt(window, opening);
        expect(closing).toBeGreaterThan(opening);
        const isEndless = window.start === window.end;
        const [before, then] = [closing - 1, closing].map((at) => isOpenAt(window, at));
        expect(isEndless || (before === true && then === false)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('no night is lost: one of every day opens within 25 hours of any time', () => {
    const nightly = windows.map((window) => ({ ...window, days: null }));
    const notSkippingDays = nightly.filter(({ timeZone }) => timeZone !== 'Pacific/Apia');
    fc.assert(
      fc.property(notSkippingDays, instants, (window, from) => {
        expect(opensAt(window, from) - from).toBeLessThanOrEqual(25 * HOUR);
      }),
      { numRuns: 1_000 },
    );
  });

  test('an import of any length finds a start, and ends inside when it is not longer than the window', () => {
    fc.assert(
      fc.property(windows, instants, fc.nat(30 * 60), (window, from, minutes) => {
        const durationMs = minutes * MINUTE;
        const start = fittingStartAt(window, durationMs, from);
        expect(start).toBeGreaterThanOrEqual(from);
        expect(isOpenAt(window, start) && fitsIn(roomAt(window, start), durationMs)).toBe(true);
        if (durationMs > lengthOf(window)) return;
        expect(start + durationMs).toBeLessThanOrEqual(closesAt(window, start));
      }),
      { numRuns: 1_000 },
    );
  });

  test('ten thousand questions are answered well within a second', () => {
    const window: Window = { start: '22:00', end: '06:00', timeZone: 'Europe/Berlin', days: null };
    const began = performance.now();
    for (let hour = 0; hour < 10_000; hour += 1) opensAt(window, 1_764_000_000_000 + hour * HOUR);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('words', () => {
  test('a clock is HH:MM, from 00:00 to 23:59', () => {
    expect(parseClock('00:00')).toBe(0);
    expect(parseClock('23:59')).toBe(23 * 60 + 59);
    for (const text of ['24:00', '9:00', '09:60', '09:00:00', ' 09:00', '', '0900', '-1:00']) {
      expect([text, parseClock(text)]).toEqual([text, null]);
    }
  });

  test('a time zone is an IANA name that is known, never an offset', () => {
    for (const name of ['Asia/Shanghai', 'America/Argentina/Buenos_Aires', 'UTC', 'Etc/GMT+8']) {
      expect([name, isTimeZone(name)]).toEqual([name, true]);
    }
    for (const name of ['+08:00', '-0800', 'GMT+8', 'Mars/Olympus', '', ' UTC', 'UTC ', '8']) {
      expect([name, isTimeZone(name)]).toEqual([name, false]);
    }
  });
});
