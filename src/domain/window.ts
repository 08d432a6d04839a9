/**
 * When new submissions of a batch may start: hours of the day in a time zone, on given days of the week.
 *
 * The clock on the wall decides: it is open exactly while the zone's clock shows a time from `start` to
 * before `end`, counted from a day on which it opens. So, when clocks change:
 * - hours that are skipped in spring shorten the window; a start that is skipped opens at the change;
 * - hours that come twice in autumn count twice: it opens at the first start and closes at the first
 *   end; when the clock falls back to before the start it closes till the second start, and when it
 *   falls back to before the end it opens again till the second end;
 * - a window that is skipped as a whole (02:15 to 02:45 in Berlin) would be lost for that night: it
 *   opens at the change and lasts as long as ever, the one case in which it is open at other hours.
 *   A whole day that is skipped (Apia, 30 December 2011) has no window.
 */
import { OPENING_PART } from './policy.js';

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

/** From `start` to before `end`; an end at or before the start lies on the next day. */
export interface Window {
  /** `HH:MM`, wall clock of the time zone. */
  readonly start: string;
  readonly end: string;
  /** IANA name, e.g. `Asia/Shanghai`. */
  readonly timeZone: string;
  /** Days on which it opens; null for every day. */
  readonly days: readonly Day[] | null;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** May a submission start at this instant? */
export function isOpenAt(window: Window, atMs: number): boolean {
  return isWithin(window, wallAt(window, atMs)) || madeUpUntil(window, atMs) !== null;
}

/** The first instant at or after `fromMs` at which it is open. */
export function opensAt(window: Window, fromMs: number): number {
  let at = fromMs;
  while (!isOpenAt(window, at)) {
    const opening = at + nextStart(window, wallAt(window, at));
    const change = changeOfClock(window.timeZone, at, opening);
    if (change === null) return opening;
    at = change;
  }
  return at;
}

/** From now on, when one may start that was asked for at `notBefore`, in a batch with this window. */
export function startsAt(window: Window | null, notBefore: number | null, nowMs: number): number {
  const from = Math.max(notBefore ?? nowMs, nowMs);
  return window === null ? from : opensAt(window, from);
}

/**
 * The first instant after `fromMs`, at which it is open, at which it is closed; a week later when it
 * never is. When it is not open at `fromMs`, that instant itself.
 */
export function closesAt(window: Window, fromMs: number): number {
  const closing = closingAt(window, fromMs);
  return closing === Infinity ? fromMs + DAYS.length * DAY_MS : closing;
}

/** How long imports may take that start now: up to the one length, or more than the other. */
export interface Room {
  readonly upToMs: number;
  readonly overMs: number;
}

/**
 * An import that starts now has to end inside. One that is longer than any window cannot: it starts
 * in the first part of one.
 */
export function roomAt(window: Window, atMs: number): Room {
  if (!isOpenAt(window, atMs)) return { upToMs: -1, overMs: Infinity };
  const longest = longestMs(window);
  const span = Math.floor(longest * OPENING_PART);
  const hasJustOpened = longest < Infinity && closingAt(window, atMs - span) <= atMs;
  return {
    upToMs: closingAt(window, atMs) - atMs,
    overMs: hasJustOpened ? longest : Infinity,
  };
}

export const fitsIn = (room: Room, durationMs: number): boolean =>
  durationMs <= room.upToMs || durationMs > room.overMs;

/** The first instant at or after `fromMs` at which an import of that length may start. */
export function fittingStartAt(window: Window, durationMs: number, fromMs: number): number {
  let at = opensAt(window, fromMs);
  while (!fitsIn(roomAt(window, at), durationMs)) at = opensAt(window, closesAt(window, at));
  return at;
}

/** Is it an IANA name that is known here? Offsets such as `+08:00` are none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatterOf(name);
    return true;
  } catch {
    return false;
  }
}

/** Minutes since midnight of `HH:MM`; null for anything else. */
export function parseClock(text: string): number | null {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hours === undefined ? null : Number(hours) * 60 + Number(minutes);
}

// Wall clock: milliseconds since 1970-01-01T00:00 as the zone's clock shows it.

const startOf = (window: Window): number => (parseClock(window.start) ?? 0) * MINUTE_MS;

/** More than 0, at most 24 hours. */
function lengthOf(window: Window): number {
  const length = (parseClock(window.end) ?? 0) * MINUTE_MS - startOf(window);
  return length > 0 ? length : length + DAY_MS;
}

function closingAt(window: Window, fromMs: number): number {
  let at = fromMs;
  while (isOpenAt(window, at)) {
    const madeUp = madeUpUntil(window, at);
    if (madeUp !== null) return madeUp;
    const closing = at + tillEnd(window, wallAt(window, at));
    if (closing === Infinity) return Infinity;
    at = changeOfClock(window.timeZone, at, closing) ?? closing;
  }
  return at;
}

/** The days whose hours may have begun by then, and still last. */
const daysAt = (wall: number): readonly number[] => {
  const day = Math.floor(wall / DAY_MS);
  return [day, day - 1];
};

function opensOn(window: Window, day: number): boolean {
  // The first day of 1970 was a Thursday.
  const name = DAYS[(((day + 3) % 7) + 7) % 7];
  return window.days === null || (name !== undefined && window.days.includes(name));
}

function isWithin(window: Window, wall: number): boolean {
  const [start, length] = [startOf(window), lengthOf(window)];
  return daysAt(wall).some((day) => {
    const since = wall - (day * DAY_MS + start);
    return since >= 0 && since < length && opensOn(window, day);
  });
}

/** From a time outside, how long till the next start by the clock on the wall. */
function nextStart(window: Window, wall: number): number {
  let day = Math.floor((wall - startOf(window)) / DAY_MS) + 1;
  const last = day + DAYS.length;
  while (!opensOn(window, day) && day < last) day += 1;
  return day * DAY_MS + startOf(window) - wall;
}

/** From a time inside, how long till the end by the clock on the wall; windows that adjoin are one. */
function tillEnd(window: Window, wall: number): number {
  const since = (((wall - startOf(window)) % DAY_MS) + DAY_MS) % DAY_MS;
  const end = wall - since + lengthOf(window);
  for (let more = 0; more < DAYS.length; more += 1) {
    if (!isWithin(window, end + more * DAY_MS)) return end + more * DAY_MS - wall;
  }
  return Infinity;
}

/** The longest time for which it is open on end, when no clock changes. */
function longestMs(window: Window): number {
  const length = lengthOf(window);
  if (length < DAY_MS) return length;
  const runs = DAYS.map((_, day) =>
    opensOn(window, day) ? tillEnd(window, startOf(window) + day * DAY_MS) : 0,
  );
  return Math.max(...runs);
}

/** Of a window that was skipped as a whole at the last change of the clock: until when it is open instead. */
function madeUpUntil(window: Window, atMs: number): number | null {
  const length = lengthOf(window);
  const before = offsetAt(window.timeZone, atMs - length);
  const skipped = offsetAt(window.timeZone, atMs) - before;
  if (skipped < length || skipped >= DAY_MS) return null;
  const change = changeOfClock(window.timeZone, atMs - length, atMs) ?? atMs;
  const from = change + before;
  const start = from - 1 + nextStart(window, from - 1);
  return start + length <= from + skipped && atMs < change + length ? change + length : null;
}

// The clock of a zone.

const wallAt = (window: Window, atMs: number): number => atMs + offsetAt(window.timeZone, atMs);

/** The first instant after `fromMs`, up to `toMs`, from which on the zone's clock is set otherwise. */
function changeOfClock(timeZone: string, fromMs: number, toMs: number): number | null {
  const offset = offsetAt(timeZone, fromMs);
  if (offsetAt(timeZone, toMs) === offset) return null;
  let [before, after] = [fromMs, toMs];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(timeZone, middle) === offset) before = middle;
    else after = middle;
  }
  return after;
}

/** What the zone's clock is ahead of UTC, in milliseconds. */
function offsetAt(timeZone: string, atMs: number): number {
  const text = formatterOf(timeZone).format(atMs);
  const [, sign, hours, minutes, seconds] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  const ahead = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds ?? 0);
  return (sign === '-' ? -ahead : ahead) * 1_000;
}

/** Made once for each zone: making one takes a hundred times as long as using it. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/** More than there are zones; a name can be written in many ways, so the map is emptied when full. */
const MAX_FORMATTERS = 1_000;

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  if (formatters.size >= MAX_FORMATTERS) formatters.clear();
  formatters.set(timeZone, made);
  return made;
}
