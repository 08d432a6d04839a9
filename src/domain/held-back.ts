// How long a migration is held back although it is its turn: longer each time, and not for ever while an instance is busy.
import type { Migration } from './migration.js';
import {
  MAX_BUSY_WAIT_MS,
  MAX_UNCLEAR_TRIES,
  RETRY_DELAY_MAX_MS,
  RETRY_DELAY_MIN_MS,
} from './policy.js';

type HeldBack = NonNullable<Migration['heldBack']>;

/** Time in which upstream gave no answer, or throttled, is not counted as waiting for a busy instance. */
export function heldBackOnceMore(
  { heldBack }: Pick<Migration, 'heldBack'>,
  detail: string,
  nowMs: number,
  cause: HeldBack['cause'] = 'busy',
): HeldBack {
  const since = heldBack === null ? nowMs : busySince(heldBack, nowMs);
  return { since, times: (heldBack?.times ?? 0) + 1, detail, cause, at: nowMs };
}

export const hasWaitedTooLong = (
  { heldBack }: Pick<Migration, 'heldBack'>,
  nowMs: number,
): boolean => heldBack !== null && nowMs - busySince(heldBack, nowMs) > MAX_BUSY_WAIT_MS;

export const hasTriedTooOften = ({ heldBack }: Pick<Migration, 'heldBack'>): boolean =>
  heldBack !== null && heldBack.times >= MAX_UNCLEAR_TRIES;

const busySince = ({ since, cause, at }: HeldBack, nowMs: number): number =>
  cause === 'upstream' && at !== undefined ? since + nowMs - at : since;

/** Doubles with each time; never earlier than upstream asked for. Milliseconds. */
export function retryDelayMs(times: number, leastDelayMs: number | null): number {
  const grown = Math.min(RETRY_DELAY_MAX_MS, RETRY_DELAY_MIN_MS * 2 ** Math.min(times - 1, 10));
  return Math.max(grown, leastDelayMs ?? 0);
}
