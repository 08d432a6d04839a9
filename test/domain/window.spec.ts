// A window is open exactly while the clock on the wall says so, in any zone and over every change of clocks.
import { describe, expect, test } from 'vitest';
import {
  closesAt,
  fitsIn,
  fittingStartAt,
  isOpenAt,
  opensAt,
  roomAt,
  type Day,
  type Window,
} from '../../src/domain/window.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const at = (iso: string): number => Date.parse(iso);
const iso = (ms: number): string => new Date(ms).toISOString().replace(':00.000Z', 'Z');

const window = (hours: string, timeZone: string, days: readonly Day[] | null = null): Window => {
  const [start = '', end = ''] = hours.split('-');
  return { start, end, timeZone, days };
};

/** All openings and closings from one instant to another. */
function openTimes(where: Window, from: string, to: string): string[] {
  const times: string[] = [];
  for (let opening = opensAt(where, at(from)); opening < at(to);) {
    const closing = closesAt(where, opening);
    times.push(`${iso(opening)} ${iso(closing)}`);
    opening = opensAt(where, closing);
  }
  return times;
}

describe('in a zone whose clock never changes', () => {
  const shanghai = window('09:00-17:30', 'Asia/Shanghai');

  test('it opens at its start and is closed at its end', () => {
    expect(openTimes(shanghai, '2026-03-01T00:00Z', '2026-03-03T00:00Z')).toEqual([
      '2026-03-01T01:00Z 2026-03-01T09:30Z',
      '2026-03-02T01:00Z 2026-03-02T09:30Z',
    ]);
    expect(isOpenAt(shanghai, at('2026-03-01T01:00Z') - 1)).toBe(false);
    expect(isOpenAt(shanghai, at('2026-03-01T01:00Z'))).toBe(true);
    expect(isOpenAt(shanghai, at('2026-03-01T09:30Z') - 1)).toBe(true);
    expect(isOpenAt(shanghai, at('2026-03-01T09:30Z'))).toBe(false);
  });

  test('while it is open it opens at once, and before it opens it closes at once', () => {
    expect(opensAt(shanghai, at('2026-03-01T05:00Z'))).toBe(at('2026-03-01T05:00Z'));
    expect(closesAt(shanghai, at('2026-03-01T00:30Z'))).toBe(at('2026-03-01T00:30Z'));
  });

  test('it lasts over midnight when its end is not after its start', () => {
    const night = window('22:00-06:00', 'Asia/Shanghai');
    expect(openTimes(night, '2026-03-01T12:00Z', '2026-03-02T12:00Z')).toEqual([
      '2026-03-01T14:00Z 2026-03-01T22:00Z',
    ]);
    expect(isOpenAt(night, at('2026-03-01T16:00Z'))).toBe(true);
  });

  test('its days are those on which it opens: a night of Friday lasts into Saturday', () => {
    // 27 November 2026 is a Friday.
    const night = window('22:00-06:00', 'Asia/Shanghai', ['fri']);
    expect(openTimes(night, '2026-11-20T22:00Z', '2026-12-05T00:00Z')).toEqual([
      '2026-11-27T14:00Z 2026-11-27T22:00Z',
      '2026-12-04T14:00Z 2026-12-04T22:00Z',
    ]);
  });

  test('windows of 24 hours that adjoin are one, and one of every day closes a week later at the soonest', () => {
    const weekend = window('18:00-18:00', 'Asia/Shanghai', ['sat', 'sun']);
    expect(openTimes(weekend, '2026-11-27T00:00Z', '2026-12-03T00:00Z')).toEqual([
      '2026-11-28T10:00Z 2026-11-30T10:00Z',
    ]);
    const always = window('00:00-00:00', 'Asia/Shanghai');
    expect(isOpenAt(always, at('2026-11-27T13:17Z'))).toBe(true);
    expect(closesAt(always, at('2026-11-27T13:17Z'))).toBe(at('2026-12-04T13:17Z'));
  });
});

describe('in spring, when hours are skipped', () => {
  // Berlin skips 02:00 to 03:00 on 29 March 2026, at 01:00Z.
  const berlin = (hours: string): string[] =>
    openTimes(window(hours, 'Europe/Berlin'), '2026-03-28T12:00Z', '2026-03-30T12:00Z');

  test('the night is an hour shorter', () => {
    expect(berlin('22:00-06:00')).toEqual([
      '2026-03-28T21:00Z 2026-03-29T04:00Z',
      '2026-03-29T20:00Z 2026-03-30T04:00Z',
    ]);
  });

  test('a start that is skipped opens at the change', () => {
    expect(berlin('02:30-05:00')[0]).toBe('2026-03-29T01:00Z 2026-03-29T03:00Z');
  });

  test('an end that is skipped closes at the change', () => {
    expect(berlin('01:00-02:30')[0]).toBe('2026-03-29T00:00Z 2026-03-29T01:00Z');
  });

  test('a window that is skipped as a whole is open as long from the change', () => {
    expect(berlin('02:15-02:45')[0]).toBe('2026-03-29T01:00Z 2026-03-29T01:30Z');
    expect(berlin('02:00-03:00')[0]).toBe('2026-03-29T01:00Z 2026-03-29T02:00Z');
    expect(berlin('01:45-02:15')[0]).toBe('2026-03-29T00:45Z 2026-03-29T01:00Z');
  });

  test('New York and Lord Howe, whose clock moves by half an hour', () => {
    expect(
      openTimes(
        window('02:30-04:00', 'America/New_York'),
        '2026-03-08T00:00Z',
        '2026-03-09T00:00Z',
      ),
    ).toEqual(['2026-03-08T07:00Z 2026-03-08T08:00Z']);
    // 02:00 to 02:30 is skipped on 4 October 2026, at 15:30Z of the day before.
    const howe = (hours: string): string[] =>
      openTimes(window(hours, 'Australia/Lord_Howe'), '2026-10-03T12:00Z', '2026-10-04T12:00Z');
    expect(howe('02:15-04:00')).toEqual(['2026-10-03T15:30Z 2026-10-03T17:00Z']);
    expect(howe('02:05-02:25')).toEqual(['2026-10-03T15:30Z 2026-10-03T15:50Z']);
  });

  test('a day that is skipped has no window', () => {
    // Apia went from 29 December 2011, 24:00 (-10:00) to the 31st, 00:00 (+14:00), a Saturday.
    const apia = window('10:00-12:00', 'Pacific/Apia');
    expect(openTimes(apia, '2011-12-29T00:00Z', '2012-01-01T00:00Z')).toEqual([
      '2011-12-29T20:00Z 2011-12-29T22:00Z',
      '2011-12-30T20:00Z 2011-12-30T22:00Z',
      '2011-12-31T20:00Z 2011-12-31T22:00Z',
    ]);
    const friday = window('10:00-12:00', 'Pacific/Apia', ['fri']);
    expect(iso(opensAt(friday, at('2011-12-29T00:00Z')))).toBe('2012-01-05T20:00Z');
  });
});

describe('in autumn, when hours come twice', () => {
  // In Berlin 02:00 to 03:00 comes twice on 25 October 2026: from 00:00Z and from 01:00Z.
  const berlin = (hours: string): string[] =>
    openTimes(window(hours, 'Europe/Berlin'), '2026-10-24T12:00Z', '2026-10-25T12:00Z');

  test('the night is an hour longer', () => {
    expect(berlin('22:00-06:00')).toEqual(['2026-10-24T20:00Z 2026-10-25T05:00Z']);
    expect(berlin('02:00-03:00')).toEqual(['2026-10-25T00:00Z 2026-10-25T02:00Z']);
  });

  test('it opens at the first start, and is closed while the clock shows an earlier time again', () => {
    expect(berlin('02:30-05:00')).toEqual([
      '2026-10-25T00:30Z 2026-10-25T01:00Z',
      '2026-10-25T01:30Z 2026-10-25T04:00Z',
    ]);
  });

  test('it closes at the first end, and is open again while the clock shows its hours again', () => {
    expect(berlin('22:00-02:30')).toEqual([
      '2026-10-24T20:00Z 2026-10-25T00:30Z',
      '2026-10-25T01:00Z 2026-10-25T01:30Z',
    ]);
  });

  test('an end at the change itself lasts over the hour that comes again', () => {
    expect(berlin('22:00-03:00')).toEqual(['2026-10-24T20:00Z 2026-10-25T02:00Z']);
  });

  test('New York and Lord Howe', () => {
    expect(
      openTimes(
        window('00:30-01:30', 'America/New_York'),
        '2026-11-01T00:00Z',
        '2026-11-01T12:00Z',
      ),
    ).toEqual(['2026-11-01T04:30Z 2026-11-01T05:30Z', '2026-11-01T06:00Z 2026-11-01T06:30Z']);
    expect(
      openTimes(
        window('01:00-03:00', 'Australia/Lord_Howe'),
        '2026-04-04T12:00Z',
        '2026-04-05T12:00Z',
      ),
    ).toEqual(['2026-04-04T14:00Z 2026-04-04T16:30Z']);
  });
});

const fitsAt = (where: Window, durationMs: number, ms: number): boolean =>
  fitsIn(roomAt(where, ms), durationMs);

describe('an import that must end inside', () => {
  const night = window('22:00-06:00', 'Asia/Shanghai');
  const opening = at('2026-03-01T14:00Z');

  test('starts when its end is inside, else at the next opening', () => {
    expect(fitsAt(night, 2 * HOUR, opening + 6 * HOUR)).toBe(true);
    expect(fitsAt(night, 2 * HOUR + 1, opening + 6 * HOUR)).toBe(false);
    expect(fittingStartAt(night, 3 * HOUR, opening + 6 * HOUR)).toBe(opening + DAY);
    expect(fittingStartAt(night, 8 * HOUR, opening + 1)).toBe(opening + DAY);
    expect(fitsAt(night, MINUTE, opening - 1)).toBe(false);
  });

  test('starts in the first tenth of a window when it is longer than any', () => {
    expect(fitsAt(night, 9 * HOUR, opening)).toBe(true);
    expect(fitsAt(night, 9 * HOUR, opening + 47 * MINUTE)).toBe(true);
    expect(fitsAt(night, 9 * HOUR, opening + 48 * MINUTE)).toBe(false);
    expect(fittingStartAt(night, 9 * HOUR, opening + HOUR)).toBe(opening + DAY);
  });

  test('waits for a night of full length when one is shorter for a change of clocks', () => {
    const berlin = window('22:00-06:00', 'Europe/Berlin');
    expect(iso(fittingStartAt(berlin, 8 * HOUR, at('2026-03-28T12:00Z')))).toBe(
      '2026-03-29T20:00Z',
    );
  });

  test('fits always when it never closes', () => {
    expect(fitsAt(window('05:00-05:00', 'UTC'), 99 * DAY, opening)).toBe(true);
  });

  test('starts at the opening even when the window is closed for a moment only', () => {
    const nearly = window('23:00-22:59', 'UTC');
    expect(iso(fittingStartAt(nearly, 30 * HOUR, at('2026-03-01T12:00Z')))).toBe(
      '2026-03-01T23:00Z',
    );
  });
});
