// RFC 3339 in and out: an instant that does not exist is refused, every answer is UTC with milliseconds.

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** The last instant that four digits of a year can name. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Milliseconds since the epoch; null for a text that names no instant (30 February, 24:00, no offset). */
export function parseTimestamp(text: string): number | null {
  const match = RFC_3339.exec(text);
  if (match === null) return null;
  const part = (index: number): number => Number(match[index] ?? '0');
  const [hour, minute, second] = [part(4), part(5), part(6)];
  if (hour > 23 || minute > 59 || second > 59 || part(9) > 23 || part(10) > 59) return null;
  const millisecond = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const local = Date.UTC(part(1), part(2) - 1, part(3), hour, minute, second, millisecond);
  if (!namesDay(local, part(1), part(2), part(3))) return null;
  const offsetMs = (match[8] === '-' ? -1 : 1) * (part(9) * 60 + part(10)) * 60_000;
  const instant = local - offsetMs;
  return instant > LAST_MS ? null : instant;
}

/** `Date.UTC` rolls 30 February over into March and the year 26 into 1926: then the parts differ. */
function namesDay(ms: number, year: number, month: number, day: number): boolean {
  const date = new Date(ms);
  return (
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  );
}

export const timestamp = (ms: number): string => new Date(ms).toISOString();

export const timestampOrNull = (ms: number | null): string | null =>
  ms === null ? null : timestamp(ms);
