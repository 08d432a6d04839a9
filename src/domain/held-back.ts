// How long a migration is held back although it is its turn: longer each time, and not for ever.
import type { Migration } from './migration.js';
import { MAX_BUSY_WAIT_MS, RETRY_DELAY_MAX_MS, RETRY_DELAY_MIN_MS } from './policy.js';

export function heldBackOnceMore(
  { heldBack }: Pick<Migration, 'heldBack'>,
  detail: string,
  nowMs: number,
): NonNullable<Migration['heldBack']> {
  const { since, times } = heldBack ?? { since: nowMs, times: 0 };
  return { since, times: times + 1, detail };
}

export const hasWaitedTooLong = (
  { heldBack }: Pick<Migration, 'heldBack'>,
  nowMs: number,
): boolean => heldBack !== null && nowMs - heldBack.since > MAX_BUSY_WAIT_MS;

/** Doubles with each time; never earlier than upstream asked for. Milliseconds. */
export function retryDelayMs(times: number, leastDelayMs: number | null): number {
  const grown = Math.min(RETRY_DELAY_MAX_MS, RETRY_DELAY_MIN_MS * 2 ** Math.min(times - 1, 10));
  return Math.max(grown, leastDelayMs ?? 0);
}
