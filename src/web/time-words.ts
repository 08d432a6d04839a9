// Times in the reader's zone and language of clocks; the same in UTC for whoever asks.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `timeZone`: the reader's where it is left out. */
function clock(ms: number, options: Intl.DateTimeFormatOptions, timeZone?: string): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  return new Intl.DateTimeFormat('en-GB', { ...options, ...zone }).format(ms);
}

const HOUR = { hour: '2-digit', minute: '2-digit' } as const;
const DAY = { day: 'numeric', month: 'short' } as const;

const dayOf = (ms: number, timeZone?: string): string =>
  clock(ms, { year: 'numeric', month: '2-digit', day: '2-digit' }, timeZone);

/** `02:40`, or `25 Nov, 02:40` on another day than `now`. */
export function clockWords(ms: number, now: number, timeZone?: string): string {
  const isToday = dayOf(ms, timeZone) === dayOf(now, timeZone);
  return clock(ms, isToday ? HOUR : { ...DAY, ...HOUR }, timeZone);
}

/** `02:40:11`, with the day as above. */
export function exactWords(ms: number, now: number, timeZone?: string): string {
  const isToday = dayOf(ms, timeZone) === dayOf(now, timeZone);
  const exact = { ...HOUR, second: '2-digit' } as const;
  return clock(ms, isToday ? exact : { ...DAY, ...exact }, timeZone);
}

/** `25 Nov 2026, 02:40:11 UTC`. */
export const utcWords = (ms: number): string =>
  `${clock(ms, { ...DAY, ...HOUR, year: 'numeric', second: '2-digit' }, 'UTC')} UTC`;

/** `1 h 12 min`; two units at most. */
export function durationWords(ms: number): string {
  const rest = Math.max(0, ms);
  if (rest < MINUTE_MS) return `${Math.max(1, Math.round(rest / 1_000))} s`;
  if (rest < HOUR_MS) return `${Math.round(rest / MINUTE_MS)} min`;
  if (rest < DAY_MS) return twoUnits(rest, [HOUR_MS, 'h'], [MINUTE_MS, 'min']);
  return twoUnits(rest, [DAY_MS, 'd'], [HOUR_MS, 'h']);
}

type Unit = readonly [ms: number, name: string];

function twoUnits(ms: number, [large, first]: Unit, [small, second]: Unit): string {
  const smalls = Math.round(ms / small);
  const [whole, rest] = [Math.floor((smalls * small) / large), smalls % Math.round(large / small)];
  return rest === 0 ? `${whole} ${first}` : `${whole} ${first} ${rest} ${second}`;
}

/** When it is expected to end: `about 02:40, in 1 h 12 min`; what is overdue says so. */
export function expectedWords(finishAt: number, now: number, timeZone?: string): string {
  const at = `about ${clockWords(finishAt, now, timeZone)}`;
  const left = finishAt - now;
  return left < -MINUTE_MS
    ? `${at}, ${durationWords(-left)} later than expected`
    : `${at}, in ${left < MINUTE_MS ? 'less than a minute' : durationWords(left)}`;
}

/** Steps of an axis that a person counts in. */
const STEPS = [1, 2, 5, 10, 15, 30]
  .map((seconds) => seconds * 1_000)
  .concat([1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS))
  .concat([1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS))
  .concat([1, 2, 7, 14, 28].map((days) => days * DAY_MS));

/** The finest of them that is at least so wide; beyond the last one its multiples. */
export const stepOf = (leastMs: number): number =>
  STEPS.find((step) => step >= leastMs) ?? Math.ceil(leastMs / (28 * DAY_MS)) * 28 * DAY_MS;

/** What stands at a mark of an axis with such steps. */
export function markWords(ms: number, stepMs: number): string {
  if (stepMs >= DAY_MS) return clock(ms, DAY);
  return clock(ms, stepMs < MINUTE_MS ? { ...HOUR, second: '2-digit' } : HOUR);
}
