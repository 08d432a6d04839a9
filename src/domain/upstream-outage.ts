// How often an upstream that does not answer is asked whether it does again.
import { PROBE_DELAY_MAX_MS, PROBE_DELAY_MIN_MS } from './policy.js';

/** Doubles with each probe. Milliseconds. */
export const probeDelayMs = (probes: number): number =>
  Math.min(PROBE_DELAY_MAX_MS, PROBE_DELAY_MIN_MS * 2 ** Math.min(probes, 10));
