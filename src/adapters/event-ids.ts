// Ids of events are the ids of their entries in the stream: `evt_`, ten characters of milliseconds, sixteen of sequence.
import { CROCKFORD, timePart } from './id-time.js';

const EVENT_ID = /^evt_([0-9a-hjkmnp-tv-z]{10})([0-9a-hjkmnp-tv-z]{16})$/;
/** Redis counts the entries of one millisecond in 64 bits. */
const MOST_SEQUENCE = 2n ** 64n - 1n;

/** `<ms>-<sequence>`, as Redis gives it. */
export function eventIdOf(entryId: string): string {
  const [ms = '0', sequence = '0'] = entryId.split('-');
  return `evt_${timePart(Number(ms))}${digitsOf(BigInt(sequence))}`;
}

/** Null for a text that is no id of an event. */
export function entryIdOf(eventId: string): string | null {
  const match = EVENT_ID.exec(eventId);
  if (match === null) return null;
  const [ms, sequence] = [valueOf(match[1] ?? ''), valueOf(match[2] ?? '')];
  return sequence > MOST_SEQUENCE ? null : `${ms}-${sequence}`;
}

/** Before every event. */
export const FIRST_PLACE = eventIdOf('0-0');

function digitsOf(value: bigint): string {
  let text = '';
  for (let rest = value; text.length < 16; rest /= 32n) {
    text = (CROCKFORD[Number(rest % 32n)] ?? '0') + text;
  }
  return text;
}

const valueOf = (digits: string): bigint =>
  [...digits].reduce((value, digit) => value * 32n + BigInt(CROCKFORD.indexOf(digit)), 0n);
