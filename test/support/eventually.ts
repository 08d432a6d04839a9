// Waits for a condition, never for a fixed time; one that does not come fails with what was seen last.
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_INTERVAL_MS = 40;

/** Repeats the check until it no longer throws; answers with its result. Rejects with its last error. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  timeoutMs = 10_000,
): Promise<Awaited<T>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await sleep(POLL_INTERVAL_MS);
  }
}
