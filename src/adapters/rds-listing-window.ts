// The time that a listing of imports is asked for, in upstream's words; nothing falls out at its edges.
import type { Parameters } from './rds-signature.js';

const MINUTE_MS = 60_000;

/** Upstream filters by minute and wants the end after the start: rounded down and up. */
export function listingWindow(window: {
  readonly fromMs: number;
  readonly toMs: number;
}): Parameters {
  const from = Math.floor(window.fromMs / MINUTE_MS);
  const to = Math.max(Math.ceil(window.toMs / MINUTE_MS), from + 1);
  const [StartTime = '', EndTime = ''] = [from, to].map(
    (minute) => `${new Date(minute * MINUTE_MS).toISOString().slice(0, 16)}Z`,
  );
  return { StartTime, EndTime };
}
